using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Settings;
using OmniAudit.Tests.SiteLint;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.GitHub;

public sealed class GitHubClientTests : IAsyncLifetime
{
    private readonly HandTimers _timers = new();
    private FakeGitHub _gitHub = null!;
    private FakeRepository _repository = null!;
    private ServiceProvider? _services;

    public async Task InitializeAsync()
    {
        _gitHub = await FakeGitHub.StartAsync();
        _repository = _gitHub.AddRepository("acme/site");
    }

    public async Task DisposeAsync()
    {
        if (_services is not null) await _services.DisposeAsync();
        await _gitHub.DisposeAsync();
    }

    private GitHubClient Client(Action<OmniAuditOptions>? settings = null)
    {
        var options = new OmniAuditOptions();
        _gitHub.Configure(options);
        settings?.Invoke(options);
        _services = new ServiceCollection().AddSingleton(options).AddSingleton<TimeProvider>(_timers).AddGitHub().BuildServiceProvider();
        return _services.GetRequiredService<GitHubClient>();
    }

    private static NewIssue Issue(string operation = "op1", string title = "Broken link", long? milestone = null, IReadOnlyList<string>? assignees = null) =>
        new(title, $"See the footer.\n\n<!-- omniaudit-op:{operation} -->", ["bug"], assignees, milestone);

    private Task<GitHubIssue> CreateAsync(GitHubClient client, NewIssue? issue = null) => client.CreateIssueAsync("acme/site", issue ?? Issue(), CancellationToken.None);

    [Fact]
    public async Task Create_WithoutTrouble_AnswersTheIssueAndSendsWhatGitHubAsksFor()
    {
        var created = await CreateAsync(Client());

        Assert.Equal((1, $"{_gitHub.Url}/acme/site/issues/1"), (created.Number, created.HtmlUrl));
        Assert.Equal(1, _gitHub.EffectsOf("op1"));
        var request = Assert.Single(_gitHub.Requests);
        Assert.Equal(
            ("application/vnd.github+json", "2022-11-28", "OmniAudit", $"Bearer {FakeGitHub.Token}"),
            (request.Headers["Accept"], request.Headers["X-GitHub-Api-Version"], request.Headers["User-Agent"], request.Headers["Authorization"]));
    }

