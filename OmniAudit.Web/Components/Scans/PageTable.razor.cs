using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>The pages of a scan, each with its viewports.</summary>
public sealed partial class PageTable
{
    [Parameter, EditorRequired] public ScanReport Report { get; set; } = null!;

    private static string Scored(ReportScores scores) => string.Join(", ", new[]
    {
        ("performance", scores.Performance), ("accessibility", scores.Accessibility), ("best practices", scores.BestPractices), ("search", scores.Seo),
    }.Where(s => s.Item2 is not null).Select(s => $"{s.Item1} {ScanWords.Points(s.Item2)}"));
}
