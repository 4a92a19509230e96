using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint;

namespace OmniAudit.Web.Components.Scans;

/// <summary>How the performance of each site went.</summary>
public sealed partial class SiteTrends
{
    private const int MostSites = 6;
    private const int MostPoints = 60;

    [Parameter, EditorRequired] public IReadOnlyList<SiteTrend> Sites { get; set; } = [];

    /// <summary>The sites of these scans, as they come, with their curves.</summary>
    internal static async Task<IReadOnlyList<SiteTrend>> LoadAsync(ScanQueries scans, IEnumerable<ScanSummary> shown, CancellationToken cancellationToken)
    {
        var sites = new List<SiteTrend>();
        foreach (var origin in shown.Select(s => OriginOf(s.Url)).Distinct(StringComparer.Ordinal).Take(MostSites))
        {
            var points = await scans.TrendAsync(origin, null, MostPoints, cancellationToken);
            if (points.Count == 0) continue;
            sites.Add(new SiteTrend(
                origin, [.. points.GroupBy(p => p.Viewport).Select(g => new SiteCurve(g.Key, [.. g.Select(p => p.Performance).OfType<double>()])).Where(c => c.Values.Count > 0)], points[^1]));
        }
        return sites;
    }

    private static string OriginOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Authority) : url;
}

/// <param name="Last">The newest scan.</param>
public sealed record SiteTrend(string Origin, IReadOnlyList<SiteCurve> Curves, ScanTrendPoint Last);

/// <param name="Values">Performance, 0 to 1, oldest first.</param>
public sealed record SiteCurve(string Viewport, IReadOnlyList<double> Values);
