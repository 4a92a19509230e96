using OmniAudit.Modules.SiteLint.Crawl;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Budgets;

/// <summary>Judges a scan by its budgets. What could not be measured fails: a budget that nobody checked is not kept.</summary>
internal static class BudgetJudge
{
    private static readonly Limit[] Limits =
    [
        new("performance_score", r => r.PerformanceScore, p => p.Scores?.Performance * 100, AtLeast: true),
        new("accessibility_score", r => r.AccessibilityScore, p => p.Scores?.Accessibility * 100, AtLeast: true),
        new("seo_score", r => r.SeoScore, p => p.Scores?.Seo * 100, AtLeast: true),
        new("best_practices_score", r => r.BestPracticesScore, p => p.Scores?.BestPractices * 100, AtLeast: true),
        new("lcp_ms", r => r.LcpMs, p => p.Metrics?.Values.Lcp),
        new("tbt_ms", r => r.TbtMs, p => p.Metrics?.Values.Tbt),
        new("cls", r => r.Cls, p => p.Metrics?.Values.Cls),
        new("page_bytes", r => r.PageBytes, p => p.Weight?.WireBytes),
        new("requests", r => r.Requests, p => p.Weight?.Requests),
    ];

    /// <param name="report">With its comparison, if there is one.</param>
    public static ReportVerdict Judge(ScanReport report, ScanBudgets budgets)
    {
        var checks = new List<ReportBudgetCheck>();
        foreach (var rule in budgets.Rules)
        {
            // A download has no score to fail by; a page that could not be audited has.
            var pages = report.Pages.Where(p => p.Outcome != PageOutcome.NotHtml && IsOf(rule.Pages, p.Url)).ToList();
            checks.AddRange(Limits.Where(l => l.Of(rule) is not null).Select(l => Check(l, rule, pages)));
        }
        if (budgets.NewFindings is { } mostNew)
        {
            int? seen = report.Comparison is { Problem: null } comparison ? comparison.New.Count : null;
            checks.Add(new ReportBudgetCheck("new_findings", "all", mostNew, seen, seen is null ? report.Comparison?.Problem ?? "there is no baseline" : "", seen <= mostNew));
        }
        if (budgets.AccessibilityFindings is { } mostFaults)
        {
            var judged = report.Pages.Any(p => p.Axe is not null);
            var seen = report.Findings.Count(f => f.Category == FindingCategory.Accessibility);
            checks.Add(new ReportBudgetCheck("accessibility_findings", "all", mostFaults, judged ? seen : null, judged ? "" : "axe-core ran on no page", judged && seen <= mostFaults));
        }
        if (budgets.WorstSeverity is { Length: > 0 } worst)
        {
            var bad = report.Findings.Where(f => string.CompareOrdinal(f.Severity, worst) <= 0).ToList();
            checks.Add(new ReportBudgetCheck($"findings_{worst}_or_worse", "all", 0, bad.Count, bad.Count > 0 ? bad[0].PageUrl : "", bad.Count == 0));
        }
        return new ReportVerdict(checks.TrueForAll(c => c.Passed), checks);
    }

    private static ReportBudgetCheck Check(Limit limit, BudgetRule rule, List<ReportPage> pages)
    {
        var (allowed, group) = (limit.Of(rule)!.Value, rule.Pages ?? "all");
        var measured = pages.Where(p => limit.Value(p) is not null).Select(p => (Page: p, Value: Math.Round(limit.Value(p)!.Value, 4))).ToList();
        double? worst = measured.Count == 0 ? null : limit.AtLeast ? measured.Min(m => m.Value) : measured.Max(m => m.Value);
        var at = measured.Find(m => m.Value == worst).Page;
        var kept = worst is { } value && (limit.AtLeast ? value >= allowed : value <= allowed);
        if (kept && pages.Find(p => limit.Value(p) is null) is { } unmeasured) return new(limit.Name, group, allowed, worst, $"{Place(unmeasured)}: not measured", false);
        return new(limit.Name, group, allowed, worst, at is not null ? Place(at) : pages.Count == 0 ? "no page of the scan matches" : "not measured", kept);
    }

    private static bool IsOf(string? glob, string url) => string.IsNullOrEmpty(glob) || PathGlob.Matches(glob, WebTarget.TryParse(url, out var target, out _) ? target.PathAndQuery : url);

    private static string Place(ReportPage page) => $"{page.Url} ({page.Viewport})";

    private sealed record Limit(string Name, Func<BudgetRule, double?> Of, Func<ReportPage, double?> Value, bool AtLeast = false);
}
