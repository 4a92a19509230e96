using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>GitHub does something and does not say so, or says something and does not do it.</summary>
public sealed class AmbiguityTests : IAsyncLifetime
{
    private const string Section = "Ambiguity: what GitHub did, what the server was told, what it made of it";
    private readonly ImpatientTime _time = new();
    private ApprovalWorld _world = null!;

    public async Task InitializeAsync() => _world = await ApprovalWorld.StartAsync(services: s => s.AddSingleton<TimeProvider>(_time));
    public async Task DisposeAsync() => await _world.DisposeAsync();

    /// <summary>Approves one whose answer goes wrong; it is unknown then.</summary>
    private async Task<(string Id, string Token, PostFault Fault)> BreakAsync(PostFault order)
    {
        var (id, token) = await _world.AskAsync("one");
        var fault = _world.GitHub.BreakNextPosts(order);
        Assert.True((await _world.ApproveAsync(id)).Accepted);
        await fault.Reached;
        // The client's patience is at its end: GitHub goes on sending, or thinking.
        if (order.Kind is PostFaultKind.SlowBody or PostFaultKind.Hang)
            await Eventually.TrueAsync(async () =>
            {
                _time.GoOff(new GitHubLimits().Patience);
                return await _world.StateAsync(id) != ApprovalState.Executing;
            }, "the client stops waiting");
        return (id, token, fault);
    }

    private void Report(string what, string end) => SuiteReport.Add(Section, [$"{what,-44}{end,-38}sent {_world.Posts}"]);

    [Theory]
    [InlineData(nameof(PostFaultKind.CommitThenDrop))]
    [InlineData(nameof(PostFaultKind.ServerErrorAfterCommit), 500)]
    [InlineData(nameof(PostFaultKind.ServerErrorAfterCommit), 502)]
    [InlineData(nameof(PostFaultKind.ServerErrorAfterCommit), 504)]
    [InlineData(nameof(PostFaultKind.TooManyRequestsAfterCommit))]
    [InlineData(nameof(PostFaultKind.SlowBody))]
    [InlineData(nameof(PostFaultKind.CutOffBody))]
    [InlineData(nameof(PostFaultKind.NonsenseBody))]
    public async Task Effect_ThatNobodyWasToldOf_IsUnknownUntilItIsFoundInTheList(string kind, int status = 500)
    {
        _world.GitHub.ListsLag = true;
        var (id, token, fault) = await BreakAsync(new PostFault(Enum.Parse<PostFaultKind>(kind), 1) { Status = status });

        // GitHub's list does not show it yet: not finding it proves nothing.
        await _world.App.WaitForStateAsync(id, ApprovalState.Unknown);
        Assert.Equal(ApprovalState.Unknown, (await _world.LookedAsync(id, 1)).State);
        var answer = await _world.CallAsync("one", token);
        Assert.Equal("unknown", ApprovalWorld.StatusIn(answer));
        Assert.False(answer.TryGetProperty("executed", out _));
        _world.GitHub.ListsLag = false;
        fault.Release();

        Assert.Equal(ApprovalState.Executed, (await _world.LookAgainAsync(id, _time.Advance)).State);
        answer = await _world.CallAsync("one", token);
        Assert.Equal(("executed", 1), (ApprovalWorld.StatusIn(answer), answer.GetProperty("issue_number").GetInt32()));
        Assert.Equal((1, 1), (_world.GitHub.EffectsOf(id), _world.Posts));
        Assert.Equal("decision:approved outcome:unknown settlement:executed", await _world.HistoryAsync(id));
        Report(kind == nameof(PostFaultKind.ServerErrorAfterCommit) ? $"{kind} {status}" : kind, "unknown, found, executed");
    }

