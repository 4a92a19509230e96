using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Approvals;

/// <summary>Several approvers, groups, and rules that change while something waits.</summary>
public sealed class ApprovalRulesTests : ProbeWorld
{
    protected override void Configure(OmniAuditOptions options)
    {
        base.Configure(options);
        options.Approvals.Rules = [Rule("name=two tool=probe.write_note target=* require=1 maintainers and 1 security ttl=120")];
    }

    [Fact]
    public async Task TwoNeeded_OneApproves_NothingRunsAndTheVoteIsReceipted()
    {
        var (id, _) = await AskAsync("hello");
        var first = await App.DecideAsync(id, Decision.Approve, person: Ben);
        Assert.True(first.Accepted, first.Message);
        Assert.Contains("1 of 2", first.Message, StringComparison.Ordinal);
        Assert.Equal((ApprovalState.Pending, 1), ((await CardAsync(id)).Summary.State, (await CardAsync(id)).Summary.Votes));
        Assert.False((await App.DecideAsync(id, Decision.Approve, person: Ben)).Accepted);

        var second = await App.DecideAsync(id, Decision.Approve, person: Cid);
        Assert.True(second.Accepted, second.Message);
        await App.WaitForStateAsync(id, ApprovalState.Executed);
        var receipts = await ReceiptsAsync(id);
        Assert.Equal(["vote", "decision", "outcome"], receipts.Select(r => r.Kind));
        Assert.Equal($"{Ben.Subject},{Cid.Subject}", receipts[1].DecidedBy);
        Assert.Single(receipts.Select(r => r.PolicySha256).Distinct());
        Assert.Equal("two", (await CardAsync(id)).Rule.Name);
    }

    [Fact]
    public async Task SomebodyOutsideTheGroups_MayDenyButNotApprove()
    {
        var (id, _) = await AskAsync("hello");
        var approve = await App.DecideAsync(id, Decision.Approve);
        Assert.False(approve.Accepted);
        Assert.Contains("1 maintainers and 1 security", approve.Message, StringComparison.Ordinal);
        Assert.True((await App.DecideAsync(id, Decision.Deny, "no")).Accepted);
    }

    [Fact]
    public async Task Ttl_ComesFromTheRule()
    {
        var (id, _) = await AskAsync("hello");
        var card = await CardAsync(id);
        Assert.Equal(TimeSpan.FromSeconds(120), card.Summary.ExpiresAt - card.Summary.CreatedAt);
    }

    [Fact]
    public async Task ConsoleRule_Added_VoidsWhatWaitedUnderAnother_AndTheAgentReadsWhy()
    {
        var reading = (await App.CallAsync("probe.write_note", new { text = "x" })).GetProperty("structuredContent");
        Assert.Equal("Changing rules needs the role admin; you are approver. An admin can change it.", await App.Get<ApprovalRules>().AddAsync(Rule("name=later tool=sitelint.*"), Ben, CancellationToken.None));

        // The settings' rule outranks it: nothing that waits is touched.
        Assert.Null(await App.Get<ApprovalRules>().AddAsync(Rule("name=later tool=probe.*"), Ada, CancellationToken.None));
        Assert.Contains("already", await App.Get<ApprovalRules>().AddAsync(Rule("name=two"), Ada, CancellationToken.None), StringComparison.Ordinal);
        await App.Get<ApprovalSweeper>().VoidChangedAsync(CancellationToken.None);
        Assert.Equal(ApprovalState.Pending, (await CardAsync(IdOf(reading))).Summary.State);
    }

