namespace OmniAudit.Modules.SiteLint.Scoring;

/// <summary>What a visitor waits for, measured in one throttled navigation. Milliseconds, but for the layout shift, which has no unit. Null: not measured.</summary>
/// <param name="Fcp">First contentful paint.</param>
/// <param name="Lcp">Largest contentful paint.</param>
/// <param name="Tbt">Total blocking time: what long tasks take beyond 50 ms, from first paint until the page is interactive.</param>
/// <param name="Cls">Cumulative layout shift: the worst session window (1 s gap, 5 s at most).</param>
/// <param name="SpeedIndex">Speed index: the mean time at which parts of the screen became what they are in the end.</param>
/// <param name="Ttfb">Time to the first byte of the document.</param>
public sealed record PageMetrics(double? Fcp, double? Lcp, double? Tbt, double? Cls, double? SpeedIndex, double? Ttfb);

/// <summary>One metric and its part in the score.</summary>
/// <param name="Score">0 to 1; null when it was not measured.</param>
/// <param name="Weight">Its weight among those that were measured.</param>
public sealed record MetricScore(string Name, double? Value, double? Score, double Weight);

/// <summary>Lighthouse's performance score (weights and curves of version 10 and later, developer.chrome.com/docs/lighthouse/performance/performance-scoring).</summary>
internal static class PerformanceScore
{
    private static readonly Curve[] Curves =
    [
        new("fcp", 10, new(1800, 3000), new(934, 1600), m => m.Fcp),
        new("lcp", 25, new(2500, 4000), new(1200, 2400), m => m.Lcp),
        new("tbt", 30, new(200, 600), new(150, 350), m => m.Tbt),
        new("cls", 25, new(0.1, 0.25), new(0.1, 0.25), m => m.Cls),
        new("speed_index", 10, new(3387, 5800), new(1311, 2300), m => m.SpeedIndex),
    ];

    /// <summary>Each metric by itself, in a fixed order.</summary>
    public static IReadOnlyList<MetricScore> Each(PageMetrics metrics, bool mobile) =>
        [.. Curves.Select(c => new MetricScore(c.Name, c.Value(metrics), c.Value(metrics) is { } value ? (mobile ? c.Mobile : c.Desktop).Of(value) : null, c.Weight))];

    /// <summary>0 to 1 over what was measured; null when nothing was. What is missing drops out, its weight with it.</summary>
    public static double? Of(PageMetrics metrics, bool mobile) => Weighted(Each(metrics, mobile).Select(m => (m.Score, m.Weight)));

    /// <summary>Σ weight·score ÷ Σ weight over those that have a score; null when none has a weight.</summary>
    public static double? Weighted(IEnumerable<(double? Score, double Weight)> parts)
    {
        var (sum, weights) = (0.0, 0.0);
        foreach (var (score, weight) in parts)
        {
            if (score is not { } known) continue;
            sum += known * weight;
            weights += weight;
        }
        return weights > 0 ? sum / weights : null;
    }

    /// <summary>The curve of one metric; null when it has none.</summary>
    public static LogNormalScore? CurveOf(string metric, bool mobile) => Curves.FirstOrDefault(c => c.Name == metric) is { } curve ? mobile ? curve.Mobile : curve.Desktop : null;

    private sealed record Curve(string Name, double Weight, LogNormalScore Mobile, LogNormalScore Desktop, Func<PageMetrics, double?> Value);
}
