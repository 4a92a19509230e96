using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AuditLens;

/// <summary>One app and one GitHub for the class; every test has a repository of its own.</summary>
public sealed class CreateIssueWorld : IAsyncLifetime
{
    private int _used;

    internal FakeGitHub GitHub { get; private set; } = null!;
    internal TestApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        GitHub = await FakeGitHub.StartAsync();
        App = await TestApp.StartAsync(o =>
        {
            GitHub.Configure(o, [.. Enumerable.Range(1, 40).Select(i => $"acme/site-{i}")]);
            o.RateLimits.WritesPerMinute = 1000;
        });
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await GitHub.DisposeAsync();
    }

    internal FakeRepository Repository() => GitHub.AddRepository($"acme/site-{++_used}");
}

public sealed class CreateIssueToolTests(CreateIssueWorld world) : IClassFixture<CreateIssueWorld>
{
    private readonly FakeGitHub _gitHub = world.GitHub;
    private readonly TestApp _app = world.App;
    private readonly FakeRepository _repository = world.Repository();

    private CatalogTool Tool => _app.Get<ToolCatalog>().Find("auditlens.create_issue")!;

    private object Input(string title = "Broken link", int? milestone = null) =>
        Tool.Parse(JsonSerializer.SerializeToElement(new { repo = _repository.FullName, title, body = "See the footer.", labels = Array.Empty<string>(), milestone }));

    private ToolCall Call() => new("cal_1", new Actor(ActorKind.Agent, "agent:a", "a"), "r", Ids.New("apr", _app.Time));

    private async Task<JsonElement> AskAsync(object arguments) => (await _app.CallAsync("auditlens.create_issue", arguments)).GetProperty("structuredContent");

    private static string Text(JsonElement answer, string name) => answer.GetProperty(name).GetString()!;

    [Fact]
    public async Task Issue_Approved_ExistsOnceAsApprovedWithTheMarkerBelow()
    {
        _repository.Assignable.Add("ada");
        _repository.Milestones[3] = "v1.2";
        object arguments = new { repo = _repository.FullName, title = "Broken “link” 💥", body = "See the *footer*.\r\n", labels = new[] { "bug", "a11y" }, assignees = new[] { "ada" }, milestone = 3 };
        var asked = await AskAsync(arguments);
        Assert.Equal("requires_confirmation", Text(asked, "status"));
        Assert.Empty(_gitHub.IssuesOf(_repository));
        var id = Text(asked.GetProperty("approval"), "id");
        Assert.Equal($"create the issue “Broken “link” 💥” in {_repository.FullName}", (await _app.Get<ApprovalQueries>().FindAsync(id, CancellationToken.None))!.Summary.Intent);

        Assert.True((await _app.DecideAsync(id, Decision.Approve)).Accepted);
        await _app.WaitForStateAsync(id, ApprovalState.Executed);

        var issue = Assert.Single(_gitHub.IssuesOf(_repository));
        Assert.Equal(1, _gitHub.EffectsOf(id));
        Assert.Equal(("Broken “link” 💥", $"See the *footer*.\r\n\n\n<!-- omniaudit-op:{id} -->", 3L), (issue.Title, issue.Body, issue.Milestone));
        Assert.Equal(["bug", "a11y"], issue.Labels);
        Assert.Equal(["ada"], issue.Assignees);
        var answer = await AskAsync(new { repo = _repository.FullName, title = "Broken “link” 💥", body = "See the *footer*.\r\n", labels = new[] { "bug", "a11y" }, assignees = new[] { "ada" }, milestone = 3, confirmation_token = Text(asked, "confirmation_token") });
        Assert.Equal(("executed", $"{_gitHub.Url}/{_repository.FullName}/issues/1", 1L, _repository.FullName), (Text(answer, "status"), Text(answer, "issue_url"), answer.GetProperty("issue_number").GetInt64(), Text(answer, "repo")));
        Assert.NotEmpty(Text(answer, "receipt_id"));
    }

