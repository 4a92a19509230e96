using System.Net;
using System.Text.Json.Nodes;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Tests.Mcp;

/// <summary>The generations with an initialize handshake.</summary>
public sealed class McpSessionTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    /// <summary>The header came with 2025-06-18; clients before it do not send one.</summary>
    private static string? HeaderOf(string version) => string.CompareOrdinal(version, "2025-06-18") < 0 ? null : version;

    private async Task<string> BeginAsync(string version = "2025-11-25", string? key = null)
    {
        var answer = await McpMessage.Initialize(version).WithKey(key).SendAsync(_app);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer.SessionId!;
    }

    [Theory]
    [InlineData("2024-11-05")]
    [InlineData("2025-03-26")]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    public async Task Session_OfEachGeneration_LivesFromInitializeToDelete(string version)
    {
        var begun = await McpMessage.Initialize(version).SendAsync(_app);
        Assert.Equal(HttpStatusCode.OK, begun.Status);
        Assert.Equal(version, begun.Result.GetProperty("protocolVersion").GetString());
        Assert.Equal("omniaudit", begun.Result.GetProperty("serverInfo").GetProperty("name").GetString());
        Assert.True(begun.Result.GetProperty("capabilities").TryGetProperty("tools", out _));
        var session = begun.SessionId!;
        Assert.Matches("^[A-Za-z0-9_-]{22}$", session);

        Assert.Equal(HttpStatusCode.Accepted, (await Send("notifications/initialized")).Status);
        var list = await Send("tools/list");
        Assert.Contains("core.health", list.Result.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()));
        Assert.Equal(session, list.SessionId);
        Assert.Equal(JsonNode.Parse("{}")!.ToJsonString(), (await Send("ping")).Result.GetRawText());
        var called = await Send("tools/call", new JsonObject { ["name"] = "probe.read_note", ["arguments"] = new JsonObject() });
        Assert.Equal("hello", called.Result.GetProperty("structuredContent").GetProperty("note").GetString());
        var row = (await _app.Get<AuditQueries>().ListAsync(new CallFilter(Take: 1), CancellationToken.None))[0];
        Assert.Equal(("probe.read_note", "session-agent 2.0", CallStatus.Succeeded), (row.Tool, row.Client, row.Status));

        var ended = await McpMessage.Without(HttpMethod.Delete, session, HeaderOf(version)).SendAsync(_app);
        Assert.Equal((HttpStatusCode.NoContent, ""), (ended.Status, ended.Body));
        (await Send("tools/list")).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");
        (await McpMessage.Without(HttpMethod.Delete, session, HeaderOf(version)).SendAsync(_app)).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");

        Task<McpAnswer> Send(string method, JsonObject? parameters = null) => McpMessage.InSession(session, HeaderOf(version), method, parameters).SendAsync(_app);
    }

    [Theory]
    [InlineData("POST", "tools/list")]
    [InlineData("POST", "notifications/initialized")]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    public async Task Request_WithoutOrOfAnUnknownSession_IsRefused(string method, string rpc)
    {
        McpMessage Message(string? session) => method == "POST" ? McpMessage.InSession(session, "2025-11-25", rpc) : McpMessage.Without(new HttpMethod(method), session, "2025-11-25");
        (await Message(null).SendAsync(_app)).AssertRefused(HttpStatusCode.BadRequest, -32600, "Mcp-Session-Id");
        (await Message("AAAAAAAAAAAAAAAAAAAAAA").SendAsync(_app)).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");
    }

    [Fact]
    public async Task Session_OfAnotherAgent_IsAnsweredLikeAnUnknownOne()
    {
        var owner = await _app.Get<AgentDirectory>().AddAsync("owner", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        var other = await _app.Get<AgentDirectory>().AddAsync("other", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        var session = await BeginAsync(key: owner.Key);

        foreach (var key in new[] { other.Key, null })
        {
            var unknown = await McpMessage.InSession("AAAAAAAAAAAAAAAAAAAAAA", "2025-11-25", "tools/list").WithKey(key).SendAsync(_app);
            var foreign = await McpMessage.InSession(session, "2025-11-25", "tools/list").WithKey(key).SendAsync(_app);
            Assert.Equal((HttpStatusCode.NotFound, unknown.Body), (foreign.Status, foreign.Body));
            Assert.Equal(HttpStatusCode.NotFound, (await McpMessage.Without(HttpMethod.Get, session, "2025-11-25").WithKey(key).SendAsync(_app)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await McpMessage.Without(HttpMethod.Delete, session, "2025-11-25").WithKey(key).SendAsync(_app)).Status);
        }
        Assert.Equal(HttpStatusCode.OK, (await McpMessage.InSession(session, "2025-11-25", "tools/list").WithKey(owner.Key).SendAsync(_app)).Status);
    }

    [Fact]
    public async Task Get_OfASession_IsOneStreamAtATime()
    {
        var session = await BeginAsync();
        (await McpMessage.Without(HttpMethod.Get, session, "2025-11-25").With(m => m.Headers["Accept"] = "application/json").SendAsync(_app)).AssertRefused(HttpStatusCode.NotAcceptable, -32600, "text/event-stream");
        using (var request = McpMessage.Without(HttpMethod.Get, session, "2025-11-25").ToHttp())
        using (var stream = await _app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (stream.StatusCode, stream.Content.Headers.ContentType?.MediaType));
            (await McpMessage.Without(HttpMethod.Get, session, "2025-11-25").SendAsync(_app)).AssertRefused(HttpStatusCode.Conflict, -32600, "GET");
            Assert.Equal(HttpStatusCode.OK, (await McpMessage.InSession(session, "2025-11-25", "ping").SendAsync(_app)).Status);
        }
        await McpMessage.Without(HttpMethod.Delete, session, "2025-11-25").SendAsync(_app);
    }

    [Fact]
    public async Task Delete_OfASessionThatListens_EndsItsStream()
    {
        var session = await BeginAsync();
        using var request = McpMessage.Without(HttpMethod.Get, session, "2025-11-25").ToHttp();
        using var stream = await _app.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.NoContent, (await McpMessage.Without(HttpMethod.Delete, session, "2025-11-25").SendAsync(_app)).Status);
        await stream.Content.ReadAsStringAsync().WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Initialize_WithAHeaderThatDiffers_IsRefused() =>
        (await McpMessage.Initialize("2025-06-18").With(m => m.Headers["MCP-Protocol-Version"] = "2025-11-25").SendAsync(_app))
            .AssertRefused(HttpStatusCode.BadRequest, -32020, "MCP-Protocol-Version");

    [Fact]
    public async Task Initialize_OfAnUnknownVersion_IsOfferedOneThatHasSessions()
    {
        var answer = await McpMessage.Initialize("1999-01-01").SendAsync(_app);
        Assert.Equal("2025-11-25", answer.Result.GetProperty("protocolVersion").GetString());
    }

    private static readonly Dictionary<string, (string Named, Action<JsonObject> Spoil)> Handshakes = new(StringComparer.Ordinal)
    {
        ["no params"] = ("params", m => m.Remove("params")),
        ["a list of params"] = ("params", m => m["params"] = new JsonArray()),
        ["no version"] = ("params.protocolVersion", m => ((JsonObject)m["params"]!).Remove("protocolVersion")),
        ["a number as version"] = ("params.protocolVersion", m => m["params"]!["protocolVersion"] = 5),
        ["no capabilities"] = ("params.capabilities", m => ((JsonObject)m["params"]!).Remove("capabilities")),
        ["a text as capabilities"] = ("params.capabilities", m => m["params"]!["capabilities"] = "none"),
        ["a text as a capability"] = ("params.capabilities.elicitation", m => m["params"]!["capabilities"]!["elicitation"] = "yes"),
        ["no client"] = ("params.clientInfo", m => ((JsonObject)m["params"]!).Remove("clientInfo")),
        ["a client without a name"] = ("params.clientInfo.name", m => ((JsonObject)m["params"]!["clientInfo"]!).Remove("name")),
        ["a number as the client's version"] = ("params.clientInfo.version", m => m["params"]!["clientInfo"]!["version"] = 2),
    };

    public static TheoryData<string> BadHandshakes => [.. Handshakes.Keys];

    [Theory]
    [MemberData(nameof(BadHandshakes))]
    public async Task Initialize_ThatSaysTooLittle_IsRefusedAndBeginsNoSession(string fault)
    {
        var before = _app.Get<McpSessions>().Count;
        var answer = await McpMessage.Initialize("2025-11-25").With(m => Handshakes[fault].Spoil(m.Json!)).SendAsync(_app);
        answer.AssertRefused(HttpStatusCode.BadRequest, -32602, Handshakes[fault].Named + ":");
        Assert.Null(answer.SessionId);
        Assert.Equal(before, _app.Get<McpSessions>().Count);
    }

    [Fact]
    public async Task Initialize_ThatTheSdkRefuses_LeavesNoSession()
    {
        var before = _app.Get<McpSessions>().Count;
        var answer = await McpMessage.Initialize("2026-07-28").SendAsync(_app);
        Assert.Equal(-32022, answer.Error.GetProperty("code").GetInt32());
        Assert.Equal(before, _app.Get<McpSessions>().Count);

        await BeginAsync();
        Assert.Equal(before + 1, _app.Get<McpSessions>().Count);
    }

    [Fact]
    public async Task Request_WhoseParamsDoNotFit_IsToldWhich()
    {
        var session = await BeginAsync();
        foreach (var (method, parameters, named) in new (string, JsonObject, string)[]
        {
            ("tools/call", new() { ["name"] = "probe.read_note", ["arguments"] = new JsonArray(1) }, "params.arguments"),
            ("tools/call", new() { ["name"] = "probe.read_note", ["arguments"] = "all" }, "params.arguments"),
            ("tools/call", new() { ["name"] = 5 }, "params.name"),
            ("tools/call", [], "params"),
            ("tools/list", new() { ["cursor"] = 5 }, "params.cursor"),
        })
        {
            var answer = await McpMessage.InSession(session, "2025-11-25", method, parameters).SendAsync(_app);
            Assert.Equal(-32602, answer.Error.GetProperty("code").GetInt32());
            Assert.StartsWith(named, answer.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ToolsList_OfASession_IsTheSameAsWithoutOne()
    {
        var session = await BeginAsync();
        var legacy = await McpMessage.InSession(session, "2025-11-25", "tools/list").SendAsync(_app);
        var stateless = await McpMessage.Of("tools/list").SendAsync(_app);
        Assert.Equal(stateless.Result.GetProperty("tools").GetRawText(), legacy.Result.GetProperty("tools").GetRawText());
    }
}
