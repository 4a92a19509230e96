namespace OmniAudit.Modules.SiteLint;

/// <summary>What a scan must keep to pass; null: no limit. Scores are 0 to 100, bytes are wire bytes of one page.</summary>
/// <param name="Pages">A glob over the path; null: all pages.</param>
internal sealed record BudgetRule(
    string? Pages = null, int? PerformanceScore = null, int? AccessibilityScore = null, int? SeoScore = null, int? BestPracticesScore = null,
    double? LcpMs = null, double? TbtMs = null, double? Cls = null, long? PageBytes = null, int? Requests = null);

/// <param name="NewFindings">At most so many new ones; needs a baseline.</param>
/// <param name="AccessibilityFindings">At most so many, over the whole scan.</param>
/// <param name="WorstSeverity">Findings this bad or worse fail the scan: <c>s1</c> to <c>s4</c>.</param>
internal sealed record ScanBudgets(IReadOnlyList<BudgetRule> Rules, int? NewFindings = null, int? AccessibilityFindings = null, string? WorstSeverity = null);
