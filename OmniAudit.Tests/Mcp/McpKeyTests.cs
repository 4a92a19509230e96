using System.Net;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>Who may call, where keys are asked for.</summary>
public sealed class McpKeyTests : IAsyncLifetime
{
    private const string DefaultKey = "the-key-of-the-default-agent-0123456789";

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o => (o.Mcp.AuthMode, o.Mcp.ApiKey) = ("api_key", DefaultKey));
    public async Task DisposeAsync() => await _app.DisposeAsync();

    private static McpMessage Read() => McpMessage.Call("probe.read_note");

    private static void AssertUnauthorized(McpAnswer answer)
    {
        answer.AssertRefused(HttpStatusCode.Unauthorized, -32600, "X-Api-Key");
        Assert.StartsWith("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(DefaultKey, answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("oak_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("the-key-of-the-default-agent-012345678")]
    [InlineData("THE-KEY-OF-THE-DEFAULT-AGENT-0123456789")]
    public async Task Request_WithoutAGoodKey_IsUnauthorized(string? key)
    {
        AssertUnauthorized(await Read().WithKey(key).SendAsync(_app));
        AssertUnauthorized(await McpMessage.Without(HttpMethod.Get, "s", "2025-11-25").WithKey(key).SendAsync(_app));
        AssertUnauthorized(await McpMessage.Without(HttpMethod.Delete, "s", "2025-11-25").WithKey(key).SendAsync(_app));
        AssertUnauthorized(await Read().With(m => m.Path = "/mcp?api_key=" + DefaultKey).WithKey(key).SendAsync(_app));
        AssertUnauthorized(await Read().With(m => m.Headers["Cookie"] = "omniaudit-console=x").WithKey(key).SendAsync(_app));
    }

    [Fact]
    public async Task Call_ByKeyOrBearer_IsThatAgents()
    {
        var added = await _app.Get<AgentDirectory>().AddAsync("builder", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, (await Read().WithKey(DefaultKey).SendAsync(_app)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Read().With(m => m.Headers["Authorization"] = "Bearer " + added.Key).SendAsync(_app)).Status);

        var actors = (await _app.Get<AuditQueries>().ListAsync(new CallFilter(), CancellationToken.None)).Select(c => c.ActorName);
        Assert.Equal(["builder", "default"], actors);
    }

    [Fact]
    public async Task Key_OnceRevoked_IsRefusedAtOnce()
    {
        var added = await _app.Get<AgentDirectory>().AddAsync("short-lived", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, (await Read().WithKey(added.Key).SendAsync(_app)).Status);
        await _app.Get<AgentDirectory>().RevokeAsync("short-lived", OperatorDirectory.CommandLine, CancellationToken.None);
        AssertUnauthorized(await Read().WithKey(added.Key).SendAsync(_app));
    }

    [Fact]
    public async Task Key_PastItsExpiry_IsRefused()
    {
        var added = await _app.Get<AgentDirectory>().AddAsync("for-an-hour", _app.Time.GetUtcNow().AddHours(1), AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, (await Read().WithKey(added.Key).SendAsync(_app)).Status);
        _app.Time.Advance(TimeSpan.FromHours(1));
        AssertUnauthorized(await Read().WithKey(added.Key).SendAsync(_app));
    }

    [Fact]
    public async Task State_IsForAgentsWithAKey()
    {
        using var refused = await _app.Http.GetAsync("/ui/state");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/ui/state");
        request.Headers.Add("X-Api-Key", DefaultKey);
        using var response = await _app.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>A request wrong in everything, repaired in the order of the checks: each time the next fault is named.</summary>
    [Fact]
    public async Task Request_RepairedFaultByFault_IsToldTheNextOneInOrder()
    {
        var message = Read().With(m =>
        {
            m.Headers["Host"] = "evil.example";
            m.Headers["Origin"] = "https://evil.example";
            m.Headers["Content-Type"] = "text/plain";
            m.Headers["Accept"] = "text/plain";
            m.Body = new byte[(1024 * 1024) + 1];
            m.Headers["MCP-Protocol-Version"] = "2030-01-01";
            m.Headers["Mcp-Method"] = m.Headers["Mcp-Name"] = "x";
        });
        var meta = message.Params["_meta"]!.DeepClone();
        message.Params.Remove("_meta");

        await ExpectAsync(403, "Host", m => m.Headers["Host"] = null);
        await ExpectAsync(403, "Origin", m => m.Headers["Origin"] = null);
        await ExpectAsync(401, "X-Api-Key", m => m.Headers["X-Api-Key"] = DefaultKey);
        await ExpectAsync(415, "Content-Type", m => m.Headers["Content-Type"] = "application/json");
        await ExpectAsync(406, "Accept", m => m.Headers["Accept"] = "*/*");
        await ExpectAsync(413, "1048576", m => m.Body = "["u8.ToArray());
        await ExpectAsync(400, "-32700", m => m.Body = "[]"u8.ToArray());
        await ExpectAsync(400, "-32600", m => m.Body = null);
        await ExpectAsync(400, "-32022", m => m.Headers["MCP-Protocol-Version"] = McpMessage.Stateless);
        await ExpectAsync(400, "-32602", m => m.Params["_meta"] = meta);
        await ExpectAsync(400, "Mcp-Method", m => m.Headers["Mcp-Method"] = "tools/call");
        await ExpectAsync(400, "Mcp-Name", m => m.Headers["Mcp-Name"] = "probe.read_note");
        await ExpectAsync(200, "hello", _ => { });

        async Task ExpectAsync(int status, string named, Action<McpMessage> repair)
        {
            var answer = await message.SendAsync(_app);
            Assert.True(status == (int)answer.Status && answer.Body.Contains(named, StringComparison.Ordinal), $"Expected {status} '{named}', got {(int)answer.Status} {answer.Body}");
            message.With(repair);
        }
    }
}
