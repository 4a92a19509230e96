using OmniAudit.Modules.GitHub.Http;

namespace OmniAudit.Modules.GitHub;

internal sealed partial class GitHubClient
{
    private const string ReadActions = "Actions: read";
    private const string Expired = "It has expired: GitHub keeps artifacts and logs for a set time (90 days unless changed). Run the workflow again";

    /// <summary>Workflow runs, newest first.</summary>
    /// <param name="most">Where to stop; up to 5,000 are read at all.</param>
    public Task<GitHubList<GitHubRun>> ListRunsAsync(string repository, RunFilter filter, int most, CancellationToken cancellationToken)
    {
        var of = filter.Workflow is { Length: > 0 } workflow ? $"/actions/workflows/{Uri.EscapeDataString(workflow)}/runs" : "/actions/runs";
        var query = Query("head_sha", filter.HeadSha) + Query("branch", filter.Branch) + Query("status", filter.Status) + Query("event", filter.Event);
        return ListAsync(
            Repository(repository, $"{of}?{PerPage}{query}"), GitHubJson.Default.GitHubRunPage, p => (p.WorkflowRuns, p.TotalCount), r => r.Id,
            new($"the workflow runs of {repository}{(filter.Workflow is { Length: > 0 } w ? $" ({w})" : "")}", ReadActions), most, cancellationToken);
    }

    /// <summary>The runs of a pull request's head commit. GitHub's own list of pull requests on a run names open ones only, and not necessarily the trigger.</summary>
    public async Task<(GitHubPull Pull, GitHubList<GitHubRun> Runs)> ListRunsOfPullAsync(string repository, long number, RunFilter filter, int most, CancellationToken cancellationToken)
    {
        var pull = await GetPullAsync(repository, number, cancellationToken);
        if (string.IsNullOrEmpty(pull.Head?.Sha)) throw Unreadable(new($"pull request {number} of {repository}"));
        return (pull, await ListRunsAsync(repository, filter with { HeadSha = pull.Head.Sha }, most, cancellationToken));
    }

    public Task<GitHubRun> GetRunAsync(string repository, long runId, CancellationToken cancellationToken) =>
        GetAsync(Repository(repository, $"/actions/runs/{runId}"), GitHubJson.Default.GitHubRun, new($"run {runId} of {repository}", ReadActions), cancellationToken);

    /// <summary>The jobs of every attempt of a run.</summary>
    public Task<GitHubList<GitHubJob>> ListJobsAsync(string repository, long runId, int most, CancellationToken cancellationToken) =>
        ListAsync(
            Repository(repository, $"/actions/runs/{runId}/jobs?filter=all&{PerPage}"), GitHubJson.Default.GitHubJobPage, p => (p.Jobs, p.TotalCount), j => j.Id,
            new($"the jobs of run {runId} of {repository}", ReadActions), most, cancellationToken);

    /// <summary>A run's artifacts, expired ones too.</summary>
    /// <param name="name">Only those of this exact name; null for all.</param>
    public Task<GitHubList<GitHubArtifact>> ListArtifactsAsync(string repository, long runId, string? name, int most, CancellationToken cancellationToken) =>
        ListAsync(
            Repository(repository, $"/actions/runs/{runId}/artifacts?{PerPage}{Query("name", name)}"), GitHubJson.Default.GitHubArtifactPage, p => (p.Artifacts, p.TotalCount), a => a.Id,
            new($"the artifacts of run {runId} of {repository}", ReadActions), most, cancellationToken);

    /// <summary>An artifact's ZIP file, compared with GitHub's digest of it.</summary>
    /// <exception cref="GitHubRefusedException"><c>github_gone</c> when it has expired, <c>github_digest_mismatch</c>, <c>github_too_large</c>, …</exception>
    public async Task<GitHubDownload> DownloadArtifactAsync(string repository, GitHubArtifact artifact, long mostBytes, CancellationToken cancellationToken)
    {
        var task = new GitHubTask($"the artifact {artifact.Name} ({artifact.Id}) of {repository}", ReadActions, Expired);
        if (artifact.Expired) throw new GitHubRefusedException("github_gone", $"GitHub says that it is gone: {task.What}. {Expired}.");
        return await CheckedAsync(await http.DownloadAsync(Repository(repository, $"/actions/artifacts/{artifact.Id}/zip"), "application/vnd.github+json", mostBytes, task, cancellationToken), artifact.Digest, task);
    }

    /// <summary>The ZIP file with all logs of a run.</summary>
    /// <param name="attempt">1 or more; null for the latest.</param>
    public Task<GitHubDownload> DownloadRunLogsAsync(string repository, long runId, int? attempt, long mostBytes, CancellationToken cancellationToken) =>
        http.DownloadAsync(
            Repository(repository, attempt is { } n ? $"/actions/runs/{runId}/attempts/{n}/logs" : $"/actions/runs/{runId}/logs"), "application/vnd.github+json", mostBytes,
            new($"the logs of run {runId} of {repository}", ReadActions, Expired), cancellationToken);

    /// <summary>The log of one job, as text.</summary>
    public Task<GitHubDownload> DownloadJobLogAsync(string repository, long jobId, long mostBytes, CancellationToken cancellationToken) =>
        http.DownloadAsync(
            Repository(repository, $"/actions/jobs/{jobId}/logs"), "application/vnd.github+json", mostBytes, new($"the log of job {jobId} of {repository}", ReadActions, Expired), cancellationToken);

    /// <summary>The annotations of a check run. GitHub drops most of many: the rest is in the log only.</summary>
    /// <param name="checkRunId">A job's id.</param>
    public async Task<GitHubList<GitHubAnnotation>> ListAnnotationsAsync(string repository, long checkRunId, int most, CancellationToken cancellationToken)
    {
        // They have no ids, and two may be the same in every word.
        var task = new GitHubTask($"the annotations of check run {checkRunId} of {repository}", "Checks: read");
        return await ListAsync(Repository(repository, $"/check-runs/{checkRunId}/annotations?{PerPage}"), GitHubJson.Default.GitHubAnnotationArray, _ => new object(), task, most, cancellationToken);
    }

    private static async Task<GitHubDownload> CheckedAsync(GitHubDownload download, string? digest, GitHubTask task)
    {
        if (download.Matches(digest) is not false) return download;
        await download.DisposeAsync();
        throw new GitHubRefusedException("github_digest_mismatch", $"What came for {task.What} has the SHA-256 {download.Sha256}, and GitHub says {digest}. Nothing was kept; try again, and do not trust it if it stays so.");
    }
}
