using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Observability;

/// <summary>What a call leaves in the log, and what it must not.</summary>
public sealed class CallLogTests : IAsyncLifetime
{
    private const string Marked = "MARKED-PAYLOAD-7b1f";

    private readonly LogLines _log = new();
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o => o.Mcp.ApiKey = "MARKED-DEFAULT-KEY", services: s => s.AddSingleton<ILoggerProvider>(_ => _log.ToProvider()));
    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Call_IsOneLineWithThePromisedFields()
    {
        await McpMessage.Call("probe.read_note").With(m => m.Headers["x-request-id"] = "req-logged").SendAsync(_app);

        var line = Assert.Single(_log.All, l => l.TryGetProperty("tool", out var tool) && tool.GetString() == "probe.read_note");
        Assert.Equal(
            ("info", "req-logged", "probe", "succeeded"),
            (line.GetProperty("level").GetString()![..4], line.GetProperty("request_id").GetString(), line.GetProperty("module").GetString(), line.GetProperty("status").GetString()));
        Assert.True(line.GetProperty("duration_ms").GetDouble() >= 0);
        Assert.True(line.GetProperty("timestamp").TryGetDateTimeOffset(out _));
        Assert.False(line.TryGetProperty("error", out _));
    }

    [Fact]
    public async Task Call_ThatIsRefused_HasItsCodeAsError()
    {
        await _app.CallAsync("probe.write_note", new { text = 5 });
        var line = Assert.Single(_log.All, l => l.TryGetProperty("tool", out _));
        Assert.Equal(("refused", "invalid_arguments"), (line.GetProperty("status").GetString(), line.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task Lines_OfEveryKindOfCall_HoldNoPayloadKeyOrToken()
    {
        var agent = await _app.Get<AgentDirectory>().AddAsync("marked", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        var pending = (await _app.CallAsync("probe.write_note", new { text = Marked }, agent.Key)).GetProperty("structuredContent");
        var token = pending.GetProperty("confirmation_token").GetString()!;
        await _app.DecideAsync(pending.GetProperty("approval").GetProperty("id").GetString()!, Decision.Approve, Marked);
        await _app.CallAsync("probe.write_note", new { text = Marked, confirmation_token = token }, agent.Key);
        await _app.CallAsync("probe.write_note", new { text = "other", confirmation_token = token }, agent.Key);
        await _app.CallAsync("probe.write_note", new { text = Marked, colour = Marked, tags = new[] { Marked }, unknown = Marked }, agent.Key);
        await _app.CallAsync("probe.write_note", new { text = "t", confirmation_token = Marked }, agent.Key);
        await _app.CallAsync("core.get_job", new { job_id = Marked }, agent.Key);
        await _app.CallAsync("core.list_receipts", new { cursor = Marked }, "MARKED-DEFAULT-KEY");
        await _app.CallAsync("probe.read_note", new { @break = true });
        await _app.CallAsync("sitelint.start_scan", new { url = "http://127.0.0.1:1/" + Marked, profile = "quick", viewport_set = "mobile" });
        await McpMessage.Call("probe.read_note").WithKey("MARKED-WRONG-KEY").SendAsync(_app);
        await McpMessage.Call("probe.read_note").With(m => m.Headers["Authorization"] = "Bearer MARKED-WRONG-KEY").SendAsync(_app);
        await McpMessage.Of("tools/list").With(m => m.Body = System.Text.Encoding.UTF8.GetBytes("{" + Marked)).SendAsync(_app);
        using var state = await _app.Http.GetAsync("/ui/state?token=" + Marked);

        Assert.True(_log.All.Count >= 9, $"Only {_log.All.Count} lines were captured.");
        foreach (var line in _log.Raw)
        {
            foreach (var secret in new[] { "MARKED-", agent.Key, token }) Assert.DoesNotContain(secret, line, StringComparison.OrdinalIgnoreCase);
        }
        Assert.Equal(HttpStatusCode.OK, state.StatusCode);
    }
}