    /// <summary>What a template makes of the arguments is what the card shows, what the digest covers and what is sent; a template that changes afterwards changes nothing.</summary>
    [Fact]
    public async Task Issue_ByAFormOfTheRepository_IsSentAsItWasShown()
    {
        _repository.Files[".github/ISSUE_TEMPLATE/bug.yml"] = "name: Bug\ntitle: '[Bug]: '\nlabels: [bug]\nbody:\n  - type: textarea\n    attributes: {label: What happened?}\n    validations: {required: true}\n"u8.ToArray();
        object arguments = new { repo = _repository.FullName, title = "Broken", body = "It broke.", labels = new[] { "ci" }, template_id = "bug" };
        var asked = await AskAsync(arguments);
        var id = Text(asked.GetProperty("approval"), "id");
        var card = (await _app.Get<ApprovalQueries>().FindAsync(id, CancellationToken.None))!;
        var shown = JsonDocument.Parse(card.Payload).RootElement;
        Assert.Equal(("[Bug]: Broken", "### What happened?\n\nIt broke.", false), (Text(shown, "title"), Text(shown, "body"), shown.TryGetProperty("template_id", out _)));
        Assert.Equal(card.PayloadSha256, Text(asked.GetProperty("approval"), "args_sha256"));
        // The same call again finds the same card by what was asked.
        Assert.Equal(id, Text((await AskAsync(arguments)).GetProperty("approval"), "id"));

        _repository.Files[".github/ISSUE_TEMPLATE/bug.yml"] = "name: Other\nbody:\n  - type: input\n    attributes: {label: Other}\n"u8.ToArray();
        Assert.True((await _app.DecideAsync(id, Decision.Approve)).Accepted);
        await _app.WaitForStateAsync(id, ApprovalState.Executed);
        var issue = Assert.Single(_gitHub.IssuesOf(_repository));
        Assert.Equal(("[Bug]: Broken", $"### What happened?\n\nIt broke.\n\n<!-- omniaudit-op:{id} -->"), (issue.Title, issue.Body));
        Assert.Equal(["bug", "ci"], issue.Labels);
        // Asked again with the token of the first answer: the digest of what was asked still fits.
        var answer = await AskAsync(new { repo = _repository.FullName, title = "Broken", body = "It broke.", labels = new[] { "ci" }, template_id = "bug", confirmation_token = Text(asked, "confirmation_token") });
        Assert.Equal("executed", Text(answer, "status"));
    }

