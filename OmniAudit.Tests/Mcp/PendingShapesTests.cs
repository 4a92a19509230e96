using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Approvals;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>What each way of waiting does when things go otherwise than planned.</summary>
public sealed class PendingShapesTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Url = """{"elicitation":{"url":{}}}""";
    private const string Form = """{"elicitation":{}}""";

    private readonly TestApp _app = shared.App;

    private static JsonObject Arguments(string text) => new() { ["text"] = text };

    private static JsonObject Retry(JsonElement asked, string responses) => new()
    {
        ["inputResponses"] = JsonNode.Parse(responses), ["requestState"] = asked.GetProperty("result").GetProperty("requestState").GetString(),
    };

    private static string Status(JsonElement answer) => answer.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString()!;

    private async Task<string> ApprovalOfAsync(string text) =>
        (await _app.Get<ApprovalQueries>().ListAsync(new ApprovalFilter(Text: $"'{text}'", Take: 1), CancellationToken.None))[0].ApprovalId;

    private int Effects(string text) => _app.Get<ProbeEffects>().Notes.Count(n => n == text);

    [Theory]
    [InlineData("decline")]
    [InlineData("cancel")]
    public async Task Page_DeclinedOrClosed_IsNoDecisionAndAnswersAtOnce(string action)
    {
        using var client = new ProfileClient(_app, "2026-07-28", "c", Url);
        var asked = await client.CallAsync("probe.write_note", Arguments("page " + action));
        Assert.Equal("input_required", asked.GetProperty("result").GetProperty("resultType").GetString());
        var clock = Stopwatch.StartNew();
        var answer = await client.CallAsync("probe.write_note", Arguments("page " + action), Retry(asked, """{"approval":{"action":"ACTION"}}""".Replace("ACTION", action, StringComparison.Ordinal)));
        Assert.Equal("requires_confirmation", Status(answer));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15));
        Assert.Equal(ApprovalState.Pending, (await _app.WaitForStateAsync(await ApprovalOfAsync("page " + action), ApprovalState.Pending)).Summary.State);
    }

    [Fact]
    public async Task Page_DecidedWhileTheRetryWaits_AnswersTheOutcomeAtOnce()
    {
        using var client = new ProfileClient(_app, "2026-07-28", "c", Url);
        var asked = await client.CallAsync("probe.write_note", Arguments("decided"));
        var clock = Stopwatch.StartNew();
        var retry = client.CallAsync("probe.write_note", Arguments("decided"), Retry(asked, """{"approval":{"action":"accept"}}"""));
        await _app.DecideAsync(await ApprovalOfAsync("decided"), Decision.Deny, "not today");
        Assert.Equal("denied", Status(await retry));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), "Nobody woke the waiting call.");
    }

    [Fact]
    public async Task Page_NobodyDecides_AnswersPlainlyAfterAWhile()
    {
        var time = new ImpatientTime();
        await using var app = await TestApp.StartAsync(services: s => s.AddSingleton<TimeProvider>(time));
        using var client = new ProfileClient(app, "2026-07-28", "c", Url);
        var asked = await client.CallAsync("probe.write_note", Arguments("undecided"));
        var retry = client.CallAsync("probe.write_note", Arguments("undecided"), Retry(asked, """{"approval":{"action":"accept"}}"""));
        await Eventually.TrueAsync(() =>
        {
            time.GoOff(TimeSpan.FromSeconds(25));
            return Task.FromResult(retry.IsCompleted);
        }, "the waiting call gives up after 25 s");
        var answer = await retry;
        Assert.Equal("requires_confirmation", Status(answer));
        Assert.Equal("core.get_request", answer.GetProperty("result").GetProperty("structuredContent").GetProperty("next").GetProperty("tool").GetString());
        Assert.False(answer.GetProperty("result").TryGetProperty("requestState", out _));
    }

    [Fact]
    public async Task PageOf2025_CalledAgainWhileUndecided_WaitsForTheSameRequestAndThenItsOutcomeOnce()
    {
        using var client = new ProfileClient(_app, "2025-11-25", "c", Url);
        Assert.Equal(-32042, (await client.CallAsync("probe.write_note", Arguments("again"))).GetProperty("error").GetProperty("code").GetInt32());
        var id = await ApprovalOfAsync("again");
        var again = client.CallAsync("probe.write_note", Arguments("again"));
        await _app.DecideAsync(id, Decision.Approve);
        Assert.Equal("executed", Status(await again));
        Assert.Equal(1, Effects("again"));
        // The outcome was told: the same call is a new wish now.
        Assert.Equal(-32042, (await client.CallAsync("probe.write_note", Arguments("again"))).GetProperty("error").GetProperty("code").GetInt32());
        Assert.NotEqual(id, await ApprovalOfAsync("again"));
    }

    [Theory]
    [InlineData("2024-11-05")]
    [InlineData("2025-03-26")]
    [InlineData("2025-06-18")]
    public async Task PageOf2025_IsNeverAskedForInOtherGenerations(string version)
    {
        using var client = new ProfileClient(_app, version, "c", """{"elicitation":{"url":{},"form":{}}}""");
        Assert.Equal("requires_confirmation", Status(await client.CallAsync("probe.write_note", Arguments("old " + version))));
    }

    [Fact]
    public async Task Confirmation_ByForm_WhereTheRuleLetsTheCallerConfirm()
    {
        await using var app = await TestApp.StartAsync(o => (o.Approvals.Mode, o.RateLimits.WritesPerMinute) = ("self", 1000));
        var notes = app.Get<ProbeEffects>().Notes;
        foreach (var version in new[] { "2025-06-18", "2025-11-25" })
        {
            using var live = new ProfileClient(app, version, "claude-code", Form);
            Assert.Equal("requires_confirmation", Status(await live.CallAndAnswerAsync("probe.write_note", Arguments(version), ProfileClient.Json("""{"action":"decline"}"""))));
            Assert.DoesNotContain(version, notes);
            Assert.Equal("executed", Status(await live.CallAndAnswerAsync("probe.write_note", Arguments(version), ProfileClient.Json("""{"action":"accept","content":{"decision":"approve"}}"""))));
            Assert.Equal("cancelled", Status(await live.CallAndAnswerAsync("probe.write_note", Arguments(version), ProfileClient.Json("""{"action":"accept","content":{"decision":"deny"}}"""))));
            Assert.Single(notes, version);
            if (version == "2025-11-25") Golden.AssertSame("form-2025-11-25", live.Exchange);
        }
        using var client = new ProfileClient(app, "2026-07-28", "claude-code", Form);
        var asked = await client.CallAsync("probe.write_note", Arguments("form"));
        Assert.Equal("requires_confirmation", Status(await client.CallAsync("probe.write_note", Arguments("form"), Retry(asked, """{"approval":{"action":"decline","content":{"decision":"approve"}}}"""))));
        Assert.DoesNotContain("form", notes);
        Assert.Equal("executed", Status(await client.CallAsync("probe.write_note", Arguments("form"), Retry(asked, """{"approval":{"action":"accept","content":{"decision":"approve"}}}"""))));
        Assert.Single(notes, "form");
        Golden.AssertSame("form-2026-07-28", client.Exchange);
        // No one is asked who did not say that they can be.
        using var plain = new ProfileClient(app, "2026-07-28", "c");
        Assert.Equal("requires_confirmation", Status(await plain.CallAsync("probe.write_note", Arguments("plain"))));
    }
}
