using System.Globalization;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Modules.SiteLint.Findings.Performance;

/// <summary>
/// Judges how fast a page comes up, by its observation alone. The metrics carry the score; the other audits say why, have no weight, and
/// have Lighthouse's names where it asks the same. Findings are made of what stays the same from load to load, never of a measured time alone.
/// </summary>
internal static class PerformanceJudge
{
    /// <summary>The category of these audits and findings.</summary>
    public const string Category = "performance";

    private static readonly Dictionary<string, (string Id, string Title)> Names = new(StringComparer.Ordinal)
    {
        ["fcp"] = ("first-contentful-paint", "First contentful paint"),
        ["lcp"] = ("largest-contentful-paint", "Largest contentful paint"),
        ["tbt"] = ("total-blocking-time", "Total blocking time"),
        ["cls"] = ("cumulative-layout-shift", "Cumulative layout shift"),
        ["speed_index"] = ("speed-index", "Speed index"),
    };

    public static (IReadOnlyList<ReportAudit> Audits, IReadOnlyList<Sighting> Sightings) Judge(PageObservation page)
    {
        var found = new Judgement();
        if (page.Metrics is { } metrics)
        {
            foreach (var metric in PerformanceScore.Each(metrics, page.Viewport.Mobile))
            {
                var (id, title) = Names[metric.Name];
                found.Audit(id, title, metric.Score, Value(metric), metric.Weight);
            }
        }
        LoadingRules.Judge(page, found);
        PaintingRules.Judge(page, found);
        CodeRules.Judge(page, found);
        return (found.Audits, found.Sightings);
    }

    /// <summary>Null when no request was seen.</summary>
    public static ReportWeight? Weigh(PageObservation page)
    {
        if (page.Requests.Count == 0) return null;
        var third = page.Requests.Where(r => r.FromThirdParty).ToList();
        return new ReportWeight(
            page.Requests.Count, page.Requests.Sum(r => r.WireBytes), page.Requests.Sum(r => r.DecodedBytes), third.Count, third.Sum(r => r.WireBytes), page.Dom?.Elements ?? 0,
            [.. page.Requests.GroupBy(r => Kind(r.Type)).Select(g => new ReportResourceType(g.Key, g.Count(), g.Sum(r => r.WireBytes))).OrderByDescending(t => t.WireBytes).ThenBy(t => t.Type, StringComparer.Ordinal)]);
    }

    internal static string Kind(string type) => type switch
    {
        "Document" => "document", "Script" => "script", "Stylesheet" => "stylesheet", "Image" => "image", "Font" => "font", "Media" => "media", "XHR" or "Fetch" => "xhr", _ => "other",
    };

    /// <summary><c>12.3 kB</c>; thousands, as networks count.</summary>
    internal static string Size(long bytes) => bytes < 1_000_000 ? (bytes / 1000.0).ToString("0.#", CultureInfo.InvariantCulture) + " kB" : (bytes / 1_000_000.0).ToString("0.##", CultureInfo.InvariantCulture) + " MB";

    internal static string Milliseconds(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0} ms");

    private static string Value(MetricScore metric) => metric.Value is not { } value ? "not measured" : metric.Name == "cls" ? value.ToString("0.###", CultureInfo.InvariantCulture) : Milliseconds(value);
}

/// <summary>Collects what the rules say about one page.</summary>
internal sealed class Judgement
{
    private const int TextLimit = 300;

    private readonly List<ReportAudit> _audits = [];
    private readonly List<Sighting> _sightings = [];

    public IReadOnlyList<ReportAudit> Audits => _audits;

    public IReadOnlyList<Sighting> Sightings => _sightings;

    /// <param name="score">1 passed, 0 failed; null when it does not apply or only informs.</param>
    public void Audit(string id, string title, double? score, string value, double weight = 0) =>
        _audits.Add(new ReportAudit(id, PerformanceJudge.Category, title, score, weight, Cut(value)));

    /// <param name="selector">An element, or <c>request: …</c> for a resource, which is the same fault on every page that loads it.</param>
    public void Fault(string rule, string severity, string title, string fix, string selector, string evidence, double confidence = 0.9) =>
        _sightings.Add(new Sighting("performance/" + rule, severity, PerformanceJudge.Category, title, confidence, fix, Cut(selector), Cut(evidence), SiteWide: selector.StartsWith("request: ", StringComparison.Ordinal)));

    private static string Cut(string text) => text.Length <= TextLimit ? text : text[..TextLimit];
}
