using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.AdminOps.Store;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Tools;

/// <summary>Every tool, with more behind it than fits: what an agent gets is bounded, valid, and says where the rest is.</summary>
public sealed class LargeAnswerTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    [Fact]
    public async Task Answers_OfEveryTool_OverMuch_AreBoundedAndFitTheirSchemas()
    {
        var scan = await SeededScan.AddAsync(_app, "https://large.example/" + new string('p', 1_500), findings: 1_500, pages: 300, text: "Long \"text\" " + new string('t', 400));
        for (var i = 0; i < 30; i++) await AskAndDenyAsync($"large {i} " + new string('n', 5_000));
        var asked = await AskAndDenyAsync("large \U0001F600\"\\ " + string.Concat(Enumerable.Repeat("\"\\\U0001F600", 20_000)));
        var job = await SeededScan.AddJobAsync(_app, "https://large.example", JobStatus.Failed);
        await _app.Get<Database>().WriteAsync(async db => (await db.FindAsync<JobRow>(job))!.Error = new string('e', 100_000), CancellationToken.None);

        var evidence = await _app.Get<EvidenceUpload>().StoreAsync("big.log", "", new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(new string('l', 900) + "\n", 3_000)))), "person:opr_test", CancellationToken.None);

        await _app.Get<EventStore>().AppendAsync([.. Enumerable.Range(0, 150).Select(i => EventWorld.Event(
            $"large-{i}", _app.Time.GetUtcNow().AddMinutes(-i - 1), $"Service{i} \"{new string('s', 150)}", $"Operation{i} {new string('o', 900)}", result: $"{i} {new string('r', 150)}", upn: $"{new string('u', 250)}{i}@contoso.com", target: new string('t', 290),
            note: new string('n', 20_000), changes: [.. Enumerable.Range(0, 90).Select(c => new EventChange($"p{c}", new string('a', 1_900), new string('b', 1_900)))]))], CancellationToken.None);

        var calls = new Dictionary<string, JsonObject>(StringComparer.Ordinal)
        {
            ["adminops.ask"] = new() { ["question"] = "What happened?", ["days"] = 3650 },
            ["adminops.get_event"] = new() { ["event_id"] = "large-0" },
            ["adminops.get_summary"] = new() { ["days"] = 3650 },
            ["adminops.search_events"] = new() { ["days"] = 3650, ["limit"] = 100 },
            ["auditlens.create_issue"] = new() { ["repo"] = new string('r', 60_000), ["title"] = "t", ["body"] = "b", ["labels"] = new JsonArray() },
            ["auditlens.fetch_evidence"] = new() { ["repo"] = "acme/site", ["run_id"] = 1, ["artifact_name"] = new string('a', 60_000) },
            ["auditlens.list_runs"] = new() { ["repo"] = "acme/site", ["branch"] = new string('b', 60_000) },
            ["auditlens.parse_findings"] = new() { ["evidence_ref"] = new string('e', 60_000) },
            ["auditlens.post_triage"] = new() { ["repo"] = "acme/site", ["draft_id"] = new string('d', 60_000), ["version"] = 1 },
            ["auditlens.propose_patch"] = new() { ["repo"] = "acme/site", ["finding_id"] = new string('f', 60_000) },
            ["auditlens.read_log"] = new() { ["evidence_ref"] = evidence, ["mode"] = "tail", ["lines"] = 300 },
            ["auditlens.triage_pr"] = new() { ["repo"] = new string('r', 60_000), ["pr_number"] = 1 },
            ["core.cancel_request"] = new() { ["approval_id"] = asked },
            ["core.get_job"] = new() { ["job_id"] = job },
            ["core.get_request"] = new() { ["approval_id"] = asked },
            ["core.health"] = new() { [new string('h', 60_000)] = 1 },
            ["core.list_receipts"] = [],
            ["core.read_resource"] = new() { ["uri"] = $"omniaudit://approvals/{asked}" },
            ["fetch"] = new() { ["id"] = $"omniaudit://reports/{scan}" },
            // With GitHub's stand-in behind them they are bounded in their own tests.
            ["releasebutler.create_release"] = new() { ["repo"] = "acme/site", ["tag"] = new string('t', 60_000), ["notes"] = "n" },
            ["releasebutler.generate_notes"] = new() { ["repo"] = "acme/site", ["tag"] = new string('t', 60_000) },
            ["releasebutler.get_latest"] = new() { ["repo"] = new string('r', 60_000) },
            ["releasebutler.list_assets"] = new() { ["repo"] = "acme/site", ["tag"] = new string('t', 60_000) },
            ["releasebutler.verify_asset"] = new() { ["repo"] = "acme/site", ["asset_id"] = 1, ["checksum_source"] = new string('c', 60_000) },
            ["search"] = new() { ["query"] = "large" },
            ["sitelint.export_report"] = new() { ["scan_id"] = scan, ["format"] = "json", ["destination"] = "../" + new string('d', 60_000) },
            ["sitelint.get_report"] = new() { ["scan_id"] = scan },
            ["sitelint.get_scan"] = new() { ["job_id"] = job },
            ["sitelint.start_scan"] = new() { ["url"] = "https://x.example/" + new string('u', 60_000), ["profile"] = "quick", ["viewport_set"] = "desktop" },
            ["sitelint.verify_finding"] = new() { ["scan_id"] = scan, ["finding_id"] = new string('f', 60) },
        };
        // A new tool belongs into this list, with the most that can be behind it.
        Assert.Equal(ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly).All.Select(t => t.Name), calls.Keys.Order(StringComparer.Ordinal));
        foreach (var (tool, arguments) in calls) await CallAsync(tool, arguments);

        var report = await CallAsync("sitelint.get_report", new JsonObject { ["scan_id"] = scan });
        Assert.True(report.GetProperty("report").GetProperty("cut_off").GetBoolean());
        Assert.Equal($"omniaudit://scans/{scan}/findings", report.GetProperty("findings_uri").GetString());
    }

    [Fact]
    public async Task Answer_OfAToolThatDoesNotBoundItself_IsCutAndSaysSo()
    {
        var much = await CallAsync("probe.read_much", new JsonObject { ["lines"] = 4_000 });
        Assert.Equal(4_000, much.GetProperty("count").GetInt32());
        Assert.Contains($"lines ({much.GetProperty("lines").GetArrayLength()} of 4000)", much.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.False((await CallAsync("probe.read_much", new JsonObject { ["lines"] = 10 })).TryGetProperty("message", out _));
    }

    [Theory]
    [InlineData("2025-03-26", 0)]
    [InlineData("2025-06-18", 2)]
    [InlineData("2025-11-25", 2)]
    [InlineData("2026-07-28", 2)]
    public async Task GetReport_LinksTheRest_WhereTheProtocolHasLinks(string version, int links)
    {
        var scan = await SeededScan.AddAsync(_app, "https://links.example");
        var parameters = new JsonObject { ["name"] = "sitelint.get_report", ["arguments"] = new JsonObject { ["scan_id"] = scan } };
        McpAnswer answer;
        if (version == McpMessage.Stateless) answer = await McpMessage.Of("tools/call", parameters).SendAsync(_app);
        else
        {
            var header = string.CompareOrdinal(version, "2025-06-18") < 0 ? null : version;
            answer = await McpMessage.InSession((await McpMessage.Initialize(version).SendAsync(_app)).SessionId, header, "tools/call", parameters).SendAsync(_app);
        }
        var content = answer.Result.GetProperty("content").EnumerateArray().ToList();
        Assert.Equal("text", content[0].GetProperty("type").GetString());
        Assert.Equal(links, content.Count - 1);
        Assert.All(content.Skip(1), c => Assert.Equal("resource_link", c.GetProperty("type").GetString()));
        if (links > 0) Assert.Equal([$"omniaudit://scans/{scan}/findings", $"omniaudit://reports/{scan}"], content.Skip(1).Select(c => c.GetProperty("uri").GetString()));
    }

    private async Task<JsonElement> CallAsync(string tool, JsonObject arguments)
    {
        var result = await _app.CallAsync(tool, (JsonObject)arguments.DeepClone());
        Assert.True(result.TryGetProperty("structuredContent", out var content), $"{tool}: {result.GetRawText()[..Math.Min(300, result.GetRawText().Length)]}");
        var length = JsonSerializer.Serialize(content, ResultBound.Writing).Length;
        Assert.True(length <= ResultBound.MaxLength, $"{tool} answers {length} characters.");
        Assert.True(result.GetProperty("content")[0].GetProperty("text").GetString()!.Length <= ResultBound.MaxLength, tool);
        var schema = (JsonObject)JsonNode.Parse(_app.Get<ToolCatalog>().Find(tool)!.OutputSchema.GetRawText())!;
        Assert.Empty(SchemaValidator.Validate(schema, content));
        return content;
    }

    private async Task<string> AskAndDenyAsync(string text)
    {
        var id = (await _app.CallAsync("probe.write_note", new { text })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await _app.DecideAsync(id, Decision.Deny, "no");
        return id;
    }
}
