namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>What a profile buys and costs.</summary>
/// <param name="Runs">Throttled navigations per page and viewport, each with a cold cache; the median counts.</param>
/// <param name="Pictures">Full-page screenshots, element crops and the filmstrip with its speed index.</param>
/// <param name="Links">Whether link targets are asked.</param>
/// <param name="Coverage">One more navigation, unthrottled, that finds unused and unminified code.</param>
internal sealed record ScanProfile(int Runs, bool Pictures, bool Links, bool Coverage)
{
    public const int MostRuns = 9;

    /// <summary>The navigation is slowed down as Lighthouse does it; otherwise nothing that it measures means anything.</summary>
    public bool Throttled { get; init; } = true;

    /// <summary>
    /// <c>quick</c>: one navigation, rules and metrics but the speed index. <c>standard</c>: pictures and links too.
    /// <c>deep</c>: five navigations, median and spread, coverage; about four times the time of standard.
    /// </summary>
    /// <param name="runs">Other than what the profile says; null: as it says.</param>
    public static ScanProfile Of(string profile, int? runs)
    {
        var known = profile switch
        {
            "quick" => new ScanProfile(1, false, false, false),
            // One look whether a fault is still there.
            FindingVerifier.Profile => new ScanProfile(1, false, false, false) { Throttled = false },
            "deep" => new ScanProfile(5, true, true, true),
            _ => new ScanProfile(1, true, true, false),
        };
        return runs is { } asked ? known with { Runs = Math.Clamp(asked, 1, MostRuns) } : known;
    }
}
