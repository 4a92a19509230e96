using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Scoring;

/// <summary>Metrics from what the browser reported. Milliseconds since the navigation.</summary>
internal static class LoadMetrics
{
    private const double Blocking = 50;
    private const double WindowGap = 1_000;
    private const double WindowLength = 5_000;

    /// <summary>What long tasks take beyond 50 ms after the first paint, each counted from there on (Lighthouse, core/computed/metrics/tbt-utils.js).</summary>
    public static double Tbt(IReadOnlyList<(double Start, double Duration)> tasks, double fcp)
    {
        var total = 0.0;
        foreach (var (start, duration) in tasks)
        {
            var seen = start + duration - Math.Max(start, fcp);
            if (seen >= Blocking) total += seen - Blocking;
        }
        return total;
    }

    /// <summary>The worst session window: shifts less than a second apart, five seconds at most (web.dev/articles/cls).</summary>
    public static double Cls(IReadOnlyList<LayoutShift> shifts)
    {
        var (worst, sum, first, last) = (0.0, 0.0, double.NegativeInfinity, double.NegativeInfinity);
        foreach (var shift in shifts)
        {
            if (shift.At - last >= WindowGap || shift.At - first >= WindowLength) (sum, first) = (0, shift.At);
            sum += shift.Value;
            last = shift.At;
            worst = Math.Max(worst, sum);
        }
        return worst;
    }

    /// <param name="request">The image's; null for text.</param>
    public static LcpPhases Phases(double lcp, double? ttfb, PageRequest? request)
    {
        var firstByte = Math.Clamp(ttfb ?? 0, 0, lcp);
        if (request is null) return new LcpPhases(firstByte, 0, 0, lcp - firstByte);
        var begun = Math.Clamp(request.StartMs, firstByte, lcp);
        var loaded = Math.Clamp(request.EndMs, begun, lcp);
        return new LcpPhases(firstByte, begun - firstByte, loaded - begun, lcp - loaded);
    }

    /// <summary>The run closest to the medians of largest paint and blocking time, the two that vary most; the first of equals.</summary>
    public static int MedianRun(IReadOnlyList<PageMetrics> runs)
    {
        var (lcp, tbt) = (Median(runs.Select(r => r.Lcp)), Median(runs.Select(r => r.Tbt)));
        var order = Enumerable.Range(0, runs.Count);
        return order.MinBy(i => Off(runs[i].Lcp, lcp) + Off(runs[i].Tbt, tbt));

        static double Off(double? value, double median) => value is { } known ? Math.Pow(Math.Abs(known - median) / Math.Max(median, 50), 2) : 100;
    }

    /// <summary>By metric name as in the scores, largest minus smallest.</summary>
    public static IReadOnlyDictionary<string, double> Spread(IReadOnlyList<PageMetrics> runs)
    {
        var spread = new Dictionary<string, double>(StringComparer.Ordinal);
        if (runs.Count < 2) return spread;
        Add("fcp", m => m.Fcp);
        Add("lcp", m => m.Lcp);
        Add("tbt", m => m.Tbt);
        Add("cls", m => m.Cls);
        Add("speed_index", m => m.SpeedIndex);
        Add("ttfb", m => m.Ttfb);
        return spread;

        void Add(string name, Func<PageMetrics, double?> value)
        {
            var known = runs.Select(value).OfType<double>().ToList();
            if (known.Count > 1) spread[name] = Math.Round(known.Max() - known.Min(), 4);
        }
    }

    private static double Median(IEnumerable<double?> values)
    {
        var known = values.OfType<double>().Order().ToList();
        return known.Count == 0 ? 0 : known.Count % 2 == 1 ? known[known.Count / 2] : (known[known.Count / 2 - 1] + known[known.Count / 2]) / 2;
    }
}
