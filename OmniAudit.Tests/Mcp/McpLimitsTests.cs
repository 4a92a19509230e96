using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Tests.Mcp;

/// <summary>How much one client may take: sessions, time and bytes.</summary>
public sealed class McpLimitsTests
{
    [Fact]
    public async Task Sessions_PastTheLimit_AreRefusedUntilOneIsFree()
    {
        await using var app = await TestApp.StartAsync();
        var sessions = app.Get<McpSessions>();
        var first = (await McpMessage.Initialize("2025-11-25").SendAsync(app)).SessionId!;
        await Parallel.ForEachAsync(Enumerable.Range(1, McpSessions.MostSessions - 1), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (_, stop) => Assert.Equal(HttpStatusCode.OK, (await McpMessage.Initialize("2025-11-25").SendAsync(app, stop)).Status));
        Assert.Equal(1000, sessions.Count);

        // The 1,001st, on either transport.
        var refused = await McpMessage.Initialize("2025-11-25").SendAsync(app);
        refused.AssertRefused(HttpStatusCode.ServiceUnavailable, -32603, "1000");
        Assert.Equal(("60", (string?)null), (refused.Headers.RetryAfter?.ToString(), refused.SessionId));
        var stream = await McpMessage.Without(HttpMethod.Get, null, null).With(m => m.Path = "/mcp/sse").SendAsync(app);
        stream.AssertRefused(HttpStatusCode.ServiceUnavailable, -32603, "1000");
        Assert.Equal(1000, sessions.Count);
        Assert.Equal(HttpStatusCode.OK, (await McpMessage.InSession(first, "2025-11-25", "ping").SendAsync(app)).Status);
        // No session is needed.
        Assert.Equal(HttpStatusCode.OK, (await McpMessage.Call("probe.read_note").SendAsync(app)).Status);

        // One that was left alone makes room; one in use does not.
        app.Time.Advance(TimeSpan.FromMinutes(2));
        await McpMessage.InSession(first, "2025-11-25", "ping").SendAsync(app);
        Assert.Equal(HttpStatusCode.OK, (await McpMessage.Initialize("2025-11-25").SendAsync(app)).Status);
        Assert.Equal(1000, sessions.Count);
        Assert.Equal(HttpStatusCode.OK, (await McpMessage.InSession(first, "2025-11-25", "ping").SendAsync(app)).Status);

        app.Time.Advance(McpSessions.IdleLimit + TimeSpan.FromMinutes(1));
        await sessions.SweepAsync();
        Assert.Equal(0, sessions.Count);
        (await McpMessage.InSession(first, "2025-11-25", "ping").SendAsync(app)).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");
    }

    /// <summary>The product's own limits, which the test below shortens.</summary>
    [Fact]
    public async Task Connections_HaveTimeLimits()
    {
        await using var app = await TestApp.StartAsync();
        var limits = app.Get<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal((TimeSpan.FromSeconds(15), 240, TimeSpan.FromSeconds(5)), (limits.RequestHeadersTimeout, limits.MinRequestBodyDataRate!.BytesPerSecond, limits.MinRequestBodyDataRate.GracePeriod));
    }

    [Fact]
    public async Task Connections_ThatSendTooSlowly_AreClosed()
    {
        await using var app = await TestApp.StartAsync(services: s => s.Configure<KestrelServerOptions>(k =>
        {
            k.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1);
            k.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(1.1));
        }));
        var answers = await Task.WhenAll(
            SendAndWaitAsync(app, "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "),
            SendAndWaitAsync(app, "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: 1000\r\n\r\n{"),
            SendAndWaitAsync(app, "POST /mcp/messages/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"));
        // Each was answered, and its connection closed by the server.
        Assert.All(answers, a => Assert.StartsWith("HTTP/1.1 408 ", a, StringComparison.Ordinal));
        Assert.All(answers.Skip(1), a => Assert.Contains("without pauses", a, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await McpMessage.Call("probe.read_note").SendAsync(app)).Status);
    }

    /// <summary>Sends this and no more; returns what came until the server closed.</summary>
    private static async Task<string> SendAndWaitAsync(TestApp app, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(app.Url.Host, app.Url.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync().WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Body_ThatIsNotThereInTime_IsRefused()
    {
        var time = new HandTimers();
        var context = new DefaultHttpContext { Request = { Body = new SilentStream() } };
        var reading = McpHttpChecks.ReadMessageAsync(context, time);
        Assert.False(reading.IsCompleted);
        time.GoOff();
        var refusal = await Assert.ThrowsAsync<McpRefusal>(() => reading);
        Assert.Contains("30 s", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_ThatIsTooLarge_ClosesTheConnection()
    {
        await using var app = await TestApp.StartAsync();
        foreach (var path in new[] { "/mcp", "/mcp/messages/" })
        {
            var answer = await McpMessage.Call("probe.read_note").With(m => (m.Path, m.Body) = (path, new byte[McpHttpChecks.LargestBody + 1])).SendAsync(app);
            answer.AssertRefused(HttpStatusCode.RequestEntityTooLarge, -32600, "1048576");
            Assert.Equal(["close"], answer.Headers.Connection);
        }
    }

    /// <summary>What is on a GET stream goes to whoever has it open now.</summary>
    [Fact]
    public async Task EventStream_GoesFromOneResponseToTheNext_AndSaysThatItLives()
    {
        var time = new HandTimers();
        using MemoryStream first = new(), second = new();
        await using var events = new McpEventStream(time);
        await events.WriteAsync("lost\n\n"u8.ToArray());
        time.GoOff();
        await events.AttachAsync(first, CancellationToken.None);
        await events.WriteAsync("one\n\n"u8.ToArray());
        time.GoOff();
        await events.DetachAsync();
        time.GoOff();
        await events.AttachAsync(second, CancellationToken.None);
        time.GoOff();
        await events.WriteAsync("two\n\n"u8.ToArray());
        await events.DisposeAsync();
        time.GoOff();
        Assert.Equal(("one\n\n:\n\n", ":\n\ntwo\n\n"), (Encoding.UTF8.GetString(first.ToArray()), Encoding.UTF8.GetString(second.ToArray())));
    }

    /// <summary>A body that never comes.</summary>
    private sealed class SilentStream : MemoryStream
    {
        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
    }
}
