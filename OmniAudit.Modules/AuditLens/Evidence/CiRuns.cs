using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Evidence;

/// <summary>A workflow run. Texts come from outside.</summary>
/// <param name="Conclusion">Null while it runs.</param>
/// <param name="Failed">It ended, and not well: <c>failure</c>, <c>timed_out</c>, <c>cancelled</c>, <c>startup_failure</c>, <c>action_required</c>.</param>
public sealed record CiRun(
    long RunId, string Name, string Title, string Workflow, string Branch, string HeadSha, string Event, string Status, string? Conclusion, bool Failed, int Attempt, string Url, string Actor, DateTimeOffset? CreatedAt, DateTimeOffset? UpdatedAt);

/// <summary>A job of one attempt.</summary>
/// <param name="FailedSteps">The names of its steps that failed.</param>
public sealed record CiJob(long JobId, string Name, int Attempt, string Status, string? Conclusion, bool Failed, string Url, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, IReadOnlyList<string> FailedSteps);

/// <summary>An artifact.</summary>
public sealed record CiArtifact(long ArtifactId, string Name, long SizeBytes, bool Expired, DateTimeOffset? ExpiresAt);

/// <summary>Runs, newest first.</summary>
/// <param name="PullHeadSha">The pull request's head, when runs of one were asked for.</param>
/// <param name="Left">What is not among them, as a sentence; null when nothing is.</param>
public sealed record CiRunList(IReadOnlyList<CiRun> Runs, string? PullHeadSha, string? PullTitle, string? Left);

/// <summary>One run with its jobs (failed ones first) and artifacts.</summary>
/// <param name="Left">What is not among them, as sentences.</param>
public sealed record CiRunDetail(CiRun Run, IReadOnlyList<CiJob> Jobs, IReadOnlyList<CiArtifact> Artifacts, IReadOnlyList<string> Left);

/// <summary>Which runs.</summary>
/// <param name="Status">A status or a conclusion.</param>
/// <param name="Workflow">A workflow's file name or id.</param>
public sealed record CiRunFilter(long? Pull = null, string? Branch = null, string? Status = null, string? Workflow = null, string? Event = null, string? HeadSha = null);

/// <summary>GitHub could not answer; the message says why and what to do.</summary>
/// <param name="field">The argument at fault by its wire name; null when none is.</param>
public sealed class CiUnavailableException(string message, string? field, Exception inner) : Exception(message, inner)
{
    /// <summary>The argument at fault.</summary>
    public string? Field { get; } = field;
}

/// <summary>Workflow runs as GitHub has them now.</summary>
public sealed class CiRuns
{
    private static readonly string[] Good = ["success", "neutral", "skipped"];

    private readonly GitHubClient _gitHub;

    internal CiRuns(GitHubClient gitHub) => _gitHub = gitHub;

    /// <summary>Whether a conclusion counts as failed. A run that is under way has not.</summary>
    public static bool IsFailure(string? conclusion) => conclusion is not null and not "" and not "stale" && !Good.Contains(conclusion, StringComparer.Ordinal);

    /// <summary>For pages: refusals are told apart from faults of ours.</summary>
    /// <exception cref="CiUnavailableException">GitHub does not give it.</exception>
    public Task<CiRunList> ListAsync(string repo, CiRunFilter filter, int most, CancellationToken cancellationToken) => Told(FindAsync(repo, filter, most, cancellationToken));

    /// <inheritdoc cref="ListAsync"/>
    public Task<CiRunDetail> DetailAsync(string repo, long runId, CancellationToken cancellationToken) => Told(GetAsync(repo, runId, cancellationToken));

    internal async Task<CiRunList> FindAsync(string repo, CiRunFilter filter, int most, CancellationToken cancellationToken)
    {
        var wanted = new RunFilter(filter.HeadSha, filter.Branch, filter.Status, filter.Workflow, filter.Event);
        if (filter.Pull is not { } number)
        {
            var runs = await _gitHub.ListRunsAsync(repo, wanted, most, cancellationToken).OrRefuseAsync(string.IsNullOrEmpty(filter.Workflow) ? "repo" : "workflow");
            return new CiRunList([.. runs.Items.Select(Of)], null, null, runs.Capped?.Why);
        }
        var (pull, found) = await _gitHub.ListRunsOfPullAsync(repo, number, wanted, most, cancellationToken).OrRefuseAsync("pr_number");
        return new CiRunList([.. found.Items.Select(Of)], pull.Head?.Sha, pull.Title is { } title ? VisibleText.Of(title) : null, found.Capped?.Why);
    }

    internal async Task<CiRunDetail> GetAsync(string repo, long runId, CancellationToken cancellationToken)
    {
        var run = await _gitHub.GetRunAsync(repo, runId, cancellationToken).OrRefuseAsync("run_id");
        var jobs = await _gitHub.ListJobsAsync(repo, runId, 1_000, cancellationToken).OrRefuseAsync("run_id");
        var artifacts = await _gitHub.ListArtifactsAsync(repo, runId, null, 1_000, cancellationToken).OrRefuseAsync("run_id");
        return new CiRunDetail(
            Of(run), [.. jobs.Items.Select(Of).OrderByDescending(j => j.Failed).ThenByDescending(j => j.Attempt).ThenBy(j => j.Name, StringComparer.Ordinal)],
            [.. artifacts.Items.Select(a => new CiArtifact(a.Id, VisibleText.Of(a.Name ?? ""), a.SizeInBytes ?? 0, a.Expired, a.ExpiresAt))],
            [.. new[] { jobs.Capped?.Why, artifacts.Capped?.Why }.OfType<string>()]);
    }

    private static CiRun Of(GitHubRun run) => new(
        run.Id, VisibleText.Of(run.Name ?? ""), VisibleText.Of(run.DisplayTitle ?? ""), run.Path ?? "", VisibleText.Of(run.HeadBranch ?? ""), run.HeadSha ?? "", run.Event ?? "", run.Status ?? "", run.Conclusion,
        IsFailure(run.Conclusion), run.RunAttempt ?? 1, run.HtmlUrl ?? "", run.Actor?.Login ?? "", run.CreatedAt, run.UpdatedAt);

    private static CiJob Of(GitHubJob job) => new(
        job.Id, VisibleText.Of(job.Name ?? ""), job.RunAttempt ?? 1, job.Status ?? "", job.Conclusion, IsFailure(job.Conclusion), job.HtmlUrl ?? "", job.StartedAt, job.CompletedAt,
        [.. (job.Steps ?? []).Where(s => IsFailure(s.Conclusion)).Select(s => VisibleText.Of(s.Name ?? "")).Take(20)]);

    private static async Task<T> Told<T>(Task<T> read)
    {
        try
        {
            return await read;
        }
        catch (ToolRefusedException refused)
        {
            throw new CiUnavailableException(refused.Message, refused.Field, refused);
        }
    }
}
