using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Logs;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.GitHub.Archives;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>Gets evidence from GitHub into the store. Refusals name the tool's argument at fault.</summary>
internal sealed class EvidenceFetcher(GitHubClient gitHub, EvidenceStore store)
{
    /// <summary>Every job, whatever its name.</summary>
    public const string AllJobs = "*";

    private const long MostArchiveBytes = 1L << 30;
    private const int MostArtifacts = 1_000;
    private const int MostJobs = 2_000;
    private const int MostAnnotations = 1_000;
    /// <summary>How many names an error lists.</summary>
    private const int MostNames = 30;

    /// <param name="kind">One of <see cref="EvidenceKinds"/> but upload.</param>
    /// <param name="name">The artifact's name; the job's, or <see cref="AllJobs"/>.</param>
    /// <param name="attempt">Of logs and annotations; null for the latest.</param>
    /// <exception cref="ToolRefusedException">GitHub has it not, or gives it not.</exception>
    public async Task<EvidenceRow> FetchAsync(string repo, long runId, string kind, string name, int? attempt, string createdBy, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        var run = await gitHub.GetRunAsync(repo, runId, cancellationToken).OrRefuseAsync("run_id");
        if (kind == EvidenceKinds.Artifact) return await ArtifactAsync(repo, run, await NamedArtifactsAsync(repo, run, name, cancellationToken), createdBy, progress, cancellationToken);
        var number = attempt ?? run.RunAttempt ?? 1;
        var (jobs, cap) = await JobsAsync(repo, run, number, cancellationToken);
        if (name != AllJobs)
        {
            var job = Named(jobs, name, run, number);
            return kind == EvidenceKinds.Logs ? await LogAsync(repo, run, job, cap, createdBy, progress, cancellationToken) : await AnnotationsAsync(repo, run, job, cap, createdBy, cancellationToken);
        }
        return kind == EvidenceKinds.Logs ? await AllLogsAsync(repo, run, number, jobs, cap, createdBy, progress, cancellationToken) : await AnnotationsAsync(repo, run, AllJobs, number, jobs, cap, createdBy, cancellationToken);
    }

    /// <param name="named">The run's artifacts of one name, newest first; at least one.</param>
    /// <exception cref="ToolRefusedException">They have expired, or GitHub gives them not.</exception>
    public async Task<EvidenceRow> ArtifactAsync(string repo, GitHubRun run, IReadOnlyList<GitHubArtifact> named, string createdBy, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        var name = named[0].Name ?? "";
        // Every attempt may upload one of the same name: the newest that is still there.
        if (named.FirstOrDefault(a => !a.Expired) is not { } artifact)
            throw new ToolRefusedException("github_gone", $"artifact_name: the artifact '{name}' of run {run.Id} has expired. GitHub keeps artifacts for a set time; run the workflow again.", "artifact_name");
        progress?.Invoke(0.1, $"downloading {artifact.SizeInBytes ?? 0:N0} bytes");
        var intake = store.Intake();
        if (named.Count > 1) intake.Cap($"{named.Count} artifacts have this name; this is the newest that has not expired, {artifact.Id}.");
        await using (var archive = await gitHub.DownloadArtifactAsync(repo, artifact, MostArchiveBytes, cancellationToken).OrRefuseAsync("artifact_name"))
        {
            progress?.Invoke(0.6, "reading the archive");
            intake.ArchiveSha256 = archive.Sha256;
            await intake.AddArchiveAsync(archive.Content, _ => null, _ => null, cancellationToken);
        }
        return await store.SaveAsync(Origin(repo, run, EvidenceKinds.Artifact, name, run.RunAttempt ?? 1) with { ArtifactId = artifact.Id, ApiDigest = artifact.Digest }, intake, createdBy, cancellationToken);
    }

    /// <summary>The log of one job.</summary>
    /// <param name="cap">What is missing from the list that the job is of; null for nothing.</param>
    /// <exception cref="ToolRefusedException">GitHub has it not, or gives it not.</exception>
    public async Task<EvidenceRow> LogAsync(string repo, GitHubRun run, GitHubJob job, string? cap, string createdBy, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        var intake = store.Intake();
        if (cap is not null) intake.Cap(cap);
        progress?.Invoke(0.1, "downloading");
        await using (var log = await gitHub.DownloadJobLogAsync(repo, job.Id, MostArchiveBytes, cancellationToken).OrRefuseAsync("artifact_name"))
        {
            progress?.Invoke(0.6, "reading the log");
            await intake.AddAsync($"{ActionsLogName.Folder(job.Name ?? "job")}.txt", log.Content, log.Size, job.Name, cancellationToken);
        }
        return await store.SaveAsync(Origin(repo, run, EvidenceKinds.Logs, job.Name ?? "", job.RunAttempt ?? 1), intake, createdBy, cancellationToken);
    }

    /// <summary>The annotations of one job.</summary>
    /// <inheritdoc cref="LogAsync"/>
    public Task<EvidenceRow> AnnotationsAsync(string repo, GitHubRun run, GitHubJob job, string? cap, string createdBy, CancellationToken cancellationToken) =>
        AnnotationsAsync(repo, run, job.Name ?? "", job.RunAttempt ?? 1, [job], cap, createdBy, cancellationToken);

