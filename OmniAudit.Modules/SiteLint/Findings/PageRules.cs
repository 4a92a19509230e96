using System.Globalization;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>What is judged besides axe: availability, search basics, errors, transport and headers.</summary>
internal static class PageRules
{
    private const string Seo = FindingCategory.Seo, Practice = FindingCategory.BestPractices, Security = FindingCategory.Security, Up = FindingCategory.Availability;

    public static Sighting HttpError(int status) => status >= 500
        ? new("availability/http-status", "s1", Up, "The page answers with a server error", 1, "Find the error in the server's log and mend it.", "", $"HTTP {status}")
        : new("availability/http-status", "s2", Up, "The page answers with an error status", 1, "Mend or remove the links to this address, or serve a page there.", "", $"HTTP {status}");

    public static Sighting SlowLoad(TimeSpan limit) =>
        new("availability/slow-load", "s2", Up, "The page does not finish loading", 0.8, "Look for resources that never end or answer too late.", "", string.Create(CultureInfo.InvariantCulture, $"no load event after {limit.TotalSeconds:0} s"));

    public static Sighting Unfinished(string outcome, string reason) => outcome switch
    {
        PageOutcome.Blocked => new("availability/not-audited", "s3", Up, "The page leads to a target that this server does not visit", 1, "If the target is meant to be audited, allow it (URL_ALLOWLIST); otherwise mend the redirect.", "", reason),
        PageOutcome.Timeout => new("availability/timeout", "s2", Up, "The page was not done in time", 0.8, "Look for scripts that never end and resources that never answer.", "", reason),
        PageOutcome.Crashed => new("availability/crash", "s1", Up, "The page brings the browser down", 0.8, "Look for scripts that take unbounded memory or close the page.", "", reason),
        _ => new("availability/unreachable", "s1", Up, "The page cannot be reached", 0.9, "Check that the server runs, its DNS entry and its certificate.", "", reason),
    };

    public static IEnumerable<Sighting> Errors(string pageUrl, IReadOnlyList<string> consoleErrors, IReadOnlyList<string> failedRequests)
    {
        foreach (var error in consoleErrors.Distinct())
            yield return new("best_practices/console-error", "s3", Practice, "The page writes errors to the console", 0.9, "Open the browser's console on this page and mend the error.", "console: " + Cut(error, 120), Cut(error, 300));
        var origin = WebTarget.TryParse(pageUrl, out var page, out _) ? page.Origin : "";
        foreach (var failed in failedRequests.Distinct())
        {
            var own = failed[(failed.IndexOf(' ', StringComparison.Ordinal) + 1)..].StartsWith(origin + "/", StringComparison.Ordinal);
            yield return new("availability/broken-resource", own ? "s2" : "s3", Up, "The page asks for a resource that fails", 0.9, "Mend or remove the reference.", "request: " + Cut(failed, 300), Cut(failed, 300));
        }
    }