    /// <summary>Whatever happens, one POST; and never "refused" when there is, or will be, an issue.</summary>
    [Theory]
    [InlineData(nameof(PostFaultKind.CommitThenDrop), 1, 1)]
    [InlineData(nameof(PostFaultKind.DropBeforeCommit), 0, 0)]
    [InlineData(nameof(PostFaultKind.LateCommit), 0, 1)]
    [InlineData(nameof(PostFaultKind.ServerErrorAfterCommit), 1, 1, 500)]
    [InlineData(nameof(PostFaultKind.ServerErrorAfterCommit), 1, 1, 502)]
    [InlineData(nameof(PostFaultKind.ServerErrorAfterCommit), 1, 1, 503)]
    [InlineData(nameof(PostFaultKind.TooManyRequestsAfterCommit), 1, 1)]
    [InlineData(nameof(PostFaultKind.SlowBody), 1, 1)]
    [InlineData(nameof(PostFaultKind.CutOffBody), 1, 1)]
    [InlineData(nameof(PostFaultKind.NonsenseBody), 1, 1)]
    [InlineData(nameof(PostFaultKind.RequestTimeout), 0, 0)]
    [InlineData(nameof(PostFaultKind.Hang), 0, 1)]
    public async Task Create_WithoutADefiniteAnswer_IsAmbiguousAndSentOnce(string kind, int effects, int effectsLater, int status = 500)
    {
        var client = Client();
        var fault = _gitHub.BreakNextPosts(new PostFault(Enum.Parse<PostFaultKind>(kind), 1) { Status = status });

        var create = CreateAsync(client);
        await fault.Reached;
        if (fault.Kind is PostFaultKind.Hang or PostFaultKind.SlowBody) _timers.GoOff();

        await Assert.ThrowsAsync<GitHubAmbiguousException>(() => create);
        Assert.Equal(effects, _gitHub.EffectsOf("op1"));
        fault.Release();
        await Eventually.TrueAsync(() => Task.FromResult(_gitHub.EffectsOf("op1") == effectsLater), "the late issue");
        Assert.Equal(1, _gitHub.Posts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Create_Redirected_IsNotSentAgainAnywhere(bool sameOrigin)
    {
        await using var elsewhere = await FakeGitHub.StartAsync();
        var target = $"{(sameOrigin ? _gitHub : elsewhere).Url}/repositories/{_repository.Id}/issues";
        _gitHub.BreakNextPosts(new PostFault(PostFaultKind.Redirect, 1) { Target = target });

        await Assert.ThrowsAsync<GitHubAmbiguousException>(() => CreateAsync(Client()));
        Assert.Single(_gitHub.Requests);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Create_CallerStopsWaiting_IsAmbiguousOnceItWasSent()
    {
        var client = Client();
        var fault = _gitHub.BreakNextPosts(PostFaultKind.Hang);
        using var stop = new CancellationTokenSource();
        var create = client.CreateIssueAsync("acme/site", Issue(), stop.Token);
        await fault.Reached;
        await stop.CancelAsync();
        await Assert.ThrowsAsync<GitHubAmbiguousException>(() => create);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.CreateIssueAsync("acme/site", Issue(), stop.Token));
        Assert.Equal(1, _gitHub.Posts);
    }

    [Theory]
    [InlineData("archived", "github_forbidden", null, "archived so is read-only")]
    [InlineData("no issues", "github_gone", null, "Issues may be switched off")]
    [InlineData("token", "github_unauthorized", null, "new GITHUB_PAT")]
    [InlineData("permission", "github_forbidden", null, "Issues: read and write")]
    [InlineData("gone", "not_found", null, "or the token may not see it")]
    [InlineData("title", "github_invalid", "title", "title is too long")]
    [InlineData("assignee", "github_invalid", "assignees", "assignees invalid")]
    [InlineData("milestone", "github_invalid", "milestone", "milestone invalid")]
    [InlineData("primary limit", "github_rate_limited", null, "Try again in 3")]
    [InlineData("secondary limit", "github_rate_limited", null, "Try again in 60 s")]
    public async Task Create_GitHubSaysNo_IsRefusedWithTheRemedy(string why, string code, string? field, string says)
    {
        var issue = Issue();
        Action<OmniAuditOptions>? settings = null;
        switch (why)
        {
            case "archived": _repository.Archived = true; break;
            case "no issues": _repository.HasIssues = false; break;
            case "token": settings = o => o.GitHub.Pat = "expired"; break;
            case "permission": _repository.TokenMayWriteIssues = false; break;
            case "gone": _repository.FullName = "acme/other"; break;
            case "title": issue = Issue(title: new string('x', 257)); break;
            case "assignee": issue = Issue(assignees: ["nobody"]); break;
            case "milestone": issue = Issue(milestone: 9); break;
            case "primary limit": _gitHub.BreakNextPosts(PostFaultKind.PrimaryRateLimit); break;
            case "secondary limit": _gitHub.BreakNextPosts(PostFaultKind.SecondaryRateLimit); break;
        }
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => CreateAsync(Client(settings), issue));

        Assert.Equal((code, field), (refused.Code, refused.Field));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeGitHub.Token, refused.ToString(), StringComparison.Ordinal);
        Assert.Equal((0, 1), (_gitHub.EffectsOf("op1"), _gitHub.Posts));
    }

