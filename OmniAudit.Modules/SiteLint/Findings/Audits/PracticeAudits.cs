using System.Text.RegularExpressions;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>Habits of the trade, as Lighthouse 13.5 asks for them: the document, its transport, its scripts. Those that stand on the browser's own complaints are in <see cref="IssueAudits"/>, pictures in <see cref="ImageAudits"/>, headers in <see cref="HeaderAudits"/>.</summary>
internal static partial class PracticeAudits
{
    private const string Practice = FindingCategory.BestPractices;
    private const string Guide = "https://developer.chrome.com/docs/lighthouse/best-practices/";

    private static readonly Question Https = new("is-on-https", Practice, "Everything is loaded over https", 5);
    private static readonly Question Redirects = new("redirects-http", Practice, "http is redirected to https", 1);
    private static readonly Question Paste = new("paste-preventing-inputs", Practice, "Form fields accept what is pasted", 3);
    private static readonly Question Doctype = new("doctype", Practice, "The page has the HTML doctype", 1);
    private static readonly Question Charset = new("charset", Practice, "The page says its character encoding early", 1);
    private static readonly Question Console = new("errors-in-console", Practice, "Nothing is reported as an error on the console", 1);
    private static readonly Question Libraries = new("js-libraries", Practice, "JavaScript libraries on the page", 0);
    private static readonly Question SourceMaps = new("valid-source-maps", Practice, "Large scripts of the site have source maps", 0);

    /// <summary>Lighthouse's threshold for a large script, in bytes.</summary>
    private const long LargeScript = 500 * 1024;

    public static IEnumerable<AuditResult> All(PageObservation page)
    {
        yield return HttpsOf(page);
        yield return RedirectsOf(page);
        yield return PasteOf(page.Facts);
        yield return DoctypeOf(page);
        yield return CharsetOf(page);
        yield return page.ConsoleErrors.Count + page.FailedRequests.Count is > 0 and var errors ? Console.Failed($"{errors} {(errors == 1 ? "error" : "errors")}") : Console.Passed();
        yield return page.Facts is not { Libraries.Count: > 0 } facts ? Libraries.Skipped() : Libraries.Passed(string.Join(", ", facts.Libraries.Select(l => (l.Name + " " + l.Text).TrimEnd())));
        yield return SourceMapsOf(page);
    }