    [Fact]
    public async Task ApproverDisabledBeforeTheClaim_NothingRuns_AndTheReasonNamesThem()
    {
        await App.Get<FreezeSwitch>().FreezeAsync("", Ada, CancellationToken.None);
        var (id, token) = await AskAsync("hello");
        await App.DecideAsync(id, Decision.Approve, person: Ben);
        await App.DecideAsync(id, Decision.Approve, person: Cid);
        await App.Get<OperatorDirectory>().DisableAsync("opr_ben", CancellationToken.None);
        await App.Get<FreezeSwitch>().LiftAsync(Ada, CancellationToken.None);

        await App.WaitForStateAsync(id, ApprovalState.Cancelled);
        Assert.Contains("Ben may no longer approve", (await RepeatAsync("hello", token)).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(Effects.Notes);
        Assert.Equal(["vote", "decision", "outcome"], (await ReceiptsAsync(id)).Select(r => r.Kind));
    }

    [Fact]
    public async Task DisabledPerson_DecidesNothing()
    {
        var (id, _) = await AskAsync("hello");
        await App.Get<OperatorDirectory>().DisableAsync("opr_ben", CancellationToken.None);
        Assert.Contains("may no longer", (await App.DecideAsync(id, Decision.Approve, person: Ben)).Message, StringComparison.Ordinal);
        Assert.Contains("may no longer", (await App.DecideAsync(id, Decision.Deny, "no", person: Ben)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GroupTakenAway_VoteNoLongerCounts()
    {
        await App.Get<FreezeSwitch>().FreezeAsync("", Ada, CancellationToken.None);
        var (id, _) = await AskAsync("hello");
        await App.DecideAsync(id, Decision.Approve, person: Ben);
        await App.DecideAsync(id, Decision.Approve, person: Cid);
        await App.Get<OperatorDirectory>().SetGroupsAsync("opr_cid", ["other"], CancellationToken.None);
        await App.Get<FreezeSwitch>().LiftAsync(Ada, CancellationToken.None);
        await App.WaitForStateAsync(id, ApprovalState.Cancelled);
        Assert.Empty(Effects.Notes);
    }
}

/// <summary>Rules of the console, over the default.</summary>
public sealed class ConsoleRulesTests : ProbeWorld
{
    [Fact]
    public async Task RuleAdded_WhileARequestWaits_TheRequestIsVoid_AndANewOneFollowsTheRule()
    {
        var (id, token) = await AskAsync("hello");
        Assert.Null(await App.Get<ApprovalRules>().AddAsync(Rule("name=two tool=probe.* require=2 anyone"), Ada, CancellationToken.None));

        await App.WaitForStateAsync(id, ApprovalState.Cancelled);
        Assert.Contains("The approval rule changed", (await RepeatAsync("hello", token)).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(("decision", "cancelled", "system:omniaudit"), (await ReceiptsAsync(id)).Select(r => (r.Kind, r.State, r.DecidedBy)).Single());
        var again = await AskAsync("hello");
        Assert.NotEqual(id, again.Id);
        Assert.Equal("two", (await CardAsync(again.Id)).Rule.Name);
    }

    [Fact]
    public async Task RuleRemoved_WhileApprovedAndFrozen_NothingRuns()
    {
        var rules = App.Get<ApprovalRules>();
        Assert.Null(await rules.AddAsync(Rule("name=mine tool=probe.* require=1 anyone ttl=900"), Ada, CancellationToken.None));
        await App.Get<FreezeSwitch>().FreezeAsync("audit", Ada, CancellationToken.None);
        var (id, _) = await AskAsync("hello");
        Assert.True((await App.DecideAsync(id, Decision.Approve)).Accepted);
        Assert.Null(await rules.RemoveAsync((await rules.ListAsync(CancellationToken.None)).Single().RuleId, Ada, CancellationToken.None));
        await App.Get<FreezeSwitch>().LiftAsync(Ada, CancellationToken.None);
        await App.WaitForStateAsync(id, ApprovalState.Cancelled);
        Assert.Empty(Effects.Notes);
    }
}

/// <summary>Approvals:Mode=self: the original's way, said on every receipt.</summary>
public sealed class SelfModeTests : ProbeWorld
{
    protected override void Configure(OmniAuditOptions options)
    {
        base.Configure(options);
        options.Approvals.Mode = "self";
        options.Approvals.Rules = [Rule("name=guarded tool=sitelint.*")];
    }

    [Fact]
    public async Task CallRepeatedWithItsToken_RunsOnce_AndEveryReceiptSaysSelfConfirmed()
    {
        var first = await CallAsync(new { text = "hello" });
        Assert.Equal("requires_confirmation", first.GetProperty("status").GetString());
        Assert.Contains("without a person", first.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(Effects.Notes);
        var token = first.GetProperty("confirmation_token").GetString()!;

        var done = await RepeatAsync("hello", token);
        Assert.Equal("executed", done.GetProperty("status").GetString());
        Assert.Equal(done.GetProperty("receipt_id").GetString(), (await RepeatAsync("hello", token)).GetProperty("receipt_id").GetString());
        Assert.Single(Effects.Notes);
        var receipts = await ReceiptsAsync(IdOf(first));
        Assert.Equal(["decision", "outcome"], receipts.Select(r => r.Kind));
        Assert.All(receipts, r => Assert.Equal(("self_confirmed", "self:agent:anonymous"), (r.Decision, r.DecidedBy)));
    }

    [Fact]
    public async Task TokenAfterExpiry_RunsNothing()
    {
        var (_, token) = await AskAsync("hello");
        App.Time.Advance(TimeSpan.FromSeconds(App.Options.Approvals.TtlSeconds + 1));
        Assert.Equal("expired", (await RepeatAsync("hello", token)).GetProperty("status").GetString());
        Assert.Empty(Effects.Notes);
    }

    [Fact]
    public async Task RuleAddedMeanwhile_TheTokenConfirmsNothing()
    {
        var (id, token) = await AskAsync("hello");
        await App.Get<ApprovalRules>().AddAsync(Rule("name=people tool=probe.*"), Ada, CancellationToken.None);
        Assert.NotEqual("executed", (await RepeatAsync("hello", token)).GetProperty("status").GetString());
        await App.WaitForStateAsync(id, ApprovalState.Cancelled);
        Assert.Empty(Effects.Notes);
    }
}
