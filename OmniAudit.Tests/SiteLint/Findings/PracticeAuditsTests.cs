using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Tests.SiteLint.Findings;

public sealed class PracticeAuditsTests
{
    public static TheoryData<string, object, double?> Cases()
    {
        var (good, image) = (TestPages.Good, TestPages.Image);
        return new TheoryData<string, object, double?>
        {
            { "is-on-https", good, 1 },
            { "is-on-https", good with { FinalUrl = "http://site.example/" }, 0 },
            { "is-on-https", good with { FinalUrl = "http://localhost:5000/" }, 1 },
            { "is-on-https", good with { Requests = [Request("http://cdn.example/a.png")] }, 0 },
            { "is-on-https", good.WithIssue("MixedContentIssue", """{"mixedContentIssueDetails":{"insecureURL":"http://cdn.example/a.png","resolutionStatus":"MixedContentAutomaticallyUpgraded"}}"""), 0 },
            { "redirects-http", good, null },
            { "redirects-http", good with { Url = "http://site.example/" }, 1 },
            { "redirects-http", good with { Url = "http://site.example/", FinalUrl = "http://site.example/" }, 0 },
            { "redirects-http", good with { Url = "http://127.0.0.1:81/", FinalUrl = "http://127.0.0.1:81/" }, null },
            { "paste-preventing-inputs", good.With(f => f with { PasteBlockers = ["#code"] }), 0 },
            { "doctype", good.With(f => f with { Doctype = false }), 0 },
            { "doctype", good.WithIssue("QuirksModeIssue", """{"quirksModeIssueDetails":{"isLimitedQuirksMode":true}}"""), 0 },
            { "charset", good.WithHeader("content-type", "text/html").With(f => f with { CharsetEarly = false }), 0 },
            { "charset", good.WithHeader("content-type", "text/html"), 1 },
            { "charset", good.With(f => f with { CharsetEarly = false, Charset = null }), 1 },
            { "errors-in-console", good with { ConsoleErrors = ["boom"] }, 0 },
            { "errors-in-console", good with { FailedRequests = ["404 https://site.example/a.png"] }, 0 },
            { "js-libraries", good, null },
            { "js-libraries", good.With(f => f with { Libraries = [new("jQuery", "3.7.1")] }), 1 },
            { "valid-source-maps", good with { Requests = [Request("https://site.example/a.js") with { Type = "Script", DecodedBytes = 600_000 }] }, null },
            { "deprecations", good.WithIssue("DeprecationIssue", """{"deprecationIssueDetails":{"type":"UnloadHandler","sourceCodeLocation":{"url":"https://site.example/a.js","lineNumber":7}}}"""), 0 },
            { "third-party-cookies", good.WithIssue("CookieIssue", Cookie("WarnThirdPartyPhaseout")), 0 },
            { "third-party-cookies", good.WithIssue("CookieIssue", Cookie("WarnSameSiteUnspecifiedLaxAllowUnsafe")), 1 },
            { "inspector-issues", good.WithIssue("CookieIssue", Cookie("WarnSameSiteUnspecifiedLaxAllowUnsafe")), 0 },
            { "inspector-issues", good.WithIssue("ContentSecurityPolicyIssue", """{"blockedURL":"https://evil.example/x.js"}"""), 0 },
            { "inspector-issues", good.WithIssue("DeprecationIssue", "{}"), 1 },
            { "inspector-issues", good.WithIssue("CookieIssue", "[]"), 1 },
            { "geolocation-on-start", good.WithIssue("Violation", """{"text":"Only request geolocation information in response to a user gesture.","url":"https://site.example/"}"""), 0 },
            { "notification-on-start", good.WithIssue("Violation", """{"text":"Only request notification permission in response to a user gesture.","url":"https://site.example/"}"""), 0 },
            { "geolocation-on-start", good with { HearsPermissionRequests = false }, null },
            { "notification-on-start", good.WithIssue("Violation", """{"text":"Only request geolocation information in response to a user gesture.","url":"https://site.example/"}"""), 1 },
            { "image-aspect-ratio", Shown(image), 1 },
            { "image-aspect-ratio", Shown(image with { Height = 150 }), 0 },
            { "image-aspect-ratio", Shown(image with { Height = 101 }), 1 },
            { "image-aspect-ratio", Shown(image with { Height = 150, Fit = "cover" }), 1 },
            { "image-aspect-ratio", Shown(image with { Height = 150, NaturalHeight = 5 }), 1 },
            { "image-aspect-ratio", Shown(image with { Height = 150, Url = "https://site.example/a.svg" }), 1 },
            { "image-size-responsive", Shown(image), 1 },
            { "image-size-responsive", Shown(image with { Width = 400, Height = 200 }), 0 },
            { "image-size-responsive", Shown(image with { Width = 260, Height = 130 }), 1 },
            { "image-size-responsive", Shown(image with { Width = 400, Height = 200, ByDensity = true }), 1 },
            { "image-size-responsive", Shown(image with { Width = 400, Height = 200, Visible = false }), 1 },
            { "image-size-responsive", Shown(image with { Width = 400, Height = 200, Rendering = "pixelated" }), 1 },
            { "image-size-responsive", Shown(image with { Width = 60, Height = 30, NaturalWidth = 60, NaturalHeight = 29 }), 0 },
            // 1.75 device pixels count as one and a half.
            { "image-size-responsive", Shown(image) with { Viewport = Viewport.Mobile412 }, 0 },
            { "image-size-responsive", Shown(image with { NaturalWidth = 225, NaturalHeight = 113 }) with { Viewport = Viewport.Mobile412 }, 1 },
            { "csp-xss", good, 1 },
            { "csp-xss", good.WithHeader("content-security-policy", null), 0 },
            { "csp-xss", good.WithHeader("content-security-policy", "script-src 'nonce-abcdefgh' 'strict-dynamic' 'unsafe-inline' https:; object-src 'none'; base-uri 'none'"), 1 },
            { "csp-xss", good.WithHeader("content-security-policy", "script-src 'nonce-abcdefgh'; object-src 'none'"), 0 },
            { "csp-xss", good.WithHeader("content-security-policy", "script-src 'self' https://cdn.example; object-src 'none'"), 0 },
            { "csp-xss", good.WithHeader("content-security-policy", "default-src 'self' 'unsafe-inline'"), 0 },
            { "csp-xss", good.WithHeader("content-security-policy", "default-src *"), 0 },
            { "csp-xss", good.WithHeader("content-security-policy", "script-src 'none'").With(f => f with { PolicyMetas = ["object-src 'none'"] }), 1 },
            { "has-hsts", good, 1 },
            { "has-hsts", good.WithHeader("strict-transport-security", "max-age=300"), 0 },
            { "has-hsts", good.WithHeader("strict-transport-security", "includeSubDomains"), 0 },
            { "has-hsts", good.WithHeader("strict-transport-security", "max-age=31536000; sometimes"), 0 },
            { "origin-isolation", good, 1 },
            { "origin-isolation", good.WithHeader("cross-origin-opener-policy", "perhaps"), 0 },
            { "clickjacking-mitigation", good, 1 },
            { "clickjacking-mitigation", good.WithHeader("content-security-policy", "default-src 'self'"), 0 },
            { "clickjacking-mitigation", good.WithHeader("content-security-policy", null).WithHeader("x-frame-options", "SAMEORIGIN"), 1 },
            { "trusted-types-xss", good, 0 },
            { "trusted-types-xss", good.WithHeader("content-security-policy", "require-trusted-types-for 'script'"), 1 },
        };
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Judge_OneAudit_SaysWhatLighthouseSays(string audit, object observation, double? score) => Assert.Equal(score, ((PageObservation)observation).Audit(audit).Score);

    [Fact]
    public void Judge_ThirdPartyCookieTwice_IsOneFinding()
    {
        var page = TestPages.Good.WithIssue("CookieIssue", Cookie("WarnThirdPartyPhaseout")).WithIssue("CookieIssue", Cookie("WarnThirdPartyPhaseout"));

        var found = PageJudge.Judge(page).Sightings;

        Assert.Equal(["best_practices/third-party-cookies: id of tracker.example (https://tracker.example/p)"], found.Select(s => $"{s.Rule}: {s.Evidence}"));
        Assert.Equal(0, page.Audit("inspector-issues").Score);
    }

    [Fact]
    public void Judge_AxeResults_GiveAScoreByImpactWithoutWhatPeopleMustJudge()
    {
        var axe = TestPages.Axe("""
            {"violations":[{"id":"image-alt","impact":"critical","help":"Images must have alternate text","helpUrl":"https://dequeuniversity.com/","tags":["wcag2a"],"nodes":[{"html":"<img>","impact":"critical","target":["img"],"any":[],"all":[],"none":[]}]},
                           {"id":"region","impact":"moderate","help":"Content in landmarks","helpUrl":"https://dequeuniversity.com/","tags":["best-practice"],"nodes":[]}],
             "passes":[{"id":"html-has-lang","nodes":[]},{"id":"color-contrast","nodes":[]}],
             "incomplete":[{"id":"color-contrast","helpUrl":"https://dequeuniversity.com/rules/axe/4.11/color-contrast","nodes":[{"html":"<p>","target":["main > p"]},{"html":"<b>","target":["b"]}]},{"id":"video-caption","nodes":[]}],
             "inapplicable":[{"id":"label","nodes":[]}]}
            """);
        var page = TestPages.Good with { Axe = axe };

        var verdict = PageJudge.Judge(page);

        // 7 (lang) and 7 (contrast) of 24 (with image-alt's 10); what Lighthouse does not weigh, is incomplete or does not apply drops out.
        Assert.Equal(14.0 / 24, verdict.Scores.Accessibility!.Value, 12);
        Assert.Equal((0, 10), (page.Audit("image-alt").Score, verdict.Audits.Last(a => a.Id == "image-alt").Weight));
        Assert.Null(page.Audit("video-caption").Score);
        Assert.Equal(2, verdict.NeedsReview);
        // Passed on some elements, for people to judge on others: told, and no failure.
        Assert.Equal((1, new ReportReview(2, "main > p", "https://dequeuniversity.com/rules/axe/4.11/color-contrast")), (page.Audit("color-contrast").Score, page.Audit("color-contrast").Review));
        Assert.Equal(["color-contrast", "video-caption"], verdict.Audits.Where(a => a.Review is not null).Select(a => a.Id));
        Assert.DoesNotContain(verdict.Sightings, s => s.Rule is "axe/color-contrast" or "axe/video-caption");
    }

    [Fact]
    public void Judge_WhatAxeReportsToo_IsOneFindingAndBothScoresCount()
    {
        const string Node = """[{"html":"<html>","impact":"serious","target":["html"],"any":[],"all":[],"none":[]}]""";
        var axe = TestPages.Axe($$$"""
            {"violations":[{"id":"document-title","impact":"serious","help":"Documents must have a title","helpUrl":"https://a.test/","tags":[],"nodes":{{{Node}}}},{"id":"page-has-heading-one","impact":"moderate","help":"One h1","helpUrl":"https://a.test/","tags":[],"nodes":{{{Node}}}}],
             "passes":[],"incomplete":[],"inapplicable":[]}
            """);
        var page = TestPages.Good.With(f => f with { Title = "", Headings = [] });

        var alone = PageJudge.Judge(page);
        var both = PageJudge.Judge(page with { Axe = axe });

        Assert.Equal(["best_practices/heading", "seo/document-title"], alone.Sightings.Select(s => s.Rule).Order());
        Assert.Equal(["axe/document-title", "axe/page-has-heading-one"], both.Sightings.Select(s => s.Rule).Order());
        Assert.True(both.Scores.Seo < 1);
        Assert.Equal((alone.Scores.Seo, 0, 0), (both.Scores.Seo, both.Audits.First(a => a.Id == "document-title").Score, both.Audits.Last(a => a.Id == "document-title").Score));
        // axe passes a page without a heading of level one where it does not apply: then ours stays.
        Assert.Contains(PageJudge.Judge(page with { Axe = TestPages.Axe("""{"violations":[],"passes":[],"incomplete":[],"inapplicable":[]}""") }).Sightings, s => s.Rule == "best_practices/heading");
    }

    private static PageObservation Shown(ImageFact image) => TestPages.Good.With(f => f with { Images = [image] });

    private static PageRequest Request(string url) => new(url, "Image", 200, "image/png", "h2", 1, 1, false, false, 0, 1, new Dictionary<string, string>());

    private static string Cookie(string reason) =>
        $$$"""{"cookieIssueDetails":{"cookie":{"name":"id","path":"/","domain":"tracker.example"},"cookieWarningReasons":["{{{reason}}}"],"cookieExclusionReasons":[],"cookieUrl":"https://tracker.example/p"}}""";
}
