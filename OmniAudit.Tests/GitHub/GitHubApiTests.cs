using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.GitHub;

namespace OmniAudit.Tests.GitHub;

/// <summary>What is asked of GitHub, call by call.</summary>
public sealed class GitHubApiTests : IAsyncLifetime
{
    private const string Name = GitHubWorld.Name;
    private const string Sha = "00000000000000000000000000000000000000aa";
    private static readonly CancellationToken None = CancellationToken.None;
    private GitHubWorld _world = null!;

    public async Task InitializeAsync() => _world = await GitHubWorld.StartAsync();
    public async Task DisposeAsync() => await _world.DisposeAsync();

    private FakeGitHub GitHub => _world.GitHub;
    private FakeRepository Repository => _world.Repository;

    [Fact]
    public async Task Runs_AreFoundByCommitBranchStatusAndWorkflow()
    {
        Repository.Runs.AddRange([FakeGitHub.Run(1), FakeGitHub.Run(2, Sha, "topic"), FakeGitHub.Run(3, Sha, "topic", "success"), FakeGitHub.Run(4, branch: null, conclusion: null)]);
        Repository.Runs[0]["path"] = ".github/workflows/release train.yml";
        var client = _world.Client();
        Assert.Equal([1L, 2, 3, 4], await IdsAsync(new RunFilter()));
        Assert.Equal([2L, 3], await IdsAsync(new RunFilter(HeadSha: Sha)));
        Assert.Equal([2L], await IdsAsync(new RunFilter(Branch: "topic", Status: "failure")));
        Assert.Equal([1L], await IdsAsync(new RunFilter(Workflow: "release train.yml")));
        var running = (await client.ListRunsAsync(Name, new RunFilter(Status: "in_progress"), 10, None)).Items.Single();
        Assert.Equal((null, null), (running.HeadBranch, running.Conclusion));
        Assert.Equal(4, (await client.GetRunAsync(Name, 4, None)).Id);

        async Task<IEnumerable<long>> IdsAsync(RunFilter filter) => (await client.ListRunsAsync(Name, filter, 100, None)).Items.Select(r => r.Id);
    }

    /// <summary>GitHub's list of pull requests on a run is empty for forks, and names others at times.</summary>
    [Fact]
    public async Task RunsOfAPull_AreThoseOfItsHeadCommit()
    {
        Repository.Pulls.Add(FakeGitHub.Pull(12, Sha, headOwner: "stranger"));
        Repository.Runs.AddRange([FakeGitHub.Run(1), FakeGitHub.Run(2, Sha)]);
        Repository.Runs[0]["pull_requests"] = new JsonArray(new JsonObject { ["number"] = 12 });
        var (pull, runs) = await _world.Client().ListRunsOfPullAsync(Name, 12, new RunFilter(), 10, None);
        Assert.Equal((12, null, Sha), (pull.Number, pull.Head!.Repo, pull.Head.Sha));
        Assert.Equal([2L], runs.Items.Select(r => r.Id));
    }

    [Fact]
    public async Task Runs_BeyondAThousandUnderAFilter_SaySo()
    {
        Repository.Runs.AddRange(Enumerable.Range(1, 1005).Select(i => FakeGitHub.Run(i, Sha)));
        var runs = await _world.Client().ListRunsAsync(Name, new RunFilter(HeadSha: Sha), 5000, None);
        Assert.Equal((1000, 1000, 1005L), (runs.Items.Count, runs.Capped!.Have, runs.Capped.Total));
        Assert.Contains("1,000 at most", runs.Capped.Why, StringComparison.Ordinal);
        Assert.Equal((50, 1005L), ((await _world.Client().ListRunsAsync(Name, new RunFilter(HeadSha: Sha), 50, None)) is var few ? few.Items.Count : 0, few.Capped!.Total));
    }

