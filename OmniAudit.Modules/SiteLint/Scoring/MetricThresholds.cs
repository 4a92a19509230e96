namespace OmniAudit.Modules.SiteLint.Scoring;

/// <summary>Where a metric stops being good and where it begins to be poor, in the metric's own unit.</summary>
/// <param name="Good">Scores 0.9; less is better.</param>
/// <param name="Poor">Scores 0.5.</param>
public sealed record MetricThresholds(double Good, double Poor)
{
    /// <summary>Those that the score is made of; null for metrics without a score.</summary>
    /// <param name="metric">As in <see cref="MetricScore.Name"/>.</param>
    public static MetricThresholds? Of(string metric, bool mobile) => PerformanceScore.CurveOf(metric, mobile) is { } curve ? new(curve.P10, curve.Median) : null;
}
