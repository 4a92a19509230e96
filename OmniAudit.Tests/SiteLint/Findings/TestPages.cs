using System.Text.Json;
using Deque.AxeCore.Commons;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Tests.SiteLint.Findings;

/// <summary>Observations made by hand: a page without a fault, to be spoilt by <c>with</c>.</summary>
internal static class TestPages
{
    public const string Url = "https://site.example/page";

    public static PageFacts Facts { get; } = new()
    {
        Title = "A page", Description = "What is on it.", Language = "en", Headings = ["A page"], Viewport = "width=device-width", Doctype = true, Charset = "UTF-8", CharsetEarly = true,
    };

    public static PageObservation Good { get; } = new()
    {
        HearsPermissionRequests = true,
        Url = Url, FinalUrl = Url, Viewport = Viewport.Desktop, Status = 200, Facts = Facts, HttpRedirects = true,
        Headers =
        [
            new("content-type", "text/html; charset=utf-8"), new("strict-transport-security", "max-age=31536000; includeSubDomains"), new("content-security-policy", "default-src 'none'; script-src 'self'; frame-ancestors 'none'"),
            new("x-content-type-options", "nosniff"), new("referrer-policy", "no-referrer"), new("cross-origin-resource-policy", "same-origin"), new("cross-origin-opener-policy", "same-origin"),
        ],
        Robots = new RobotsAnswer(200, "User-agent: *\nAllow: /\n"),
    };

    public static AnchorFact Link { get; } = new("https://site.example/about", "/about", "About us", "en", false, false, "", "", "", true, true, false, "p > a");

    public static ImageFact Image { get; } = new("https://site.example/a.png", 200, 100, 200, 100, "fill", "auto", false, true, true, true, "img");

    public static PageObservation With(this PageObservation page, Func<PageFacts, PageFacts> change) => page with { Facts = change(page.Facts!) };

    public static PageObservation WithHeader(this PageObservation page, string name, string? value) =>
        page with { Headers = [.. page.Headers.Where(h => h.Key != name), .. value is null ? [] : new KeyValuePair<string, string>[] { new(name, value) }] };

    public static PageObservation WithIssue(this PageObservation page, string code, string details)
    {
        using var json = JsonDocument.Parse(details);
        return page with { Issues = [.. page.Issues, new InspectorIssue(code, json.RootElement.Clone())] };
    }

    public static AxeResult Axe(string json) => new(Newtonsoft.Json.Linq.JObject.Parse(json));

    public static ReportAudit Audit(this PageObservation page, string id) => PageJudge.Judge(page).Audits.First(a => a.Id == id);

    public static IReadOnlyList<Sighting> Sightings(this PageObservation page, string rule) => PageJudge.Recheck(page, rule);
}
