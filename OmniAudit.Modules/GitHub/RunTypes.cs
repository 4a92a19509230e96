using System.Text.Json.Serialization;

namespace OmniAudit.Modules.GitHub;

/// <summary>Which runs to list. GitHub lists at most 1,000 under any of these.</summary>
/// <param name="Status">A status or a conclusion: <c>completed</c>, <c>failure</c>, <c>timed_out</c>, …</param>
/// <param name="Workflow">A workflow's id, or its file's name such as <c>ci.yml</c>.</param>
internal sealed record RunFilter(string? HeadSha = null, string? Branch = null, string? Status = null, string? Workflow = null, string? Event = null);

/// <summary>A workflow run.</summary>
/// <param name="Conclusion">Null while it runs; also <c>timed_out</c>, <c>cancelled</c>, <c>startup_failure</c>, …</param>
/// <param name="PullRequests">Open pull requests whose head is this commit, not necessarily what triggered it, and none from forks. Do not filter on it.</param>
internal sealed record GitHubRun(
    [property: JsonRequired] long Id, string? Name = null, string? DisplayTitle = null, string? Path = null, string? HeadBranch = null, string? HeadSha = null, string? Event = null,
    string? Status = null, string? Conclusion = null, long? WorkflowId = null, int? RunNumber = null, int? RunAttempt = null, string? HtmlUrl = null, DateTimeOffset? CreatedAt = null,
    DateTimeOffset? RunStartedAt = null, DateTimeOffset? UpdatedAt = null, GitHubUser? Actor = null, IReadOnlyList<GitHubPullReference>? PullRequests = null);

internal sealed record GitHubPullReference(long? Number = null, GitHubBranch? Head = null, GitHubBranch? Base = null);

internal sealed record GitHubRunPage(long? TotalCount = null, IReadOnlyList<GitHubRun>? WorkflowRuns = null);

/// <summary>A job of one attempt of a run. Its id is that of its check run too.</summary>
internal sealed record GitHubJob(
    [property: JsonRequired] long Id, long? RunId = null, int? RunAttempt = null, string? Name = null, string? HeadSha = null, string? Status = null, string? Conclusion = null, string? HtmlUrl = null,
    string? CheckRunUrl = null, DateTimeOffset? CreatedAt = null, DateTimeOffset? StartedAt = null, DateTimeOffset? CompletedAt = null, string? RunnerName = null, IReadOnlyList<GitHubStep>? Steps = null);

internal sealed record GitHubStep(string? Name = null, int? Number = null, string? Status = null, string? Conclusion = null, DateTimeOffset? StartedAt = null, DateTimeOffset? CompletedAt = null);

internal sealed record GitHubJobPage(long? TotalCount = null, IReadOnlyList<GitHubJob>? Jobs = null);

/// <summary>An artifact of a run. Several of one run may have the same name.</summary>
/// <param name="Digest"><c>sha256:…</c> of the ZIP file; null for older ones.</param>
internal sealed record GitHubArtifact(
    [property: JsonRequired] long Id, string? Name = null, long? SizeInBytes = null, bool Expired = false, string? Digest = null, DateTimeOffset? CreatedAt = null, DateTimeOffset? ExpiresAt = null,
    GitHubArtifactRun? WorkflowRun = null);

internal sealed record GitHubArtifactRun(long? Id = null, string? HeadBranch = null, string? HeadSha = null);

internal sealed record GitHubArtifactPage(long? TotalCount = null, IReadOnlyList<GitHubArtifact>? Artifacts = null);

/// <summary>An annotation of a check run. GitHub keeps ten per level and step, fifty per job.</summary>
/// <param name="AnnotationLevel"><c>notice</c>, <c>warning</c> or <c>failure</c>.</param>
internal sealed record GitHubAnnotation(
    string? Path = null, int? StartLine = null, int? EndLine = null, int? StartColumn = null, int? EndColumn = null, string? AnnotationLevel = null, string? Title = null, string? Message = null,
    string? RawDetails = null);
