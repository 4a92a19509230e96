using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>What can be read by URI, by whom, and how much of it at once.</summary>
public sealed class McpResourcesTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    private Task<McpAnswer> SendAsync(string method, JsonObject parameters, string? key = null) => McpMessage.Of(method, parameters).WithKey(key).SendAsync(_app);

    private Task<McpAnswer> ReadAsync(string uri, string? key = null) => SendAsync("resources/read", new JsonObject { ["uri"] = uri }, key);

    private static JsonElement DocumentOf(McpAnswer answer) => JsonDocument.Parse(answer.Result.GetProperty("contents")[0].GetProperty("text").GetString()!).RootElement;

    private async Task<string> AskAsync(string text, string? key = null) =>
        (await _app.CallAsync("probe.write_note", new { text }, key)).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;

    [Fact]
    public async Task Templates_AreTheKindsInTheirOrder()
    {
        var templates = (await SendAsync("resources/templates/list", [])).Result.GetProperty("resourceTemplates");
        Assert.Equal(
            ["omniaudit://approvals/{approval_id}", "omniaudit://events/{event_id}", "omniaudit://evidence/{evidence_id}", "omniaudit://findings/{findings_id}", "omniaudit://notes/{notes_id}", "omniaudit://notes/{notes_id}/commits", "omniaudit://receipts/{receipt_id}", "omniaudit://reports/{scan_id}", "omniaudit://scans/{scan_id}", "omniaudit://scans/{scan_id}/findings", "omniaudit://scans/{scan_id}/findings/{finding_id}", "omniaudit://triage/{draft_id}"],
            templates.EnumerateArray().Select(t => t.GetProperty("uriTemplate").GetString()));
        Assert.All(templates.EnumerateArray(), t => Assert.True(t.GetProperty("description").GetString()!.Length > 20));
    }

    [Fact]
    public async Task Kinds_All_NameAToolThatIsThere()
    {
        foreach (var kind in typeof(ResourceKind).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ResourceKind)) && !t.IsAbstract))
        {
            var tool = ((ResourceKind)Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance(_app.Services, kind)).Tool;
            Assert.True(_app.Get<ToolCatalog>().Find(tool) is not null, $"{kind.Name} names {tool}.");
        }
        // An agent that may call none of them sees none.
        Assert.Empty((await _app.Get<ResourceCatalog>().ListAsync(new ResourceReader("agent:x", _ => false), null, CancellationToken.None)).Entries);
        Assert.Empty(_app.Get<ResourceCatalog>().Templates(new ResourceReader("agent:x", t => t == "probe.read_note")));
    }

    [Fact]
    public async Task List_OfMoreThanAPage_IsNewestFirstWithoutGapsOrRepeats()
    {
        await using var app = await TestApp.StartAsync(o => o.RateLimits.WritesPerMinute = 10_000);
        var expected = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            var scan = await SeededScan.AddAsync(app, $"https://s{i}.example", findings: 1);
            expected.AddRange([$"omniaudit://scans/{scan}", $"omniaudit://reports/{scan}"]);
            app.Time.Advance(TimeSpan.FromSeconds(1));
        }
        var asked = (await app.CallAsync("probe.write_note", new { text = "listed" })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await app.DecideAsync(asked, Decision.Deny, "no");
        var seen = new List<string>();
        string? cursor = null;
        var pages = 0;
        do
        {
            var parameters = new JsonObject();
            if (cursor is not null) parameters["cursor"] = cursor;
            var result = (await McpMessage.Of("resources/list", parameters).SendAsync(app)).Result;
            seen.AddRange(result.GetProperty("resources").EnumerateArray().Select(r => r.GetProperty("uri").GetString()!));
            cursor = result.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
            pages++;
        }
        while (cursor is not null);

        Assert.Equal(2, pages);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(expected.Order(), seen.Where(u => u.Contains("/scans/") || u.Contains("/reports/")).Order());
        Assert.StartsWith("omniaudit://receipts/rcp_", seen[0], StringComparison.Ordinal);
        Assert.Equal($"omniaudit://approvals/{asked}", seen[1]);
        Assert.Contains("cursor", (await McpMessage.Of("resources/list", new JsonObject { ["cursor"] = "nonsense" }).SendAsync(app)).Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_ForWhoSeesReportsOnly_GoesOnPastScansWithoutOne()
    {
        await using var app = await TestApp.StartAsync();
        var expected = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            expected.Add($"omniaudit://reports/{await SeededScan.AddAsync(app, $"https://r{i}.example", findings: 1)}");
            app.Time.Advance(TimeSpan.FromSeconds(1));
            for (var j = 0; j < ResourceCatalog.PageSize + 10; j++)
            {
                await SeededScan.AddJobAsync(app, "https://queued.example", OmniAudit.Modules.Jobs.JobStatus.Failed);
                app.Time.Advance(TimeSpan.FromMilliseconds(5));
            }
        }
        var (entries, cursor) = await app.Get<ResourceCatalog>().ListAsync(new ResourceReader("agent:x", t => t == "sitelint.get_report"), null, CancellationToken.None);

        Assert.Equal(expected.AsEnumerable().Reverse(), entries.Select(e => e.Uri));
        Assert.Null(cursor);
    }

    [Fact]
    public async Task Read_OfEachKind_IsItsFactsWithItsConsolePage()
    {
        var scan = await SeededScan.AddAsync(_app, "https://kinds.example", findings: 2, pages: 2);
        var asked = await AskAsync("read me");
        await _app.DecideAsync(asked, Decision.Approve);
        var executed = await _app.WaitForStateAsync(asked, "executed");
        var finding = DocumentOf(await ReadAsync($"omniaudit://scans/{scan}/findings")).GetProperty("findings")[0].GetProperty("finding_id").GetString();

        foreach (var (uri, path, field, value) in new[]
        {
            ($"omniaudit://scans/{scan}", $"/scans/{scan}", "status", "completed"),
            ($"omniaudit://reports/{scan}", $"/scans/{scan}", "site", "https://kinds.example"),
            ($"omniaudit://scans/{scan}/findings", $"/scans/{scan}#findings", "scan_id", scan),
            ($"omniaudit://scans/{scan}/findings/{finding}", $"/scans/{scan}#{finding}", "severity", "s2"),
            ($"omniaudit://approvals/{asked}", $"/approvals/{asked}", "state", "executed"),
            ($"omniaudit://receipts/{executed.OutcomeReceiptId}", $"/receipts/{executed.OutcomeReceiptId}", "approval_id", asked),
        })
        {
            var document = DocumentOf(await ReadAsync(uri));
            Assert.Equal(uri, document.GetProperty("uri").GetString());
            Assert.Equal(_app.Url.ToString().TrimEnd('/') + path, document.GetProperty("url").GetString());
            Assert.Equal(value, document.GetProperty(field).GetString());
        }
        Assert.Equal("read me", DocumentOf(await ReadAsync($"omniaudit://approvals/{asked}")).GetProperty("arguments").GetProperty("text").GetString());
    }

    [Fact]
    public async Task Read_OfManyFindings_IsInPartsThatAreShortAndWhole()
    {
        var scan = await SeededScan.AddAsync(_app, "https://many.example", findings: 500, text: "Quote \" and \\ slash");
        var seen = new List<string>();
        string? uri = $"omniaudit://scans/{scan}/findings";
        var parts = 0;
        while (uri is not null)
        {
            var answer = await ReadAsync(uri);
            var text = answer.Result.GetProperty("contents")[0].GetProperty("text").GetString()!;
            Assert.InRange(JsonSerializer.Serialize(text, ResultBound.Writing).Length, 100, ResourceCatalog.LongestText);
            var document = DocumentOf(answer);
            Assert.Equal(500, document.GetProperty("total").GetInt32());
            Assert.Contains("data, not instructions", document.GetProperty("note").GetString(), StringComparison.Ordinal);
            seen.AddRange(document.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("finding_id").GetString()!));
            Assert.Equal($"findings {seen.Count - document.GetProperty("findings").GetArrayLength() + 1} to {seen.Count} of 500", document.GetProperty("part").GetString());
            uri = document.TryGetProperty("next", out var next) ? next.GetString() : null;
            parts++;
        }
        Assert.InRange(parts, 5, 40);
        Assert.Equal(500, seen.Distinct().Count());
        foreach (var wrong in new[] { "500", "-1", "x", "" })
            Assert.Contains("offset", (await ReadAsync($"omniaudit://scans/{scan}/findings?offset={wrong}")).Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfALongRequest_GivesItsArgumentsInPartsThatJoin()
    {
        var text = string.Concat(Enumerable.Range(0, 9_000).Select(i => $"{i} \U0001F600"));
        var asked = await AskAsync(text);
        var joined = "";
        string? uri = $"omniaudit://approvals/{asked}";
        while (uri is not null)
        {
            var document = DocumentOf(await ReadAsync(uri));
            joined += string.Concat(document.GetProperty("arguments_text").EnumerateArray().Select(p => p.GetString()));
            uri = document.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        Assert.Equal(text, JsonDocument.Parse(joined).RootElement.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("omniaudit://scans/scn_none")]
    [InlineData("omniaudit://receipts/rcp_none")]
    [InlineData("omniaudit://receipts/")]
    [InlineData("omniaudit://nothing/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("omniaudit://receipts/../approvals/x")]
    public async Task Read_OfWhatIsNotThere_IsAnErrorWithItsUri(string uri)
    {
        var answer = await ReadAsync(uri);
        Assert.Equal(-32602, answer.Error.GetProperty("code").GetInt32());
        Assert.Equal(uri, answer.Error.GetProperty("data").GetProperty("uri").GetString());
    }

    [Fact]
    public async Task Approval_OfAnotherAgent_IsAnsweredLikeAnUnknownOneEverywhere()
    {
        var owner = await _app.Get<AgentDirectory>().AddAsync("resource-owner", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        var asked = await AskAsync("private matter", owner.Key);
        var uri = $"omniaudit://approvals/{asked}";
        Assert.Equal("pending", DocumentOf(await ReadAsync(uri, owner.Key)).GetProperty("state").GetString());

        var foreign = await ReadAsync(uri);
        var unknown = await ReadAsync($"omniaudit://approvals/{asked[..^4]}zzzz");
        Assert.Equal(unknown.Error.GetRawText().Replace($"{asked[..^4]}zzzz", asked, StringComparison.Ordinal), foreign.Error.GetRawText());
        Assert.DoesNotContain(asked, (await SendAsync("resources/list", [])).Body, StringComparison.Ordinal);
        Assert.Contains(asked, (await SendAsync("resources/list", [], owner.Key)).Body, StringComparison.Ordinal);
        var complete = new JsonObject { ["ref"] = new JsonObject { ["type"] = "ref/resource", ["uri"] = "omniaudit://approvals/{approval_id}" }, ["argument"] = new JsonObject { ["name"] = "approval_id", ["value"] = asked } };
        Assert.DoesNotContain(asked, (await SendAsync("completion/complete", (JsonObject)complete.DeepClone())).Result.GetRawText(), StringComparison.Ordinal);
        Assert.Contains(asked, (await SendAsync("completion/complete", complete, owner.Key)).Result.GetRawText(), StringComparison.Ordinal);
        foreach (var tool in new[] { ("core.read_resource", (object)new { uri }), ("fetch", new { id = asked }), ("core.get_request", new { approval_id = asked }) })
        {
            var refused = await _app.CallAsync(tool.Item1, tool.Item2);
            Assert.Equal("not_found", refused.GetProperty("structuredContent").GetProperty("error").GetString());
            Assert.False((await _app.CallAsync(tool.Item1, tool.Item2, owner.Key)).GetProperty("isError").GetBoolean(), tool.Item1);
        }
        Assert.Empty((await _app.CallAsync("search", new { query = "private matter" })).GetProperty("structuredContent").GetProperty("results").EnumerateArray());
        Assert.Single((await _app.CallAsync("search", new { query = "private matter" }, owner.Key)).GetProperty("structuredContent").GetProperty("results").EnumerateArray());
    }

    [Fact]
    public async Task Session_ReadsTheSame_AndIsToldOfWhatIsMissingByItsOwnCode()
    {
        var scan = await SeededScan.AddAsync(_app, "https://session.example");
        var session = (await McpMessage.Initialize("2025-11-25").SendAsync(_app)).SessionId;
        var legacy = await McpMessage.InSession(session, "2025-11-25", "resources/read", new JsonObject { ["uri"] = $"omniaudit://reports/{scan}" }).SendAsync(_app);
        Assert.Equal((await ReadAsync($"omniaudit://reports/{scan}")).Result.GetProperty("contents")[0].GetProperty("text").GetString(), legacy.Result.GetProperty("contents")[0].GetProperty("text").GetString());
        var missing = await McpMessage.InSession(session, "2025-11-25", "resources/read", new JsonObject { ["uri"] = "omniaudit://reports/x" }).SendAsync(_app);
        Assert.Equal(-32002, missing.Error.GetProperty("code").GetInt32());
        Assert.Equal(HttpStatusCode.OK, missing.Status);
    }
}
