using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>One page of a scan with all its viewports.</summary>
/// <param name="Number">From 1, in the order of the crawl; it never changes, because reports do not.</param>
internal sealed record PageGroup(int Number, string Url, IReadOnlyList<ReportPage> Visits)
{
    public static IReadOnlyList<PageGroup> Of(ScanReport report) => [.. report.Pages.GroupBy(p => p.Url).Select((g, i) => new PageGroup(i + 1, g.Key, [.. g]))];
}
