using System.Text.Json;
using System.Text.Json.Serialization;

namespace OmniAudit.Modules.GitHub;

/// <summary>An account. <paramref name="Type"/> is <c>User</c>, <c>Bot</c>, <c>Organization</c>, …</summary>
internal sealed record GitHubUser(string? Login = null, long? Id = null, string? Type = null);

/// <summary>A repository as <c>GET /repos/{owner}/{repo}</c> answers it.</summary>
/// <param name="Id">Stays the same when the repository is renamed or moved.</param>
/// <param name="HasIssues">Null when GitHub does not say.</param>
/// <param name="Permissions">What the token's owner may do; null when GitHub does not say.</param>
internal sealed record GitHubRepository(
    [property: JsonRequired] long Id, [property: JsonRequired] string FullName, bool Archived = false, bool? HasIssues = null, GitHubPermissions? Permissions = null, string? DefaultBranch = null,
    string? HtmlUrl = null, bool Private = false);

/// <summary>The role of the token's owner. A fine-grained token may be allowed less than its owner.</summary>
internal sealed record GitHubPermissions(bool Admin = false, bool Maintain = false, bool Push = false, bool Triage = false, bool Pull = false)
{
    /// <summary>May set labels, assignees and milestones; for others GitHub drops them without a word.</summary>
    public bool MayManageIssues => Admin || Maintain || Push || Triage;
}

internal sealed record GitHubLabel(string? Name = null, string? Color = null);

/// <summary>An issue, or a pull request in the guise of one.</summary>
/// <param name="HtmlUrl">The page for people.</param>
/// <param name="Body">Null for an empty one.</param>
/// <param name="PullRequest">Present when it is a pull request.</param>
internal sealed record GitHubIssue(
    [property: JsonRequired] long Number, [property: JsonRequired] string HtmlUrl, [property: JsonRequired] DateTimeOffset CreatedAt, string? Body = null, JsonElement? PullRequest = null,
    string? Title = null, string? State = null, GitHubUser? User = null, DateTimeOffset? ClosedAt = null, string? RepositoryUrl = null);

/// <summary>What a search found. GitHub says no more than the first 1,000.</summary>
/// <param name="IncompleteResults">GitHub ran out of time: there may be more.</param>
internal sealed record GitHubIssueSearch(long? TotalCount = null, bool IncompleteResults = false, IReadOnlyList<GitHubIssue>? Items = null);

internal sealed record GitHubMilestone([property: JsonRequired] long Number, [property: JsonRequired] string Title, string State = "open");

/// <summary>A comment on an issue or a pull request.</summary>
internal sealed record GitHubComment([property: JsonRequired] long Id, string? HtmlUrl = null, string? Body = null, GitHubUser? User = null, DateTimeOffset? CreatedAt = null, DateTimeOffset? UpdatedAt = null);

/// <summary>What <c>POST /repos/{owner}/{repo}/issues</c> takes.</summary>
/// <param name="Milestone">A milestone's number.</param>
internal sealed record NewIssue(string Title, string Body, IReadOnlyList<string> Labels, IReadOnlyList<string>? Assignees = null, long? Milestone = null);

internal sealed record NewComment(string Body);

/// <summary>One page of a list.</summary>
/// <param name="HasMore">GitHub has further pages: of the last page that was read it says that the list was cut off.</param>
internal sealed record GitHubIssuePage(IReadOnlyList<GitHubIssue> Issues, bool HasMore);