    [Theory]
    [InlineData(nameof(PostFaultKind.DropBeforeCommit))]
    [InlineData(nameof(PostFaultKind.Redirect))]
    [InlineData(nameof(PostFaultKind.RequestTimeout))]
    public async Task Effect_ThatNeverWas_StaysUnknownUntilAPersonHasLooked(string kind)
    {
        var (id, token, _) = await BreakAsync(new PostFault(Enum.Parse<PostFaultKind>(kind), 1) { Target = $"{_world.GitHub.Url}/repositories/4000/issues" });
        await _world.App.WaitForStateAsync(id, ApprovalState.Unknown);
        await _world.LookedAsync(id, 1);
        for (var row = await _world.RowAsync(id); row.NextLookAt is not null;) row = await _world.LookAgainAsync(id, _time.Advance);

        // Every look was in vain, and it is left to people: nothing is taken for a failure, nothing is sent again.
        Assert.Equal((ApprovalState.Unknown, 8), ((await _world.RowAsync(id)).State, (await _world.RowAsync(id)).Looks));
        Assert.Contains("a person must look", (await _world.CallAsync("one", token)).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.True((await SettleAsync(id, happened: false)).Accepted);
        var answer = await _world.CallAsync("one", token);
        Assert.Equal("failed", ApprovalWorld.StatusIn(answer));
        Assert.Contains("NOT EXECUTED", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((0, 1), (_world.GitHub.EffectsOf(id), _world.Posts));
        Assert.Equal("decision:approved outcome:unknown settlement:failed", await _world.HistoryAsync(id));
        Report(kind, "unknown, 8 looks, settled by a person");
    }

    [Theory]
    [InlineData(nameof(PostFaultKind.LateCommit))]
    [InlineData(nameof(PostFaultKind.Hang))]
    public async Task Effect_ThatComesLate_IsFoundThen(string kind)
    {
        var (id, _, fault) = await BreakAsync(new PostFault(Enum.Parse<PostFaultKind>(kind), 1));
        await _world.App.WaitForStateAsync(id, ApprovalState.Unknown);
        await _world.LookedAsync(id, 1);
        Assert.Equal(ApprovalState.Unknown, (await _world.LookAgainAsync(id, _time.Advance)).State);
        fault.Release();
        await Eventually.TrueAsync(() => Task.FromResult(_world.GitHub.EffectsOf(id) == 1), "the late issue");
        Assert.Equal(ApprovalState.Executed, (await _world.LookAgainAsync(id, _time.Advance)).State);
        Assert.Equal((1, 1), (_world.GitHub.EffectsOf(id), _world.Posts));
        Report(kind, "unknown, not found, found, executed");
    }

    /// <summary>The person was wrong. What they said stands in the log, and the effect that came after all is not made a second time.</summary>
    [Fact]
    public async Task Effect_ThatComesAfterAPersonSaidItDidNotHappen_CausesNoSecondOne()
    {
        var (id, token, fault) = await BreakAsync(new PostFault(PostFaultKind.LateCommit, 1));
        await _world.App.WaitForStateAsync(id, ApprovalState.Unknown);
        await _world.LookedAsync(id, 1);
        Assert.True((await SettleAsync(id, happened: false)).Accepted);
        fault.Release();
        await Eventually.TrueAsync(() => Task.FromResult(_world.GitHub.EffectsOf(id) == 1), "the late issue");
        _time.Advance(TimeSpan.FromHours(1));
        _world.Wake();

        Assert.Equal("failed", ApprovalWorld.StatusIn(await _world.CallAsync("one", token)));
        Assert.False((await SettleAsync(id, happened: true)).Accepted);
        Assert.False((await _world.App.Get<ApprovalDesk>().LookAgainAsync(id, TestApp.Approver, CancellationToken.None)).Accepted);
        Assert.Equal((1, 1), (_world.GitHub.EffectsOf(id), _world.Posts));
        // To have it anyway means to ask anew, and a person decides about that.
        var (again, _) = await _world.AskAsync("one");
        Assert.NotEqual(id, again);
        Assert.Equal(1, _world.Posts);
        Report("LateCommit after a person said 'no'", "stays failed");
    }

    [Fact]
    public async Task Unknown_WithSomebodyElsesIssueOfTheSameTitle_IsNotSettledByIt()
    {
        var (id, _, _) = await BreakAsync(new PostFault(PostFaultKind.DropBeforeCommit, 1));
        await _world.App.WaitForStateAsync(id, ApprovalState.Unknown);
        _world.GitHub.AddIssue(_world.Site, "one", "About one.");
        _world.GitHub.AddIssue(_world.Site, "one", $"About one.\n\n<!-- omniaudit-op:{id}0 -->");
        await _world.LookedAsync(id, 1);
        Assert.Equal(ApprovalState.Unknown, (await _world.LookAgainAsync(id, _time.Advance)).State);
        Assert.Equal(1, _world.Posts);
    }

    private Task<DecisionResult> SettleAsync(string id, bool happened) =>
        _world.App.Get<ApprovalDesk>().SettleAsync(id, happened, "looked at the repository", TestApp.Approver, CancellationToken.None);
}
