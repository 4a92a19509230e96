using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>Everything that can happen to a request besides yes and no.</summary>
public sealed class RequestLifeTests : ProbeWorld
{
    private ApprovalDesk Desk => App.Get<ApprovalDesk>();

    [Fact]
    public async Task IdempotencyKey_SamePayload_IsTheSameRequestForEver()
    {
        var first = IdOf(await CallAsync(new { text = "hello", idempotency_key = "k1" }));
        Assert.Equal(first, IdOf(await CallAsync(new { text = "hello", idempotency_key = "k1" })));
        await App.DecideAsync(first, Decision.Approve);
        await App.WaitForStateAsync(first, ApprovalState.Executed);

        var after = await CallAsync(new { text = "hello", idempotency_key = "k1" });
        Assert.Equal(("executed", first), (after.GetProperty("status").GetString(), IdOf(after)));
        Assert.Single(Effects.Notes);
    }

    [Fact]
    public async Task IdempotencyKey_OtherPayload_IsAnError()
    {
        await CallAsync(new { text = "hello", idempotency_key = "k1" });
        var other = await CallAsync(new { text = "other", idempotency_key = "k1" });
        Assert.Equal("idempotency_conflict", other.GetProperty("error").GetString());
        Assert.Equal("invalid_arguments", (await CallAsync(new { text = "x", idempotency_key = "  " })).GetProperty("error").GetString());
        Assert.Single(await App.Get<ApprovalQueries>().ListAsync(new ApprovalFilter(), CancellationToken.None));
    }

