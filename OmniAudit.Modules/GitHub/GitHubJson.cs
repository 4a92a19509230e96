using System.Text.Json;
using System.Text.Json.Serialization;

namespace OmniAudit.Modules.GitHub;

/// <summary>A repository as <c>GET /repos/{owner}/{repo}</c> answers it.</summary>
/// <param name="Id">Stays the same when the repository is renamed or moved.</param>
/// <param name="HasIssues">Null when GitHub does not say.</param>
/// <param name="Permissions">What the token's owner may do; null when GitHub does not say.</param>
internal sealed record GitHubRepository(
    [property: JsonRequired] long Id, [property: JsonRequired] string FullName, bool Archived = false, bool? HasIssues = null, GitHubPermissions? Permissions = null);

/// <summary>The role of the token's owner. A fine-grained token may be allowed less than its owner.</summary>
internal sealed record GitHubPermissions(bool Admin = false, bool Maintain = false, bool Push = false, bool Triage = false, bool Pull = false)
{
    /// <summary>May set labels, assignees and milestones; for others GitHub drops them without a word.</summary>
    public bool MayManageIssues => Admin || Maintain || Push || Triage;
}

/// <summary>An issue, or a pull request in the guise of one.</summary>
/// <param name="HtmlUrl">The page for people.</param>
/// <param name="Body">Null for an empty one.</param>
/// <param name="PullRequest">Present when it is a pull request.</param>
internal sealed record GitHubIssue(
    [property: JsonRequired] long Number, [property: JsonRequired] string HtmlUrl, [property: JsonRequired] DateTimeOffset CreatedAt, string? Body = null, JsonElement? PullRequest = null);

internal sealed record GitHubMilestone([property: JsonRequired] long Number, [property: JsonRequired] string Title, string State = "open");

/// <summary>What <c>POST /repos/{owner}/{repo}/issues</c> takes.</summary>
/// <param name="Milestone">A milestone's number.</param>
internal sealed record NewIssue(string Title, string Body, IReadOnlyList<string> Labels, IReadOnlyList<string>? Assignees = null, long? Milestone = null);

/// <summary>One page of a list.</summary>
/// <param name="HasMore">GitHub has further pages: of the last page that was read it says that the list was cut off.</param>
internal sealed record GitHubIssuePage(IReadOnlyList<GitHubIssue> Issues, bool HasMore);

/// <summary>An error's body. Everything may be missing, and <c>errors</c> holds objects or plain texts.</summary>
internal sealed record GitHubError(string? Message = null, JsonElement? Errors = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(GitHubRepository))]
[JsonSerializable(typeof(GitHubMilestone))]
[JsonSerializable(typeof(GitHubIssue))]
[JsonSerializable(typeof(GitHubIssue[]))]
[JsonSerializable(typeof(NewIssue))]
[JsonSerializable(typeof(GitHubError))]
internal sealed partial class GitHubJson : JsonSerializerContext;
