using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Findings;

namespace OmniAudit.Tests.SiteLint.Findings;

public sealed class SeoAuditsTests
{
    [Fact]
    public void Judge_GoodPage_PassesEverythingAndScoresOne()
    {
        var verdict = PageJudge.Judge(TestPages.Good);

        Assert.Empty(verdict.Sightings);
        Assert.Equal((1, 1), (verdict.Scores.Seo, verdict.Scores.BestPractices));
        Assert.Null(verdict.Scores.Performance);
        Assert.Equal(93.0 / 23 + 9, verdict.Audits.Where(a => a.Category == FindingCategory.Seo).Sum(a => a.Weight), 12);
        Assert.Equal(27, verdict.Audits.Where(a => a.Category == FindingCategory.BestPractices).Sum(a => a.Weight));
    }

    [Fact]
    public void Judge_BlockedPage_CannotPassTheCategory()
    {
        var score = PageJudge.Judge(Robots("robots", "noindex")).Scores.Seo;

        // image-alt and canonical do not apply to a page without either: their weights drop out.
        Assert.Equal(7 / (93.0 / 23 + 7), score!.Value, 12);
    }

    public static TheoryData<string, object, double?> Cases()
    {
        var (good, link) = (TestPages.Good, TestPages.Link);
        var data = new TheoryData<string, object, double?>
        {
            { "document-title", good.With(f => f with { Title = " " }), 0 },
            { "meta-description", good.With(f => f with { Description = "" }), 0 },
            { "http-status-code", good with { Status = 503 }, 0 },
            { "http-status-code", good with { Status = 304 }, 1 },
            { "is-crawlable", Robots("robots", "NOINDEX, follow"), 0 },
            { "is-crawlable", Robots("robots", "nofollow"), 1 },
            { "is-crawlable", Robots("googlebot", "noindex"), 1 },
            { "is-crawlable", good.With(f => f with { RobotsMetas = [new("robots", "noindex"), new("bingbot", "index")] }), 1 },
            { "is-crawlable", good.WithHeader("x-robots-tag", "none"), 0 },
            { "is-crawlable", good.WithHeader("x-robots-tag", "Googlebot: noindex"), 1 },
            { "is-crawlable", good with { Robots = new(200, "User-agent: *\nDisallow: /") }, 0 },
            { "is-crawlable", good with { Robots = new(200, "User-agent: *\nDisallow: /\nUser-agent: bingbot\nAllow: /") }, 1 },
            { "is-crawlable", good with { Robots = new(404, "Disallow: /") }, 1 },
            { "robots-txt", good with { Robots = null }, null },
            { "robots-txt", good with { Robots = new(404, "") }, null },
            { "robots-txt", good with { Robots = new(500, "") }, 0 },
            { "robots-txt", good with { Robots = new(0, "") }, 0 },
            { "robots-txt", good with { Robots = new(200, "# note\nUser-agent: *\nDisallow:\nSitemap: https://site.example/s.xml\nContent-Signal: ai=no") }, 1 },
            { "robots-txt", good with { Robots = new(200, "<html>not found</html>") }, 0 },
            { "robots-txt", good with { Robots = new(200, "Disallow: /a") }, 0 },
            { "robots-txt", good with { Robots = new(200, "User-agent: *\nDisallow: a") }, 0 },
            { "robots-txt", good with { Robots = new(200, "User-agent: *\nDisallow: /a$b") }, 0 },
            { "robots-txt", good with { Robots = new(200, "Sitemap: /sitemap.xml") }, 0 },
            { "robots-txt", good with { Robots = new(200, "User-agent: *\nFollow: /a") }, 0 },
            { "link-text", Anchor(link with { Text = " Click Here " }), 0 },
            { "link-text", Anchor(link with { Text = "Click here", NoFollow = true }), 1 },
            { "link-text", Anchor(link with { Text = "here", SamePage = true }), 1 },
            { "link-text", Anchor(link with { Text = "here", Href = "mailto:a@site.example" }), 1 },
            { "link-text", Anchor(link with { Text = "hier" }), 1 },
            { "link-text", Anchor(link with { Text = "hier", Language = "de-CH" }), 0 },
            { "link-text", Anchor(link with { Text = "hier", Language = null }), 0 },
            { "link-text", Anchor(link with { Text = "here", Language = "xx" }), 1 },
            { "crawlable-anchors", Anchor(link), 1 },
            { "crawlable-anchors", Anchor(link with { Raw = "javascript:void(0)", Href = "javascript:void(0)" }), 0 },
            { "crawlable-anchors", Anchor(link with { Raw = "javascript: void 0", Href = "javascript: void 0" }), 0 },
            { "crawlable-anchors", Anchor(link with { Raw = "javascript:open()", Href = "javascript:open()" }), 1 },
            { "crawlable-anchors", Anchor(link with { Raw = "file:///x", Href = "file:///x" }), 0 },
            { "crawlable-anchors", Anchor(link with { Raw = "https://", Href = "" }), 0 },
            { "crawlable-anchors", Anchor(link with { Raw = "", Href = "", HasHref = false, LinkLike = false }), 1 },
            { "crawlable-anchors", Anchor(link with { Raw = "", Href = "", HasHref = false, LinkLike = false, Listens = true }), 0 },
            { "crawlable-anchors", Anchor(link with { Raw = "", Href = "", HasHref = false, LinkLike = true }), 0 },
            { "crawlable-anchors", Anchor(link with { Raw = "", Href = "", Role = "button" }), 1 },
            { "crawlable-anchors", Anchor(link with { Raw = "", Href = "", Id = "place" }), 1 },
            { "crawlable-anchors", Anchor(link with { Raw = "", Href = "", Name = "place" }), 1 },
            { "hreflang", Tag(new("alternate", "https://site.example/de", "https://site.example/de", "de-AT", true, "link")), 1 },
            { "hreflang", Tag(new("alternate", "https://site.example/de", "https://site.example/de", "x-default", true, "link")), 1 },
            { "hreflang", Tag(new("alternate", "https://site.example/de", "https://site.example/de", "xx", true, "link")), 0 },
            { "hreflang", Tag(new("alternate", "https://site.example/de", "/de", "de", true, "link")), 0 },
            { "hreflang", Tag(new("alternate", "https://site.example/de", "/de", "de", false, "link")), 1 },
            { "hreflang", good.WithHeader("link", "<https://site.example/de>; rel=\"alternate\"; hreflang=\"nonsense\""), 0 },
            { "canonical", good, null },
            { "canonical", Canonicals(TestPages.Url), 1 },
            { "canonical", Canonicals(TestPages.Url, TestPages.Url), 1 },
            { "canonical", Canonicals(TestPages.Url, "https://site.example/b"), 0 },
            { "canonical", Canonicals("https://site.example/"), 0 },
            { "canonical", Tag(new("canonical", TestPages.Url, "/page", "", true, "link")), 0 },
            { "canonical", Tag(new("canonical", "", "https://", "", true, "link")), 0 },
            { "canonical", Tag(new("canonical", TestPages.Url, "/page", "", false, "link")), null },
            { "canonical", good.WithHeader("link", "<https://site.example/>; rel=canonical"), 0 },
            { "canonical", good.With(f => f with { LinkTags = [Canonical("https://site.example/de"), new("alternate", "https://site.example/de", "x", "de", true, ""), new("alternate", TestPages.Url, "x", "en", true, "")] }), 0 },
        };
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Judge_OneAudit_SaysWhatLighthouseSays(string audit, object observation, double? score)
    {
        var page = (PageObservation)observation;
        Assert.Equal(score, page.Audit(audit).Score);
        // Availability has the status as a finding already.
        if (audit != "http-status-code") Assert.Equal(score == 0, page.Sightings("seo/" + audit).Count > 0);
    }

    [Fact]
    public void Judge_FailingElement_IsNamedBySelectorEvidenceAndLink()
    {
        var sighting = Assert.Single(Anchor(TestPages.Link with { Text = "here" }).Sightings("seo/link-text"));

        Assert.Equal(("p > a", "\"here\" https://site.example/about"), (sighting.Selector, sighting.Evidence));
        Assert.Contains("https://developer.chrome.com/docs/lighthouse/seo/link-text/", sighting.SuggestedFix, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_PageThatCouldNotBeRead_IsNotJudgedByGuesses()
    {
        var verdict = PageJudge.Judge(TestPages.Good with { Facts = null });

        Assert.Null(verdict.Scores.Seo);
        Assert.All(verdict.Audits.Where(a => a.Id is "document-title" or "is-crawlable" or "doctype" or "link-text" or "image-aspect-ratio"), a => Assert.Null(a.Score));
    }

    private static PageObservation Robots(string name, string content) => TestPages.Good.With(f => f with { RobotsMetas = [new(name, content)] });

    private static PageObservation Anchor(AnchorFact anchor) => TestPages.Good.With(f => f with { Anchors = [anchor] });

    private static PageObservation Tag(LinkTagFact tag) => TestPages.Good.With(f => f with { LinkTags = [tag] });

    private static LinkTagFact Canonical(string address) => new("canonical", address, address, "", true, "link");

    private static PageObservation Canonicals(params string[] addresses) => TestPages.Good.With(f => f with { LinkTags = [.. addresses.Select(Canonical)] });
}
