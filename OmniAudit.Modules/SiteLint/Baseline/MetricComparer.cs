using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint.Baseline;

/// <summary>
/// Finds metrics that moved more than they vary by themselves. A metric may move, without being called a change, by the largest of: a floor, a share of
/// the earlier value, and the spread that either scan saw over its runs. bench/sitelint-stability.sh prints how far metrics of an unchanged
/// page move on a machine; the floor for blocking time is below the 150 ms that a main-thread block of 200 ms adds.
/// </summary>
internal static class MetricComparer
{
    private static readonly Metric[] Metrics =
    [
        new("fcp", 200, 0.15, p => p.Metrics?.Values.Fcp),
        new("lcp", 250, 0.15, p => p.Metrics?.Values.Lcp),
        new("tbt", 100, 0.20, p => p.Metrics?.Values.Tbt),
        new("cls", 0.02, 0.10, p => p.Metrics?.Values.Cls),
        new("speed_index", 300, 0.20, p => p.Metrics?.Values.SpeedIndex),
        new("ttfb", 200, 0.30, p => p.Metrics?.Values.Ttfb),
        new("performance", 0.05, 0, p => p.Scores?.Performance, HigherIsBetter: true),
        new("wire_bytes", 20_480, 0.05, p => p.Weight?.WireBytes),
        new("requests", 3, 0.10, p => p.Weight?.Requests),
    ];

    public static IReadOnlyList<ReportMetricChange> Compare(ScanReport now, ScanReport before)
    {
        var earlier = before.Pages.Where(p => p.Outcome == PageOutcome.Audited).GroupBy(p => (p.Url, p.Viewport)).ToDictionary(g => g.Key, g => g.First());
        return
        [
            .. from page in now.Pages
               where page.Outcome == PageOutcome.Audited && earlier.ContainsKey((page.Url, page.Viewport))
               let other = earlier[(page.Url, page.Viewport)]
               from metric in Metrics
               let change = One(metric, page, other)
               where change is not null
               orderby change.Verdict descending, page.Url, page.Viewport
               select change,
        ];
    }

    private static double Allowance(Metric metric, double before, double spread) => Math.Max(Math.Max(metric.Floor, metric.Share * Math.Abs(before)), spread);

    private static ReportMetricChange? One(Metric metric, ReportPage now, ReportPage before)
    {
        if (metric.Value(now) is not { } after || metric.Value(before) is not { } earlier) return null;
        var allowance = Allowance(metric, earlier, Math.Max(Spread(now, metric.Name), Spread(before, metric.Name)));
        if (!(Math.Abs(after - earlier) > allowance)) return null;
        return new ReportMetricChange(now.Url, now.Viewport, metric.Name, earlier, after, allowance, after > earlier == metric.HigherIsBetter ? "improved" : "regressed");
    }

    private static double Spread(ReportPage page, string metric) => page.Metrics is { Runs: > 1 } metrics && metrics.Spread.TryGetValue(metric, out var spread) ? spread : 0;

    private sealed record Metric(string Name, double Floor, double Share, Func<ReportPage, double?> Value, bool HigherIsBetter = false);
}