    [Fact]
    public async Task Frozen_NothingRuns_UntilLifted_AndWhatExpiredMeanwhileNever()
    {
        var freeze = App.Get<FreezeSwitch>();
        await freeze.FreezeAsync("incident 7", Ada, CancellationToken.None);
        var (late, _) = await AskAsync("late");
        Assert.True((await App.DecideAsync(late, Decision.Approve)).Accepted);
        App.Time.Advance(TimeSpan.FromSeconds(App.Options.Approvals.TtlSeconds + 1));
        var (good, _) = await AskAsync("good");
        Assert.True((await App.DecideAsync(good, Decision.Approve)).Accepted);
        await App.Get<ApprovedCallDispatcher>().ExecuteAsync(good, CancellationToken.None);
        Assert.Equal(ApprovalState.Approved, (await CardAsync(good)).Summary.State);
        Assert.Equal(("Ada", "incident 7"), (await freeze.CurrentAsync(CancellationToken.None)) is { } f ? (f.FrozenByName, f.Reason) : default);

        await freeze.LiftAsync(Ben, CancellationToken.None);
        await App.WaitForStateAsync(good, ApprovalState.Executed);
        await App.WaitForStateAsync(late, ApprovalState.Expired);
        Assert.Equal(["good"], Effects.Notes);
        Assert.Equal("Ben", (await freeze.HistoryAsync(5, CancellationToken.None)).Single().LiftedByName);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => freeze.FreezeAsync("", new Actor(ActorKind.Agent, "agent:x", "x"), CancellationToken.None));
    }

    [Fact]
    public async Task WhatItDependsOn_Changed_HoldsItBackUnspent_UntilItIsAsApproved()
    {
        Effects.Facts = [new Fact("tag", "absent"), new Fact("repository id", "7")];
        var (id, token) = await AskAsync("hello");
        Assert.Equal("""{"repository id":"7","tag":"absent"}""", (await CardAsync(id)).Facts);
        Effects.Facts = [new Fact("tag", "v1.0.0"), new Fact("repository id", "7")];
        await App.DecideAsync(id, Decision.Approve);

        var held = await Eventually.GetAsync(() => CardAsync(id), c => c.Summary.Held is not null, "held");
        Assert.Equal(ApprovalState.Approved, held.Summary.State);
        Assert.Contains("tag was absent, is now v1.0.0", held.Summary.Held, StringComparison.Ordinal);
        Assert.Contains("held back", (await RepeatAsync("hello", token)).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(Effects.Notes);

        Effects.Facts = [new Fact("tag", "absent"), new Fact("repository id", "7")];
        Assert.True((await Desk.LookAgainAsync(id, Ada, CancellationToken.None)).Accepted);
        await App.WaitForStateAsync(id, ApprovalState.Executed);
        Assert.Single(Effects.Notes);
    }

    [Fact]
    public async Task WhatItDependsOn_CannotBeLookedAt_HoldsItBack_AndAPersonMayWithdrawIt()
    {
        var (id, token) = await AskAsync("hello");
        Effects.LookFailure = new HttpRequestException("down");
        await App.DecideAsync(id, Decision.Approve);
        await Eventually.TrueAsync(async () => (await CardAsync(id)).Summary.Held is not null, "held");

        Assert.False((await Desk.WithdrawAsync(id, "", Ben, CancellationToken.None)).Accepted);
        Assert.True((await Desk.WithdrawAsync(id, "not any more", Ben, CancellationToken.None)).Accepted);
        Assert.Contains("Ben withdrew it: not any more", (await RepeatAsync("hello", token)).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal([("decision", "approved"), ("outcome", "cancelled")], (await ReceiptsAsync(id)).Select(r => (r.Kind, r.State)));
    }

    [Fact]
    public async Task Agent_WithdrawsItsOwnRequest_AndNobodyElses()
    {
        var (id, _) = await AskAsync("hello");
        var person = await App.Get<ToolCallRunner>().RunAsync("probe.write_note", JsonSerializer.SerializeToElement(new { text = "a person's" }), new CallOrigin(Ben, "r", "console"), CancellationToken.None);
        var other = Assert.IsType<ToolOutcome.NeedsApproval>(person).Ticket.Id;

        var refused = (await App.CallAsync("core.cancel_request", new { approval_id = other })).GetProperty("structuredContent");
        Assert.Equal("not_found", refused.GetProperty("error").GetString());
        var done = (await App.CallAsync("core.cancel_request", new { approval_id = id, reason = "changed my mind" })).GetProperty("structuredContent");
        Assert.Equal(("cancelled", true), (done.GetProperty("state").GetString(), done.GetProperty("withdrawn").GetBoolean()));
        Assert.False((await App.CallAsync("core.cancel_request", new { approval_id = id })).GetProperty("structuredContent").GetProperty("withdrawn").GetBoolean());
        Assert.Contains("closed this", (await App.DecideAsync(id, Decision.Approve)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_EffectFound_IsSettledAsExecutedWithItsReceipt()
    {
        var (id, token) = await AskAsync("break");
        await App.DecideAsync(id, Decision.Approve);
        await App.WaitForStateAsync(id, ApprovalState.Unknown);
        await App.Get<EffectSearch>().LookAsync(id, CancellationToken.None);
        Assert.Equal(ApprovalState.Unknown, (await CardAsync(id)).Summary.State);

        Effects.Findable[id] = true;
        Assert.True((await Desk.LookAgainAsync(id, Ada, CancellationToken.None)).Accepted);
        await App.WaitForStateAsync(id, ApprovalState.Executed);
        var answer = await RepeatAsync("break", token);
        Assert.Equal(("executed", "break"), (answer.GetProperty("status").GetString(), answer.GetProperty("note").GetString()));
        Assert.Single(Effects.Notes);
        Assert.Equal([("decision", "approved"), ("outcome", "unknown"), ("settlement", "executed")], (await ReceiptsAsync(id)).Select(r => (r.Kind, r.State)));
        Assert.Equal("system:reconciler", (await ReceiptsAsync(id))[2].DecidedBy);
    }

    [Theory]
    [InlineData(true, "executed")]
    [InlineData(false, "failed")]
    public async Task Unknown_SettledByAPerson_SaysWhoAndWhy(bool happened, string state)
    {
        var (id, token) = await AskAsync("break");
        await App.DecideAsync(id, Decision.Approve);
        await App.WaitForStateAsync(id, ApprovalState.Unknown);
        Assert.False((await Desk.SettleAsync(id, happened, " ", Ben, CancellationToken.None)).Accepted);
        Assert.True((await Desk.SettleAsync(id, happened, "I looked at the notebook", Ben, CancellationToken.None)).Accepted);
        Assert.False((await Desk.SettleAsync(id, !happened, "no", Ada, CancellationToken.None)).Accepted);

        var answer = await RepeatAsync("break", token);
        Assert.Equal(state, answer.GetProperty("status").GetString());
        Assert.Contains("I looked at the notebook", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Single(Effects.Notes);
        Assert.Equal((state, Ben.Subject), (await ReceiptsAsync(id))[^1] is var last ? (last.State, last.DecidedBy) : default);
    }

    [Fact]
    public async Task Edited_TheFirstVersionCanNeverRun_AndItsApprovalsDoNotCount()
    {
        await App.Get<ApprovalRules>().AddAsync(Rule("name=two tool=probe.* require=2 anyone"), Ada, CancellationToken.None);
        var (id, token) = await AskAsync("first");
        var shown = new ShownRequest(id, (await CardAsync(id)).PayloadSha256);
        Assert.True((await App.DecideAsync(id, Decision.Approve, person: Ben)).Accepted);

        var editor = App.Get<ApprovalEditor>();
        var wrong = await editor.EditAsync("probe.write_note", shown, JsonSerializer.SerializeToElement(new { text = "second", copies = 9 }), Cid, CancellationToken.None);
        Assert.Equal("copies", Assert.Single(wrong.Errors!).Field);
        var edited = await editor.EditAsync("probe.write_note", shown, JsonSerializer.SerializeToElement(new { text = "second" }), Cid, CancellationToken.None);
        Assert.True(edited.Accepted, edited.Message);
        Assert.Contains("while you were editing", (await editor.EditAsync("probe.write_note", shown, JsonSerializer.SerializeToElement(new { text = "third" }), Ada, CancellationToken.None)).Message, StringComparison.Ordinal);

        var stale = await Desk.DecideAsync(id, Decision.Approve, "", shown.PayloadSha256, Ada, CancellationToken.None);
        Assert.Contains("not what would run", stale.Message, StringComparison.Ordinal);
        var card = await CardAsync(id);
        Assert.Equal((2, 0, "Cid", "write the note 'second'"), (card.Summary.PayloadVersion, card.Summary.Votes, card.EditedByName, card.Summary.Intent));
        Assert.Equal(["""{"text":"first"}""", """{"text":"second"}"""], card.Versions.Select(v => v.Payload));

        await App.DecideAsync(id, Decision.Approve, person: Ben);
        await App.DecideAsync(id, Decision.Approve, person: Ada);
        var done = await RepeatAsync("first", token);
        Assert.Equal("executed", done.GetProperty("status").GetString());
        Assert.True(done.GetProperty("approval").GetProperty("edited").GetBoolean());
        Assert.Equal(["second"], Effects.Notes);
        Assert.Equal(["vote", "edit", "vote", "decision", "outcome"], (await ReceiptsAsync(id)).Select(r => r.Kind));
    }

    [Fact]
    public async Task Batch_OneIsStale_NoneIsDecidedAndItIsNamed()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add((await AskAsync($"note {i}")).Id);
        var shown = new List<ShownRequest>();
        foreach (var id in ids) shown.Add(new ShownRequest(id, (await CardAsync(id)).PayloadSha256));
        await App.DecideAsync(ids[1], Decision.Deny, "not this one");

        var refused = await Desk.DecideManyAsync(shown, Decision.Approve, "", Ben, CancellationToken.None);
        Assert.False(refused.Accepted);
        Assert.Contains(ids[1], refused.Message, StringComparison.Ordinal);
        Assert.Equal(ApprovalState.Pending, (await CardAsync(ids[0])).Summary.State);
        Assert.Empty(await ReceiptsAsync(ids[0]));

        Assert.True((await Desk.DecideManyAsync([shown[0], shown[2]], Decision.Approve, "", Ben, CancellationToken.None)).Accepted);
        foreach (var id in new[] { ids[0], ids[2] }) await App.WaitForStateAsync(id, ApprovalState.Executed);
        Assert.Equal(["decision", "outcome"], (await ReceiptsAsync(ids[2])).Select(r => r.Kind));
    }

    [Fact]
    public async Task StandingRule_CoversItsUsesAndNoMore_EachReceipted()
    {
        var standing = App.Get<StandingRuleDesk>();
        StandingRuleRequest Request(object arguments, TimeSpan? time = null, int uses = 2, string target = "probe.*") =>
            new("agent:anonymous", "anonymous", "probe.write_note", target, JsonSerializer.SerializeToElement(arguments), time ?? TimeSpan.FromHours(1), uses);
        Assert.StartsWith("Lifetime:", (await standing.AddAsync(Request(new { }, TimeSpan.FromHours(9)), Ben, CancellationToken.None)).Error, StringComparison.Ordinal);
        Assert.StartsWith("Uses:", (await standing.AddAsync(Request(new { }, uses: 101), Ben, CancellationToken.None)).Error, StringComparison.Ordinal);
        Assert.StartsWith("Target:", (await standing.AddAsync(Request(new { }, target: "*"), Ben, CancellationToken.None)).Error, StringComparison.Ordinal);
        Assert.StartsWith("Arguments:", (await standing.AddAsync(Request(new { colr = new { @is = "red" } }), Ben, CancellationToken.None)).Error, StringComparison.Ordinal);
        Assert.Contains("exactly one of", (await standing.AddAsync(Request(new { text = "red" }), Ben, CancellationToken.None)).Error, StringComparison.Ordinal);
        var (rule, error) = await standing.AddAsync(Request(new { text = new { like = "nightly *" }, colour = new { @is = "red" }, copies = new { absent = true } }), Ben, CancellationToken.None);
        Assert.Equal("", error);

        Assert.Equal("requires_confirmation", (await CallAsync(new { text = "nightly 1", colour = "green" })).GetProperty("status").GetString());
        Assert.Equal("requires_confirmation", (await CallAsync(new { text = "nightly 1", colour = "red", copies = 2 })).GetProperty("status").GetString());
        for (var i = 1; i <= 2; i++)
        {
            var done = await CallAsync(new { text = $"nightly {i}", colour = "red" });
            Assert.Equal("executed", done.GetProperty("status").GetString());
            Assert.All(await ReceiptsAsync(IdOf(done)), r => Assert.Equal("rule:" + rule!.StandingRuleId, r.DecidedBy));
        }
        Assert.Equal("requires_confirmation", (await CallAsync(new { text = "nightly 3", colour = "red" })).GetProperty("status").GetString());
        Assert.Equal(("standing_rule", "live", Ben.Subject), (await ReceiptsAsync(rule!.StandingRuleId)).Select(r => (r.Kind, r.State, r.DecidedBy)).Single());
        Assert.Equal(2, Effects.Notes.Count);
    }

    [Theory]
    [InlineData("""{"text":{"is":"a *"}}""", """{"text":"a b"}""", false)]
    [InlineData("""{"text":{"is":"a *"}}""", """{"text":"a *"}""", true)]
    [InlineData("""{"text":{"like":"a *"}}""", """{"text":"a b"}""", true)]
    [InlineData("""{"text":{"like":"a *"}}""", """{}""", false)]
    [InlineData("""{"tags":{"absent":true}}""", """{"text":"a"}""", true)]
    [InlineData("""{"tags":{"absent":true}}""", """{"tags":[]}""", false)]
    [InlineData("""{"tags":{"is":["a","b"]}}""", """{"tags":["b","a"]}""", false)]
    [InlineData("""{"copies":{"like":"2"}}""", """{"copies":2}""", false)]
    public void StandingRule_Arguments_AreExactUnlessAPatternIsAskedFor(string conditions, string arguments, bool covers) =>
        Assert.Equal(covers, StandingRules.Covers(conditions, JsonDocument.Parse(arguments).RootElement));

    [Fact]
    public async Task StandingRule_EndedOrExpiredOrOfAPersonWhoIsGone_CoversNothing()
    {
        var standing = App.Get<StandingRuleDesk>();
        async Task<string> StatusAsync(string text) => (await CallAsync(new { text })).GetProperty("status").GetString()!;
        var request = new StandingRuleRequest("agent:anonymous", "anonymous", "probe.write_note", "probe.write_note", JsonSerializer.SerializeToElement(new { }), TimeSpan.FromHours(1), 50);
        var (rule, _) = await standing.AddAsync(request, Ben, CancellationToken.None);
        Assert.Equal("executed", await StatusAsync("a"));
        await standing.EndAsync(rule!.StandingRuleId, Ada, CancellationToken.None);
        Assert.Equal("requires_confirmation", await StatusAsync("b"));

        await standing.AddAsync(request, Ben, CancellationToken.None);
        await App.Get<Modules.Identities.OperatorDirectory>().DisableAsync("opr_ben", CancellationToken.None);
        Assert.Equal("requires_confirmation", await StatusAsync("c"));

        await standing.AddAsync(request, Cid, CancellationToken.None);
        App.Time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("requires_confirmation", await StatusAsync("d"));
    }

    [Theory]
    [InlineData("Payload = CAST('{\"text\":\"evil\"}' AS BLOB)", "database was changed")]
    [InlineData("PayloadSha256 = 'ab'", "not what would run")]
    public async Task Row_EditedInTheDatabaseWhileItWaits_CannotBeApproved(string change, string says)
    {
        var (id, _) = await AskAsync("good");
        var shown = (await CardAsync(id)).PayloadSha256;
        await ChangeAsync(id, change);
        Assert.Contains(says, (await Desk.DecideAsync(id, Decision.Approve, "", shown, Ben, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Payload = CAST('{\"text\":\"evil\"}' AS BLOB)")]
    [InlineData("Payload = CAST('{\"text\":\"evil\"}' AS BLOB), PayloadSha256 = 'c5d1d1e1bb5d1c3f5fdf5aaee0e4b5ee4b5f8a1d8d8b3f0f4c0a1b2c3d4e5f60'")]
    [InlineData("Tool = 'probe.write_other'")]
    [InlineData("DecisionReceiptId = NULL")]
    public async Task Row_EditedInTheDatabaseAfterTheDecision_SendsNothing(string change)
    {
        await App.Get<FreezeSwitch>().FreezeAsync("", Ada, CancellationToken.None);
        var (id, _) = await AskAsync("good");
        Assert.True((await App.DecideAsync(id, Decision.Approve)).Accepted);
        await ChangeAsync(id, change);
        await App.Get<FreezeSwitch>().LiftAsync(Ada, CancellationToken.None);

        var end = await App.WaitForStateAsync(id, ApprovalState.Cancelled, ApprovalState.Failed);
        Assert.Contains("changed from outside", end.Reason, StringComparison.Ordinal);
        Assert.Empty(Effects.Notes);
    }

    private async Task ChangeAsync(string id, string change)
    {
        Assert.Equal(1, await TestDatabase.ExecuteAsync(App.Options, $"UPDATE approvals SET {change} WHERE ApprovalId = '{id}'"));
    }

    [Fact]
    public async Task Queue_OfOneRequester_IsBounded()
    {
        var (id, _) = await AskAsync("one");
        var columns = "State, Version, Tool, Target, Intent, RiskLevel, Payload, PayloadSha256, AskedSha256, PayloadVersion, EditedByName, Policy, PolicySha256, Facts, Looks, RequesterSubject, RequesterName, Client, Session, RequestId, CreatedAt, ExpiresAt, DecidedBySubject, DecidedByName, Reason, ClosedBySubject, ClosedByName";
        await TestDatabase.ExecuteAsync(App.Options, $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ApprovalStore.MostPending - 1}) INSERT INTO approvals (ApprovalId, {columns}) SELECT 'apr_' || i, {columns} FROM n, approvals WHERE ApprovalId = '{id}'");
        var full = await CallAsync(new { text = "two" });
        Assert.Equal("queue_full", full.GetProperty("error").GetString());
        Assert.Equal(id, IdOf(await CallAsync(new { text = "one" }))[..4] == "apr_" ? id : "");
    }
}
