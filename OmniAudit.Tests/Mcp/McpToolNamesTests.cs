using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>How tools are named to whom.</summary>
public sealed class McpToolNamesTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    private static async Task<string> ListAsync(TestApp app, string client, string version = "2026-07-28")
    {
        using var profile = new ProfileClient(app, version, client);
        return (await profile.SendAsync("tools/list")).GetProperty("result").GetProperty("tools").GetRawText();
    }

    [Theory]
    [InlineData("claude-ai", true)]
    [InlineData("claude-ai (via mcp-remote 0.1.37)", true)]
    [InlineData("Anthropic/ClaudeAI", true)]
    [InlineData("codex-mcp-client", true)]
    [InlineData("github-copilot-developer", true)]
    [InlineData("claude-code", false)]
    [InlineData("Visual Studio Code", false)]
    [InlineData("", false)]
    public async Task List_Auto_HasNoDotsForThoseWhoRejectThem(string client, bool underscore)
    {
        foreach (var version in new[] { "2025-06-18", "2026-07-28" })
        {
            var list = await ListAsync(_app, client, version);
            var names = JsonDocument.Parse(list).RootElement.EnumerateArray().Select(t => t.GetProperty("name").GetString()!).ToList();
            Assert.Equal(_app.Get<ToolCatalog>().All.Select(t => underscore ? t.Name.Replace('.', '_') : t.Name), names);
            // Not in a description either, where the model would copy it from.
            Assert.Equal(underscore, !list.Contains("sitelint.get_report", StringComparison.Ordinal));
            Assert.Equal(list, await ListAsync(_app, client));
        }
    }

    [Theory]
    [InlineData("dotted", "claude-ai", false)]
    [InlineData("underscore", "claude-code", true)]
    public async Task List_Set_IsAsSetForEveryone(string setting, string client, bool underscore)
    {
        await using var app = await TestApp.StartAsync(o => o.Mcp.ToolNames = setting);
        Assert.Equal(underscore, (await ListAsync(app, client)).Contains("\"core_health\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_InEitherSpellingOrByAFormerName_IsTheSameTool()
    {
        using var client = new ProfileClient(_app, "2026-07-28", "any");
        foreach (var name in new[] { "probe.read_note", "probe_read_note" })
            Assert.Equal("hello", (await client.CallAsync(name, [])).GetProperty("result").GetProperty("structuredContent").GetProperty("note").GetString());
        foreach (var name in new[] { "probe.start_job", "probe_start_job", "probe.begin_work", "probe_begin_work" })
            Assert.StartsWith("job_", (await client.CallAsync(name, [])).GetProperty("result").GetProperty("structuredContent").GetProperty("job_id").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("begin_work", await ListAsync(_app, "any"), StringComparison.Ordinal);
        Assert.Equal(-32602, (await client.CallAsync("probe.never_was", [])).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData("claude-ai", "core_get_request", "core_get_job")]
    [InlineData("claude-code", "core.get_request", "core.get_job")]
    public async Task Results_NameToolsAsTheClientSeesThem(string name, string next, string inMessage)
    {
        using var client = new ProfileClient(_app, "2026-07-28", name);
        var waiting = (await client.CallAsync("probe_write_note", new JsonObject { ["text"] = "spelled " + name })).GetProperty("result").GetProperty("structuredContent");
        Assert.Equal(next, waiting.GetProperty("next").GetProperty("tool").GetString());
        Assert.Equal(waiting.GetProperty("approval").GetProperty("id").GetString(), waiting.GetProperty("next").GetProperty("arguments").GetProperty("approval_id").GetString());
        Assert.Contains(inMessage, await ListAsync(_app, name), StringComparison.Ordinal);
    }
}
