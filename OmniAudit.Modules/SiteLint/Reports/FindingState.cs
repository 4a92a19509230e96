using OmniAudit.Modules.SiteLint.Findings;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>How the findings of a report stand against its baseline.</summary>
internal sealed class FindingState
{
    private readonly Dictionary<string, ReportFindingChange> _changes;
    private readonly HashSet<string> _notCompared;
    private readonly HashSet<string> _new;

    public FindingState(ScanReport report)
    {
        Compared = report.Comparison is { Problem: null };
        _changes = (report.Comparison?.Changes ?? []).ToDictionary(c => c.FindingId, StringComparer.Ordinal);
        _notCompared = (report.Comparison?.NotComparedIds ?? []).ToHashSet(StringComparer.Ordinal);
        _new = (report.Comparison?.New ?? []).ToHashSet(StringComparer.Ordinal);
    }

    public bool Compared { get; }

    public bool IsNew(Finding finding) => _new.Contains(finding.FindingId);

    /// <summary>SARIF's word: <c>new</c>, <c>updated</c> (more or fewer places), <c>unchanged</c>; null when nobody can say.</summary>
    public string? Of(Finding finding)
    {
        if (!Compared || _notCompared.Contains(finding.FindingId)) return null;
        return _changes.TryGetValue(finding.FindingId, out var change) ? change.Persisting == 0 ? "new" : "updated" : "unchanged";
    }

    /// <summary>For people: "new", "3 new places", or empty.</summary>
    public string InWords(Finding finding) =>
        !IsNew(finding) ? "" : _changes.TryGetValue(finding.FindingId, out var change) && change.Persisting > 0 ? $"{change.New} new place{(change.New == 1 ? "" : "s")}" : "new";

    /// <summary>Findings of the baseline that are gone as a whole.</summary>
    public IEnumerable<Finding> Gone(ScanReport report) => (report.Comparison?.Fixed ?? []).Where(f => _changes.TryGetValue(f.FindingId, out var change) && change.Persisting == 0);
}
