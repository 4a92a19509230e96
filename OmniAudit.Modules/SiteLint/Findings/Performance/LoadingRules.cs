using System.Globalization;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Modules.SiteLint.Findings.Performance;

/// <summary>What comes over the network, and how.</summary>
internal static class LoadingRules
{
    private const int MostFaults = 20;
    private const double SlowServer = 600;
    private const double VerySlowServer = 1_500;
    private const double MonthSeconds = 30 * 86_400;
    private const int SmallText = 1_400;

    /// <summary>Lighthouse's curve for the weight of a page, in bytes.</summary>
    private static readonly LogNormalScore WeightScore = new(2_667 * 1024, 4_000 * 1024);

    public static void Judge(PageObservation page, Judgement found)
    {
        if (page.Requests.Count == 0) return;
        var document = page.Requests.FirstOrDefault(r => r.Type == "Document" && r.Status is < 300 or >= 400) ?? page.Requests[0];
        Weight(page, found);
        Document(page, document, found);
        Cache(page, document, found);
        Blocking(page, document, found);
        ThirdParties(page, found);
        Protocol(page, found);
    }

    private static void Weight(PageObservation page, Judgement found)
    {
        var bytes = page.Requests.Sum(r => r.WireBytes);
        var types = PerformanceJudge.Weigh(page)!.Types;
        found.Audit("network-requests", "Requests", null, string.Create(CultureInfo.InvariantCulture, $"{page.Requests.Count} requests, {PerformanceJudge.Size(bytes)}"));
        found.Audit("resource-summary", "Resources by kind", null, string.Join(", ", types.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Type} {t.Requests} ({PerformanceJudge.Size(t.WireBytes)})"))));
        var score = WeightScore.Of(bytes);
        found.Audit("total-byte-weight", "The page keeps its weight down", score, PerformanceJudge.Size(bytes));
        if (score < 0.5)
            found.Fault("total-byte-weight", "s3", "The page is very heavy", "Compress and resize images, split scripts, and load what is not needed at first later.", "", PerformanceJudge.Size(bytes));
    }

    private static void Document(PageObservation page, PageRequest document, Judgement found)
    {
        var redirects = page.Requests.TakeWhile(r => r != document).Count(r => r.Type == "Document" && r.Status is >= 300 and < 400);
        found.Audit("redirects", "The page is reached without redirects", redirects == 0 ? 1 : 0, redirects.ToString(CultureInfo.InvariantCulture));
        if (redirects > 1)
            found.Fault("redirects", "s3", "Several redirects stand before the page", "Lead directly to the final address.", "", $"{page.Url} → {page.FinalUrl}");

        double? server = page.Metrics?.Ttfb is { } ttfb ? Math.Max(0, ttfb - Throttling.Of(page.Viewport).LatencyMs * (redirects + 1)) : null;
        found.Audit("server-response-time", "The server answers quickly", server is { } time ? time <= SlowServer ? 1 : 0 : null, server is { } known ? PerformanceJudge.Milliseconds(known) + " beside the network's share" : "not measured");
        if (server > VerySlowServer)
            found.Fault("server-response-time", "s3", "The server takes long to answer", "Look at what the server does for this page: database queries, other services, missing caches.", "", "more than a second beside the network's share", 0.6);

        var packed = document.Headers.ContainsKey("content-encoding") || document.DecodedBytes < SmallText;
        found.Audit("document-latency-insight", "The document comes without detours", redirects == 0 && packed && server is null or <= SlowServer ? 1 : 0,
            string.Join(", ", new[] { redirects == 0 ? "" : "redirected", packed ? "" : "not compressed", server > SlowServer ? "slow server" : "" }.Where(w => w.Length > 0)));
        foreach (var text in page.Requests.Where(r => !r.FromThirdParty && r.Status == 200 && IsText(r) && r.DecodedBytes >= 4 * SmallText && !r.Headers.ContainsKey("content-encoding")).Take(MostFaults))
            found.Fault("text-compression", "s3", "A text is sent uncompressed", "Let the server compress text with Brotli or gzip.", "request: " + text.Url, $"{text.MimeType}, {PerformanceJudge.Size(text.DecodedBytes)}");
    }

    private static void Cache(PageObservation page, PageRequest document, Judgement found)
    {
        var files = page.Requests.Where(r => r != document && r.Status == 200 && r.Type is "Script" or "Stylesheet" or "Image" or "Font" or "Media" && r.Url.StartsWith("http", StringComparison.Ordinal)).ToList();
        var brief = files.Where(r => Lifetime(r.Headers) is { } seconds && seconds < MonthSeconds).ToList();
        found.Audit("cache-insight", "Files may stay in the visitor's cache", files.Count == 0 ? null : brief.Count == 0 ? 1 : 0,
            string.Create(CultureInfo.InvariantCulture, $"{brief.Count} of {files.Count} files stay less than 30 days"));
        foreach (var file in brief.Where(r => !r.FromThirdParty).Take(MostFaults))
            found.Fault("cache", "s4", "A file may hardly be cached", "Send Cache-Control: max-age=31536000, immutable, and change the file's name with its content.", "request: " + file.Url, "cache-control: " + file.Headers.GetValueOrDefault("cache-control", "(none)"));
    }

    private static void Blocking(PageObservation page, PageRequest document, Judgement found)
    {
        var fcp = page.Metrics?.Fcp ?? double.MaxValue;
        var blocking = page.Requests.Where(r => r.RenderBlocking && r != document && r.StartMs < fcp).ToList();
        found.Audit("render-blocking-insight", "Nothing holds up the first paint", blocking.Count == 0 ? 1 : 0,
            blocking.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{blocking.Count} files, until {PerformanceJudge.Milliseconds(blocking.Max(r => r.EndMs))}"));
        foreach (var file in blocking.Take(MostFaults))
        {
            var script = file.Type == "Script";
            found.Fault("render-blocking", script ? "s3" : "s4", script ? "A script holds up the first paint" : "A style sheet holds up the first paint",
                script ? "Load it with defer or async, or as a module." : "Put the styles of the first screen into the document, and load the rest without blocking (media, preload).", "request: " + file.Url, PerformanceJudge.Size(file.WireBytes));
        }
    }

    private static void ThirdParties(PageObservation page, Judgement found)
    {
        var third = page.Requests.Where(r => r.FromThirdParty).GroupBy(r => Uri.TryCreate(r.Url, UriKind.Absolute, out var url) ? Site.Of(url.Host) : "").OrderByDescending(g => g.Sum(r => r.WireBytes)).ToList();
        found.Audit("third-parties-insight", "Other sites", null,
            third.Count == 0 ? "none" : string.Join(", ", third.Take(8).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} {g.Count()} ({PerformanceJudge.Size(g.Sum(r => r.WireBytes))})"))));
    }

    private static void Protocol(PageObservation page, Judgement found)
    {
        var old = page.Requests.Where(r => r.Url.StartsWith("https:", StringComparison.Ordinal) && r.Protocol.StartsWith("http/1", StringComparison.Ordinal) && r.Status == 200).ToList();
        var applies = page.FinalUrl.StartsWith("https:", StringComparison.Ordinal);
        // One connection carries six requests well enough.
        found.Audit("modern-http-insight", "Files come over HTTP/2 or later", applies ? old.Count < 6 ? 1 : 0 : null, string.Create(CultureInfo.InvariantCulture, $"{old.Count} over HTTP/1"));
    }

    /// <summary>Seconds a cache may keep an answer without asking (RFC 9111); null when it must not be kept at all, which is somebody's decision.</summary>
    internal static double? Lifetime(IReadOnlyDictionary<string, string> headers)
    {
        var control = headers.GetValueOrDefault("cache-control", "").ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (control.Any(c => c is "no-cache" or "no-store" or "must-revalidate" or "private" or "stale-while-revalidate") && !control.Any(c => c.StartsWith("max-age=", StringComparison.Ordinal))) return null;
        if (control.Any(c => c is "no-store" or "no-cache")) return null;
        foreach (var directive in control)
        {
            if (directive.StartsWith("max-age=", StringComparison.Ordinal) && double.TryParse(directive[8..].Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return seconds;
        }
        if (headers.TryGetValue("expires", out var expires))
        {
            return DateTimeOffset.TryParse(expires, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until) && headers.TryGetValue("date", out var date)
                && DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var sent) ? Math.Max(0, (until - sent).TotalSeconds) : 0;
        }
        return 0;
    }

    private static bool IsText(PageRequest request) =>
        request.Type is "Document" or "Script" or "Stylesheet" || request.MimeType.StartsWith("text/", StringComparison.Ordinal) || request.MimeType is "application/json" or "application/javascript" or "image/svg+xml";
}
