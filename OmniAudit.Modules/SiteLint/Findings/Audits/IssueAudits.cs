using System.Text.Json;
using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>What the browser itself complains about, as Lighthouse 13.5 reads it: the Issues panel, and the violations it logs (issues with the code <see cref="ViolationCode"/> and a <c>text</c>).</summary>
internal static class IssueAudits
{
    /// <summary>Not one of CDP's own: an entry of its log with the source "violation".</summary>
    public const string ViolationCode = "Violation";

    private const string Practice = FindingCategory.BestPractices;
    private const string Guide = "https://developer.chrome.com/docs/lighthouse/best-practices/";

    private static readonly Question Deprecations = new("deprecations", Practice, "No deprecated features are used", 5);
    private static readonly Question Cookies = new("third-party-cookies", Practice, "No third-party cookies are used", 5);
    private static readonly Question Panel = new("inspector-issues", Practice, "The browser's Issues panel is empty", 1);
    private static readonly Question Geolocation = new("geolocation-on-start", Practice, "The position is not asked for at the start", 1);
    private static readonly Question Notifications = new("notification-on-start", Practice, "Leave to notify is not asked for at the start", 1);

    private static readonly (string Code, string Title, string Link)[] PanelIssues =
    [
        ("MixedContentIssue", "The browser reports mixed content", "https://developer.mozilla.org/docs/Web/Security/Mixed_content"),
        ("CookieIssue", "The browser reports a problem with a cookie", "https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie"),
        ("BlockedByResponseIssue", "The browser blocks an answer by its cross-origin policy", "https://developer.mozilla.org/docs/Web/HTTP/Guides/Cross-Origin_Resource_Policy"),
        ("HeavyAdIssue", "The browser removes an advertisement that takes too much", "https://developer.chrome.com/blog/heavy-ad-interventions"),
        ("ContentSecurityPolicyIssue", "The page breaks its own content security policy", "https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP"),
    ];

    public static IEnumerable<AuditResult> All(PageObservation page)
    {
        yield return DeprecationsOf(page);
        yield return CookiesOf(page);
        yield return PanelOf(page);
        yield return AskedAtStart(page, Geolocation, "geolocation", "The page asks for the visitor's position without being asked to");
        yield return AskedAtStart(page, Notifications, "notification permission", "The page asks for leave to notify without being asked to");
    }

    private static AuditResult DeprecationsOf(PageObservation page) => Deprecations.Of(
        [.. InspectorIssues.Of(page, "DeprecationIssue").Select(d => (Feature: InspectorIssues.Word(d, "type"), Source: SourceOf(d))).Distinct().Select(d => new Sighting(
            "best_practices/deprecations", "s3", Practice, "The page uses a feature that browsers will drop", 1,
            $"Replace {Text.Cut(d.Feature, 100)}. {Guide}deprecations/", "feature: " + Text.Cut(d.Feature, 100), Text.Cut($"{d.Feature} in {d.Source}", 300)))],
        "warning", "warnings");

    private static string SourceOf(JsonElement details)
    {
        var line = InspectorIssues.Word(details, "sourceCodeLocation", "lineNumber");
        return InspectorIssues.Word(details, "sourceCodeLocation", "url") + (line.Length > 0 ? ":" + line : "");
    }

    /// <summary>Cookies that the browser warns about as third parties', each once.</summary>
    private static AuditResult CookiesOf(PageObservation page)
    {
        var cookies = new List<Sighting>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var details in InspectorIssues.Of(page, "CookieIssue"))
        {
            if (!IsThirdPartyCookie(details)) continue;
            var (name, domain, path) = (InspectorIssues.Word(details, "cookie", "name"), InspectorIssues.Word(details, "cookie", "domain"), InspectorIssues.Word(details, "cookie", "path"));
            if (name.Length == 0) name = InspectorIssues.Word(details, "rawCookieLine").Split('=')[0];
            if (name.Length == 0 || !seen.Add($"{domain};{path};{name}")) continue;
            cookies.Add(new("best_practices/third-party-cookies", "s3", Practice, "A third party keeps a cookie", 1,
                "Do without it: browsers block such cookies. https://privacysandbox.google.com/cookies/prepare/overview", "cookie: " + Text.Cut($"{name} {domain}", 200), Text.Cut($"{name} of {domain} ({InspectorIssues.Word(details, "cookieUrl")})", 300)));
        }
        return Cookies.Of(cookies, "cookie", "cookies");
    }

    private static AuditResult PanelOf(PageObservation page)
    {
        var (found, kinds) = (new List<Sighting>(), 0);
        foreach (var (code, title, link) in PanelIssues)
        {
            var issues = InspectorIssues.Of(page, code).ToList();
            if (issues.Count > 0) kinds++;
            // Mixed content and third-party cookies are findings of their own.
            if (code == "MixedContentIssue") continue;
            var addresses = issues.Where(d => !IsThirdPartyCookie(d)).Select(AddressOf).Distinct(StringComparer.Ordinal);
            found.AddRange(addresses.Select(address => new Sighting("best_practices/inspector-issues", "s3", Practice, title, 0.9, $"Open the Issues panel of the browser's tools on this page. {link}", $"issue: {code} {Text.Cut(address.Split('?')[0], 200)}".TrimEnd(), Text.Cut(address, 300))));
        }
        return kinds == 0 ? Panel.Passed() : Panel.Failed($"{kinds} {(kinds == 1 ? "kind" : "kinds")} of issues", found);
    }

    private static bool IsThirdPartyCookie(JsonElement details) =>
        InspectorIssues.Lists(details, "cookieWarningReasons", "WarnThirdPartyPhaseout") || InspectorIssues.Lists(details, "cookieExclusionReasons", "ExcludeThirdPartyPhaseout");

    private static string AddressOf(JsonElement details) =>
        new[] { InspectorIssues.Word(details, "request", "url"), InspectorIssues.Word(details, "cookieUrl"), InspectorIssues.Word(details, "blockedURL"), InspectorIssues.Word(details, "insecureURL") }.FirstOrDefault(a => a.Length > 0) ?? "";

    private static AuditResult AskedAtStart(PageObservation page, Question question, string words, string title) =>
        page.Issues.FirstOrDefault(i => i.Code == ViolationCode && InspectorIssues.Word(i.Details, "text").Contains(words, StringComparison.Ordinal)) is { } violation
            ? question.Failed("", new Sighting("best_practices/" + question.Id, "s3", Practice, title, 1, $"Ask when the visitor has done something that needs it. {Guide}{question.Id}/", "", Text.Cut(InspectorIssues.Word(violation.Details, "url"), 300)))
            : page.HearsPermissionRequests ? question.Passed() : question.Skipped("not listened for");
}
