using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Findings.Performance;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Tests.SiteLint.Findings;

public sealed class PerformanceJudgeTests
{
    [Fact]
    public void Judge_CleanPage_PassesEveryAuditAndFindsNothing()
    {
        var (audits, sightings) = PerformanceJudge.Judge(Page());

        Assert.Empty(sightings);
        Assert.DoesNotContain(audits, a => a.Score < 0.9);
        Assert.Equal(100, audits.Sum(a => a.Weight));
        Assert.Equal(audits.Count, audits.Select(a => a.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("render-blocking", "render-blocking-insight")]
    [InlineData("cache", "cache-insight")]
    [InlineData("text-compression", "")]
    [InlineData("redirects", "redirects")]
    [InlineData("lcp-lazy", "lcp-discovery-insight")]
    [InlineData("layout-shift", "cls-culprits-insight")]
    [InlineData("unsized-images", "unsized-images")]
    [InlineData("image-size", "image-delivery-insight")]
    [InlineData("font-display", "font-display-insight")]
    [InlineData("dom-size", "dom-size-insight")]
    [InlineData("unused-javascript", "unused-javascript")]
    [InlineData("unminified-css", "unminified-css")]
    public void Judge_OneFault_IsFoundAndFailsItsAudit(string rule, string audit)
    {
        var (audits, sightings) = PerformanceJudge.Judge(Broken(rule));

        Assert.Equal(["performance/" + rule], sightings.Select(s => s.Rule).Distinct());
        Assert.All(sightings, s => Assert.Equal("performance", s.Category));
        if (audit.Length > 0) Assert.Equal(0, audits.Single(a => a.Id == audit).Score);
    }

    [Theory]
    [InlineData("max-age=31536000, immutable", 31_536_000d)]
    [InlineData("public, max-age=60", 60d)]
    [InlineData("no-store", null)]
    [InlineData("no-cache, max-age=60", null)]
    [InlineData("", 0d)]
    public void Lifetime_CacheControl_IsItsMaxAge(string control, double? seconds) =>
        Assert.Equal(seconds, LoadingRules.Lifetime(control.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { ["cache-control"] = control }));

    [Fact]
    public void Coverage_NestedRanges_CountByTheInnermost() =>
        Assert.Equal(100 - 60 + 10, CodeCoverage.Used(100, [(0, 100, true), (20, 80, false), (30, 40, true)]));

    [Fact]
    public void WastedSpace_IndentedAndMinifiedCode_TellsThemApart()
    {
        const string Written = "/* what it does */\nfunction f() {\n    // why\n    return 1;\n}\n\n";
        Assert.True(CodeCoverage.WastedSpace(string.Concat(Enumerable.Repeat(Written, 40))) > 1_000);
        Assert.Equal(0, CodeCoverage.WastedSpace("/*! licence */function f(){return 1}"));
    }

    [Theory]
    [InlineData("https://cdn.example.com/a", "https://www.example.com/", false)]
    [InlineData("https://cdn.example.co.uk/a", "https://other.co.uk/", true)]
    [InlineData("https://example.net/a", "https://example.com/", true)]
    [InlineData("http://127.0.0.2/a", "http://127.0.0.1/", true)]
    [InlineData("data:text/plain,x", "https://example.com/", false)]
    public void Site_TwoAddresses_BelongTogetherByTheirRegistrableDomain(string url, string page, bool third) => Assert.Equal(third, Site.IsThirdParty(url, page));

    private static PageObservation Broken(string rule)
    {
        var page = Page();
        return rule switch
        {
            "render-blocking" => page with { Requests = [page.Requests[0], Request("https://a.test/s.js", "Script", "cache-control: max-age=31536000") with { RenderBlocking = true, StartMs = 600, EndMs = 1_200 }] },
            "cache" => page with { Requests = [page.Requests[0], Request("https://a.test/i.png", "Image", "cache-control: max-age=60")] },
            "text-compression" => page with { Requests = [page.Requests[0], Request("https://a.test/s.js", "Script", "cache-control: max-age=31536000") with { DecodedBytes = 50_000 }] },
            "redirects" => page with { Requests = [Request("https://a.test/x", "Document") with { Status = 301 }, Request("https://a.test/y", "Document") with { Status = 302 }, .. page.Requests] },
            "lcp-lazy" => page with { Lcp = page.Lcp! with { Lazy = true } },
            "layout-shift" => page with { Metrics = page.Metrics! with { Cls = 0.3 }, Shifts = [new(900, 0.3, ["div#ad"])] },
            "unsized-images" => page with { UnsizedImages = [new("img", "https://a.test/hero.png")] },
            "image-size" => page with { Images = [new("img", "https://a.test/hero.png", 4_000, 3_000, 200, 150, false, 0)] },
            "font-display" => page with { Fonts = [new("Inter", "auto")] },
            "dom-size" => page with { Dom = page.Dom! with { Elements = 20_000 } },
            "unused-javascript" => page with { Code = [new("https://a.test/s.js", true, 100_000, 80_000, 0)] },
            _ => page with { Code = [new("https://a.test/s.css", false, 50_000, 0, 20_000)] },
        };
    }

    private static PageObservation Page() => new()
    {
        Url = "https://a.test/", FinalUrl = "https://a.test/", Viewport = Viewport.Mobile412, Status = 200, Headers = [],
        Metrics = new PageMetrics(900, 1_200, 0, 0, 1_000, 600),
        Requests = [Request("https://a.test/", "Document"), Request("https://a.test/hero.png", "Image", "cache-control: max-age=31536000")],
        Lcp = new LargestPaint(1_200, "https://a.test/hero.png", "img#hero", "img", false, "high"), LcpPhases = new LcpPhases(600, 100, 400, 100),
        Dom = new DomSize(200, 8, "p", 20, "ul"), Fonts = [new("Inter", "swap")], Images = [new("img#hero", "https://a.test/hero.png", 700, 350, 400, 200, false, 0)],
    };

    private static PageRequest Request(string url, string type, params string[] headers) => new(
        url, type, 200, type == "Image" ? "image/png" : "text/html", "h2", 50_000, 1_000, false, false, 100, 700, headers.Select(h => h.Split(": ")).ToDictionary(h => h[0], h => h[1]))
    {
        Initiator = "parser",
    };
}
