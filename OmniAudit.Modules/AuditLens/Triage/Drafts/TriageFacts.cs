using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>
/// Everything that a draft is written from, stored before it is written: what GitHub said, and which pieces of stored evidence belong to it. With these and the evidence the same draft comes out again,
/// byte for byte, without any network. Texts are GitHub's and untrusted.
/// </summary>
/// <param name="At">When GitHub was asked; times in the draft count from here.</param>
/// <param name="AllRuns">How many runs the head commit has.</param>
/// <param name="Runs">Runs of the head commit that failed in any attempt, and those beside them whose tests are read.</param>
/// <param name="BaseRuns">Of each workflow the run that this one is compared with.</param>
/// <param name="EarlierBase">An earlier set of the base's findings, for their age; null when there is none.</param>
/// <param name="CodeOwners">The base branch's file; null when there is none.</param>
/// <param name="Labels">Labels that the repository has.</param>
/// <param name="Confidence">What people said of earlier findings, per profile and rule.</param>
/// <param name="Notes">What could not be read or was left out, in sentences.</param>
internal sealed record TriageFacts(
    string Repo, long PrNumber, string PrTitle, string HeadSha, string BaseBranch, DateTimeOffset At, int AllRuns, IReadOnlyList<TriageRun> Runs, IReadOnlyList<TriageRun> BaseRuns, string? EarlierBase,
    string? CodeOwners, IReadOnlyList<string> Labels, IReadOnlyList<RuleConfidence> Confidence, IReadOnlyList<string> Notes);

/// <summary>One workflow run with its stored evidence.</summary>
/// <param name="Conclusion">Of the last attempt.</param>
/// <param name="FailedJobs">Jobs of any attempt that failed, with how: <c>build, attempt 1: timed_out</c>.</param>
/// <param name="Evidence">References into the evidence store.</param>
internal sealed record TriageRun(
    long RunId, string Workflow, string Conclusion, int Attempts, string Url, DateTimeOffset? StartedAt, IReadOnlyList<string> FailedJobs, IReadOnlyList<string> Evidence)
{
    /// <summary>The last attempt failed.</summary>
    public bool Failed => CiRuns.IsFailure(Conclusion);

    /// <summary>It failed at least once.</summary>
    public bool EverFailed => Failed || FailedJobs.Count > 0;
}
