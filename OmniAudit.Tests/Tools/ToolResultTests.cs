using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Tools;

/// <summary>What tools really answer is what their output schemas say.</summary>
public sealed class ToolResultTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    /// <summary>Calls, and checks the result against the tool's own schema, as clients do with errors too.</summary>
    private async Task<JsonElement> CallAsync(string tool, object? arguments = null, bool fails = false)
    {
        var result = await _app.CallAsync(tool, arguments);
        Assert.True(fails == result.GetProperty("isError").GetBoolean(), result.GetRawText());
        var content = result.GetProperty("structuredContent");
        var schema = (JsonObject)JsonNode.Parse(_app.Get<ToolCatalog>().Find(tool)!.OutputSchema.GetRawText())!;
        Assert.Empty(SchemaValidator.Validate(schema, content));
        // The check is one: an answer with a field too many does not fit.
        var more = JsonNode.Parse(content.GetRawText())!;
        more["surplus"] = 1;
        Assert.NotEmpty(SchemaValidator.Validate(schema, JsonSerializer.SerializeToElement(more)));
        return content;
    }

    [Fact]
    public async Task Health_FitsItsSchemaAndCountsTheTools()
    {
        var health = await CallAsync("core.health");
        Assert.Equal("ok", health.GetProperty("status").GetString());
        Assert.Equal("test", health.GetProperty("env").GetString());
        Assert.Equal("local", health.GetProperty("object_store_backend").GetString());
        Assert.Equal(_app.Get<ToolCatalog>().All.Count, health.GetProperty("tool_count").GetInt32());
        Assert.Contains("sitelint.export_report", health.GetProperty("write_tools").EnumerateArray().Select(t => t.GetString()));
        Assert.DoesNotContain("core.health", health.GetProperty("write_tools").EnumerateArray().Select(t => t.GetString()));
        Assert.True(health.GetProperty("observability").GetProperty("metrics_enabled").GetBoolean());
        var gitHub = health.GetProperty("github");
        Assert.Equal(("pat", false, 0), (gitHub.GetProperty("auth_mode").GetString(), gitHub.GetProperty("configured").GetBoolean(), gitHub.GetProperty("requests").GetInt32()));
    }

    [Fact]
    public async Task Write_PendingAndExecuted_FitsItsSchemaAndItsReceiptIsListed()
    {
        var pending = await CallAsync("probe.write_note", new { text = "receipted" });
        await _app.DecideAsync(pending.GetProperty("approval").GetProperty("id").GetString()!, Decision.Approve);
        var executed = await CallAsync("probe.write_note", new { text = "receipted", confirmation_token = pending.GetProperty("confirmation_token").GetString() });
        Assert.Equal("executed", executed.GetProperty("status").GetString());

        var all = await CallAsync("core.list_receipts");
        var ids = all.GetProperty("receipts").EnumerateArray().Select(r => r.GetProperty("receipt_id").GetString()).ToList();
        Assert.Equal(ids.Count, all.GetProperty("count").GetInt32());
        Assert.Contains(executed.GetProperty("receipt_id").GetString(), ids);
        Assert.Equal(ids.Count, (await CallAsync("core.list_receipts", new { operation = "probe.write_note" })).GetProperty("count").GetInt32());
        Assert.Equal(0, (await CallAsync("core.list_receipts", new { operation = "probe.other" })).GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Receipts_ByAForeignCursor_AreRefusedByName()
    {
        var refused = await CallAsync("core.list_receipts", new { cursor = "nonsense" }, fails: true);
        Assert.Equal(("invalid_arguments", "cursor"), (refused.GetProperty("error").GetString(), refused.GetProperty("errors")[0].GetProperty("field").GetString()));
    }

    [Fact]
    public async Task Job_QueuedAndUnknown_IsToldOrRefusedByName()
    {
        using var arguments = JsonDocument.Parse("{}");
        var job = await _app.Get<JobStore>().EnqueueAsync("probe", "probe.unheard_of", arguments.RootElement, TestApp.Approver, null, CancellationToken.None);
        var ended = await _app.Get<JobStore>().WaitAsync(job.JobId, Eventually.Patience, CancellationToken.None);
        var answer = await CallAsync("core.get_job", new { job_id = job.JobId });
        Assert.Equal((JobStatus.Failed, "probe"), (answer.GetProperty("status").GetString(), answer.GetProperty("module").GetString()));
        Assert.Equal(ended.Error, answer.GetProperty("error").GetString());

        var unknown = await CallAsync("core.get_job", new { job_id = "job_none" }, fails: true);
        Assert.Contains("job_id", unknown.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_OfEveryKind_FitTheSchemaToo()
    {
        var broken = await CallAsync("probe.read_note", new { @break = true }, fails: true);
        Assert.StartsWith("cal_", broken.GetProperty("reference").GetString(), StringComparison.Ordinal);
        var invalid = await CallAsync("probe.write_note", new { text = 5, more = 1 }, fails: true);
        Assert.Equal((2, "refused"), (invalid.GetProperty("errors").GetArrayLength(), invalid.GetProperty("status").GetString()));

        var asked = await CallAsync("probe.write_note", new { text = "unwanted" });
        await _app.DecideAsync(asked.GetProperty("approval").GetProperty("id").GetString()!, Decision.Deny, "no");
        var denied = await CallAsync("probe.write_note", new { text = "unwanted", confirmation_token = asked.GetProperty("confirmation_token").GetString() }, fails: true);
        Assert.Equal("denied", denied.GetProperty("status").GetString());
        var foreign = await CallAsync("probe.write_note", new { text = "other", confirmation_token = asked.GetProperty("confirmation_token").GetString() }, fails: true);
        Assert.False(foreign.GetProperty("executed").GetBoolean());
    }

    [Fact]
    public async Task Read_FitsItsSchema() => Assert.Equal("hello", (await CallAsync("probe.read_note")).GetProperty("note").GetString());
}