    /// <summary>Not Lighthouse's: what visitors of small screens and of screen readers need first.</summary>
    public static IEnumerable<Sighting> Basics(PageFacts facts)
    {
        if (string.IsNullOrWhiteSpace(facts.Viewport))
            yield return new("best_practices/viewport", "s3", Practice, "The page does not fit itself to small screens", 1, "Add <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">. https://developer.chrome.com/docs/lighthouse/pwa/viewport/", "", "");
        if (facts.Headings.All(string.IsNullOrWhiteSpace))
            yield return new("best_practices/heading", "s4", Practice, "The page has no main heading", 0.8, "Give the page one <h1>. https://dequeuniversity.com/rules/axe/html/4.11/page-has-heading-one", "", "");
    }

    /// <summary>The machine itself is as good as encrypted.</summary>
    public static bool IsLocal(string host) => host is "localhost" or "127.0.0.1" || host.EndsWith(".localhost", StringComparison.Ordinal);

    private static AuditResult HttpsOf(PageObservation page)
    {
        var complaints = InspectorIssues.Of(page, "MixedContentIssue").Select(d => InspectorIssues.Word(d, "insecureURL")).Where(u => u.Length > 0);
        var insecure = page.Requests.Select(r => r.Url).Prepend(page.FinalUrl).Where(IsInsecure).Concat(complaints).Distinct(StringComparer.Ordinal).ToList();
        if (insecure.Count == 0) return Https.Passed();
        var sightings = new List<Sighting>();
        if (IsInsecure(page.FinalUrl))
            sightings.Add(new("security/https", "s2", FindingCategory.Security, "The site is served without encryption", 1, "Serve the site over https and redirect http to it. https://developer.chrome.com/docs/lighthouse/pwa/is-on-https/", "", Text.Cut(page.FinalUrl, 300), SiteWide: true));
        else
            sightings.AddRange(insecure.Select(url => new Sighting("security/mixed-content", "s2", FindingCategory.Security, "A page over https asks for something over http", 1, "Ask for it over https. https://developer.mozilla.org/docs/Web/Security/Mixed_content", "request: " + Text.Cut(url.Split('?')[0], 280), Text.Cut(url, 300))));
        return Https.Failed($"{insecure.Count} insecure {(insecure.Count == 1 ? "request" : "requests")}", sightings);
    }

    private static bool IsInsecure(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "ws" or "ftp" && !IsLocal(address.Host);

    /// <summary>As Lighthouse: asked only of a scan that began at http. Whether http redirects when the scan began at https is part of the header grade.</summary>
    private static AuditResult RedirectsOf(PageObservation page)
    {
        if (!page.Url.StartsWith("http:", StringComparison.OrdinalIgnoreCase) || !WebTarget.TryParse(page.FinalUrl, out var target, out _) || IsLocal(target.Host)) return Redirects.Skipped();
        // The finding is security/redirection.
        return target.Scheme == "https" ? Redirects.Passed() : Redirects.Failed("");
    }

    private static AuditResult PasteOf(PageFacts? facts) => facts is null ? Paste.Skipped() : Paste.Of(
        [.. facts.PasteBlockers.Select(field => new Sighting("best_practices/paste-preventing-inputs", "s3", Practice, "A form field does not accept what is pasted", 1, $"Let people paste: password managers need it. {Guide}paste-preventing-inputs/", field, ""))],
        "field", "fields");

    private static AuditResult DoctypeOf(PageObservation page)
    {
        if (page.Facts is null) return Doctype.Skipped();
        var limited = InspectorIssues.Of(page, "QuirksModeIssue").Any(d => d.TryGetProperty("isLimitedQuirksMode", out var flag) && flag.ValueKind == System.Text.Json.JsonValueKind.True);
        if (page.Facts.Doctype && !limited) return Doctype.Passed();
        return Doctype.Failed(limited ? "limited quirks mode" : "quirks mode", new Sighting("best_practices/doctype", "s4", Practice, "The page is drawn in quirks mode", 1, $"Start the document with <!doctype html>. {Guide}doctype/", "", ""));
    }

    private static AuditResult CharsetOf(PageObservation page)
    {
        if (page.Headers.FirstOrDefault(h => h.Key == "content-type") is { Value: { } type } && CharsetParameter().IsMatch(type)) return Charset.Passed();
        if (page.Facts is null) return Charset.Skipped();
        if (page.Facts.CharsetEarly) return Charset.Passed(page.Facts.Charset ?? "");
        return Charset.Failed("", new Sighting(
            "best_practices/charset", "s4", Practice, page.Facts.Charset is null ? "The page does not say its character encoding" : "The page says its character encoding too late", 1,
            $"Add <meta charset=\"utf-8\"> at the beginning of the head, or a charset to the Content-Type header. {Guide}charset/", "", ""));
    }

    private static AuditResult SourceMapsOf(PageObservation page)
    {
        var large = page.Requests.Where(r => r.Type == "Script" && !r.FromThirdParty && r.DecodedBytes >= LargeScript).ToList();
        if (large.Count == 0) return SourceMaps.Passed();
        // A map may also be named in the script's last line, which is not kept: without the header nothing is known.
        return large.TrueForAll(r => r.Headers.ContainsKey("sourcemap") || r.Headers.ContainsKey("x-sourcemap")) ? SourceMaps.Passed() : SourceMaps.Skipped($"{large.Count} large scripts without a SourceMap header");
    }

    [GeneratedRegex(@"charset\s*=\s*[a-zA-Z0-9-_:.()]{2,}", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex CharsetParameter();
}
