using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>Adds to findings what only the whole scan knows: the viewports that do not show them, and what is kept of their first page.</summary>
internal static class FindingEvidence
{
    private static readonly string[] SecurityHeaders =
    [
        "content-security-policy", "content-security-policy-report-only", "strict-transport-security", "x-content-type-options", "x-frame-options", "referrer-policy", "permissions-policy",
        "cross-origin-opener-policy", "cross-origin-embedder-policy", "cross-origin-resource-policy", "access-control-allow-origin", "set-cookie", "location", "server",
    ];

    private static readonly string[] SearchHeaders = ["x-robots-tag", "link", "content-language", "content-type"];

    public static IReadOnlyList<Finding> Complete(IReadOnlyList<Finding> findings, IReadOnlyList<ReportPage> pages)
    {
        var byPlace = pages.GroupBy(p => (p.Url, p.Viewport)).ToDictionary(g => g.Key, g => g.First());
        var audited = pages.Where(p => p.Outcome == PageOutcome.Audited).GroupBy(p => p.Url, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Select(p => p.Viewport).ToHashSet(), StringComparer.Ordinal);
        return [.. findings.Select(One)];

        Finding One(Finding finding)
        {
            var page = finding.Places is [var place, ..] ? byPlace.GetValueOrDefault((place.Url, place.Viewport)) : null;
            return finding with
            {
                OnlyIn = OnlyIn(finding, audited),
                EvidenceSnapshotSha256 = finding.EvidenceSnapshotSha256 ?? page?.SnapshotSha256,
                EvidenceSnapshotRef = finding.EvidenceSnapshotRef ?? page?.SnapshotRef,
                EvidenceHeaders = page is null ? finding.EvidenceHeaders : Headers(finding, page.Headers),
            };
        }
    }

    private static string? OnlyIn(Finding finding, Dictionary<string, HashSet<string>> audited)
    {
        if (finding.PlacesUnlisted > 0 || finding.Viewports is not [var only]) return null;
        // What is judged once for all viewports (links, limits, headers) is noted with the first of them.
        if (finding.Category is FindingCategory.Availability or FindingCategory.Security || finding.Rule.StartsWith("links/", StringComparison.Ordinal)) return null;
        // Said only when another viewport could have shown it: the page was audited there as well.
        var pages = finding.Places.Select(p => p.Url).Distinct().ToList();
        return pages.Count > 0 && pages.TrueForAll(p => audited.TryGetValue(p, out var seen) && seen.Contains(only) && seen.Count > 1) ? only : null;
    }

    private static Dictionary<string, string> Headers(Finding finding, IReadOnlyDictionary<string, string> headers)
    {
        string[] wanted = finding.Category switch { FindingCategory.Security => SecurityHeaders, FindingCategory.Seo => SearchHeaders, FindingCategory.Availability => ["content-type", "retry-after", "server", "location"], _ => [] };
        return wanted.Where(headers.ContainsKey).ToDictionary(h => h, h => headers[h] is { Length: > 500 } value ? value[..500] : headers[h], StringComparer.Ordinal);
    }
}
