namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>A rule that could not be decided by a machine, over all pages: for a person to look at, no failure.</summary>
/// <param name="Elements">Over all pages, the larger of the viewports.</param>
/// <param name="Pages">Where, in the order of the crawl.</param>
/// <param name="Selector">The first element, on the first page.</param>
internal sealed record ReviewItem(string Rule, string Title, string? HelpUrl, int Elements, IReadOnlyList<string> Pages, string Selector)
{
    /// <summary>Those with the most elements first.</summary>
    public static IReadOnlyList<ReviewItem> Of(ScanReport report) =>
    [
        .. report.Pages.SelectMany(p => p.Audits.Where(a => a.Review is not null).Select(a => (Page: p.Url, Audit: a)))
            .GroupBy(x => x.Audit.Id, StringComparer.Ordinal)
            .Select(g => new ReviewItem(
                g.Key, g.First().Audit.Title, g.First().Audit.Review!.HelpUrl, g.GroupBy(x => x.Page, StringComparer.Ordinal).Sum(page => page.Max(x => x.Audit.Review!.Elements)),
                [.. g.Select(x => x.Page).Distinct(StringComparer.Ordinal)], g.First().Audit.Review!.Selector))
            .OrderByDescending(r => r.Elements).ThenBy(r => r.Rule, StringComparer.Ordinal),
    ];
}
