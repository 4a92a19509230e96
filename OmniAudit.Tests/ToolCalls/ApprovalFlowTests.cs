using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ToolCalls;

public sealed class ApprovalFlowTests : IAsyncLifetime
{
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o => o.RateLimits.WritesPerMinute = 1000);
    public async Task DisposeAsync() => await _app.DisposeAsync();

    private ProbeEffects Effects => _app.Get<ProbeEffects>();

    private async Task<(string Id, string Token)> AskAsync(string text)
    {
        var answer = (await _app.CallAsync("probe.write_note", new { text })).GetProperty("structuredContent");
        Assert.True(answer.GetProperty("requires_confirmation").GetBoolean());
        Assert.False(answer.GetProperty("executed").GetBoolean());
        return (answer.GetProperty("approval").GetProperty("id").GetString()!, answer.GetProperty("confirmation_token").GetString()!);
    }

    private async Task<JsonElement> RepeatAsync(string text, string token) =>
        (await _app.CallAsync("probe.write_note", new { text, confirmation_token = token })).GetProperty("structuredContent");

    private async Task<IReadOnlyList<ReceiptItem>> ReceiptsOfAsync(string approvalId) =>
        (await _app.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: approvalId), null, 10, CancellationToken.None)).Items;

    [Fact]
    public async Task Write_ApprovedByAPerson_RunsOnceAndEveryLaterCallAnswersTheSameReceipt()
    {
        var (id, token) = await AskAsync("hello");
        Assert.Equal("requires_confirmation", (await RepeatAsync("hello", token)).GetProperty("status").GetString());
        Assert.Empty(Effects.Notes);

        var decision = await _app.DecideAsync(id, Decision.Approve);
        Assert.True(decision.Accepted, decision.Message);
        var first = await RepeatAsync("hello", token);
        var second = await RepeatAsync("hello", token);

        Assert.Equal("executed", first.GetProperty("status").GetString());
        Assert.Equal("hello", first.GetProperty("note").GetString());
        Assert.Equal(first.GetProperty("receipt_id").GetString(), second.GetProperty("receipt_id").GetString());
        Assert.Single(Effects.Notes);
        var receipts = await ReceiptsOfAsync(id);
        Assert.Equal(["outcome", "decision"], receipts.Select(r => r.Kind));
        foreach (var receipt in receipts)
            Assert.Equal("Valid", (await _app.Get<ReceiptQueries>().VerifyAsync(receipt.ReceiptId, CancellationToken.None)).Verdict.ToString());
    }

    [Fact]
    public async Task Write_Denied_TellsTheAgentWhyAndDoesNothing()
    {
        var (id, token) = await AskAsync("hello");
        Assert.False((await _app.DecideAsync(id, Decision.Deny)).Accepted);
        Assert.True((await _app.DecideAsync(id, Decision.Deny, "not on a Friday")).Accepted);

        var answer = await RepeatAsync("hello", token);
        Assert.Equal("denied", answer.GetProperty("status").GetString());
        Assert.Contains("not on a Friday", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(Effects.Notes);
        Assert.Equal("denied", Assert.Single(await ReceiptsOfAsync(id)).State);
    }

    [Fact]
    public async Task Write_NotDecidedInTime_ExpiresWithAReceiptAndNoDecider()
    {
        var (id, token) = await AskAsync("hello");
        _app.Time.Advance(TimeSpan.FromSeconds(_app.Options.Approvals.TtlSeconds + 1));

        Assert.Equal("expired", (await RepeatAsync("hello", token)).GetProperty("status").GetString());
        Assert.False((await _app.DecideAsync(id, Decision.Approve)).Accepted);
        var receipt = Assert.Single(await ReceiptsOfAsync(id));
        Assert.Equal(("expired", ""), (receipt.State, receipt.DecidedBy));
        Assert.Empty(Effects.Notes);
        Assert.NotEqual(id, (await AskAsync("hello")).Id);
    }

    [Fact]
    public async Task Write_AskedTwiceWhilePending_IsOneCard()
    {
        var first = await AskAsync("hello");
        Assert.Equal(first, await AskAsync("hello"));
        Assert.NotEqual(first.Id, (await AskAsync("other")).Id);
    }

    [Theory]
    [InlineData("cft_01jd00000000000000000000zz_00", "unknown_token")]
    [InlineData("nonsense", "unknown_token")]
    public async Task Token_Forged_NamesNothing(string token, string code)
    {
        await AskAsync("hello");
        Assert.Equal(code, (await RepeatAsync("hello", token)).GetProperty("error").GetString());
    }

    [Fact]
    public async Task Token_WithOneCharacterChanged_NamesNothing()
    {
        var (_, token) = await AskAsync("hello");
        Assert.Equal("unknown_token", (await RepeatAsync("hello", token[..^1] + (token[^1] == '0' ? '1' : '0'))).GetProperty("error").GetString());
    }

    [Fact]
    public async Task Token_OfOtherArguments_IsRefusedAndNothingRuns()
    {
        var (id, token) = await AskAsync("hello");
        await _app.DecideAsync(id, Decision.Approve);
        await _app.WaitForStateAsync(id, ApprovalState.Executed);
        Assert.Equal("token_mismatch", (await RepeatAsync("other", token)).GetProperty("error").GetString());
        Assert.Single(Effects.Notes);
    }

    [Fact]
    public async Task Decision_ByAnAgent_IsImpossible()
    {
        var (id, _) = await AskAsync("hello");
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => _app.DecideAsync(id, Decision.Approve, person: new Actor(ActorKind.Agent, "agent:other", "other")));
        Assert.Equal(ApprovalState.Pending, (await _app.WaitForStateAsync(id, ApprovalState.Pending)).Summary.State);
    }

    [Fact]
    public async Task Decision_ByTheRequester_IsRefused()
    {
        var person = await _app.AddPersonAsync(new Actor(ActorKind.Person, "person:opr_self", "Self"));
        var outcome = await _app.Get<ToolCallRunner>().RunAsync("probe.write_note", JsonSerializer.SerializeToElement(new { text = "mine" }), new CallOrigin(person, "r", "console"), CancellationToken.None);
        var id = Assert.IsType<ToolOutcome.NeedsApproval>(outcome).Ticket.Id;

        var own = await _app.DecideAsync(id, Decision.Approve, person: person);
        Assert.False(own.Accepted);
        Assert.Contains("another person", own.Message, StringComparison.Ordinal);
        Assert.True((await _app.DecideAsync(id, Decision.Approve)).Accepted);
    }

    [Fact]
    public async Task Decision_AboutOtherBytes_ChangesNothing()
    {
        var (id, _) = await AskAsync("hello");
        var stale = await _app.Get<ApprovalDesk>().DecideAsync(id, Decision.Approve, "", new string('0', 64), TestApp.Approver, CancellationToken.None);
        Assert.False(stale.Accepted);
        Assert.Contains("not what would run", stale.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoHundredDecisionsAtOnce_OneWinsOneExecutionLosersAreToldWho()
    {
        var (id, token) = await AskAsync("hello");
        var people = Enumerable.Range(0, 3).Select(i => new Actor(ActorKind.Person, $"person:opr_{i}", $"Person {i}")).ToArray();
        foreach (var person in people) await _app.AddPersonAsync(person);
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => _app.DecideAsync(id, i % 5 == 0 ? Decision.Deny : Decision.Approve, "because", people[i % 3]))));

        var winner = Assert.Single(results, r => r.Accepted);
        var card = await _app.WaitForStateAsync(id, ApprovalState.Executed, ApprovalState.Denied);
        Assert.All(results.Where(r => !r.Accepted), loser => Assert.Contains(card.Summary.DecidedByName, loser.Message, StringComparison.Ordinal));
        Assert.Equal(winner.State == ApprovalState.Denied ? 0 : 1, Effects.Notes.Count);
        Assert.Single(await ReceiptsOfAsync(id), r => r.Kind == "decision");
        await RepeatAsync("hello", token);
        Assert.InRange(Effects.Notes.Count, 0, 1);
    }

    [Fact]
    public async Task Execution_ThatIsRefusedByTheTool_FailsWithItsReason()
    {
        var (id, token) = await AskAsync("refuse");
        await _app.DecideAsync(id, Decision.Approve);
        var answer = await RepeatAsync("refuse", token);
        Assert.Equal("failed", answer.GetProperty("status").GetString());
        Assert.Contains("notebook is full", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execution_ThatBreaksInTheMiddle_IsUnknownAndNeverRepeated()
    {
        var (id, token) = await AskAsync("break");
        await _app.DecideAsync(id, Decision.Approve);
        var answer = await RepeatAsync("break", token);
        Assert.Equal("unknown", answer.GetProperty("status").GetString());
        Assert.False(answer.TryGetProperty("executed", out _));
        await RepeatAsync("break", token);
        Assert.Single(Effects.Notes);
        Assert.Equal(["unknown", "approved"], (await ReceiptsOfAsync(id)).Select(r => r.State));
    }

    [Fact]
    public async Task OptionalArgumentsGivenAsNull_AreTheSameRequest()
    {
        var first = await AskAsync("hello");
        var second = (await _app.CallAsync("probe.write_note", new { text = "hello", copies = (int?)null })).GetProperty("structuredContent");
        Assert.Equal(first.Id, second.GetProperty("approval").GetProperty("id").GetString());
    }
}