    [Theory]
    [InlineData("port", "ConnectionError")]
    [InlineData("tls", "SecureConnectionError")]
    [InlineData("name", "NameResolutionError")]
    public async Task Create_BeforeAnythingWasSent_IsRefused(string where, string says)
    {
        var client = Client(o => o.GitHub.ApiUrl = where switch
        {
            "port" => $"http://127.0.0.1:{Ports.Free()}",
            "tls" => _gitHub.Url.Replace("http://", "https://", StringComparison.Ordinal),
            _ => "https://github.invalid/api/v3",
        });
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => CreateAsync(client));
        Assert.Equal("github_unreachable", refused.Code);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Empty(_gitHub.Requests);
    }

    [Theory]
    [InlineData("app", FakeGitHub.Token, "GITHUB_AUTH_MODE 'app' needs GITHUB_APP_ID")]
    [InlineData("pat", "", "Set GITHUB_PAT")]
    public async Task Calls_WithoutAUsableToken_AreRefusedBeforeTheyAreSent(string mode, string pat, string says)
    {
        var client = Client(o => (o.GitHub.AuthMode, o.GitHub.Pat) = (mode, pat));
        foreach (var call in new Func<Task>[] { () => CreateAsync(client), () => client.GetRepositoryAsync("acme/site", CancellationToken.None) })
            Assert.Contains(says, (await Assert.ThrowsAsync<GitHubRefusedException>(call)).Message, StringComparison.Ordinal);
        Assert.Empty(_gitHub.Requests);
    }

    [Fact]
    public async Task GetRepository_Renamed_FollowsWithTheTokenAndSaysTheNewName()
    {
        _gitHub.Rename(_repository, "acme/new-site");
        var repository = await Client().GetRepositoryAsync("acme/site", CancellationToken.None);
        Assert.Equal((_repository.Id, "acme/new-site", true), (repository.Id, repository.FullName, repository.HasIssues));
        Assert.Equal(2, _gitHub.Requests.Count);
    }

    [Fact]
    public async Task GetRepository_FromAPathOfEnterpriseServerThatIsMissing_SaysWhereTheApiIs()
    {
        await using var site = await TestSite.StartAsync(app => app.Run(c => c.Response.WriteAsync("<html>GitHub</html>")));
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => Client(o => o.GitHub.ApiUrl = site.Url).GetRepositoryAsync("acme/site", CancellationToken.None));
        Assert.Contains("ends in /api/v3", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The token is worth more than the answer.</summary>
    [Fact]
    public async Task GetRepository_RedirectedElsewhere_IsNotFollowed()
    {
        await using var site = await TestSite.StartAsync(app => app.Run(c =>
        {
            c.Response.Redirect($"{_gitHub.Url}/repos/acme/site");
            return Task.CompletedTask;
        }));
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => Client(o => o.GitHub.ApiUrl = site.Url).GetRepositoryAsync("acme/site", CancellationToken.None));
        Assert.Equal("github_redirected", refused.Code);
        Assert.Empty(_gitHub.Requests);
    }

    [Fact]
    public async Task ListIssues_OfSeveralPages_AreNewestFirstAndSayWhenCutOff()
    {
        for (var i = 1; i <= 250; i++) _gitHub.AddIssue(_repository, $"Issue {i}", null, isPullRequest: i == 3, state: i % 2 == 0 ? "closed" : "open");
        var client = Client();

        var all = new List<GitHubIssuePage>();
        await foreach (var page in client.ListIssuesAsync("acme/site", DateTimeOffset.UnixEpoch, 10, CancellationToken.None)) all.Add(page);
        Assert.Equal([(100, true), (100, true), (50, false)], all.Select(p => (p.Issues.Count, p.HasMore)));
        Assert.Equal(Enumerable.Range(1, 250).Reverse().Select(n => (long)n), all.SelectMany(p => p.Issues).Select(i => i.Number));
        Assert.Equal([3], all.SelectMany(p => p.Issues).Where(i => i.PullRequest is not null).Select(i => i.Number));

        var cut = new List<GitHubIssuePage>();
        await foreach (var page in client.ListIssuesAsync("acme/site", null, 2, CancellationToken.None)) cut.Add(page);
        Assert.Equal([true, true], cut.Select(p => p.HasMore));
    }
}