    [Fact]
    public async Task Jobs_AreThoseOfAllAttemptsAndPages()
    {
        Repository.Runs.Add(FakeGitHub.Run(7, attempt: 2));
        Repository.Jobs[7] = [.. Enumerable.Range(1, 250).Select(i => FakeGitHub.Job(i, 7, $"job {i}", i == 230 ? "timed_out" : "success", i <= 125 ? 1 : 2))];
        var jobs = await _world.Client().ListJobsAsync(Name, 7, 1000, None);
        Assert.Equal((250, null), (jobs.Items.Count, jobs.Capped));
        // GitHub's own example lacks created_at, though its schema wants it.
        Assert.Null(jobs.Items[0].CreatedAt);
        Assert.Equal("job 230", jobs.Items.Single(j => j.Conclusion == "timed_out").Name);
        Assert.Equal("Test", jobs.Items[0].Steps!.Single().Name);
    }

    [Fact]
    public async Task Artifacts_OfOneNameAreAllListed_WithAndWithoutADigest()
    {
        Repository.Runs.Add(FakeGitHub.Run(7));
        Repository.Artifacts[7] = [FakeGitHub.Artifact(1, 7, "report", [1], digest: false), FakeGitHub.Artifact(2, 7, "report", [2], expired: true), FakeGitHub.Artifact(3, 7, "other", [3])];
        var found = await _world.Client().ListArtifactsAsync(Name, 7, "report", 100, None);
        Assert.Equal([(1L, false, true), (2L, true, false)], found.Items.Select(a => (a.Id, a.Expired, a.Digest is null)));
        Assert.Equal(3, (await _world.Client().ListArtifactsAsync(Name, 7, null, 100, None)).Items.Count);
    }

    [Fact]
    public async Task Annotations_ThatAreTheSame_AreAllKept()
    {
        var same = new JsonObject { ["path"] = "a.cs", ["start_line"] = 3, ["end_line"] = 3, ["start_column"] = null, ["annotation_level"] = "failure", ["title"] = null, ["message"] = "bad", ["raw_details"] = null };
        Repository.Annotations[9] = [.. Enumerable.Range(0, 120).Select(_ => same.DeepClone().AsObject())];
        var found = await _world.Client().ListAnnotationsAsync(Name, 9, 500, None);
        Assert.Equal((120, "a.cs", 3, null), (found.Items.Count, found.Items[0].Path, found.Items[0].StartLine, found.Items[0].Title));
    }

    [Fact]
    public async Task PullsAndTheirFiles_AreListed()
    {
        Repository.Pulls.AddRange([FakeGitHub.Pull(1, Sha), FakeGitHub.Pull(2, Sha, "closed", "2026-02-03T00:00:00Z"), FakeGitHub.Pull(3, Sha, headOwner: "stranger")]);
        Repository.PullFiles[1] = [new JsonObject { ["sha"] = null, ["filename"] = "a.cs", ["status"] = "modified", ["additions"] = 1, ["deletions"] = 2, ["changes"] = 3 }];
        Repository.PullsOfCommit[Sha] = [FakeGitHub.Pull(2, Sha, "closed", "2026-02-03T00:00:00Z"), FakeGitHub.Pull(2, Sha, @base: "fork/site")];
        var client = _world.Client();
        Assert.Equal([1L, 3], (await client.ListPullsAsync(Name, "open", null, 10, None)).Items.Select(p => p.Number));
        Assert.Equal([3L], (await client.ListPullsAsync(Name, "all", "stranger:topic", 10, None)).Items.Select(p => p.Number));
        Assert.Equal(("a.cs", null, null), (await client.ListPullFilesAsync(Name, 1, 10, None)).Items.Select(f => (f.Filename, f.Patch, f.Sha)).Single());
        Assert.Equal([(Name, true), ("fork/site", false)], (await client.ListPullsOfCommitAsync(Name, Sha, None)).Items.Select(p => (p.Base!.Repo!.FullName, p.MergedAt is not null)));
    }

