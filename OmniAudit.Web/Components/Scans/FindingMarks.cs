using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>How findings stand against the baseline, in words.</summary>
internal sealed class FindingMarks(ScanReport report)
{
    private readonly HashSet<string> _new = [.. report.Comparison?.New ?? []];
    private readonly Dictionary<string, ReportFindingChange> _changes = (report.Comparison?.Changes ?? []).ToDictionary(c => c.FindingId, StringComparer.Ordinal);

    /// <summary>"new", "3 new places", or empty when nothing is new about it or nobody can say.</summary>
    public string Of(Finding finding) =>
        !_new.Contains(finding.FindingId) ? "" : _changes.TryGetValue(finding.FindingId, out var change) && change.Persisting > 0 ? ScanWords.Count(change.New, "new place") : "new";
}
