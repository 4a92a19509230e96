using System.Text.Json.Nodes;

namespace OmniAudit.Tests.GitHub;

/// <summary>A repository on <see cref="FakeGitHub"/>: what a test may set, and what was made in it. Its issues are touched under the server's lock only.</summary>
internal sealed class FakeRepository(long id, string fullName)
{
    public long Id { get; } = id;
    public string FullName { get; set; } = fullName;
    public bool Archived { get; set; }
    public bool HasIssues { get; set; } = true;
    /// <summary>The role of the token's owner: may push and triage.</summary>
    public bool MayWrite { get; set; } = true;
    /// <summary>The token itself may write issues (a fine-grained permission that the role does not show).</summary>
    public bool TokenMayWriteIssues { get; set; } = true;
    /// <summary>False: the <c>permissions</c> member is left out.</summary>
    public bool SaysPermissions { get; set; } = true;
    /// <summary>The user names that can be assigned.</summary>
    public HashSet<string> Assignable { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<long, string> Milestones { get; } = [];
    public List<string> Labels { get; } = [];

    // What follows is GitHub's JSON; a test may take fields away from it. Fill it before the first request.
    public List<JsonObject> Runs { get; } = [];
    /// <summary>By run.</summary>
    public Dictionary<long, List<JsonObject>> Jobs { get; } = [];
    /// <summary>By run.</summary>
    public Dictionary<long, List<JsonObject>> Artifacts { get; } = [];
    /// <summary>By check run, which is the job's id.</summary>
    public Dictionary<long, List<JsonObject>> Annotations { get; } = [];
    /// <summary>By artifact; <c>run:7</c>, <c>run:7/2</c> (an attempt) and <c>job:7</c> are logs.</summary>
    public Dictionary<string, byte[]> Downloads { get; } = [];
    /// <summary>Downloads that are answered 410.</summary>
    public HashSet<string> Expired { get; } = [];
    public List<JsonObject> Pulls { get; } = [];
    public Dictionary<long, List<JsonObject>> PullFiles { get; } = [];
    public Dictionary<string, JsonObject> Commits { get; } = [];
    /// <summary>The default branch, newest first.</summary>
    public List<JsonObject> History { get; } = [];
    /// <summary>By hash.</summary>
    public Dictionary<string, List<JsonObject>> PullsOfCommit { get; } = [];
    /// <summary>By <c>base...head</c>.</summary>
    public Dictionary<string, FakeComparison> Comparisons { get; } = [];
    public Dictionary<string, string> Tags { get; } = [];
    /// <summary>By path, the same at every commit.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];
    public List<FakeRelease> Releases { get; } = [];
    /// <summary>Published releases take no assets any more.</summary>
    public bool ImmutableReleases { get; set; }

    internal List<FakeIssue> Issues { get; } = [];
    internal List<(long Issue, JsonObject Json)> Comments { get; } = [];

    internal JsonObject ToJson(string api, string web)
    {
        var json = new JsonObject
        {
            ["id"] = Id,
            ["node_id"] = $"R_{Id}",
            ["name"] = FullName.Split('/')[1],
            ["full_name"] = FullName,
            ["private"] = false,
            ["owner"] = new JsonObject { ["login"] = FullName.Split('/')[0], ["id"] = Id + 1000, ["type"] = "Organization" },
            ["html_url"] = $"{web}/{FullName}",
            ["description"] = null,
            ["fork"] = false,
            ["url"] = $"{api}/repos/{FullName}",
            ["homepage"] = null,
            ["language"] = null,
            ["has_issues"] = HasIssues,
            ["archived"] = Archived,
            ["disabled"] = false,
            ["default_branch"] = "main",
        };
        if (SaysPermissions)
            json["permissions"] = new JsonObject { ["admin"] = false, ["maintain"] = false, ["push"] = MayWrite, ["triage"] = MayWrite, ["pull"] = true };
        return json;
    }
}

/// <summary>An issue, or a pull request, which GitHub lists among them.</summary>
/// <param name="Commit">Its place among everything that was ever created.</param>
internal sealed record FakeIssue(
    long Number, string Title, string? Body, IReadOnlyList<string> Labels, IReadOnlyList<string> Assignees, long? Milestone, DateTimeOffset CreatedAt, bool IsPullRequest, string State, int Commit)
{
    internal JsonObject ToJson(FakeRepository repository, string api, string web)
    {
        var json = new JsonObject
        {
            ["id"] = (repository.Id * 1_000_000) + Number,
            ["node_id"] = $"I_{repository.Id}_{Number}",
            ["url"] = $"{api}/repos/{repository.FullName}/issues/{Number}",
            ["html_url"] = $"{web}/{repository.FullName}/{(IsPullRequest ? "pull" : "issues")}/{Number}",
            ["number"] = Number,
            ["state"] = State,
            ["state_reason"] = null,
            ["title"] = Title,
            ["body"] = Body,
            ["user"] = new JsonObject { ["login"] = "omniaudit-bot", ["id"] = 7, ["type"] = "User" },
            ["labels"] = new JsonArray([.. Labels.Select(l => new JsonObject { ["id"] = 1, ["name"] = l, ["color"] = "ededed", ["description"] = null })]),
            ["assignee"] = null,
            ["assignees"] = new JsonArray([.. Assignees.Select(a => new JsonObject { ["login"] = a, ["id"] = 8, ["type"] = "User" })]),
            ["milestone"] = Milestone is { } number ? new JsonObject { ["number"] = number, ["title"] = repository.Milestones[number] } : null,
            ["locked"] = false,
            ["comments"] = 0,
            ["created_at"] = FakeGitHub.Timestamp(CreatedAt),
            ["updated_at"] = FakeGitHub.Timestamp(CreatedAt),
            ["closed_at"] = null,
            ["author_association"] = "COLLABORATOR",
        };
        if (IsPullRequest) json["pull_request"] = new JsonObject { ["url"] = $"{api}/repos/{repository.FullName}/pulls/{Number}" };
        return json;
    }
}