    [Theory]
    [InlineData(0, false, 0)]
    [InlineData(250, false, 0)]
    [InlineData(251, true, 0)]
    [InlineData(612, false, 0)]
    [InlineData(612, true, 0)]
    [InlineData(612, false, 4)]
    public async Task Compare_IsDrivenByTheTotalAndSaysWhatIsMissing(int total, bool links, int missingPage)
    {
        Repository.Comparisons["pkg/v1...pkg/v2"] = new FakeComparison("ahead", [.. Enumerable.Range(0, total).Select(i => FakeGitHub.Commit($"c{i}", login: i == 0 ? null : "ada"))], Files: [.. Enumerable.Range(0, 301).Select(i => new JsonObject { ["filename"] = $"f{i}" })]) { Links = links, MissingPage = missingPage };
        var range = await _world.Client().CompareAsync(Name, "pkg/v1", "pkg/v2", 5000, None);
        Assert.Equal(("ahead", total, missingPage == 0), (range.Status, range.TotalCommits, range.Capped is null));
        Assert.Equal(Enumerable.Range(0, missingPage == 0 ? total : 300).Select(i => $"c{i}"), range.Commits.Select(c => c.Sha));
        if (missingPage > 0) Assert.Equal(new GitHubCap("GitHub counts 612 commits and lists 300.", 300, 612), range.Capped);
        if (total > 0) Assert.Null(range.Commits[0].Author);
        Assert.Equal((300, true, "b0"), (range.Files.Count, range.FilesCapped is not null, range.MergeBase));
        Assert.Contains("/compare/pkg%2Fv1...pkg%2Fv2?", GitHub.Requests[0].Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_Diverged_SaysSoAndStopsWhereItIsTold()
    {
        Repository.Comparisons["v1...v2"] = new FakeComparison("diverged", [.. Enumerable.Range(0, 300).Select(i => FakeGitHub.Commit($"c{i}"))], Behind: 4);
        var range = await _world.Client().CompareAsync(Name, "v1", "v2", 200, None);
        Assert.Equal(("diverged", 300, 4, 200), (range.Status, range.AheadBy, range.BehindBy, range.Commits.Count));
        Assert.Equal(new GitHubCap("Only the first 2 pages are read.", 200, 300), range.Capped);
    }

    [Fact]
    public async Task CommitsTagsAndRefs_AreFoundOrNull()
    {
        Repository.Commits[Sha] = FakeGitHub.Commit(Sha);
        Repository.Commits[Sha]["commit"]!["author"]!["date"] = "a long time ago";
        Repository.Tags["pkg/v1"] = Sha;
        var client = _world.Client();
        Assert.Equal((Sha, null), (await client.FindCommitAsync(Name, "pkg/v1", None)) is { } found ? (found.Sha, found.Commit!.Author!.Date) : default);
        Assert.Null(await client.FindCommitAsync(Name, "nothing", None));
        Assert.Equal(Sha, (await client.FindRefAsync(Name, "tags/pkg/v1", None))!.Object!.Sha);
        Assert.Null(await client.FindRefAsync(Name, "tags/v9", None));
        Assert.Equal([("pkg/v1", Sha)], (await client.ListTagsAsync(Name, 10, None)).Items.Select(t => (t.Name, t.Commit!.Sha)));
    }

    [Fact]
    public async Task FilesAndDirectories_AreReadAtAReference()
    {
        var (small, large) = (Encoding.UTF8.GetBytes("name: Bug\n"), RandomNumberGenerator.GetBytes((1024 * 1024) + 1));
        Repository.Files[".github/ISSUE_TEMPLATE/bug report.yml"] = small;
        Repository.Files["large.bin"] = large;
        var client = _world.Client();
        Assert.Equal(["bug report.yml"], (await client.ListDirectoryAsync(Name, ".github/ISSUE_TEMPLATE", "topic/x", None)).Select(e => e.Name));
        var file = (await client.FindFileAsync(Name, ".github/ISSUE_TEMPLATE/bug report.yml", "topic/x", 1000, None))!;
        Assert.Equal((FakeGitHub.BlobSha(small), "name: Bug\n"), (file.Sha, Encoding.UTF8.GetString(file.Bytes)));
        Assert.EndsWith("/contents/.github/ISSUE_TEMPLATE/bug%20report.yml?ref=topic%2Fx", GitHub.Requests[^1].Target, StringComparison.Ordinal);
        // GitHub leaves out the content of what is over 1 MB.
        Assert.Equal(large, (await client.FindFileAsync(Name, "large.bin", null, 2_000_000, None))!.Bytes);
        Assert.Equal("github_too_large", (await Assert.ThrowsAsync<GitHubRefusedException>(() => client.FindFileAsync(Name, "large.bin", null, 1000, None))).Code);
        Assert.Null(await client.FindFileAsync(Name, ".github", null, 1000, None));
        Assert.Null(await client.FindFileAsync(Name, "nothing", null, 1000, None));
        Assert.Empty(await client.ListDirectoryAsync(Name, "nothing", null, None));
        await Assert.ThrowsAsync<ArgumentException>(() => client.FindFileAsync(Name, "a/../../x", null, 1000, None));
    }

    [Fact]
    public async Task CommentsAndSearches_AreReadAndWritten()
    {
        GitHub.AddIssue(Repository, "Broken link", "on the front page");
        var client = _world.Client();
        foreach (var i in Enumerable.Range(0, 105)) await client.CreateCommentAsync(Name, 1, $"Comment {i}", None);
        var comments = await client.ListCommentsAsync(Name, 1, 1000, None);
        Assert.Equal((105, "Comment 104"), (comments.Items.Count, comments.Items[^1].Body));
        Assert.Equal(("Broken link", "open"), (await client.FindIssueAsync(Name, 1, None)) is { } issue ? (issue.Title, issue.State) : default);
        Assert.Null(await client.FindIssueAsync(Name, 99, None));
        Assert.Equal("Broken link", (await client.SearchIssuesAsync($"repo:{Name} front", 10, None)).Items.Single().Title);
        GitHub.SearchIsIncomplete = true;
        Assert.Contains("ran out of time", (await client.SearchIssuesAsync("front", 10, None)).Capped!.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Releases_AreFoundByTagLatestAndList()
    {
        var time = _world.Time.GetUtcNow();
        GitHub.AddRelease(Repository, "v1", createdAt: time.AddDays(-1));
        GitHub.AddRelease(Repository, "v0.9.1", createdAt: time.AddDays(-5)).Name = null;
        GitHub.AddRelease(Repository, "v2-rc.1", prerelease: true);
        GitHub.AddRelease(Repository, "v3", draft: true);
        var client = _world.Client();
        Assert.Equal("v1", (await client.FindLatestReleaseAsync(Name, None))!.TagName);
        // A draft has no tag yet, and is in the list only.
        Assert.Null(await client.FindReleaseByTagAsync(Name, "v3", None));
        Assert.Equal([("v3", true, false), ("v2-rc.1", false, true), ("v0.9.1", false, false), ("v1", false, false)], (await client.ListReleasesAsync(Name, 10, None)).Items.Select(r => (r.TagName, r.Draft, r.Prerelease)));
        Assert.Equal((null, null), (await client.FindReleaseByTagAsync(Name, "v0.9.1", None)) is { } old ? (old.Name, old.Body) : ("", ""));
        Assert.Null(await client.FindReleaseAsync(Name, 1, None));
    }

    [Fact]
    public async Task Release_DraftUploadPublish_SendsWhatGitHubAsksFor()
    {
        Repository.ImmutableReleases = true;
        var client = _world.Client();
        var bytes = RandomNumberGenerator.GetBytes(100_000);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var draft = await client.CreateReleaseAsync(Name, new NewRelease("pkg/v1", "main", "One", "Notes"), None);
        using var content = new MemoryStream([0, .. bytes]) { Position = 1 };
        var asset = await client.UploadAssetAsync(Name, draft, "app & more.zip", "The app, ümlaut", "application/zip", content, bytes.Length, None);
        Assert.Equal(["GitHub calls it app.more.zip"], asset.Differences("app & more.zip", bytes.Length, sha256));
        Assert.Empty(asset.Differences("app.more.zip", bytes.Length, sha256));
        var upload = GitHub.Requests[^1];
        Assert.Equal(($"/uploads/{Name}/{draft.Id}?name=app%20%26%20more.zip&label=The%20app%2C%20%C3%BCmlaut", "100000", "application/zip"), (upload.Target, upload.Headers["Content-Length"], upload.Headers["Content-Type"]));
        Assert.Equal(bytes, upload.Bytes);

        var published = await client.ChangeReleaseAsync(Name, draft.Id, new ReleaseChange(Draft: false, MakeLatest: "true"), None);
        Assert.Equal((false, true, true), (published.Draft, published.Immutable, published.PublishedAt is not null));
        Assert.Equal("""{"draft":false,"make_latest":"true"}""", GitHub.Requests[^1].Body);
        var late = await Assert.ThrowsAsync<GitHubRefusedException>(() => client.UploadAssetAsync(Name, draft, "late.zip", null, "application/zip", new MemoryStream([1]), 1, None));
        Assert.Contains("immutable", late.Message, StringComparison.Ordinal);
        var again = await Assert.ThrowsAsync<GitHubRefusedException>(() => client.CreateReleaseAsync(Name, new NewRelease("pkg/v1"), None));
        Assert.Equal(("github_invalid", "tag_name", "already_exists"), (again.Code, again.Field, again.Reason));
    }

    [Fact]
    public async Task Upload_BrokenOff_LeavesAStarterThatIsDeletedBeforeTheNext()
    {
        var client = _world.Client();
        var draft = await client.CreateReleaseAsync(Name, new NewRelease("v1"), None);
        GitHub.BreakUpload();
        await Assert.ThrowsAsync<GitHubAmbiguousException>(UploadAsync);
        var starter = (await client.ListAssetsAsync(Name, draft.Id, 10, None)).Items.Single();
        Assert.Equal("starter", starter.State);
        Assert.NotEmpty(starter.Differences("a.zip", 3, new string('0', 64)));
        Assert.Equal("already_exists", (await Assert.ThrowsAsync<GitHubRefusedException>(UploadAsync)).Reason);
        await client.DeleteAssetAsync(Name, starter.Id, None);
        Assert.Equal("uploaded", (await UploadAsync()).State);
        Assert.Equal((1, 1), (GitHub.Effects("asset"), GitHub.Effects("asset_deleted")));

        Task<GitHubAsset> UploadAsync() => client.UploadAssetAsync(Name, draft, "a.zip", null, "application/zip", new MemoryStream([1, 2, 3]), 3, None);
    }

    [Fact]
    public async Task Upload_WhoseFileEndsEarly_IsNoUpload()
    {
        var client = _world.Client();
        var draft = await client.CreateReleaseAsync(Name, new NewRelease("v1"), None);
        await Assert.ThrowsAsync<GitHubAmbiguousException>(() => client.UploadAssetAsync(Name, draft, "a.zip", null, "application/zip", new MemoryStream(new byte[100_000]), 200_000, None));
        await Support.Eventually.TrueAsync(async () => (await client.ListAssetsAsync(Name, draft.Id, 10, None)).Items.SingleOrDefault()?.State == "starter", "the stub");
        Assert.Equal(0, GitHub.Effects("asset"));
    }

    /// <summary>The upload's address stands in an answer: the token must not go where a forged one says.</summary>
    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("https://uploads.github.com.evil.example")]
    [InlineData("https://uploads.github.com")]
    public async Task Upload_ToAServerThatIsNotConfigured_IsRefused(string origin)
    {
        GitHub.UploadOrigin = origin;
        var client = _world.Client();
        var draft = await client.CreateReleaseAsync(Name, new NewRelease("v1"), None);
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => client.UploadAssetAsync(Name, draft, "a.zip", null, "application/zip", new MemoryStream([1]), 1, None));
        Assert.Equal("github_upload_url", refused.Code);
        Assert.Contains("GITHUB_UPLOAD_URL", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Only what nothing works without is required of an answer.</summary>
    [Fact]
    public void Answers_OfNullsOnly_AreRead()
    {
        foreach (var (type, required) in new[]
        {
            (typeof(GitHubRun), """{"id":1}"""), (typeof(GitHubJob), """{"id":1}"""), (typeof(GitHubArtifact), """{"id":1}"""), (typeof(GitHubAnnotation), "{}"), (typeof(GitHubPull), """{"number":1}"""),
            (typeof(GitHubCommit), """{"sha":"a"}"""), (typeof(GitHubComparisonPage), "{}"), (typeof(GitHubRelease), """{"id":1}"""), (typeof(GitHubAsset), """{"id":1}"""), (typeof(GitHubComment), """{"id":1}"""), (typeof(GitHubContent), "{}"),
        })
        {
            var json = JsonNode.Parse(required)!.AsObject();
            foreach (var property in type.GetProperties().Where(p => Nullable.GetUnderlyingType(p.PropertyType) is not null || !p.PropertyType.IsValueType))
                json.TryAdd(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), null);
            Assert.NotNull(JsonSerializer.Deserialize(json.ToJsonString(), type, GitHubJson.Default.Options));
        }
    }
}
