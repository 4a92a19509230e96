using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Deployment;

/// <summary>What deploy/nginx.conf promises, with a real nginx before two replicas that only say who they are.</summary>
public sealed class NginxTests : IAsyncLifetime
{
    private readonly Replica _one = new("one");
    private readonly Replica _two = new("two");
    private NginxServer _nginx = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        if (NginxServer.WhyNot is not null) return;
        await _one.StartAsync();
        await _two.StartAsync();
        _nginx = await NginxServer.StartAsync(_one.Url, _two.Url);
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = _nginx.Url };
    }

    public async Task DisposeAsync()
    {
        if (_nginx is null) return;
        _http.Dispose();
        await _nginx.DisposeAsync();
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    [NginxFact]
    public async Task Browser_FromItsFirstRequestOn_StaysAtOneReplica()
    {
        var replicas = new HashSet<string>();
        for (var browser = 0; browser < 12; browser++)
        {
            using var first = await _http.GetAsync("/approvals");
            var replica = await first.Content.ReadAsStringAsync();
            var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"), c => c.StartsWith("omniaudit_replica=", StringComparison.Ordinal));
            Assert.Contains("HttpOnly", cookie, StringComparison.Ordinal);
            replicas.Add(replica);
            for (var i = 0; i < 4; i++)
            {
                using var next = await SendAsync("/_blazor/negotiate", ("Cookie", cookie.Split(';')[0]));
                Assert.Equal(replica, await next.Content.ReadAsStringAsync());
                Assert.False(next.Headers.Contains("Set-Cookie"));
            }
        }
        Assert.Equal(2, replicas.Count);
    }

    [NginxFact]
    public async Task Agent_ByItsKey_StaysAtOneReplicaWithoutACookie()
    {
        var replicas = new HashSet<string>();
        foreach (var header in new[] { "X-Api-Key", "Authorization" })
        {
            for (var agent = 0; agent < 8; agent++)
            {
                var answers = new HashSet<string>();
                for (var i = 0; i < 4; i++)
                {
                    using var answer = await SendAsync(i % 2 == 0 ? "/mcp" : "/mcp/sse", (header, $"key of agent {agent}"), ("Mcp-Session-Id", $"{i}"));
                    answers.Add(await answer.Content.ReadAsStringAsync());
                    Assert.False(answer.Headers.Contains("Set-Cookie"));
                }
                replicas.Add(Assert.Single(answers));
            }
        }
        Assert.Equal(2, replicas.Count);
    }

    [NginxFact]
    public async Task EventStream_ArrivesEventByEvent()
    {
        using var answer = await _http.GetAsync("/mcp/stream", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        // The replica sends the second event only after it was told that the first one has come.
        Assert.Equal("data: 1", await reader.ReadLineAsync().WaitAsync(Eventually.Patience));
        _one.Arrived.TrySetResult();
        _two.Arrived.TrySetResult();
        Assert.Equal("", await reader.ReadLineAsync());
        Assert.Equal("data: 2", await reader.ReadLineAsync().WaitAsync(Eventually.Patience));
    }

    [NginxFact]
    public async Task WebSocket_IsPassedThrough()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(new Uri(_nginx.Url, "/_blazor")) { Scheme = "ws" }.Uri, CancellationToken.None);
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), WebSocketMessageType.Text, true, CancellationToken.None);

        var buffer = new byte[64];
        var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [NginxFact]
    public async Task Headers_HostIsTheNameAskedFor_AndForwardedOnesAreTheProxysOwn()
    {
        using var answer = await SendAsync("/headers", ("Host", "console.example.com:8443"), ("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Proto", "gopher"));
        Assert.Equal("console.example.com:8443 127.0.0.1 http", await answer.Content.ReadAsStringAsync());
    }

    [NginxFact]
    public async Task Edges_MetricsAreHidden_LargeBodiesRefused_PostsNeverSentTwice_AndGetsGoToTheOtherReplica()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _http.PostAsync("/mcp", new ByteArrayContent(new byte[(4 * 1024 * 1024) + 1]))).StatusCode);

        Assert.Equal(HttpStatusCode.BadGateway, (await _http.PostAsync("/mcp/die", new StringContent("{}"))).StatusCode);
        Assert.Equal(1, _one.Deaths + _two.Deaths);

        await _one.DisposeAsync();
        for (var i = 0; i < 8; i++) Assert.Equal("two", await (await _http.GetAsync("/approvals")).Content.ReadAsStringAsync());
    }

    private async Task<HttpResponseMessage> SendAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request);
    }

    private sealed class Replica(string name) : IAsyncDisposable
    {
        private WebApplication _app = null!;
        private int _deaths;

        public Uri Url => new(_app.Urls.First());
        public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public int Deaths => _deaths;

        public Task StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.UseWebSockets();
            _app.Run(AnswerAsync);
            return _app.StartAsync();
        }

        private async Task AnswerAsync(HttpContext context)
        {
            var request = context.Request;
            if (context.WebSockets.IsWebSocketRequest)
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                var buffer = new byte[64];
                var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
                await socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Text, true, context.RequestAborted);
            }
            else if (request.Path == "/mcp/stream")
            {
                context.Response.ContentType = "text/event-stream";
                await context.Response.WriteAsync("data: 1\n\n");
                await context.Response.Body.FlushAsync();
                await Arrived.Task.WaitAsync(Eventually.Patience);
                await context.Response.WriteAsync("data: 2\n\n");
            }
            else if (request.Path == "/mcp/die")
            {
                Interlocked.Increment(ref _deaths);
                context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
            }
            else
            {
                await context.Response.WriteAsync(request.Path == "/headers" ? $"{request.Host} {request.Headers["X-Forwarded-For"]} {request.Headers["X-Forwarded-Proto"]}" : name);
            }
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