    private async Task<EvidenceRow> AllLogsAsync(string repo, GitHubRun run, int number, List<GitHubJob> jobs, string? cap, string createdBy, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        var intake = store.Intake();
        if (cap is not null) intake.Cap(cap);
        progress?.Invoke(0.1, "downloading");
        await using (var archive = await gitHub.DownloadRunLogsAsync(repo, run.Id, number, MostArchiveBytes, cancellationToken).OrRefuseAsync("run_id"))
        {
            progress?.Invoke(0.6, "reading the archive");
            // The archive's own hash differs from one download to the next, for GitHub packs it anew.
            var whole = WholeLogs(archive.Content, jobs);
            await intake.AddArchiveAsync(archive.Content, file => ActionsLogName.Step(file) is not null && whole.Exists(j => ActionsLogName.IsOf(file, j.Name ?? "")) ? "step_of_job_log" : null, file => jobs.Find(j => ActionsLogName.IsOf(file, j.Name ?? ""))?.Name, cancellationToken);
        }
        return await store.SaveAsync(Origin(repo, run, EvidenceKinds.Logs, AllJobs, number), intake, createdBy, cancellationToken);
    }

    private async Task<EvidenceRow> AnnotationsAsync(string repo, GitHubRun run, string name, int number, List<GitHubJob> jobs, string? cap, string createdBy, CancellationToken cancellationToken)
    {
        var intake = store.Intake();
        if (cap is not null) intake.Cap(cap);
        foreach (var job in jobs)
        {
            var notes = await gitHub.ListAnnotationsAsync(repo, job.Id, MostAnnotations, cancellationToken).OrRefuseAsync("run_id");
            if (notes.Capped is { } capped) intake.Cap(capped.Why);
            if (notes.Items.Count == 0) continue;
            using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(notes.Items, EvidenceJson.Options));
            await intake.AddAsync($"{ActionsLogName.Folder(job.Name ?? "job")}.{job.Id}.annotations.json", json, json.Length, job.Name, cancellationToken);
        }
        return await store.SaveAsync(Origin(repo, run, EvidenceKinds.Annotations, name, number), intake, createdBy, cancellationToken);
    }

    private async Task<IReadOnlyList<GitHubArtifact>> NamedArtifactsAsync(string repo, GitHubRun run, string name, CancellationToken cancellationToken)
    {
        var found = await gitHub.ListArtifactsAsync(repo, run.Id, name, MostArtifacts, cancellationToken).OrRefuseAsync("run_id");
        var named = found.Items.Where(a => a.Name == name).OrderByDescending(a => a.Id).ToList();
        if (named.Count > 0) return named;
        var all = await gitHub.ListArtifactsAsync(repo, run.Id, null, MostArtifacts, cancellationToken).OrRefuseAsync("run_id");
        throw new ToolRefusedException("not_found", $"artifact_name: run {run.Id} has no artifact '{name}'. {Names(all.Items.Select(a => a.Name), "It has", "It has none; its logs are there with source logs.")}", "artifact_name");
    }

    /// <summary>The jobs of one attempt, whatever page they are on.</summary>
    private async Task<(List<GitHubJob> Jobs, string? Cap)> JobsAsync(string repo, GitHubRun run, int attempt, CancellationToken cancellationToken)
    {
        var jobs = await gitHub.ListJobsAsync(repo, run.Id, MostJobs, cancellationToken).OrRefuseAsync("run_id");
        return ([.. jobs.Items.Where(j => (j.RunAttempt ?? 1) == attempt)], jobs.Capped?.Why);
    }

    private static GitHubJob Named(List<GitHubJob> jobs, string name, GitHubRun run, int attempt) =>
        jobs.Find(j => j.Name == name) ?? jobs.Find(j => string.Equals(j.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ToolRefusedException("not_found", $"artifact_name: attempt {attempt} of run {run.Id} has no job '{name}'. {Names(jobs.Select(j => j.Name), "It has", "It has no jobs: it may not have started.")}", "artifact_name");

    /// <summary>The jobs whose log is in the archive in one piece: the files of their steps say the same again. Older servers pack steps only.</summary>
    private static List<GitHubJob> WholeLogs(Stream archive, List<GitHubJob> jobs)
    {
        var names = SafeZip.NamesOf(archive).Where(n => !n.Contains('/', StringComparison.Ordinal)).ToList();
        return jobs.FindAll(j => names.Exists(n => ActionsLogName.IsOf(n, j.Name ?? "")));
    }

    private static EvidenceOrigin Origin(string repo, GitHubRun run, string kind, string name, int attempt) =>
        new(kind, name, repo, run.Id, attempt, run.HeadSha ?? "", run.HeadBranch ?? "", run.Name ?? "", run.Conclusion ?? "");

    private static string Names(IEnumerable<string?> names, string has, string none)
    {
        var known = names.Where(n => !string.IsNullOrEmpty(n)).Select(n => VisibleText.Of(n!)).Distinct().ToList();
        return known.Count == 0 ? none : $"{has}: {string.Join(", ", known.Take(MostNames))}{(known.Count > MostNames ? $" and {known.Count - MostNames} more" : "")}.";
    }
}
