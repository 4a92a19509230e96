namespace OmniAudit.Modules.AuditLens.Evidence.Findings;

/// <summary>What a person said of a finding: a real fault, or not.</summary>
internal sealed record LabelledOutcome(string Profile, string Rule, bool IsReal);

/// <summary>How often findings of a profile and rule were real.</summary>
/// <param name="Count">How many were labelled.</param>
/// <param name="Precision">The share that was real; null below <see cref="MeasuredConfidence.LeastSamples"/>.</param>
/// <param name="Low">The lower end of the 95 % interval; null as above.</param>
/// <param name="High">Its upper end.</param>
internal sealed record RuleConfidence(string Profile, string Rule, int Count, int Real, double? Precision, double? Low, double? High)
{
    public bool IsCalibrated => Precision is not null;

    /// <summary><c>calibrated</c> or <c>uncalibrated</c>.</summary>
    public string State => IsCalibrated ? "calibrated" : "uncalibrated";
}

/// <summary>Confidence as it was measured, never as it was felt.</summary>
internal static class MeasuredConfidence
{
    /// <summary>Fewer labels say nothing.</summary>
    public const int LeastSamples = 20;

    /// <summary>The standard normal's 97.5 % point.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>One row per profile and rule, most labelled first.</summary>
    public static IReadOnlyList<RuleConfidence> Of(IEnumerable<LabelledOutcome> labels) =>
        [.. labels.GroupBy(l => (l.Profile, l.Rule)).Select(g => Of(g.Key.Profile, g.Key.Rule, g.Count(), g.Count(l => l.IsReal))).OrderByDescending(r => r.Count).ThenBy(r => r.Profile, StringComparer.Ordinal).ThenBy(r => r.Rule, StringComparer.Ordinal)];

    /// <summary><paramref name="real"/> of <paramref name="count"/>.</summary>
    public static RuleConfidence Of(string profile, string rule, int count, int real)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(real);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(real, count);
        if (count < LeastSamples) return new RuleConfidence(profile, rule, count, real, null, null, null);
        var (low, high) = Wilson(real, count);
        return new RuleConfidence(profile, rule, count, real, (double)real / count, low, high);
    }

    /// <summary>Wilson's score interval at 95 % (E. B. Wilson, JASA 22 (1927) 209–212): honest at 0 and 1, where the textbook's has no width.</summary>
    internal static (double Low, double High) Wilson(int successes, int count)
    {
        if (count == 0) return (0, 1);
        var (p, z2) = ((double)successes / count, Z * Z);
        var centre = p + z2 / (2 * count);
        var half = Z * Math.Sqrt(p * (1 - p) / count + z2 / (4.0 * count * count));
        return (Math.Max(0, (centre - half) / (1 + z2 / count)), Math.Min(1, (centre + half) / (1 + z2 / count)));
    }
}