    public static IEnumerable<Sighting> Document(PageFacts facts, IReadOnlyDictionary<string, string> headers, string finalUrl)
    {
        if (string.IsNullOrWhiteSpace(facts.Title))
            yield return new("seo/document-title", "s2", Seo, "The page has no title", 1, "Give the page a <title> that says what is on it.", "", "");
        if (string.IsNullOrWhiteSpace(facts.Description))
            yield return new("seo/meta-description", "s3", Seo, "The page has no description", 1, "Add <meta name=\"description\" content=\"…\"> with one or two sentences.", "", "");
        if (facts.Canonicals.Distinct().Count() > 1)
            yield return new("seo/canonical", "s3", Seo, "The page names more than one canonical address", 1, "Keep one <link rel=\"canonical\">.", "link[rel=\"canonical\"]", Cut(string.Join(' ', facts.Canonicals), 300));
        else if (facts.Canonicals is [var canonical] && !Uri.TryCreate(new Uri(finalUrl), canonical, out _))
            yield return new("seo/canonical", "s3", Seo, "The canonical address cannot be read", 1, "Give a full URL in <link rel=\"canonical\">.", "link[rel=\"canonical\"]", Cut(canonical, 300));
        if (IsNoIndex(facts.Robots))
            yield return new("seo/is-crawlable", "s2", Seo, "The page asks search engines to leave it out", 1, "Remove noindex from the robots meta element, if the page is meant to be found.", "meta[name=\"robots\"]", Cut(facts.Robots!, 300));
        if (headers.TryGetValue("x-robots-tag", out var tag) && IsNoIndex(tag))
            yield return new("seo/is-crawlable", "s2", Seo, "The page asks search engines to leave it out", 1, "Remove noindex from the X-Robots-Tag header, if the page is meant to be found.", "header: x-robots-tag", Cut(tag, 300));
        if (string.IsNullOrWhiteSpace(facts.Viewport))
            yield return new("best_practices/viewport", "s3", Practice, "The page does not fit itself to small screens", 1, "Add <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">.", "", "");
        if (facts.Headings.All(string.IsNullOrWhiteSpace))
            yield return new("best_practices/heading", "s4", Practice, "The page has no main heading", 0.8, "Give the page one <h1>.", "", "");
        if (!facts.Doctype)
            yield return new("best_practices/doctype", "s4", Practice, "The page is drawn in quirks mode", 1, "Start the document with <!doctype html>.", "", "");
        if (facts.Charset is null && !(headers.TryGetValue("content-type", out var type) && type.Contains("charset", StringComparison.OrdinalIgnoreCase)))
            yield return new("best_practices/charset", "s4", Practice, "The page does not say its character encoding", 1, "Add <meta charset=\"utf-8\"> or a charset to the Content-Type header.", "", "");
        foreach (var sighting in Headers(headers, finalUrl)) yield return sighting;
    }

    private static IEnumerable<Sighting> Headers(IReadOnlyDictionary<string, string> headers, string finalUrl)
    {
        var https = finalUrl.StartsWith("https:", StringComparison.Ordinal);
        var loopback = WebTarget.TryParse(finalUrl, out var target, out _) && (target.Host is "localhost" || target.Host.StartsWith("127.", StringComparison.Ordinal) || target.Host == "::1");
        if (!https && !loopback)
            yield return new("security/https", "s2", Security, "The site is served without encryption", 1, "Serve the site over https and redirect http to it.", "", Cut(finalUrl, 300), SiteWide: true);
        if (https && !headers.ContainsKey("strict-transport-security"))
            yield return new("security/hsts", "s3", Security, "The site does not insist on https", 1, "Send Strict-Transport-Security: max-age=31536000.", "", "", SiteWide: true);
        if (!headers.TryGetValue("content-security-policy", out var csp))
            yield return new("security/csp", "s3", Security, "The site has no content security policy", 1, "Send a Content-Security-Policy header, at least default-src 'self'.", "", "", SiteWide: true);
        if (!headers.TryGetValue("x-content-type-options", out var nosniff) || !nosniff.Equals("nosniff", StringComparison.OrdinalIgnoreCase))
            yield return new("security/nosniff", "s4", Security, "Browsers may guess content types", 1, "Send X-Content-Type-Options: nosniff.", "", "", SiteWide: true);
        if (!headers.ContainsKey("x-frame-options") && !(csp?.Contains("frame-ancestors", StringComparison.OrdinalIgnoreCase) ?? false))
            yield return new("security/framing", "s4", Security, "Other sites may frame this one", 0.9, "Send Content-Security-Policy: frame-ancestors 'self'.", "", "", SiteWide: true);
    }

    private static bool IsNoIndex(string? directives) =>
        directives is not null && directives.Split(',', ':', StringSplitOptions.TrimEntries).Any(d => d.Equals("noindex", StringComparison.OrdinalIgnoreCase) || d.Equals("none", StringComparison.OrdinalIgnoreCase));

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
