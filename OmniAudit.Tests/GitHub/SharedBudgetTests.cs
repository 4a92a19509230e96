using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.GitHub;

/// <summary>Two processes on one database: what GitHub tells one of them holds for both.</summary>
public sealed class SharedBudgetTests : IAsyncLifetime
{
    private GitHubWorld _world = null!;
    private TestStore _store = null!;
    private TestStore _beside = null!;

    public async Task InitializeAsync()
    {
        _world = await GitHubWorld.StartAsync();
        _store = await TestStore.CreateAsync();
        _beside = _store.SecondProcess();
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        await _beside.DisposeAsync();
        await _store.DisposeAsync();
    }

    private (ServiceProvider One, ServiceProvider Other) Processes(GitHubLimits? limits = null) =>
        (_world.Services(limits: limits, database: _store.Database), _world.Services(limits: limits, database: _beside.Database));

    private static GitHubClient Client(ServiceProvider process) => process.GetRequiredService<GitHubClient>();

    private static Task<GitHubBudget> BudgetAsync(ServiceProvider process) => process.GetRequiredService<GitHubQueries>().BudgetAsync(default);

    [Fact]
    public async Task Limit_UsedUpInOneProcess_HoldsBackTheOtherUntilTheReset()
    {
        (_world.GitHub.CoreLeft, _world.GitHub.ResetSeconds) = (1, 600);
        var (one, other) = Processes();
        await Client(one).GetRepositoryAsync(GitHubWorld.Name, default);
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => Client(other).GetRepositoryAsync(GitHubWorld.Name, default));
        Assert.Equal(("github_rate_limited", 1), (refused.Code, _world.GitHub.Requests.Count));
        var budget = await BudgetAsync(other);
        Assert.Equal(("core", 0, 0L), (Assert.Single(budget.Limits).Resource, budget.Limits[0].Remaining, budget.Requests));

        _world.Time.Advance(TimeSpan.FromSeconds(601));
        _world.GitHub.CoreLeft = 5000;
        await Client(other).GetRepositoryAsync(GitHubWorld.Name, default);
        // And the good news goes the other way.
        Assert.Equal((4999, null), ((await BudgetAsync(one)).Limits[0].Remaining, (await BudgetAsync(one)).PausedUntil));
    }

    [Theory]
    [InlineData(":pause")]
    [InlineData("a name that GitHub does not use")]
    [InlineData("forty-one-letters-and-digits-are-too-many")]
    public async Task Limit_OfANameThatIsNoneOfGitHubs_IsThatOfWhatWasAskedFor(string resource)
    {
        _world.GitHub.Break(new RouteFault("GET", "/repos", RouteFault.Says(404, "Not Found", ("x-ratelimit-resource", resource), ("x-ratelimit-limit", "60"), ("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", "1772370000"))));
        var (one, other) = Processes();
        await Assert.ThrowsAsync<GitHubRefusedException>(() => Client(one).GetRepositoryAsync(GitHubWorld.Name, default));
        foreach (var process in new[] { one, other })
        {
            var budget = await BudgetAsync(process);
            Assert.Equal(("core", 7, null), (Assert.Single(budget.Limits).Resource, budget.Limits[0].Remaining, budget.PausedUntil));
        }
    }

    [Fact]
    public async Task Pause_AskedOfOneProcess_IsKeptByTheOther()
    {
        _world.GitHub.Break(new RouteFault("GET", "/repos", RouteFault.Says(429, "You have exceeded a secondary rate limit.", ("Retry-After", "7"))));
        var (one, other) = Processes();
        var read = Client(one).GetRepositoryAsync(GitHubWorld.Name, default);
        await Eventually.TrueAsync(async () => (await BudgetAsync(other)).PausedUntil is not null, "the pause is known");
        var write = Client(other).CreateReleaseAsync(GitHubWorld.Name, new NewRelease("v1"), default);
        await Eventually.TrueAsync(() => Task.FromResult(_world.Time.Waiting.Count(w => w == TimeSpan.FromSeconds(7)) >= 2), "both wait");
        Assert.Single(_world.GitHub.Requests);
        _world.Time.Advance(TimeSpan.FromSeconds(7));
        await read.WaitAsync(Eventually.Patience);
        await write.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Writes_OfTwoProcesses_BeginASecondApart()
    {
        var (one, other) = Processes(GitHubWorld.Quick with { BetweenWrites = TimeSpan.FromSeconds(1) });
        await Client(one).CreateReleaseAsync(GitHubWorld.Name, new NewRelease("v1"), default);
        var second = Client(other).CreateReleaseAsync(GitHubWorld.Name, new NewRelease("v2"), default);
        await Eventually.TrueAsync(() => Task.FromResult(_world.Time.Waiting.Contains(TimeSpan.FromSeconds(1))), "the second write waits");
        Assert.Single(_world.GitHub.Requests);
        await _world.Time.PassAsync(TimeSpan.FromSeconds(1));
        await second.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Request_WhileTheBudgetCannotBeShared_GoesOnWhatThisProcessKnows()
    {
        await _store.Database.WriteAsync(db => db.Database.ExecuteSqlRawAsync("DROP TABLE github_budget"), default);
        var (one, _) = Processes(GitHubWorld.Quick with { BetweenWrites = TimeSpan.FromSeconds(1) });
        await Client(one).GetRepositoryAsync(GitHubWorld.Name, default);
        await Client(one).CreateReleaseAsync(GitHubWorld.Name, new NewRelease("v1"), default);
        Assert.Equal(2, (await BudgetAsync(one)).Requests);
    }
}
