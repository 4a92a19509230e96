using System.Globalization;

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>What a page used more of than a scan grants; the scan went on without it.</summary>
internal static class LimitRules
{
    /// <param name="reason">The fence's words: which limit it was.</param>
    public static Sighting Network(string reason) => new(
        "availability/network-limit", "s2", FindingCategory.Availability, "The page moves more over the network than a scan grants", 0.8,
        "Look for downloads that never end, and for resources far larger than a visitor needs.", "", reason);

    public static Sighting ScanTime(TimeSpan limit, int visited) => new(
        "availability/scan-time", "s3", FindingCategory.Availability, "The scan ran out of time before it ran out of pages", 1,
        "Ask for fewer pages or viewports at once, or mend the slow pages that this report names.", "",
        string.Create(CultureInfo.InvariantCulture, $"stopped after {limit.TotalMinutes:0} minutes and {visited} pages"), SiteWide: true);

    /// <param name="why">Which page answered how.</param>
    public static Sighting SignInLost(string why) => new(
        "availability/sign-in-lost", "s2", FindingCategory.Availability, "The page is not shown to the scan's auth profile", 0.8,
        "If the session ended on the way, exclude what ends it; otherwise give the profile's account the right to see this page.", "", why);
}
