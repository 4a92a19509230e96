using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;
using static OmniAudit.Tests.ReleaseButler.NotesWorld;

namespace OmniAudit.Tests.ReleaseButler;

/// <summary>Notes from end to end, with GitHub as its stand-in.</summary>
public sealed class GenerateNotesToolTests(NotesWorld world) : IClassFixture<NotesWorld>
{
    private readonly FakeGitHub _gitHub = world.GitHub;
    private readonly FakeRepository _repository = world.Repository();

    private object For(string tag) => new { repo = _repository.FullName, tag };

    private async Task RefusedAsync(object arguments, string code, string field, string said)
    {
        var answer = await world.NotesAsync(arguments);
        Assert.Equal((code, field), (Text(answer, "error"), Text(answer.GetProperty("errors")[0], "field")));
        Assert.Contains(said, Text(answer, "message"), StringComparison.Ordinal);
    }

    private static List<JsonObject> Many(int count) => [.. Enumerable.Range(1, count).Select(i => Commit(i, $"fix: number {i}"))];

    [Fact]
    public async Task Notes_OfATag_BeginAtTheStableVersionBeforeAndAccountForAll()
    {
        Tag(_repository, "v1.9.0");
        Tag(_repository, "v1.11.0-rc.1");
        Tag(_repository, "other-v1.10.5");
        Tag(_repository, "v2.0.0");
        var foreign = Merged(_repository, 40, 2);
        foreign["base"]!["repo"]!["full_name"] = "fork/site";
        var pull = Merged(_repository, 41, 1, "bob");
        (pull["title"], pull["labels"]) = ("feat: doors", new JsonArray(new JsonObject { ["name"] = "enhancement" }));
        Between(_repository, "v1.10.0", "v1.11.0", [Commit(1, "feat: doors (#41)", "bob"), Commit(2, "fix: a window", null), Commit(3, "Merge branch 'main'", "ada")]);
        _repository.Comparisons.Values.Single().Commits[2]["parents"] = new JsonArray(new JsonObject { ["sha"] = "a" }, new JsonObject { ["sha"] = "b" });

        var answer = await world.NotesAsync(For("v1.11.0"));
        var range = answer.GetProperty("range");
        Assert.Equal(("v1.10.0", "v1.11.0", 3, false), (Text(range, "from_tag"), Text(range, "to_tag"), range.GetProperty("commit_count").GetInt32(), range.GetProperty("fallback_used").GetBoolean()));
        Assert.Equal(
            $"""
            ## Features

            - doors ([#41]({_gitHub.Url}/{_repository.FullName}/pull/41)) by @bob

            ## Bug fixes

            - a window ([`0000000`]({_gitHub.Url}/{_repository.FullName}/commit/{Notes.NotesMaker.Sha(2)})) by Ada

            ## New contributors

            - @bob made their first contribution in [#41]({_gitHub.Url}/{_repository.FullName}/pull/41)

            **Full changelog**: {_gitHub.Url}/{_repository.FullName}/compare/v1.10.0...v1.11.0

            """.ReplaceLineEndings("\n"),
            Text(answer, "notes"));
        Assert.Equal("3 of 3 commits accounted: 2 on 2 lines, 1 excluded", Text(answer.GetProperty("accounting"), "text"));
        Assert.Equal(("merge_commit", Notes.NotesMaker.Sha(3)), (Text(answer.GetProperty("excluded")[0], "reason"), Text(answer.GetProperty("excluded")[0], "sha")));
        Assert.EndsWith($"/releases/notes/{Text(answer, "notes_id")}", Text(answer, "url"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notes_OfManyCommits_ReadEveryPageWithFewRequests()
    {
        Between(_repository, "v1.0.0", "v1.1.0", Many(612));
        for (var i = 1; i <= 300; i++) Merged(_repository, i, i);
        var before = _gitHub.Requests.Count;
        var answer = await world.NotesAsync(For("v1.1.0"));
        Assert.Equal("612 of 612 commits accounted: 612 on 612 lines, 0 excluded", Text(answer.GetProperty("accounting"), "text"));
        Assert.StartsWith("The notes are cut for size", Text(answer, "message"), StringComparison.Ordinal);
        Assert.InRange(Text(answer, "notes").Length, 10_000, 14_000);
        Assert.InRange(answer.GetRawText().Length, 10_000, ResultBound.MaxLength);
        Assert.Empty(SchemaValidator.Validate((JsonObject)JsonNode.Parse(world.App.Get<ToolCatalog>().Find("releasebutler.generate_notes")!.OutputSchema.GetRawText())!, answer));
        // 300 pull requests came in lists, 312 commits were asked for.
        Assert.InRange(_gitHub.Requests.Count - before, 320, 345);

        var whole = new System.Text.StringBuilder();
        for (var uri = $"omniaudit://notes/{Text(answer, "notes_id")}"; uri is not null;)
        {
            var part = await world.CallAsync("core.read_resource", new { uri });
            var json = JsonDocument.Parse(Text(part, "text")).RootElement;
            foreach (var piece in json.GetProperty("markdown").EnumerateArray()) whole.Append(piece.GetString());
            uri = json.TryGetProperty("next", out var next) ? next.GetString() : null;
        }
        Assert.Equal(612, whole.ToString().Split('\n').Count(l => l.StartsWith("- number ", StringComparison.Ordinal)));
        Assert.StartsWith(Text(answer, "notes"), whole.ToString(), StringComparison.Ordinal);
        var commits = await world.CallAsync("core.read_resource", new { uri = $"omniaudit://notes/{Text(answer, "notes_id")}/commits" });
        Assert.Contains("\"total\":612", Text(commits, "text"), StringComparison.Ordinal);
        Assert.Contains((await world.CallAsync("search", new { query = $"notes {_repository.FullName}" })).GetProperty("results").EnumerateArray(), r => Text(r, "id").Contains(Text(answer, "notes_id"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Notes_WithAPageMissing_SaySoEverywhere()
    {
        Between(_repository, "v1.0.0", "v1.1.0", Many(612), missingPage: 4);
        var answer = await world.NotesAsync(new { repo = _repository.FullName, tag = "v1.1.0", group_by = "author" });
        var accounting = answer.GetProperty("accounting");
        Assert.Equal((612, 312, 300), (accounting.GetProperty("total_commits").GetInt32(), accounting.GetProperty("missing").GetInt32(), accounting.GetProperty("on_lines").GetInt32()));
        Assert.Contains(answer.GetProperty("warnings").EnumerateArray(), w => w.GetString()!.StartsWith("Commits are missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Range_ThatIsNone_IsRefusedNamingTheArgument()
    {
        Tag(_repository, "v1.0.0");
        var repo = _repository.FullName;
        await RefusedAsync(new { repo, tag = "v1.0.0" }, "no_earlier_tag", "from_tag", "No stable tag");
        await RefusedAsync(new { repo, to_tag = "v9.9.9" }, "not_found", "to_tag", "'v9.9.9'");
        await RefusedAsync(new { repo, from_tag = "v0.1.0", to_tag = "v1.0.0" }, "not_found", "from_tag", "'v0.1.0'");
        await RefusedAsync(new { repo, from_tag = "v1.0.0", to_tag = "v1.0.0" }, "same_tag", "from_tag", "both ends");
        _repository.Tags["v1.0.1"] = _repository.Tags["v1.0.0"];
        await RefusedAsync(new { repo, from_tag = "v1.0.0", to_tag = "v1.0.1" }, "empty_range", "from_tag", "same commit");
        await RefusedAsync(new { repo, tag = "v1.0.1" }, "no_earlier_tag", "from_tag", "at the same commit");
        Between(_repository, "v3.0.0", "v2.0.0", [], "behind", 4);
        await RefusedAsync(new { repo, from_tag = "v3.0.0", to_tag = "v2.0.0" }, "behind", "from_tag", "swap the two");
        Tag(_repository, "nightly");
        await RefusedAsync(new { repo, tag = "nightly" }, "no_earlier_tag", "from_tag", "names no version");
        await RefusedAsync(new { repo, from_tag = "nightly", to_tag = "v1.0.0" }, "no_common_history", "from_tag", "no commit in common");
        await RefusedAsync(new { repo = "acme/hidden", tag = "v1" }, "not_found", "repo", "acme/hidden");
        foreach (var none in (string[])["acme", "a/b/c", "a b/c", "/"]) await RefusedAsync(new { repo = none }, "invalid_arguments", "repo", "");
        foreach (var none in (string[])["../x", "a/.."]) await RefusedAsync(new { repo = none }, "policy_denied", "repo", "");
        await RefusedAsync(new { repo, fallback_window = 0 }, "invalid_arguments", "fallback_window", "from 1 to 1000");
        await RefusedAsync(new { repo, window = 1001 }, "invalid_arguments", "window", "from 1 to 1000");
        var old = repo;
        _gitHub.Rename(_repository, repo + "-new");
        await RefusedAsync(new { repo = old, tag = "v1.0.0" }, "repository_moved", "repo", old + "-new");
    }

    [Fact]
    public async Task Range_OfDivergedTags_IsToldAndAnAncestorIsPreferred()
    {
        Between(_repository, "v1.2.0", "v2.0.0", [Commit(1, "feat: a")], "diverged", 3);
        Between(_repository, "v1.1.0", "v2.0.0", [Commit(1, "feat: a"), Commit(2, "feat: b")]);
        var automatic = await world.NotesAsync(For("v2.0.0"));
        Assert.Equal("v1.1.0", Text(automatic.GetProperty("range"), "from_tag"));
        var asked = await world.NotesAsync(new { repo = _repository.FullName, from_tag = "v1.2.0", to_tag = "v2.0.0" });
        Assert.Contains("they have diverged. 3 commits are only in v1.2.0", asked.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
        _repository.Tags.Remove("v1.1.0");
        Assert.Equal("v1.2.0", Text((await world.NotesAsync(For("v2.0.0"))).GetProperty("range"), "from_tag"));
        // A branch or a hash that looks like a version has no prefix of its own.
        Assert.Equal("v1.2.0", Text((await world.NotesAsync(new { repo = _repository.FullName, to_tag = _repository.Tags["v2.0.0"] })).GetProperty("range"), "from_tag"));
    }

    [Fact]
    public async Task Range_OfAPrerelease_BeginsAtTheOneBefore()
    {
        Between(_repository, "v2.0.0-rc.2", "v2.0.0-rc.10", [Commit(1, "fix: a")]);
        Tag(_repository, "v1.0.0");
        Assert.Equal("v2.0.0-rc.2", Text((await world.NotesAsync(For("v2.0.0-rc.10"))).GetProperty("range"), "from_tag"));
    }

    [Fact]
    public async Task Range_WithoutAnyTag_IsAWindowOnlyWhenAsked()
    {
        _repository.History.AddRange(Enumerable.Range(1, 30).Reverse().Select(i => Commit(i, $"feat: n{i}")));
        foreach (var commit in _repository.History) _repository.Commits[commit["sha"]!.GetValue<string>()] = commit;
        await RefusedAsync(For("v0.1.0"), "no_earlier_tag", "from_tag", "has no tags. Give from_tag, or fallback_window");
        var answer = await world.NotesAsync(new { repo = _repository.FullName, tag = "v0.1.0", fallback_window = 5 });
        var range = answer.GetProperty("range");
        Assert.Equal((true, 5, "v0.1.0", false), (range.GetProperty("fallback_used").GetBoolean(), range.GetProperty("commit_count").GetInt32(), Text(range, "to_tag"), range.TryGetProperty("from_tag", out _)));
        Assert.Contains("- n26", Text(answer, "notes"), StringComparison.Ordinal);
        Assert.DoesNotContain("- n25", Text(answer, "notes"), StringComparison.Ordinal);
        Assert.Contains(answer.GetProperty("warnings").EnumerateArray(), w => w.GetString()!.Contains("no tag v0.1.0 yet", StringComparison.Ordinal));
        Assert.Equal(20, (await world.NotesAsync(new { repo = _repository.FullName, window = 20 })).GetProperty("range").GetProperty("commit_count").GetInt32());
    }

    /// <summary>A world of its own: a limit holds for the whole process.</summary>
    [Theory]
    [InlineData("/search/issues", "search")]
    [InlineData("/pulls", "core")]
    public async Task Limit_InTheMiddle_IsSaidAndTheRestStands(string route, string resource)
    {
        await using var own = await GitHubWorld.StartAsync();
        Between(own.Repository, "v1.0.0", "v1.1.0", [Commit(1, "feat: a (#1)"), Commit(2, "fix: b (#2)", "bob")]);
        Merged(own.Repository, 1, 1);
        Merged(own.Repository, 2, 2, "bob");
        Merged(own.Repository, 3, 99, "bob", "2020-01-01T00:00:00Z");
        var collector = new NotesCollector(own.Client());
        var request = new RangeRequest("v1.1.0", null, null, null);
        var whole = await collector.CollectAsync(GitHubWorld.Name, request, (_, _) => { }, CancellationToken.None);
        Assert.Equal(["ada"], whole.NewContributors);

        var reset = own.Time.GetUtcNow().AddHours(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        var fault = own.GitHub.Break(new RouteFault("GET", route, RouteFault.Says(403, "API rate limit exceeded", ("x-ratelimit-remaining", "0"), ("x-ratelimit-resource", resource), ("x-ratelimit-reset", reset)), times: 100));
        var limited = await collector.CollectAsync(GitHubWorld.Name, request, (_, _) => { }, CancellationToken.None);
        Assert.NotEqual(0, fault.Happened);
        if (resource == "search") Assert.StartsWith("not computed: ", limited.ContributorsProblem, StringComparison.Ordinal);
        else Assert.Contains(limited.Warnings, w => w.StartsWith("Of 2 commits the pull request is taken from their text", StringComparison.Ordinal));
        var document = NotesEngine.Build(limited, new NotesOptions());
        Assert.Equal("2 of 2 commits accounted: 2 on 2 lines, 0 excluded", document.Accounting.Text);
        Assert.Equal([1, 2], document.Sections.SelectMany(s => s.Lines).Select(l => l.Pull));
    }

    [Fact]
    public async Task Config_ThatIsNotUnderstood_IsRefusedWithItsLine()
    {
        Between(_repository, "v1.0.0", "v1.1.0", [Commit(1, "feat: a")]);
        _repository.Files[".github/release.yml"] = "changelog:\n  groups: []\n"u8.ToArray();
        var answer = await world.NotesAsync(For("v1.1.0"));
        Assert.Equal("release_config", Text(answer, "error"));
        Assert.Contains("line 2: changelog has 'groups'", Text(answer, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notes_Stored_AreMadeAgainWithoutGitHubByteForByte()
    {
        _repository.Files[".github/release.yml"] = "changelog:\n  categories:\n    - title: \"New @all <b>\"\n      labels: [enhancement]\n"u8.ToArray();
        Between(_repository, "v1.0.0", "v1.1.0", [Commit(1, "feat: \u202E @torvalds <script>x</script> [a](b)\u0000 💥"), Commit(2, "fix!: b (#2)\n\nBREAKING CHANGE: **gone**", null), Commit(3, "x\uFFFD")]);
        Merged(_repository, 2, 2)["labels"] = new JsonArray(new JsonObject { ["name"] = "enhancement" });
        var answer = await world.NotesAsync(For("v1.1.0"));
        var id = Text(answer, "notes_id");
        var requests = _gitHub.Requests.Count;
        var queries = world.App.Get<NotesQueries>();
        var detail = (await queries.FindAsync(id, null, CancellationToken.None))!;
        var stored = await world.App.Get<NotesStore>().LoadAsync((await world.App.Get<NotesStore>().FindAsync(id, CancellationToken.None))!, CancellationToken.None);
        Assert.Equal(detail.Markdown, stored.Replay().Markdown);
        Assert.Equal((detail.Markdown, detail.Markdown), (stored.Markdown, Text(answer, "notes")));
        Assert.Equal("New @all <b>", Assert.Single(stored.Inputs.Config!.Categories).Title);
        Assert.Equal(NotesGrouping.Scope, (await queries.ReplayAsync(id, new NotesOptions(NotesGrouping.Scope, false), CancellationToken.None))!.Value.Document.GroupBy);
        Assert.Equal(requests, _gitHub.Requests.Count);
        Assert.DoesNotContain("<script", detail.Markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("@torvalds", detail.Markdown, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', detail.Markdown);
    }

    [Fact]
    public async Task Versions_Saved_AreKeptAndTheNewestIsRead()
    {
        Between(_repository, "v1.0.0", "v1.1.0", [Commit(1, "feat: a")]);
        var id = Text(await world.NotesAsync(For("v1.1.0")), "notes_id");
        var (desk, queries) = (world.App.Get<NotesDesk>(), world.App.Get<NotesQueries>());
        var made = (await queries.FindAsync(id, null, CancellationToken.None))!;
        Assert.Equal(2, await desk.SaveVersionAsync(id, "# Better\r\n", 1, TestApp.Approver, CancellationToken.None));
        Assert.Equal(2, await desk.SaveVersionAsync(id, "# Better\n", 2, TestApp.Approver, CancellationToken.None));
        Assert.Equal("version", (await Assert.ThrowsAsync<NotesRefusedException>(() => desk.SaveVersionAsync(id, "late", 1, TestApp.Approver, CancellationToken.None))).Field);
        Assert.Equal("markdown", (await Assert.ThrowsAsync<NotesRefusedException>(() => desk.SaveVersionAsync(id, " ", 2, TestApp.Approver, CancellationToken.None))).Field);
        Assert.Equal("notes_id", (await Assert.ThrowsAsync<NotesRefusedException>(() => desk.SaveVersionAsync("nts_none", "x", 1, TestApp.Approver, CancellationToken.None))).Field);
        var viewer = await world.App.AddPersonAsync(new Actor(ActorKind.Person, "person:opr_viewer", "Vic"), role: Role.Viewer);
        await Assert.ThrowsAsync<NotesRefusedException>(() => desk.SaveVersionAsync(id, "mine", 2, viewer, CancellationToken.None));

        var newest = (await queries.FindAsync(id, null, CancellationToken.None))!;
        Assert.Equal(("# Better\n", 2, "Ada"), (newest.Markdown, newest.Versions.Count, newest.Shown.CreatedByName));
        Assert.Equal(made.Markdown, (await queries.FindAsync(id, 1, CancellationToken.None))!.Markdown);
        Assert.Equal([2], (await queries.ListAsync(_repository.FullName, null, 10, CancellationToken.None)).Select(n => n.Versions));
        Assert.Contains("# Better", Text(await world.CallAsync("core.read_resource", new { uri = $"omniaudit://notes/{id}" }), "text"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tags_ForAPerson_AreVersionsFirstOrWhyThereAreNone()
    {
        foreach (var name in (string[])["v1.2.0", "nightly", "v1.10.0"]) Tag(_repository, name);
        var queries = world.App.Get<NotesQueries>();
        Assert.Equal(["v1.10.0", "v1.2.0", "nightly"], (await queries.TagsAsync(_repository.FullName, CancellationToken.None)).Tags);
        Assert.NotNull((await queries.TagsAsync("acme/hidden", CancellationToken.None)).Problem);
        Assert.NotNull((await queries.TagsAsync("no repository", CancellationToken.None)).Problem);
    }
}
