using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Confidence;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>Asks GitHub for everything a triage needs and puts the evidence into the store. What is not there, or too much, is noted; an outage ends the job.</summary>
internal sealed partial class TriageCollector(GitHubClient gitHub, EvidenceFetcher fetcher, FindingLabels labels, TimeProvider time)
{
    private const int MostRuns = 500;
    private const int MostRead = 20;
    private const int MostJobs = 12;
    private const int MostArtifacts = 10;
    private const long MostArtifactBytes = 64L << 20;
    private const long MostOwnersBytes = 3L << 20;

    /// <param name="earlierBase">An earlier set of the base branch's findings.</param>
    /// <exception cref="JobFailedException">GitHub does not answer, or has no such pull request.</exception>
    public async Task<TriageFacts> CollectAsync(TriageArguments arguments, string createdBy, Func<string, Task<string?>> earlierBase, Func<double, string, Task> report, CancellationToken cancellationToken)
    {
        try
        {
            await report(0.02, "listing the runs");
            var (pull, runs) = await gitHub.ListRunsOfPullAsync(arguments.Repo, arguments.PrNumber, new RunFilter(), MostRuns, cancellationToken).OrRefuseAsync("pr_number");
            var notes = new List<string>();
            if (runs.Capped is { } capped) notes.Add(capped.Why);
            var baseBranch = arguments.BaseBranch ?? pull.Base?.Ref ?? "";
            var failed = runs.Items.Where(r => CiRuns.IsFailure(r.Conclusion) || (r.RunAttempt ?? 1) > 1).ToList();
            var workflows = failed.Select(WorkflowOf).ToHashSet(StringComparer.Ordinal);
            // The same workflow on the same commit, once for the push and once for the pull request: a pass beside a fail.
            var beside = runs.Items.Where(r => r.Conclusion == "success" && !failed.Contains(r) && workflows.Contains(WorkflowOf(r))).ToList();
            if (runs.Items.Any(r => r.Status != "completed")) notes.Add($"{runs.Items.Count(r => r.Status != "completed")} runs had not ended when this was written.");
            if (failed.Count + beside.Count > MostRead) notes.Add($"{failed.Count + beside.Count} runs could be read; the newest {MostRead} were.");
            var read = new List<TriageRun>();
            var steps = failed.Concat(beside).Take(MostRead).ToList();
            foreach (var (run, i) in steps.Select((r, i) => (r, i)))
            {
                await report(0.05 + 0.6 * i / steps.Count, string.Create(CultureInfo.InvariantCulture, $"run {run.Id}: {run.Name}"));
                read.Add(await ReadAsync(arguments, run, createdBy, notes, cancellationToken));
            }
            await report(0.65, "the base");
            var bases = await BasesAsync(arguments, baseBranch, failed, pull.Head?.Sha, createdBy, notes, cancellationToken);
            return new TriageFacts(
                arguments.Repo, arguments.PrNumber, VisibleText.Of(pull.Title ?? ""), pull.Head?.Sha ?? "", baseBranch, time.GetUtcNow(), runs.Items.Count, read, bases, bases.Count == 0 ? null : await earlierBase(baseBranch),
                await OwnersAsync(arguments.Repo, baseBranch, cancellationToken), await LabelsAsync(arguments.Repo, notes, cancellationToken), await labels.ConfidenceAsync(cancellationToken), notes);
        }
        catch (ToolRefusedException refused)
        {
            throw new JobFailedException(refused.Message, refused);
        }
        catch (GitHubRefusedException refused)
        {
            throw new JobFailedException(refused.Message, refused);
        }
    }

    private async Task<List<TriageRun>> BasesAsync(TriageArguments arguments, string baseBranch, List<GitHubRun> failed, string? headSha, string createdBy, List<string> notes, CancellationToken cancellationToken)
    {
        var bases = new List<TriageRun>();
        if (arguments.BaseRunId is { } id)
        {
            bases.Add(await ReadAsync(arguments, await gitHub.GetRunAsync(arguments.Repo, id, cancellationToken).OrRefuseAsync("base_run_id"), createdBy, notes, cancellationToken));
            return bases;
        }
        if (baseBranch.Length == 0) return bases;
        foreach (var workflow in failed.Select(WorkflowOf).Distinct(StringComparer.Ordinal).Where(w => w.Length > 0).Take(MostRead))
        {
            var found = await gitHub.ListRunsAsync(arguments.Repo, new RunFilter(Branch: baseBranch, Status: "completed", Workflow: workflow), 5, cancellationToken).OrRefuseAsync("repo");
            if (found.Items.FirstOrDefault(r => r.HeadSha != headSha) is { } last) bases.Add(await ReadAsync(arguments, last, createdBy, notes, cancellationToken));
        }
        return bases;
    }

