using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>The clock around the end of a request's time, at every step that asks for it. What counts is the claim.</summary>
public sealed class ExpiryTests : IAsyncLifetime
{
    private static readonly Actor Second = new(ActorKind.Person, "person:opr_second", "Bea");
    private ApprovalWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await ApprovalWorld.StartAsync(settings: o => o.Approvals.Rules = [ApprovalRule.Parse("name=two agent=* tool=probe.* require=2 anyone").Rule!]);
        await _world.App.AddPersonAsync(Second);
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    /// <summary>Sets the clock to so many seconds after the request's end.</summary>
    private async Task SetClockAsync(string id, int seconds) => _world.App.Time.Advance((await _world.CardAsync(id)).Summary.ExpiresAt.AddSeconds(seconds) - _world.App.Time.GetUtcNow());

    private FreezeSwitch Freeze => _world.App.Get<FreezeSwitch>();

    private Task<string?> FreezeAsync() => Freeze.FreezeAsync("test", TestApp.Approver, CancellationToken.None);

    private Task<string?> LiftAsync() => Freeze.LiftAsync(TestApp.Approver, CancellationToken.None);

    [Theory]
    [InlineData(-3600, true)]
    [InlineData(-60, true)]
    [InlineData(0, false)]
    [InlineData(3600, false)]
    public async Task Decision_AroundTheEnd_CountsBeforeItOnly(int seconds, bool inTime)
    {
        var (id, token) = await _world.AskAsync("one");
        await SetClockAsync(id, seconds);
        Assert.Equal(inTime, (await _world.ApproveAsync(id)).Accepted);
        await _world.App.WaitForStateAsync(id, inTime ? ApprovalState.Executed : ApprovalState.Expired);
        Assert.Equal(inTime ? "decision:approved outcome:executed" : "decision:expired", await _world.HistoryAsync(id));
        Assert.Equal(inTime ? 1 : 0, _world.Posts);
        Assert.Equal(inTime ? "executed" : "expired", ApprovalWorld.StatusIn(await _world.CallAsync("one", token)));
    }

    [Theory]
    [InlineData(-3600, true)]
    [InlineData(-60, true)]
    [InlineData(0, false)]
    [InlineData(3600, false)]
    public async Task Submit_AroundTheEnd_IsTheSameCardBeforeItOnly(int seconds, bool same)
    {
        var (id, _) = await _world.AskAsync("one");
        await SetClockAsync(id, seconds);
        var (again, _) = await _world.AskAsync("one");
        Assert.Equal(same, id == again);
        if (!same) await _world.App.WaitForStateAsync(id, ApprovalState.Expired);
        Assert.Equal(ApprovalState.Pending, await _world.StateAsync(again));
    }

    [Theory]
    [InlineData(-60, true)]
    [InlineData(0, false)]
    [InlineData(3600, false)]
    public async Task LastVote_AroundTheEnd_CountsBeforeItOnly(int seconds, bool inTime)
    {
        var effects = _world.App.Get<ProbeEffects>();
        var answer = (await _world.App.CallAsync("probe.write_note", new { text = "hello" })).GetProperty("structuredContent");
        var id = ApprovalWorld.IdIn(answer);
        var first = await _world.ApproveAsync(id);
        Assert.True(first.Accepted, first.Message);
        Assert.Equal(ApprovalState.Pending, first.State);
        await SetClockAsync(id, seconds);
        Assert.Equal(inTime, (await _world.App.DecideAsync(id, Decision.Approve, person: Second)).Accepted);
        await _world.App.WaitForStateAsync(id, inTime ? ApprovalState.Executed : ApprovalState.Expired);
        Assert.Equal(inTime ? "vote:pending decision:approved outcome:executed" : "vote:pending decision:expired", await _world.HistoryAsync(id));
        Assert.Equal(inTime ? 1 : 0, effects.Notes.Count);
    }

