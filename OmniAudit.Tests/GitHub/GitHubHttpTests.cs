using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.GitHub.Http;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.GitHub;

/// <summary>How requests go: limits, retries, conditional reads, redirects, pages.</summary>
public sealed class GitHubHttpTests : IAsyncLifetime
{
    private const string Name = GitHubWorld.Name;
    private static readonly CancellationToken None = CancellationToken.None;
    private GitHubWorld _world = null!;

    public async Task InitializeAsync() => _world = await GitHubWorld.StartAsync();
    public async Task DisposeAsync() => await _world.DisposeAsync();

    private FakeGitHub GitHub => _world.GitHub;

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(0)]
    public async Task Read_ThatFailsInPassing_IsTriedAgain(int status)
    {
        var fault = GitHub.Break(new RouteFault("GET", $"/repos/{Name}", status == 0 ? RouteFault.CutOff : RouteFault.Answer(status), times: 2));
        var services = _world.Services();
        var repository = await services.GetRequiredService<GitHubClient>().GetRepositoryAsync(Name, None);
        Assert.Equal((Name, 2, 3), (repository.FullName, fault.Happened, GitHub.Requests.Count));
        Assert.Equal((3, 2), (services.GetRequiredService<GitHubQueries>().Budget().Requests, services.GetRequiredService<GitHubQueries>().Budget().Retries));
    }

    [Fact]
    public async Task Read_ThatGoesOnFailing_EndsAfterTwoMoreWithPausesBetween()
    {
        GitHub.Break(new RouteFault("GET", "/repos", RouteFault.Answer(502), times: 9));
        var read = _world.Client(limits: new GitHubLimits()).GetRepositoryAsync(Name, None);
        await _world.Time.PassAsync(TimeSpan.FromSeconds(0.5));
        await _world.Time.PassAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("github_unavailable", (await Assert.ThrowsAsync<GitHubRefusedException>(() => read.WaitAsync(Eventually.Patience))).Code);
        Assert.Equal(3, GitHub.Requests.Count);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(501)]
    [InlineData(400)]
    public async Task Read_ThatFailsForGood_IsNotTriedAgain(int status)
    {
        GitHub.Break(new RouteFault("GET", "/repos", RouteFault.Answer(status)));
        await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client().GetRepositoryAsync(Name, None));
        Assert.Single(GitHub.Requests);
    }

    [Fact]
    public async Task Read_ThatNobodyAnswers_IsGivenUpAfterHalfAMinute()
    {
        var held = new TaskCompletionSource();
        var fault = GitHub.Break(new RouteFault("GET", "/repos", (_, _) => held.Task));
        var read = _world.Client().GetRepositoryAsync(Name, None);
        await Eventually.TrueAsync(() => Task.FromResult(fault.Happened == 1), "the request");
        await _world.Time.PassAsync(TimeSpan.FromSeconds(30));
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => read.WaitAsync(Eventually.Patience));
        held.SetResult();
        Assert.Equal(("github_unreachable", 1), (refused.Code, GitHub.Requests.Count));
        Assert.Contains("time ran out", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>One request for each write, whatever happens to it, and never "refused" where it may have happened.</summary>
    [Theory]
    [InlineData("comment", "done 502", 1)]
    [InlineData("comment", "drop", 0)]
    [InlineData("comment", "503", 0)]
    [InlineData("release", "done 502", 1)]
    [InlineData("release", "drop", 0)]
    [InlineData("release_changed", "done 502", 1)]
    [InlineData("release_changed", "504", 0)]
    [InlineData("asset", "done 502", 1)]
    [InlineData("asset", "drop", 0)]
    [InlineData("asset_deleted", "done 502", 1)]
    [InlineData("asset_deleted", "503", 0)]
    public async Task Write_WithoutADefiniteAnswer_IsAmbiguousAndSentOnce(string what, string fault, int effects)
    {
        var release = GitHub.AddRelease(_world.Repository, "v1", draft: true);
        var asset = GitHub.AddAsset(release, "old.zip", [1]);
        GitHub.AddIssue(_world.Repository, "One", null);
        var (method, path) = what switch { "comment" => ("POST", "/comments"), "release" => ("POST", "/releases"), "release_changed" => ("PATCH", "/releases"), "asset" => ("POST", "/uploads"), _ => ("DELETE", "/assets") };
        GitHub.Break(new RouteFault(method, path, fault switch { "done 502" => RouteFault.DoneButBadGateway, "drop" => RouteFault.Drop, _ => RouteFault.Answer(int.Parse(fault, CultureInfo.InvariantCulture)) }));
        var client = _world.Client();
        var known = (await client.FindReleaseAsync(Name, release.Id, None))!;
        Func<Task> write = what switch
        {
            "comment" => () => client.CreateCommentAsync(Name, 1, "Text", None),
            "release" => () => client.CreateReleaseAsync(Name, new NewRelease("v2"), None),
            "release_changed" => () => client.ChangeReleaseAsync(Name, release.Id, new ReleaseChange(Body: "New"), None),
            "asset" => () => client.UploadAssetAsync(Name, known, "new.zip", null, "application/zip", new MemoryStream([1, 2]), 2, None),
            _ => () => client.DeleteAssetAsync(Name, asset.Id, None),
        };
        await Assert.ThrowsAsync<GitHubAmbiguousException>(write);
        Assert.Equal((effects, 1), (GitHub.Effects(what), GitHub.Requests.Count(r => r.Method != "GET")));
    }

    [Fact]
    public async Task Read_Again_AsksWithTheTagAndCostsNothing()
    {
        var services = _world.Services();
        var client = services.GetRequiredService<GitHubClient>();
        var first = await client.GetRepositoryAsync(Name, None);
        var left = GitHub.CoreLeft;
        var second = await client.GetRepositoryAsync(Name, None);
        Assert.Equal((first.Id, left), (second.Id, GitHub.CoreLeft));
        Assert.StartsWith("W/\"", GitHub.Requests[1].Headers["If-None-Match"], StringComparison.Ordinal);
        Assert.Equal(1, services.GetRequiredService<GitHubQueries>().Budget().NotModified);

        _world.Repository.Archived = true;
        Assert.True((await client.GetRepositoryAsync(Name, None)).Archived);
    }

    /// <summary>What one token may see, another may not: the tag of one must not be sent with the other.</summary>
    [Fact]
    public void KeptAnswers_AreOfOneAddressOneAcceptAndOneAsker()
    {
        var address = new Uri("https://api.github.com/repos/a/b");
        var key = KeptAnswers.KeyOf(address, "json", "pat:1");
        Assert.DoesNotContain(key, new[] { KeptAnswers.KeyOf(address, "json", "pat:2"), KeptAnswers.KeyOf(address, "raw", "pat:1"), KeptAnswers.KeyOf(new Uri(address, "?page=2"), "json", "pat:1") });
    }

    [Fact]
    public void KeptAnswers_AreBoundedInNumberAndBytes()
    {
        var kept = new KeptAnswers(new GitHubLimits { KeptAnswers = 3, KeptBytes = 1600 });
        foreach (var i in Enumerable.Range(0, 10)) kept.Keep($"{i}", new KeptAnswer("e", new byte[10], null));
        Assert.Equal((3, 30), kept.Size);
        Assert.NotNull(kept.Find("7"));
        kept.Keep("new", new KeptAnswer("e", new byte[100], null));
        Assert.NotNull(kept.Find("7"));
        Assert.Null(kept.Find("8"));
        kept.Keep("large", new KeptAnswer("e", new byte[101], null));
        Assert.Null(kept.Find("large"));
    }

    [Fact]
    public async Task Read_AtTheEndOfThePrimaryLimit_IsRefusedUntilTheResetAndNothingMoreIsSent()
    {
        (GitHub.CoreLeft, GitHub.ResetSeconds) = (1, 600);
        var services = _world.Services();
        var client = services.GetRequiredService<GitHubClient>();
        await client.GetRepositoryAsync(Name, None);
        // The answer said that nothing remains: the next one is not even sent.
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => client.ListTagsAsync(Name, 10, None));
        Assert.Equal(("github_rate_limited", 1), (refused.Code, GitHub.Requests.Count));
        Assert.Contains("Try again in 600 s", refused.Message, StringComparison.Ordinal);
        var budget = services.GetRequiredService<GitHubQueries>().Budget();
        Assert.Equal((new GitHubLimit("core", 5000, 0, _world.Time.GetUtcNow().AddSeconds(600), _world.Time.GetUtcNow()), _world.Time.GetUtcNow().AddSeconds(600)), (Assert.Single(budget.Limits), budget.PausedUntil!.Value));
        // The search has a limit of its own.
        await client.SearchIssuesAsync("anything", 10, None);

        _world.Time.Advance(TimeSpan.FromSeconds(601));
        GitHub.CoreLeft = 5000;
        await client.ListTagsAsync(Name, 10, None);
        Assert.Null(services.GetRequiredService<GitHubQueries>().Budget().PausedUntil);
    }

    [Theory]
    [InlineData(403, "7")]
    [InlineData(429, "7")]
    public async Task Read_AskedToRetryAfter_WaitsThatLongAndGoesOn(int status, string after)
    {
        GitHub.Break(new RouteFault("GET", "/repos", RouteFault.Says(status, "You have exceeded a secondary rate limit.", ("Retry-After", after))));
        var services = _world.Services();
        var read = services.GetRequiredService<GitHubClient>().GetRepositoryAsync(Name, None);
        await Eventually.TrueAsync(() => Task.FromResult(services.GetRequiredService<GitHubQueries>().Budget().PausedUntil is not null), "the pause");
        var write = services.GetRequiredService<GitHubClient>().CreateReleaseAsync(Name, new NewRelease("v1"), None);
        Assert.Equal((false, 1), (read.IsCompleted, GitHub.Requests.Count));
        await _world.Time.PassAsync(TimeSpan.FromSeconds(7));
        Assert.Equal(Name, (await read.WaitAsync(Eventually.Patience)).FullName);
        await write.WaitAsync(Eventually.Patience);
        Assert.Equal((1, 3), (services.GetRequiredService<GitHubQueries>().Budget().Limited, GitHub.Requests.Count));
    }

    [Fact]
    public async Task Read_LimitedWithoutATime_WaitsAMinuteAndThenStops()
    {
        GitHub.Break(new RouteFault("GET", "/repos", RouteFault.Says(403, "You have exceeded a secondary rate limit."), times: 9));
        var read = _world.Client().GetRepositoryAsync(Name, None);
        await _world.Time.PassAsync(TimeSpan.FromSeconds(60));
        // The second time it would be two minutes: more than a request waits.
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => read.WaitAsync(Eventually.Patience));
        Assert.Contains("Try again in 120 s", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, GitHub.Requests.Count);
    }

    [Theory]
    [InlineData("Resource not accessible by personal access token", "the permission")]
    [InlineData("Resource protected by organization SAML enforcement.", "single sign-on", "x-github-sso", "required; url=https://github.com/orgs/acme/sso")]
    [InlineData("Resource not accessible by personal access token", "GitHub names actions=read", "x-accepted-github-permissions", "actions=read")]
    public async Task Read_PlainlyForbidden_IsAboutPermissionsAndNotTriedAgain(string message, string says, string header = "x-none", string value = "1")
    {
        GitHub.Break(new RouteFault("GET", "/repos", RouteFault.Says(403, message, (header, value), ("x-ratelimit-remaining", "4000"))));
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client().ListRunsAsync(Name, new RunFilter(), 10, None));
        Assert.Equal(("github_forbidden", 1), (refused.Code, GitHub.Requests.Count));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    /// <summary>What proxies and clocks have made of the headers.</summary>
    [Theory]
    [InlineData(null, "0", "1772366700", 300)]
    [InlineData(null, "0", "1772366700000", 300)]
    [InlineData(null, "0", "9223372036854775807", 3600)]
    [InlineData(null, "0", "17", 1)]
    [InlineData(null, "0", "soon", null)]
    [InlineData(null, "12", "1772366700", null)]
    [InlineData("20", "0", "1772366700", 20)]
    [InlineData("999999", null, null, 3600)]
    [InlineData("0", null, null, 1)]
    [InlineData("Sun, 01 Mar 2026 12:00:30 GMT", null, null, 30)]
    [InlineData("Sun, 01 Mar 2020 12:00:30 GMT", null, null, 1)]
    [InlineData("nonsense", null, null, null)]
    public void RateHeaders_Absurd_AreClampedToAnHour(string? retryAfter, string? remaining, string? reset, int? seconds)
    {
        using var response = new HttpResponseMessage();
        foreach (var (name, value) in new[] { ("Retry-After", retryAfter), ("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset) })
            if (value is not null) response.Headers.TryAddWithoutValidation(name, value);
        var now = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(seconds, RateHeaders.Read(response, now).WaitAt(now)?.TotalSeconds);
    }

    [Fact]
    public async Task Writes_GoOneByOneAndASecondApart()
    {
        var client = _world.Client(limits: new GitHubLimits());
        GitHub.AddIssue(_world.Repository, "One", null);
        await client.CreateCommentAsync(Name, 1, "First", None);
        var (second, third) = (client.CreateCommentAsync(Name, 1, "Second", None), client.CreateCommentAsync(Name, 1, "Third", None));
        await _world.Time.PassAsync(TimeSpan.FromSeconds(1));
        await Task.WhenAny(second, third).WaitAsync(Eventually.Patience);
        Assert.Equal(2, GitHub.Effects("comment"));
        await _world.Time.PassAsync(TimeSpan.FromSeconds(1));
        await Task.WhenAll(second, third).WaitAsync(Eventually.Patience);
        Assert.Equal(3, GitHub.Effects("comment"));
    }

    [Fact]
    public async Task Reads_AreTwoAtOnceAtMost()
    {
        var (now, most, held) = (0, 0, new TaskCompletionSource());
        GitHub.Break(new RouteFault("GET", "/repos", async (_, proceed) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            if (most == 2) held.TrySetResult();
            await held.Task.WaitAsync(Eventually.Patience);
            await proceed();
            Interlocked.Decrement(ref now);
        }, times: 6));
        var client = _world.Client();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => client.GetRepositoryAsync(Name, None)));
        Assert.Equal(2, most);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Read_RedirectedWithinTheOrigin_TakesTheTokenAlong(int status)
    {
        GitHub.Break(new RouteFault("GET", $"/repos/{Name}", RouteFault.RedirectTo($"/repositories/{_world.Repository.Id}", status)));
        Assert.Equal(Name, (await _world.Client().GetRepositoryAsync(Name, None)).FullName);
        Assert.All(GitHub.Requests, r => Assert.Equal($"Bearer {FakeGitHub.Token}", r.Headers["Authorization"]));
    }

    [Fact]
    public async Task Read_RedirectedInCircles_EndsAfterFiveHops()
    {
        GitHub.Break(new RouteFault("GET", $"/repos/{Name}", RouteFault.RedirectTo($"/repos/{Name}"), times: 99));
        Assert.Equal("github_redirected", (await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client().GetRepositoryAsync(Name, None))).Code);
        Assert.Equal(6, GitHub.Requests.Count);
    }

    [Fact]
    public async Task List_WhoseNextPageIsElsewhere_SaysThatItIsCutOff()
    {
        foreach (var i in Enumerable.Range(0, 120)) _world.Repository.Tags[$"v{i}"] = "b0";
        await using var elsewhere = await FakeGitHub.StartAsync();
        GitHub.LinkOrigin = elsewhere.Url;
        var list = await _world.Client().ListTagsAsync(Name, 1000, None);
        Assert.Equal((100, 100), (list.Items.Count, list.Capped!.Have));
        Assert.Contains("on another server", list.Capped.Why, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData(1000, 250, null)]
    [InlineData(250, 250, null)]
    [InlineData(249, 249, "Only the first 249")]
    [InlineData(200, 200, "Only the first 200")]
    public async Task List_OfSeveralPages_IsWholeOrSaysWhatItLeavesOut(int most, int have, string? capped)
    {
        foreach (var i in Enumerable.Range(0, 250)) _world.Repository.Tags[$"v{i}"] = "b0";
        var list = await _world.Client().ListTagsAsync(Name, most, None);
        Assert.Equal((have, capped is null), (list.Items.Count, list.Capped is null));
        if (capped is not null) Assert.Contains(capped, list.Capped!.Why, StringComparison.Ordinal);
        Assert.All(GitHub.Requests, r => Assert.Contains("per_page=100", r.Target, StringComparison.Ordinal));

        var cut = await _world.Client(limits: GitHubWorld.Quick with { MostPages = 1 }).ListTagsAsync(Name, 1000, None);
        Assert.Equal((100, "Only the first 1 pages are read."), (cut.Items.Count, cut.Capped!.Why));
    }

    [Fact]
    public async Task Errors_QuoteNoTokenAndNameTheRemedy()
    {
        var missing = await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client().GetPullAsync("acme/other", 1, None));
        Assert.Equal("not_found", missing.Code);
        Assert.Contains("renamed or deleted", missing.Message, StringComparison.Ordinal);
        Assert.Contains("if it is private", missing.Message, StringComparison.Ordinal);
        var unset = await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client(o => o.GitHub.Pat = "").GetPullAsync(Name, 1, None));
        Assert.Equal("github_not_configured", unset.Code);
        var wrong = await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client(o => o.GitHub.Pat = "secret-and-wrong").GetPullAsync(Name, 1, None));
        Assert.Contains("new GITHUB_PAT", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-and-wrong", wrong.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://api.github.com", "", "https://uploads.github.com")]
    [InlineData("https://api.acme.ghe.com/", "", "https://uploads.acme.ghe.com")]
    [InlineData("https://git.example.com/api/v3", "", "https://git.example.com/api/uploads")]
    [InlineData("https://git.example.com/api/v3/", "https://up.example.com/", "https://up.example.com")]
    public void Uploads_GoWhereTheSettingsSay(string api, string upload, string expected)
    {
        var options = new OmniAudit.Modules.Settings.OmniAuditOptions();
        (options.GitHub.ApiUrl, options.GitHub.UploadUrl) = (api, upload);
        var hosts = new GitHubHosts(options);
        Assert.Equal(expected, hosts.Upload);
        Assert.Equal($"{api.TrimEnd('/')}/repos/a/b", hosts.Repository("a/b", "").AbsoluteUri);
        Assert.False(hosts.IsUpload(new Uri("https://uploads.github.com.evil.example/x")));
        Assert.False(hosts.IsApi(new Uri(api.Replace("https://", "https://user@", StringComparison.Ordinal))));
    }
}