    [Fact]
    public async Task Template_ThatLacksWhatItRequiresOrIsUnknown_IsNamedBeforeAnyoneIsAsked()
    {
        _repository.Files[".github/ISSUE_TEMPLATE/bug.yml"] = "name: Bug\nbody:\n  - type: textarea\n    attributes: {label: What happened?}\n    validations: {required: true}\n"u8.ToArray();
        _repository.Files[".github/ISSUE_TEMPLATE/config.yml"] = "blank_issues_enabled: false\n"u8.ToArray();
        var missing = await AskAsync(new { repo = _repository.FullName, title = "t", body = "", labels = Array.Empty<string>(), template_id = "bug.yml" });
        Assert.Contains("### What happened?", Text(missing, "message"), StringComparison.Ordinal);
        var unknown = await AskAsync(new { repo = _repository.FullName, title = "t", body = "b", labels = Array.Empty<string>(), template_id = "config" });
        Assert.EndsWith("Use one of: bug.yml, ours/finding, ours/flaky-test.", Text(unknown, "message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown", "not_found")]
    [InlineData("archived", "repository_archived")]
    [InlineData("no issues", "issues_disabled")]
    [InlineData("read only", "github_forbidden")]
    [InlineData("moved", "repository_moved")]
    public async Task Ask_ForARepositoryThatTakesNoIssue_IsRefusedBeforeAnyoneIsAsked(string why, string code)
    {
        var name = _repository.FullName;
        switch (why)
        {
            case "unknown": _repository.FullName = "acme/elsewhere-1"; break;
            case "archived": _repository.Archived = true; break;
            case "no issues": _repository.HasIssues = false; break;
            case "read only": _repository.MayWrite = false; break;
            case "moved": _gitHub.Rename(_repository, "acme/elsewhere-2"); break;
        }
        var posts = _gitHub.Posts;
        var answer = await AskAsync(new { repo = name, title = "t", body = "b", labels = Array.Empty<string>() });
        Assert.Equal((code, "repo"), (Text(answer, "error"), Text(answer.GetProperty("errors")[0], "field")));
        Assert.False(answer.TryGetProperty("approval", out _));
        Assert.Equal(posts, _gitHub.Posts);
    }

    [Fact]
    public async Task Ask_ForARepositoryNotOnTheAllowlist_IsDeniedAndGitHubNotAsked()
    {
        var requests = _gitHub.Requests.Count;
        var answer = await AskAsync(new { repo = "evil/site", title = "t", body = "b", labels = Array.Empty<string>() });
        Assert.Equal(("policy_denied", "repo"), (Text(answer, "error"), Text(answer.GetProperty("errors")[0], "field")));
        Assert.Contains("REPO_WRITE_ALLOWLIST", Text(answer, "message"), StringComparison.Ordinal);
        Assert.Equal(requests, _gitHub.Requests.Count);
    }

    [Theory]
    [InlineData("""{"finding_ids":["fnd_1"]}""", "finding_ids")]
    [InlineData("""{"template_id":"bug"}""", "template_id")]
    [InlineData("""{"template_id":"ours/other"}""", "template_id")]
    [InlineData("""{"body":"<!-- omniaudit-op:apr_other -->"}""", "body")]
    [InlineData("""{"milestone":9}""", "milestone")]
    [InlineData("""{"title":" "}""", "title")]
    [InlineData("""{"labels":[""]}""", "labels[0]")]
    public async Task Ask_WithAWrongArgument_NamesIt(string change, string field)
    {
        var arguments = new Dictionary<string, object> { ["repo"] = _repository.FullName, ["title"] = "t", ["body"] = "b", ["labels"] = Array.Empty<string>() };
        foreach (var property in JsonDocument.Parse(change).RootElement.EnumerateObject()) arguments[property.Name] = property.Value;
        var answer = await AskAsync(arguments);
        Assert.True(answer.TryGetProperty("errors", out var errors), answer.GetRawText());
        Assert.Equal(field, Text(errors[0], "field"));
    }

    [Fact]
    public async Task Body_OfTheGreatestLength_FitsWithItsMarker()
    {
        var longest = Tool.InputSchema.GetProperty("properties").GetProperty("body").GetProperty("maxLength").GetInt32();
        var input = Tool.Parse(JsonSerializer.SerializeToElement(new { repo = _repository.FullName, title = new string('t', 256), body = new string('b', longest), labels = Array.Empty<string>() }));
        await Tool.RunAsync(_app.Services, input, Call(), CancellationToken.None);
        Assert.Single(_gitHub.IssuesOf(_repository));
    }

    [Fact]
    public async Task Facts_AreThoseTheIssueDependsOn()
    {
        _repository.Milestones[3] = "v1.2";
        Assert.Equal(
            [new("repository id", $"{_repository.Id}"), new("repository", _repository.FullName), new("archived", "no"), new("issues", "enabled"), new("token's owner may write", "yes"), new("milestone 3", "v1.2 (open)")],
            await Tool.CheckAsync(_app.Services, Input(milestone: 3), CancellationToken.None));
        _repository.SaysPermissions = false;
        Assert.Contains(new Fact("token's owner may write", "not said by GitHub"), await Tool.CheckAsync(_app.Services, Input(), CancellationToken.None));
    }

    /// <summary>What the dispatcher builds on: refused is certain, everything else is not.</summary>
    [Fact]
    public async Task Run_GitHubRefusesOrFallsSilent_IsToldApartByType()
    {
        _repository.TokenMayWriteIssues = false;
        var refused = await Assert.ThrowsAsync<ToolRefusedException>(() => Tool.RunAsync(_app.Services, Input(), Call(), CancellationToken.None));
        Assert.Equal("github_forbidden", refused.Code);
        Assert.Empty(_gitHub.IssuesOf(_repository));

        _repository.TokenMayWriteIssues = true;
        _gitHub.BreakNextPosts(PostFaultKind.CommitThenDrop);
        var call = Call();
        await Assert.ThrowsAsync<GitHubAmbiguousException>(() => Tool.RunAsync(_app.Services, Input(), call, CancellationToken.None));
        Assert.Equal(1, _gitHub.EffectsOf(call.OperationId));
    }

    [Fact]
    public async Task FindEffect_AfterABrokenConnection_FindsTheIssueOnceItIsListed()
    {
        var call = Call();
        _gitHub.ListsLag = true;
        _gitHub.BreakNextPosts(PostFaultKind.CommitThenDrop);
        await Assert.ThrowsAsync<GitHubAmbiguousException>(() => Tool.RunAsync(_app.Services, Input(), call, CancellationToken.None));

        Assert.Null(await Tool.FindEffectAsync(_app.Services, Input(), call, CancellationToken.None));
        _gitHub.ListsLag = false;
        var found = Assert.NotNull(await Tool.FindEffectAsync(_app.Services, Input(), call, CancellationToken.None));
        Assert.Equal((1, $"{_gitHub.Url}/{_repository.FullName}/issues/1"), (found.GetProperty("issue_number").GetInt32(), Text(found, "issue_url")));
        Assert.Null(await Tool.FindEffectAsync(_app.Services, Input(), Call(), CancellationToken.None));
    }

    [Fact]
    public async Task FindEffect_OnALaterPageAmongCopies_IsTheOldestIssueThatIsNoPullRequest()
    {
        var call = Call();
        var marker = $"<!-- omniaudit-op:{call.OperationId} -->";
        _gitHub.AddIssue(_repository, "pull request", marker, isPullRequest: true);
        var ours = _gitHub.AddIssue(_repository, "Broken link", $"See the footer.\n\n{marker}", state: "closed");
        _gitHub.AddIssue(_repository, "one that goes on", $"<!-- omniaudit-op:{call.OperationId}x -->");
        for (var i = 0; i < 120; i++) _gitHub.AddIssue(_repository, "other", null);
        _gitHub.AddIssue(_repository, "copy", $"> {marker}");

        var found = Assert.NotNull(await Tool.FindEffectAsync(_app.Services, Input(), call, CancellationToken.None));
        Assert.Equal(ours.Number, found.GetProperty("issue_number").GetInt64());
    }

    [Fact]
    public async Task FindEffect_GitHubDoesNotAnswer_IsNoAnswerEither()
    {
        _repository.HasIssues = false;
        await Assert.ThrowsAsync<GitHubRefusedException>(() => Tool.FindEffectAsync(_app.Services, Input(), Call(), CancellationToken.None));
    }
}
