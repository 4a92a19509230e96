namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>What a triage was asked for; the job's arguments.</summary>
/// <param name="BaseBranch">Null: the pull request's own base.</param>
/// <param name="BaseRunId">The run to compare with; null: of each workflow the base branch's last completed one.</param>
/// <param name="Evidence">One of <see cref="EvidenceChoice"/>.</param>
internal sealed record TriageArguments(string Repo, long PrNumber, string? BaseBranch, long? BaseRunId, string Evidence);

/// <summary>What is fetched of a run.</summary>
internal static class EvidenceChoice
{
    /// <summary>Logs and annotations of failed jobs, and artifacts whose names speak of reports.</summary>
    public const string Reports = "reports";
    /// <summary>Logs and annotations only.</summary>
    public const string Logs = "logs";
    /// <summary>Every artifact too.</summary>
    public const string All = "all";
}
