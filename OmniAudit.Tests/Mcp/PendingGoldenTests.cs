using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>Each known kind of client asks for a write, a person approves it, and the client hears the outcome: the exchanged messages, compared with Golden/.</summary>
public sealed class PendingGoldenTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    private static JsonObject Arguments(string text) => new() { ["text"] = text };

    private static string Id(JsonElement answer) => answer.GetProperty("result").GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;

    private async Task ApproveAsync(string approvalId)
    {
        Assert.True((await _app.DecideAsync(approvalId, Decision.Approve)).Accepted);
        await _app.WaitForStateAsync(approvalId, ApprovalState.Executed);
    }

    private async Task<string> NewestAsync() => (await _app.Get<ApprovalQueries>().ListAsync(new ApprovalFilter(ApprovalState.Pending, Take: 1), CancellationToken.None))[0].ApprovalId;

    /// <summary>Shape A: an answer that is complete alone. Claude Code declares forms only ({}), in both eras; a form decides nothing where a person must.</summary>
    [Theory]
    [InlineData("claude-code-2025-11-25", "2025-11-25", "claude-code", """{"elicitation":{},"roots":{}}""")]
    [InlineData("claude-code-2026-07-28", "2026-07-28", "claude-code", """{"elicitation":{}}""")]
    [InlineData("codex-2025-06-18", "2025-06-18", "codex-mcp-client", """{"elicitation":{}}""")]
    [InlineData("chatgpt-2025-11-25", "2025-11-25", "openai-mcp", "{}")]
    [InlineData("curl-2024-11-05", "2024-11-05", "curl", "{}")]
    [InlineData("curl-2025-03-26", "2025-03-26", "curl", "{}")]
    [InlineData("curl-2025-06-18", "2025-06-18", "curl", "{}")]
    public async Task PlainAnswer_ThenApproval_ThenTheSameCallWithItsToken(string golden, string version, string name, string capabilities)
    {
        using var client = new ProfileClient(_app, version, name, capabilities);
        var waiting = await client.CallAsync("probe.write_note", Arguments(golden));
        var token = waiting.GetProperty("result").GetProperty("structuredContent").GetProperty("confirmation_token").GetString();
        await ApproveAsync(Id(waiting));
        var arguments = Arguments(golden);
        arguments["confirmation_token"] = token;
        var done = await client.CallAsync("probe.write_note", arguments);
        Assert.Equal("executed", done.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString());
        Golden.AssertSame(golden, client.Exchange);
    }

    /// <summary>Shape C: -32042 names the page; once decided the session, and nobody else, is told; the same call then has the outcome.</summary>
    [Fact]
    public async Task VsCode_OpensThePageAndIsToldWhenItIsDecided()
    {
        using var client = new ProfileClient(_app, "2025-11-25", "Visual Studio Code", """{"elicitation":{"form":{},"url":{}}}""");
        await client.ListenAsync();
        var refused = await client.CallAsync("probe.write_note", Arguments("vscode"));
        Assert.Equal(-32042, refused.GetProperty("error").GetProperty("code").GetInt32());
        await ApproveAsync(await NewestAsync());
        Assert.Equal("notifications/elicitation/complete", (await client.HearAsync()).GetProperty("method").GetString());
        await client.CallAsync("probe.write_note", Arguments("vscode"));
        Golden.AssertSame("vscode-2025-11-25", client.Exchange);
    }

    /// <summary>Shape D.</summary>
    [Fact]
    public async Task ClientOf2026WithPages_RepeatsTheCallWithItsState()
    {
        using var client = new ProfileClient(_app, "2026-07-28", "url-client", """{"elicitation":{"form":{},"url":{}}}""");
        var asked = (await client.CallAsync("probe.write_note", Arguments("url-2026"))).GetProperty("result");
        await ApproveAsync(await NewestAsync());
        await client.CallAsync("probe.write_note", Arguments("url-2026"), new JsonObject
        {
            ["inputResponses"] = ProfileClient.Json("""{"approval":{"action":"accept"}}"""), ["requestState"] = asked.GetProperty("requestState").GetString(),
        });
        Golden.AssertSame("url-2026-07-28", client.Exchange);
    }

    /// <summary>Shape F.</summary>
    [Fact]
    public async Task ClientOf2026WithTasks_FollowsTheTask()
    {
        using var client = new ProfileClient(_app, "2026-07-28", "tasks-client", """{"elicitation":{"url":{}},"extensions":{"io.modelcontextprotocol/tasks":{}}}""");
        var task = (await client.CallAsync("probe.write_note", Arguments("tasks-2026"))).GetProperty("result").GetProperty("taskId").GetString()!;
        await client.TaskAsync("tasks/get", task);
        await ApproveAsync(task);
        await client.TaskAsync("tasks/get", task);
        Golden.AssertSame("tasks-2026-07-28", client.Exchange);
    }
}
