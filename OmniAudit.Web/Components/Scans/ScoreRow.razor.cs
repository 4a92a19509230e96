using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>The four scores of one viewport.</summary>
public sealed partial class ScoreRow
{
    [Parameter, EditorRequired] public ReportScores Scores { get; set; } = null!;
    [Parameter, EditorRequired] public string Viewport { get; set; } = "";
    /// <summary>False where a heading names the viewport already.</summary>
    [Parameter] public bool Titled { get; set; } = true;
    [Parameter] public string Note { get; set; } = "";
    [Parameter] public RenderFragment? ChildContent { get; set; }

    /// <summary>The middle of all audited pages, by viewport in the order of the report; pages without scores do not count.</summary>
    internal static IReadOnlyList<(string Viewport, int Pages, ReportScores Scores)> MediansOf(ScanReport report) =>
    [
        .. report.Pages.Where(p => p.Scores is not null).GroupBy(p => p.Viewport).Select(g => (g.Key, g.Count(), new ReportScores(
            Median(g.Select(p => p.Scores!.Performance)), Median(g.Select(p => p.Scores!.Accessibility)), Median(g.Select(p => p.Scores!.BestPractices)), Median(g.Select(p => p.Scores!.Seo))))),
    ];

    private static double? Median(IEnumerable<double?> values)
    {
        var known = values.OfType<double>().Order().ToList();
        return known.Count == 0 ? null : (known[(known.Count - 1) / 2] + known[known.Count / 2]) / 2;
    }
}
