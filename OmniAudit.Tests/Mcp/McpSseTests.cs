using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.Clients;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Tests.Mcp;

/// <summary>The transport of 2024-11-05: one stream for all answers, messages posted beside it.</summary>
public sealed class McpSseTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    private static McpMessage Posted(string path, string method, JsonObject? parameters = null) => McpMessage.InSession(null, null, method, parameters).With(m => (m.Path, m.Headers["Accept"]) = (path, null));

    private static McpMessage Handshake(string path) => McpMessage.Initialize("2024-11-05").With(m => (m.Path, m.Headers["Accept"]) = (path, null));

    [Fact]
    public async Task Client_OfTheNpmSdk_ListsAndCalls()
    {
        await using var client = await NpmClient.ConnectAsync(_app.Url, path: "/mcp/sse");
        var tools = await client.ListToolsAsync();
        Assert.Contains("core.health", tools.EnumerateArray().Select(t => t.GetProperty("name").GetString()));
        var asked = (await client.CallAsync("probe.write_note", new { text = "over the old stream" })).GetProperty("structuredContent");
        Assert.Equal("requires_confirmation", asked.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Stream_NamesItsAddressAndCarriesTheAnswers()
    {
        await using var stream = await EventReader.OpenAsync(_app);
        var (name, path) = await stream.NextAsync();
        Assert.Equal("endpoint", name);
        Assert.Matches("^/mcp/messages/\\?session_id=[A-Za-z0-9_-]{22}$", path);
        Assert.Equal(("text/event-stream", "no-store"), (stream.Response.Content.Headers.ContentType?.MediaType, stream.Response.Headers.CacheControl?.ToString()));

        Assert.Equal((HttpStatusCode.Accepted, ""), Shown(await Handshake(path).SendAsync(_app)));
        var begun = await stream.NextMessageAsync();
        Assert.Equal("2024-11-05", begun.GetProperty("result").GetProperty("protocolVersion").GetString());
        Assert.Equal(HttpStatusCode.Accepted, (await Posted(path, "notifications/initialized").SendAsync(_app)).Status);
        // Clients that write sessionId, and those that send the version they agreed on.
        Assert.Equal(HttpStatusCode.Accepted, (await Posted(path.Replace("session_id", "sessionId", StringComparison.Ordinal), "tools/call", new JsonObject { ["name"] = "probe.read_note", ["arguments"] = new JsonObject() })
            .With(m => m.Headers["MCP-Protocol-Version"] = "2024-11-05").SendAsync(_app)).Status);
        var answer = await stream.NextMessageAsync();
        Assert.Equal((7, "hello"), (answer.GetProperty("id").GetInt32(), answer.GetProperty("result").GetProperty("structuredContent").GetProperty("note").GetString()));
        var row = (await _app.Get<AuditQueries>().ListAsync(new CallFilter(Tool: "probe.read_note", Take: 1), CancellationToken.None))[0];
        Assert.Equal(("session-agent 2.0", CallStatus.Succeeded), (row.Client, row.Status));

        static (HttpStatusCode, string) Shown(McpAnswer answer) => (answer.Status, answer.Body);
    }

    [Fact]
    public async Task Post_ThatIsWrong_IsRefusedByName()
    {
        await using var stream = await EventReader.OpenAsync(_app);
        var path = (await stream.NextAsync()).Data;
        (await Posted("/mcp/messages/", "ping").SendAsync(_app)).AssertRefused(HttpStatusCode.BadRequest, -32600, "session_id");
        (await Posted("/mcp/messages/?session_id=AAAAAAAAAAAAAAAAAAAAAA", "ping").SendAsync(_app)).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");
        (await Posted(path, "ping").With(m => m.Headers["Content-Type"] = "text/plain").SendAsync(_app)).AssertRefused(HttpStatusCode.UnsupportedMediaType, -32600, "Content-Type");
        (await Posted(path, "ping").With(m => m.Body = "[]"u8.ToArray()).SendAsync(_app)).AssertRefused(HttpStatusCode.BadRequest, -32600, "Batches");
        (await Posted(path, "ping").With(m => m.Headers["MCP-Protocol-Version"] = "1999-01-01").SendAsync(_app)).AssertRefused(HttpStatusCode.BadRequest, -32022, "MCP-Protocol-Version");
        (await Posted(path, "ping").With(m => m.Headers["MCP-Protocol-Version"] = "2026-07-28").SendAsync(_app)).AssertRefused(HttpStatusCode.BadRequest, -32600, "/mcp");
        (await Handshake(path).With(m => m.Json!.Remove("params")).SendAsync(_app)).AssertRefused(HttpStatusCode.BadRequest, -32602, "params");
        (await McpMessage.Without(HttpMethod.Get, null, null).With(m => (m.Path, m.Headers["Accept"]) = ("/mcp/sse", "application/json")).SendAsync(_app)).AssertRefused(HttpStatusCode.NotAcceptable, -32600, "Accept");
        (await McpMessage.Without(HttpMethod.Get, null, "2026-07-28").With(m => m.Path = "/mcp/sse").SendAsync(_app)).AssertRefused(HttpStatusCode.MethodNotAllowed, -32600, "2026-07-28");
        foreach (var spoil in new Action<McpMessage>[] { m => m.Headers["Host"] = "evil.example", m => m.Headers["Origin"] = "http://evil.example" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await Posted(path, "ping").With(spoil).SendAsync(_app)).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await McpMessage.Without(HttpMethod.Get, null, null).With(m => m.Path = "/mcp/sse").With(spoil).SendAsync(_app)).Status);
        }
    }

    [Fact]
    public async Task Session_IsItsCallersAndItsTransportsOnly()
    {
        var owner = await _app.Get<AgentDirectory>().AddAsync("stream-owner", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        var other = await _app.Get<AgentDirectory>().AddAsync("stream-other", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        await using var stream = await EventReader.OpenAsync(_app, owner.Key);
        var path = (await stream.NextAsync()).Data;
        var id = path[(path.IndexOf('=', StringComparison.Ordinal) + 1)..];

        Assert.Equal(HttpStatusCode.Unauthorized, (await Posted(path, "ping").WithKey("nobodys-key").SendAsync(_app)).Status);
        foreach (var key in new[] { other.Key, null })
            (await Posted(path, "ping").WithKey(key).SendAsync(_app)).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");
        (await McpMessage.InSession(id, "2025-11-25", "ping").WithKey(owner.Key).SendAsync(_app)).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");
        Assert.Equal(HttpStatusCode.NotFound, (await McpMessage.Without(HttpMethod.Delete, id, "2025-11-25").WithKey(owner.Key).SendAsync(_app)).Status);
        var streamable = (await McpMessage.Initialize("2025-11-25").WithKey(owner.Key).SendAsync(_app)).SessionId;
        (await Posted($"/mcp/messages/?session_id={streamable}", "ping").WithKey(owner.Key).SendAsync(_app)).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");
        Assert.Equal(HttpStatusCode.Accepted, (await Handshake(path).WithKey(owner.Key).SendAsync(_app)).Status);
        Assert.Equal("2024-11-05", (await stream.NextMessageAsync()).GetProperty("result").GetProperty("protocolVersion").GetString());
    }

    [Fact]
    public async Task Session_EndsWithItsStream()
    {
        await using var app = await TestApp.StartAsync();
        var stream = await EventReader.OpenAsync(app);
        var path = (await stream.NextAsync()).Data;
        Assert.Equal(1, app.Get<McpSessions>().Count);
        await stream.DisposeAsync();
        await Eventually.TrueAsync(() => Task.FromResult(app.Get<McpSessions>().Count == 0), "the session ends");
        (await Handshake(path).SendAsync(app)).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");
    }

    [Fact]
    public async Task Calls_PastTheLimitOfASession_AreRefusedUntilOneEnds()
    {
        await using var stream = await EventReader.OpenAsync(_app);
        var path = (await stream.NextAsync()).Data;
        await Handshake(path).SendAsync(_app);
        await stream.NextMessageAsync();
        McpMessage Hold(int i) => Posted(path, "tools/call", new JsonObject { ["name"] = "probe.hold_line", ["arguments"] = new JsonObject { ["line"] = $"stream-{i}" } }).With(m => m.Json!["id"] = i);
        for (var i = 0; i < 32; i++) Assert.Equal(HttpStatusCode.Accepted, (await Hold(i).SendAsync(_app)).Status);
        var refused = await Hold(32).SendAsync(_app);
        refused.AssertRefused(HttpStatusCode.ServiceUnavailable, -32603, "32 calls");
        Assert.Equal("1", refused.Headers.RetryAfter?.ToString());
        // Telling is not calling.
        Assert.Equal(HttpStatusCode.Accepted, (await Posted(path, "notifications/cancelled", new JsonObject { ["requestId"] = 5 }).SendAsync(_app)).Status);
        await _app.Get<HeldLines>()["stream-5"].Cancelled.Task.WaitAsync(Eventually.Patience);
        await Eventually.TrueAsync(async () => (await Hold(33).SendAsync(_app)).Status == HttpStatusCode.Accepted, "a call is taken again");
        for (var i = 0; i < 34; i++) _app.Get<HeldLines>()[$"stream-{i}"].Released.TrySetResult();
        var answered = new HashSet<int>();
        while (answered.Count < 32) answered.Add((await stream.NextMessageAsync()).GetProperty("id").GetInt32());
        Assert.DoesNotContain(5, answered);
    }

    /// <summary>An open event stream.</summary>
    private sealed class EventReader(HttpResponseMessage response, StreamReader reader) : IAsyncDisposable
    {
        public HttpResponseMessage Response => response;

        public static async Task<EventReader> OpenAsync(TestApp app, string? key = null)
        {
            using var request = McpMessage.Without(HttpMethod.Get, null, null).With(m => m.Path = "/mcp/sse").WithKey(key).ToHttp();
            var response = await app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
        }

        public async Task<(string Name, string Data)> NextAsync()
        {
            string name = "message", data = "";
            while (await reader.ReadLineAsync().WaitAsync(Eventually.Patience) is { } line)
            {
                if (line.Length == 0 && data.Length > 0) return (name, data);
                if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line["event: ".Length..];
                if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line["data: ".Length..];
            }
            throw new InvalidOperationException("The stream ended.");
        }

        public async Task<JsonElement> NextMessageAsync() => JsonDocument.Parse((await NextAsync()).Data).RootElement;

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
