using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ReleaseButler.Publishing;

public sealed class CreateReleaseToolTests(ReleaseWorld world) : IClassFixture<ReleaseWorld>
{
    private static readonly (string, string)[] Three = [("app-1.0.tar.gz", "archive"), ("app-1.0.zip", "another archive"), ("app-1.0.txt", "words")];

    private readonly ReleaseBench _bench = world.Bench();
    private readonly FakeGitHub _gitHub = world.GitHub;

    private static string Text(JsonElement answer, string name) => answer.GetProperty(name).GetString()!;

    private IEnumerable<FakeRequest> Since(int requests) => _gitHub.Requests.Skip(requests);

    [Fact]
    public async Task Release_Approved_IsDraftedUploadedComparedAndThenPublished()
    {
        var before = _gitHub.Requests.Count;
        var done = await _bench.ApprovedAsync(_bench.Arguments(_bench.ThreeFiles(), ("make_latest", "legacy")));
        Assert.Equal(ApprovalState.Executed, done.Summary.State);
        Assert.Equal($"publish the release v1.0.0 of {_bench.Repository.FullName} with 3 assets", done.Summary.Intent);
        var release = _bench.OneRelease(Three);
        Assert.Equal(("v1.0.0", "c0ffee0000000000000000000000000000000001", $"First one.\n\n<!-- omniaudit-op:{done.Summary.ApprovalId} -->", "legacy"), (release.Tag, release.Target, release.Body, release.MakeLatest));
        // Nobody saw half of it: created as a draft, published last.
        var writes = Since(before).Where(r => r.Method != "GET").ToList();
        Assert.Equal(["POST", "POST", "POST", "POST", "PATCH"], writes.Select(w => w.Method));
        Assert.Contains("\"draft\":true", writes[0].Body, StringComparison.Ordinal);
        Assert.Contains("\"draft\":false", writes[^1].Body, StringComparison.Ordinal);
        var facts = JsonDocument.Parse(done.Facts).RootElement;
        Assert.StartsWith("app-1.0.tar.gz, 7 bytes, sha256 ", Text(facts, "asset 1"), StringComparison.Ordinal);
        var result = JsonDocument.Parse(done.ResultJson!).RootElement;
        Assert.Equal(("published", 3, 0), (Text(result, "state"), result.GetProperty("uploaded_assets").GetArrayLength(), result.GetProperty("failed_assets").GetArrayLength()));
        Assert.Equal(release.Id, result.GetProperty("release_id").GetInt64());
        var shown = (await _bench.App.Get<ReleaseJournal>().FindAsync(done.Summary.ApprovalId, CancellationToken.None))!;
        Assert.Equal(ReleaseState.Published, shown.State);
        Assert.All(shown.Assets, a => Assert.Equal((ReleaseAssetState.Uploaded, a.Size), (a.State, a.Sent)));
    }

    [Fact]
    public async Task DryRun_AnswersAtOnceWithReadsOnlyAndWithoutApproval()
    {
        var before = _gitHub.Requests.Count;
        var answer = await _bench.AskAsync(_bench.Arguments(_bench.ThreeFiles(), ("dry_run", true), ("checksums", true), ("provenance_manifest", true)));
        Assert.Equal(("dry_run", "none", false), (Text(answer, "status"), Text(answer, "state"), answer.GetProperty("executed").GetBoolean()));
        Assert.All(Since(before), r => Assert.Equal("GET", r.Method));
        Assert.Equal(8, answer.GetProperty("steps").GetArrayLength());
        Assert.Empty(_bench.Repository.Releases);
        Assert.False(answer.TryGetProperty("approval", out _));
        // What the dry run finds wrong, it says.
        Assert.Equal("asset_refused", Text(await _bench.AskAsync(_bench.Arguments(["nothing.zip"], ("dry_run", true))), "error"));
    }

