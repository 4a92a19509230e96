using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Web.Components.Scans;

/// <summary>How reports say things to people: one wording for all pages.</summary>
internal static class ScanWords
{
    public static readonly string[] Categories = ["performance", "accessibility", "best_practices", "seo", "security", "availability"];
    public static readonly string[] Severities = ["s1", "s2", "s3", "s4"];

    /// <summary>A category of findings or audits.</summary>
    public static string Category(string category) => category switch
    {
        "seo" => "Search",
        "" => "",
        _ => char.ToUpperInvariant(category[0]) + category[1..].Replace('_', ' '),
    };

    public static string Severity(string severity) => severity switch { "s1" => "s1, worst", "s4" => "s4, least", _ => severity };

    /// <summary>A score from 0 to 1 as word, tone and drawing; colour alone says nothing.</summary>
    public static (string Word, string Tone, string Icon) Score(double? score) => score switch
    {
        null => ("not measured", "quiet", "question"),
        >= 0.9 => ("good", "good", "check"),
        >= 0.5 => ("needs work", "warn", "alert"),
        _ => ("poor", "bad", "cross"),
    };

    /// <summary>0 to 100; never rounded up into a better class.</summary>
    public static string Points(double? score) => score is { } known ? Math.Floor(known * 100 + 1e-9).ToString("0") : "–";

    public static string Metric(string name) => name switch
    {
        "fcp" => "First contentful paint",
        "lcp" => "Largest contentful paint",
        "tbt" => "Total blocking time",
        "cls" => "Layout shift",
        "speed_index" => "Speed index",
        "ttfb" => "First byte",
        "performance" => "Performance score",
        "wire_bytes" => "Bytes sent",
        _ => name.Replace('_', ' '),
    };

    /// <summary>A metric's value with its unit.</summary>
    public static string Value(string metric, double value) => metric switch
    {
        "cls" => value.ToString("0.###"),
        "performance" => Points(value),
        "wire_bytes" => Bytes(value),
        _ => value < 1000 ? $"{value:0} ms" : $"{value / 1000:0.00} s",
    };

    public static string Bytes(double bytes) => bytes switch
    {
        < 1000 => $"{bytes:0} B",
        < 1_000_000 => $"{bytes / 1000:0.#} kB",
        _ => $"{bytes / 1_000_000:0.##} MB",
    };

    /// <summary>The thresholds of a metric in a viewport; null for viewports of people's own making, whose device is not in the report.</summary>
    public static MetricThresholds? Thresholds(string metric, string viewport) =>
        viewport is "desktop" or "mobile" ? MetricThresholds.Of(metric, mobile: viewport == "mobile") : null;

    public static string Outcome(string outcome) => outcome.Replace('_', ' ');

    /// <summary>Why the crawl left addresses out.</summary>
    public static string Skipped(string reason) => reason switch
    {
        "budget" => "beyond the crawl budget",
        "robots" => "forbidden by robots.txt",
        "excluded" => "left out by include or exclude",
        "template_sample" => "more of a template that was sampled",
        "trap" => "looks like an endless family of addresses",
        "unsafe" => "would sign out or delete something",
        "other_origin" => "on another site",
        "not_a_page" => "not a page",
        _ => reason.Replace('_', ' '),
    };

    public static string Budget(ReportBudgetCheck check) => check.Budget.Replace('_', ' ');

    public static string ViewportSet(string set) => set.Replace('_', '+');

    public static string Host(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.Authority : url;

    /// <summary>"1 page", "3 pages".</summary>
    public static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count:n0} {what}s";

    /// <summary>An address of an audited site that may be followed from here; null when it is none.</summary>
    public static string? Href(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https") ? uri.AbsoluteUri : null;

    /// <summary>For coordinates in drawings.</summary>
    public static string N(double value) => value.ToString("0.##");
}
