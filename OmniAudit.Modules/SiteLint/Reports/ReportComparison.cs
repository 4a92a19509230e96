namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>
/// This scan against an earlier one, over the pages and viewports that both looked at. An element is the same in both when it kept its own tag (it moved)
/// or its selector (it was edited); what is left over is new or fixed, even inside a finding that both have.
/// </summary>
/// <param name="BaselineScanId">The earlier scan.</param>
/// <param name="New">Ids of findings with at least one place that the earlier scan did not have, worst first; <see cref="Changes"/> says how many.</param>
/// <param name="Fixed">Findings of the earlier scan with at least one place that is gone; pages, places and counts are those that are gone.</param>
/// <param name="Persisting">How many findings both have in at least one place.</param>
/// <param name="NotCompared">How many were left out, because no page and viewport of theirs was looked at by both.</param>
/// <param name="Metrics">Metrics that moved more than they vary by themselves.</param>
public sealed record ReportComparison(
    string BaselineScanId, DateTimeOffset BaselineFinishedAt, IReadOnlyList<string> New, IReadOnlyList<Findings.Finding> Fixed, int Persisting, int NotCompared,
    IReadOnlyList<ReportMetricChange> Metrics)
{
    /// <summary>Every finding that is new or fixed in some place, with its counts.</summary>
    public IReadOnlyList<ReportFindingChange> Changes { get; init; } = [];
    /// <summary>Pages and viewports that both looked at.</summary>
    public int PagesCompared { get; init; }
    /// <summary>Ids of findings of this scan that were not compared.</summary>
    public IReadOnlyList<string> NotComparedIds { get; init; } = [];
    /// <summary>Why nothing was compared; null when it was.</summary>
    public string? Problem { get; init; }
}

/// <summary>How one finding changed. Counts are elements on pages (the larger of the viewports).</summary>
/// <param name="New">Not there before.</param>
/// <param name="Fixed">No longer there.</param>
/// <param name="Persisting">In both; 0 means that the finding as a whole is new or fixed.</param>
/// <param name="Pages">The first pages that changed.</param>
public sealed record ReportFindingChange(string FindingId, int New, int Fixed, int Persisting, IReadOnlyList<string> Pages);

/// <param name="Metric">As in <see cref="Scoring.MetricScore.Name"/>, or <c>performance</c>, <c>wire_bytes</c>.</param>
/// <param name="Allowance">How far it may move without being called a change.</param>
/// <param name="Verdict"><c>regressed</c> or <c>improved</c>.</param>
public sealed record ReportMetricChange(string Url, string Viewport, string Metric, double Before, double After, double Allowance, string Verdict);

/// <summary>Pass or fail against the budgets that the scan was started with.</summary>
public sealed record ReportVerdict(bool Passed, IReadOnlyList<ReportBudgetCheck> Checks);

/// <param name="Budget">The limit's name, such as <c>performance_score</c>, <c>page_bytes</c>, <c>lcp_ms</c>, <c>accessibility_findings</c>, <c>new_findings</c>.</param>
/// <param name="Limit">What was allowed.</param>
/// <param name="Worst">The worst value seen, and where; null when nothing could be measured, which fails.</param>
public sealed record ReportBudgetCheck(string Budget, string Pages, double Limit, double? Worst, string Where, bool Passed);