    [Theory]
    [InlineData("release", "release_exists", "tag")]
    [InlineData("draft of others", "draft_exists", "tag")]
    [InlineData("tag elsewhere", "tag_elsewhere", "target")]
    [InlineData("no such target", "target_unknown", "target")]
    [InlineData("archived", "repository_archived", "repo")]
    [InlineData("read only", "github_forbidden", "repo")]
    [InlineData("not allowed", "policy_denied", "repo")]
    [InlineData("marker", "invalid_arguments", "notes")]
    [InlineData("bad tag", "invalid_arguments", "tag")]
    [InlineData("latest draft", "invalid_arguments", "make_latest")]
    [InlineData("nothing to sign", "invalid_arguments", "provenance_manifest")]
    public async Task Ask_ForWhatCannotBe_IsRefusedBeforeAnythingAndNamesTheField(string why, string code, string field)
    {
        var arguments = _bench.Arguments();
        switch (why)
        {
            case "release": _gitHub.AddRelease(_bench.Repository, "v1.0.0"); break;
            case "draft of others": _gitHub.AddRelease(_bench.Repository, "v1.0.0", draft: true).Body = "<!-- omniaudit-op:apr_forged -->"; break;
            case "tag elsewhere": (_bench.Repository.Tags["v1.0.0"], arguments["target"]) = ("ab", "main"); break;
            case "no such target": arguments["target"] = "nowhere"; break;
            case "archived": _bench.Repository.Archived = true; break;
            case "read only": _bench.Repository.MayWrite = false; break;
            case "not allowed": arguments["repo"] = "evil/app"; break;
            case "marker": arguments["notes"] = "<!-- OmniAudit-op:x -->"; break;
            case "bad tag": arguments["tag"] = "v1..0"; break;
            case "latest draft": (arguments["draft"], arguments["make_latest"]) = (true, "true"); break;
            case "nothing to sign": arguments["provenance_manifest"] = true; break;
        }
        var before = _gitHub.Requests.Count;
        var answer = await _bench.AskAsync(arguments);
        Assert.Equal((code, field), (Text(answer, "error"), Text(answer.GetProperty("errors")[0], "field")));
        Assert.All(Since(before), r => Assert.Equal("GET", r.Method));
        Assert.False(answer.TryGetProperty("approval", out _));
    }

    [Fact]
    public async Task Release_OfATagThatExists_TakesItsCommit()
    {
        _bench.Repository.Tags["v1.0.0"] = "ab";
        var done = await _bench.ApprovedAsync(_bench.Arguments());
        Assert.Equal(("ab", "exists"), (_bench.OneRelease().Target, Text(JsonDocument.Parse(done.Facts).RootElement, "tag")));
    }

    [Fact]
    public async Task Draft_Asked_StaysOneAndIsPublishedByTheNextRequest()
    {
        var drafted = await _bench.ApprovedAsync(_bench.Arguments(_bench.ThreeFiles(), ("draft", true)));
        Assert.Equal("draft", Text(JsonDocument.Parse(drafted.ResultJson!).RootElement, "state"));
        Assert.True(Assert.Single(_bench.Repository.Releases).Draft);
        var posts = _gitHub.Posts;
        var published = await _bench.ApprovedAsync(_bench.Arguments(_bench.ThreeFiles()));
        _bench.OneRelease(Three);
        Assert.Equal(posts, _gitHub.Requests.Count(r => r.Method == "POST"));
        Assert.Equal(drafted.Summary.ApprovalId, Text(JsonDocument.Parse(published.ResultJson!).RootElement, "resumes"));
    }