    /// <summary>Approved in time. What is judged is when it would begin.</summary>
    [Theory]
    [InlineData(-60, true)]
    [InlineData(0, false)]
    [InlineData(3600, false)]
    public async Task Claim_AroundTheEnd_HappensBeforeItOnly(int seconds, bool inTime)
    {
        await FreezeAsync();
        var (id, token) = await _world.AskAsync("one");
        await SetClockAsync(id, -120);
        Assert.True((await _world.ApproveAsync(id)).Accepted);
        await SetClockAsync(id, seconds);
        await LiftAsync();
        await _world.App.WaitForStateAsync(id, inTime ? ApprovalState.Executed : ApprovalState.Expired);
        Assert.Equal(inTime ? "decision:approved outcome:executed" : "decision:approved outcome:expired", await _world.HistoryAsync(id));
        Assert.Equal(inTime ? 1 : 0, _world.Posts);
        if (!inTime) Assert.Contains("could not begin before it expired", (await _world.CallAsync("one", token)).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    /// <summary>The claim itself, without the sweep that usually is first.</summary>
    [Fact]
    public async Task Claim_OfOneThatExpiredUnseen_ExpiresIt()
    {
        var time = new ImpatientTime();
        await using var side = await ContentionSide.OpenAsync(Directory.CreateTempSubdirectory("omniaudit-claim-").FullName, _world.GitHub.Url, "ada", time);
        var act = await side.AskAsync("one");
        await side.PlayAsync([act with { Kind = "approve" }]);
        time.Advance(TimeSpan.FromSeconds(600));
        await side.PlayAsync([act with { Kind = "execute" }]);
        var card = (await side.Get<ApprovalQueries>().FindAsync(act.Id, CancellationToken.None))!;
        Assert.Equal((ApprovalState.Expired, 0), (card.Summary.State, _world.Posts));
        Assert.NotNull(card.DecisionReceiptId);
        Assert.NotNull(card.OutcomeReceiptId);
        Directory.Delete(side.Get<OmniAuditOptions>().Data, recursive: true);
    }

    [Fact]
    public async Task Freeze_OverTheEnd_ThenLifted_RunsNothingThatIsOver()
    {
        await FreezeAsync();
        var (over, _) = await _world.AskAsync("over");
        Assert.True((await _world.ApproveAsync(over)).Accepted);
        await SetClockAsync(over, 1);
        var (fresh, _) = await _world.AskAsync("fresh");
        Assert.True((await _world.ApproveAsync(fresh)).Accepted);
        await LiftAsync();
        await _world.App.WaitForStateAsync(fresh, ApprovalState.Executed);
        await _world.App.WaitForStateAsync(over, ApprovalState.Expired);
        Assert.Equal((0, 1), (_world.GitHub.EffectsOf(over), _world.Posts));
    }

    [Fact]
    public async Task Clock_GoingBack_RevivesNothing()
    {
        await FreezeAsync();
        var (waiting, waitingToken) = await _world.AskAsync("waiting", "key-w");
        var (approved, approvedToken) = await _world.AskAsync("approved", "key-a");
        Assert.True((await _world.ApproveAsync(approved)).Accepted);
        await SetClockAsync(approved, 1);
        foreach (var id in new[] { waiting, approved }) await _world.App.WaitForStateAsync(id, ApprovalState.Expired);

        _world.App.Time.Advance(TimeSpan.FromHours(-2));
        await LiftAsync();
        Assert.False((await _world.ApproveAsync(waiting)).Accepted);
        await _world.App.Get<ApprovedCallDispatcher>().ExecuteAsync(approved, CancellationToken.None);
        Assert.Equal("expired", ApprovalWorld.StatusIn(await _world.CallAsync("waiting", waitingToken)));
        Assert.Equal("expired", ApprovalWorld.StatusIn(await _world.CallAsync("approved", approvedToken)));
        Assert.Equal("expired", ApprovalWorld.StatusIn(await _world.CallAsync("waiting", idempotencyKey: "key-w")));
        Assert.Equal(("decision:expired", "decision:approved outcome:expired"), (await _world.HistoryAsync(waiting), await _world.HistoryAsync(approved)));
        Assert.Equal(0, _world.Posts);
        // What is asked now has its own time by the clock as it is now.
        var (fresh, _) = await _world.AskAsync("waiting");
        Assert.NotEqual(waiting, fresh);
        Assert.True((await _world.ApproveAsync(fresh)).Accepted);
        await _world.App.WaitForStateAsync(fresh, ApprovalState.Executed);
        Assert.Equal(0, (await ApprovalWorld.VerifyLogAsync(_world.App.Options.Data)).Code);
    }
}