    private async Task<TriageRun> ReadAsync(TriageArguments arguments, GitHubRun run, string createdBy, List<string> notes, CancellationToken cancellationToken)
    {
        var jobs = await gitHub.ListJobsAsync(arguments.Repo, run.Id, 2_000, cancellationToken).OrRefuseAsync("run_id");
        if (jobs.Capped is { } capped) notes.Add(string.Create(CultureInfo.InvariantCulture, $"run {run.Id}: {capped.Why}"));
        var failed = jobs.Items.Where(j => CiRuns.IsFailure(j.Conclusion)).OrderBy(j => j.RunAttempt ?? 1).ThenBy(j => j.Name, StringComparer.Ordinal).ToList();
        var evidence = new List<string>();
        // Cancelled because another failed: nothing broke there, and there may be hundreds.
        foreach (var job in failed.OrderBy(j => j.Conclusion == "cancelled").Take(MostJobs))
        {
            await KeepAsync(EvidenceKinds.Logs, job.Name, () => fetcher.LogAsync(arguments.Repo, run, job, jobs.Capped?.Why, createdBy, null, cancellationToken));
            await KeepAsync(EvidenceKinds.Annotations, job.Name, () => fetcher.AnnotationsAsync(arguments.Repo, run, job, jobs.Capped?.Why, createdBy, cancellationToken));
        }
        if (failed.Count > MostJobs) notes.Add(string.Create(CultureInfo.InvariantCulture, $"run {run.Id}: {failed.Count} jobs failed; the logs of {MostJobs} were read."));
        if (CiRuns.IsFailure(run.Conclusion) && failed.Count == 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"run {run.Id} ended as {run.Conclusion} before any job failed: it has no logs to read."));
        if (arguments.Evidence != EvidenceChoice.Logs)
        {
            var artifacts = await gitHub.ListArtifactsAsync(arguments.Repo, run.Id, null, 1_000, cancellationToken).OrRefuseAsync("run_id");
            if (artifacts.Capped is { } cut) notes.Add(string.Create(CultureInfo.InvariantCulture, $"run {run.Id}: {cut.Why}"));
            var wanted = artifacts.Items.Where(a => a.Name is { Length: > 0 } && (arguments.Evidence == EvidenceChoice.All || Reports().IsMatch(a.Name))).DistinctBy(a => a.Name).OrderBy(a => a.Name, StringComparer.Ordinal).ToList();
            foreach (var large in wanted.Where(a => a.SizeInBytes > MostArtifactBytes)) notes.Add($"artifact {large.Name}: {large.SizeInBytes} bytes are too many to read.");
            wanted.RemoveAll(a => a.SizeInBytes > MostArtifactBytes);
            if (wanted.Count > MostArtifacts) notes.Add(string.Create(CultureInfo.InvariantCulture, $"run {run.Id}: {wanted.Count} artifacts; the first {MostArtifacts} by name were read."));
            foreach (var name in wanted.Take(MostArtifacts).Select(a => a.Name!))
            {
                var named = artifacts.Items.Where(a => a.Name == name).OrderByDescending(a => a.Id).ToList();
                await KeepAsync(EvidenceKinds.Artifact, name, () => fetcher.ArtifactAsync(arguments.Repo, run, named, createdBy, null, cancellationToken));
            }
        }
        return new TriageRun(
            run.Id, VisibleText.Of(run.Name ?? ""), run.Conclusion ?? "", run.RunAttempt ?? 1, run.HtmlUrl ?? "", run.RunStartedAt ?? run.CreatedAt,
            [.. failed.Take(100).Select(j => string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Of(j.Name ?? "")}, attempt {j.RunAttempt ?? 1}: {j.Conclusion}"))], evidence);

        async Task KeepAsync(string kind, string? name, Func<Task<EvidenceRow>> fetch)
        {
            try
            {
                var row = await fetch();
                if (!evidence.Contains(row.EvidenceId, StringComparer.Ordinal)) evidence.Add(row.EvidenceId);
            }
            catch (ToolRefusedException refused) when (refused.Code is "not_found" or "github_gone" or "github_too_large" or "github_digest_mismatch" or "github_redirected")
            {
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"run {run.Id}, {kind} of {name}: {refused.Message}"));
            }
        }
    }

    private async Task<string?> OwnersAsync(string repo, string branch, CancellationToken cancellationToken)
    {
        foreach (var place in CodeOwners.Places)
            if (await gitHub.FindFileAsync(repo, place, branch.Length > 0 ? branch : null, MostOwnersBytes, cancellationToken) is { } file) return Encoding.UTF8.GetString(file.Bytes);
        return null;
    }

    private async Task<IReadOnlyList<string>> LabelsAsync(string repo, List<string> notes, CancellationToken cancellationToken)
    {
        var found = await gitHub.ListLabelsAsync(repo, 1_000, cancellationToken).OrRefuseAsync("repo");
        if (found.Capped is { } capped) notes.Add($"labels: {capped.Why}");
        return [.. found.Items.Select(l => l.Name).OfType<string>()];
    }

    /// <summary>What runs of one workflow have in common, as GitHub's filter takes it.</summary>
    private static string WorkflowOf(GitHubRun run) => run.WorkflowId?.ToString(CultureInfo.InvariantCulture) ?? (run.Path is { } path ? path[(path.LastIndexOf('/') + 1)..].Split('@')[0] : "");

    [GeneratedRegex("(test|junit|trx|report|result|lint|sarif|ctrf|check|audit|scan|finding|evidence|lighthouse|axe)", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Reports();
}