    [Fact]
    public async Task Upload_ThatStaysRefused_LeavesADraftAndIsNoSuccessAndGoesOnWhenAskedAgain()
    {
        var fault = _gitHub.Break(new RouteFault("POST", $"/uploads/{_bench.Repository.FullName}/", RouteFault.Says(403, "Resource not accessible"), first: 2));
        var files = _bench.ThreeFiles();
        var failed = await _bench.ApprovedAsync(_bench.Arguments(files));
        Assert.Equal((ApprovalState.Failed, 1), (failed.Summary.State, fault.Happened));
        var draft = Assert.Single(_bench.Repository.Releases);
        Assert.Equal((true, 2), (draft.Draft, draft.Assets.Count));
        var result = JsonDocument.Parse(failed.ResultJson!).RootElement;
        Assert.Equal(("incomplete", "app-1.0.zip"), (Text(result, "state"), Text(Assert.Single(result.GetProperty("failed_assets").EnumerateArray().ToList()), "name")));

        // What the agent hears is no success, and says what is missing.
        var heard = (await _bench.App.CallAsync("core.get_request", new { approval_id = failed.Summary.ApprovalId })).GetProperty("structuredContent").GetRawText();
        Assert.Contains("NOT FINISHED", heard, StringComparison.Ordinal);

        var again = await _bench.ApprovedAsync(_bench.Arguments(files));
        Assert.Equal(ApprovalState.Executed, again.Summary.State);
        _bench.OneRelease(Three);
        Assert.Contains($"unfinished draft {draft.Id} of request {failed.Summary.ApprovalId}", again.Facts, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draft_OfOtherNotes_IsNotGoneOnWith()
    {
        _gitHub.Break(new RouteFault("POST", $"/uploads/{_bench.Repository.FullName}/", RouteFault.Says(403, "no"), times: 9));
        var files = _bench.ThreeFiles();
        await _bench.ApprovedAsync(_bench.Arguments(files));
        var answer = await _bench.AskAsync(_bench.Arguments(files, ("notes", "Others.")));
        Assert.Equal("draft_differs", Text(answer, "error"));
    }

    [Fact]
    public async Task Upload_CutInTheMiddle_IsTakenUpByDeletingTheStub()
    {
        _gitHub.BreakUpload(first: 1);
        var deleted = _gitHub.Effects("asset_deleted");
        var done = await _bench.ApprovedAsync(_bench.Arguments(_bench.ThreeFiles()));
        Assert.Equal(ApprovalState.Executed, done.Summary.State);
        _bench.OneRelease(Three);
        Assert.Equal(deleted + 1, _gitHub.Effects("asset_deleted"));
    }

    [Fact]
    public async Task Asset_OfAnotherHandOnTheDraft_IsNotReplacedAndKeepsItADraft()
    {
        var files = _bench.ThreeFiles();
        // After the creation somebody adds the same name with other bytes.
        _gitHub.Break(new RouteFault("POST", $"/uploads/{_bench.Repository.FullName}/", async (_, proceed) =>
        {
            _gitHub.AddAsset(_bench.Repository.Releases[0], "app-1.0.zip", "evil"u8.ToArray());
            await proceed();
        }));
        var failed = await _bench.ApprovedAsync(_bench.Arguments(files));
        Assert.Equal(ApprovalState.Failed, failed.Summary.State);
        var release = Assert.Single(_bench.Repository.Releases);
        Assert.True(release.Draft);
        Assert.Equal("evil", _bench.Sent(release.Assets.Single(a => a.Name == "app-1.0.zip")));
        Assert.Contains("is not replaced", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asset_ThatNobodyApproved_KeepsItADraft()
    {
        _gitHub.Break(new RouteFault("POST", $"/uploads/{_bench.Repository.FullName}/", async (_, proceed) =>
        {
            _gitHub.AddAsset(_bench.Repository.Releases[0], "stranger.zip", "evil"u8.ToArray());
            await proceed();
        }));
        var failed = await _bench.ApprovedAsync(_bench.Arguments(_bench.ThreeFiles()));
        Assert.True(Assert.Single(_bench.Repository.Releases).Draft);
        Assert.Contains("stranger.zip that was not approved", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_ChangedAfterApproval_IsNotSent()
    {
        var files = _bench.ThreeFiles();
        var asked = await _bench.AskAsync(_bench.Arguments(files));
        _bench.File("app-1.0.zip", "tampered");
        var before = _gitHub.Requests.Count;
        var id = Text(asked.GetProperty("approval"), "id");
        Assert.True((await _bench.App.DecideAsync(id, Decision.Approve)).Accepted);
        var held = await Eventually.GetAsync(async () => (await _bench.App.Get<ApprovalQueries>().FindAsync(id, CancellationToken.None))!, a => a.Summary.Held is not null, "held back");
        Assert.Contains("asset 2", held.Summary.Held, StringComparison.Ordinal);
        Assert.All(Since(before), r => Assert.Equal("GET", r.Method));

        // And once more right before the first request, should it change in between.
        var approved = _bench.Call() with { Approved = await _bench.Tool.CheckAsync(_bench.App.Services, _bench.Input(_bench.Arguments(files)), CancellationToken.None) };
        _bench.File("app-1.0.zip", "tampered again");
        var refused = await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.RunAsync(_bench.Arguments(files), approved));
        Assert.Equal(("asset_changed", "assets[1]"), (refused.Code, refused.Field));
        Assert.Empty(_bench.Repository.Releases);
    }

    [Fact]
    public async Task File_ChangedWhileItIsSent_IsTakenDownAgainAndNotPublished()
    {
        var files = _bench.ThreeFiles();
        _gitHub.Break(new RouteFault("POST", "/releases", async (context, proceed) =>
        {
            // After the last look, before the first upload; of the same length.
            if (context.Request.Path.Value!.EndsWith("/releases", StringComparison.Ordinal)) _bench.File("app-1.0.txt", "WORDS");
            await proceed();
        }));
        var failed = await _bench.ApprovedAsync(_bench.Arguments(files));
        Assert.Equal(ApprovalState.Failed, failed.Summary.State);
        Assert.Equal(2, Assert.Single(_bench.Repository.Releases).Assets.Count);
        Assert.Contains("has changed since approval, while it was sent", failed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../master.key", "..")]
    [InlineData("/etc/passwd", "outside")]
    [InlineData("link.zip", "outside")]
    [InlineData("linked/app.zip", "outside")]
    [InlineData("empty.zip", "empty")]
    [InlineData("missing.zip", "no file")]
    [InlineData("", "directory")]
    [InlineData("odd name.zip", "GitHub would change")]
    [InlineData("pipe.zip", "none with content")]
    public async Task Path_OutsideTheRootsOrUnusable_IsRefusedByItsField(string path, string said)
    {
        var good = _bench.File("app.zip", "good");
        var outside = Directory.CreateTempSubdirectory("omniaudit-outside");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(outside.FullName, "app.zip"), "secret");
            File.CreateSymbolicLink(Path.Combine(_bench.Directory, "link.zip"), Path.Combine(outside.FullName, "app.zip"));
            Directory.CreateSymbolicLink(Path.Combine(_bench.Directory, "linked"), outside.FullName);
            _bench.File("empty.zip", "");
            _bench.File("odd name.zip", "x");
            if (path == "pipe.zip") System.Diagnostics.Process.Start("mkfifo", Path.Combine(_bench.Directory, path)).WaitForExit();
            var whole = path.Contains('/', StringComparison.Ordinal) && path[0] is '.' or '/' ? path : $"{_bench.Repository.FullName.Split('/')[1]}/{path}";
            var answer = await _bench.AskAsync(_bench.Arguments([good, whole]));
            Assert.Equal(("asset_refused", "assets[1]"), (Text(answer, "error"), Text(answer.GetProperty("errors")[0], "field")));
            Assert.Contains(said, Text(answer, "message"), StringComparison.Ordinal);
        }
        finally
        {
            outside.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Paths_AbsoluteAndLinkedWithinTheRoots_AreTakenAndOneNameTwiceIsNot()
    {
        _bench.File("app.zip", "good");
        File.CreateSymbolicLink(Path.Combine(_bench.Directory, "latest.zip"), "app.zip");
        var absolute = Path.Combine(_bench.Directory, "app.zip");
        var done = await _bench.ApprovedAsync(_bench.Arguments([absolute, Path.Combine(_bench.Directory, "latest.zip")]));
        Assert.Equal(ApprovalState.Executed, done.Summary.State);
        _bench.OneRelease(("app.zip", "good"), ("latest.zip", "good"));
        Assert.Equal("assets[1]", Text((await _bench.AskAsync(_bench.Arguments([absolute, absolute], ("tag", "v2")))).GetProperty("errors")[0], "field"));
    }

    [Theory]
    [InlineData(404, "Not Found", "Workflows: write")]
    [InlineData(403, "Resource not accessible by personal access token", "Workflows: write")]
    public async Task Creation_WithoutTheRight_FailsAndNamesIt(int status, string message, string said)
    {
        _gitHub.Break(new RouteFault("POST", $"/repos/{_bench.Repository.FullName}/releases", RouteFault.Says(status, message)));
        var failed = await _bench.ApprovedAsync(_bench.Arguments());
        Assert.Equal((ApprovalState.Failed, null), (failed.Summary.State, failed.ResultJson));
        Assert.Empty(_bench.Repository.Releases);
        Assert.Contains(said, failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repository_OfImmutableReleases_GetsAllAssetsBeforeThePublishing()
    {
        _bench.Repository.ImmutableReleases = true;
        Assert.Equal(ApprovalState.Executed, (await _bench.ApprovedAsync(_bench.Arguments(_bench.ThreeFiles()))).Summary.State);
        Assert.True(_bench.OneRelease(Three).Immutable);
    }

    [Fact]
    public async Task Name_ThatGitHubChangesAllTheSame_IsTakenDownAndKeepsItADraft()
    {
        var file = _bench.File("app+1.zip", "x");
        _gitHub.Break(new RouteFault("POST", $"/uploads/{_bench.Repository.FullName}/", async (context, proceed) =>
        {
            await proceed();
            _bench.Repository.Releases[0].Assets[0] = _bench.Repository.Releases[0].Assets[0] with { Name = "app.1.zip" };
        }));
        var failed = await _bench.ApprovedAsync(_bench.Arguments([file]));
        Assert.True(Assert.Single(_bench.Repository.Releases).Draft);
        Assert.Equal(ApprovalState.Failed, failed.Summary.State);
    }
}
