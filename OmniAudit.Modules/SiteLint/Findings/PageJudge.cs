using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Findings.Audits;
using OmniAudit.Modules.SiteLint.Findings.Security;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>What one page's observation comes to.</summary>
/// <param name="Scores">Performance is measured, not judged here: it is null.</param>
/// <param name="Security">Null when nothing answered.</param>
/// <param name="NeedsReview">axe results that a person must judge.</param>
internal sealed record PageVerdict(
    IReadOnlyList<Sighting> Sightings, IReadOnlyList<ReportAudit> Audits, ReportScores Scores, ReportSecurity? Security, int NeedsReview);

/// <summary>Judges a page by what was observed, and by nothing else: the same observation gives the same verdict, whenever and wherever.</summary>
internal static class PageJudge
{
    // Asked by two of the rule books; where axe answers too, its finding stands for both. The audits all count.
    private static readonly Dictionary<string, string> Echoes = new(StringComparer.Ordinal) { ["seo/document-title"] = "document-title", ["best_practices/heading"] = "page-has-heading-one" };

    public static PageVerdict Judge(PageObservation page)
    {
        List<AuditResult> results =
        [
            .. SeoAudits.All(page), .. PracticeAudits.All(page), .. IssueAudits.All(page), .. ImageAudits.All(page), .. HeaderAudits.All(page), .. AccessibilityAudits.All(page.Axe),
        ];
        var (grade, headers) = page.Headers.Count == 0 ? (null, []) : SecurityGrade.Judge(SecurityFacts.Of(page));
        List<Sighting> sightings =
        [
            .. results.SelectMany(r => r.Sightings),
            .. page.Facts is null ? [] : PracticeAudits.Basics(page.Facts),
            .. page.Axe is null ? [] : AxeRules.Violations(page.Axe),
            .. headers,
            .. PageRules.Errors(page.Url, page.ConsoleErrors, page.FailedRequests),
        ];
        var scores = new ReportScores(null, Score(results, FindingCategory.Accessibility), Score(results, FindingCategory.BestPractices), page.Facts is null ? null : Score(results, FindingCategory.Seo));
        sightings.RemoveAll(s => Echoes.TryGetValue(s.Rule, out var rule) && AccessibilityAudits.ScoreOf(page.Axe, rule) == 0);
        return new PageVerdict(sightings, [.. results.Select(r => r.Audit)], scores, grade, page.Axe?.Incomplete.Length ?? 0);
    }

    /// <summary>Whether a rule's findings depend on axe having run: its own, and those that give way to axe's.</summary>
    public static bool NeedsAxe(string rule) => rule.StartsWith("axe/", StringComparison.Ordinal) || Echoes.ContainsKey(rule);

    /// <summary>Judges again and keeps what one rule says: whether a finding is still there.</summary>
    /// <param name="rule">As in <see cref="Finding.Rule"/>.</param>
    public static IReadOnlyList<Sighting> Recheck(PageObservation page, string rule) => [.. Judge(page).Sightings.Where(s => s.Rule == rule)];

    private static double? Score(List<AuditResult> results, string category) => PerformanceScore.Weighted(results.Where(r => r.Audit.Category == category).Select(r => (r.Audit.Score, r.Audit.Weight)));
}
