namespace OmniAudit.Modules.SiteLint.Scoring;

/// <summary>
/// Lighthouse's scoring curve: a log-normal survival function through two points, 0.9 at <see cref="P10"/> and 0.5 at
/// <see cref="Median"/> (github.com/GoogleChrome/lighthouse, docs/scoring.md; core/lib/statistics.js).
/// </summary>
/// <param name="P10">The value that scores 0.9.</param>
/// <param name="Median">The value that scores 0.5.</param>
internal sealed record LogNormalScore(double P10, double Median)
{
    /// <summary>erfc⁻¹(1/5): where the curve is at 0.9.</summary>
    private const double InverseErfcOneFifth = 0.9061938024368232;

    /// <summary>0 (bad) to 1 (good). Rounding never lifts a value over the edge of its class: at most 0.9 past p10, at most 0.5 past the median.</summary>
    public double Of(double value)
    {
        if (value <= 0) return 1;
        var x = Math.Log(Math.Max(double.Epsilon, value / Median)) * InverseErfcOneFifth / -Math.Log(Math.Max(double.Epsilon, P10 / Median));
        var share = (1 - Erf(x)) / 2;
        if (value <= P10) return Math.Clamp(share, 0.9, 1);
        return value <= Median ? Math.Clamp(share, 0.5, Math.BitDecrement(0.9)) : Math.Clamp(share, 0, Math.BitDecrement(0.5));
    }

    /// <summary>The error function (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26); off by at most 1.5e-7.</summary>
    internal static double Erf(double x)
    {
        var t = 1 / (1 + 0.3275911 * Math.Abs(x));
        var y = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
        return Math.Sign(x) * (1 - y * Math.Exp(-x * x));
    }
}
