using OmniAudit.Modules.SiteLint.Findings;

namespace OmniAudit.Tests.SiteLint;

/// <summary>What is one finding, and what is two.</summary>
public sealed class FindingSetTests
{
    [Fact]
    public void Findings_OfOneComponent_AreOneWhereverTheyMove()
    {
        var report = new ReportMaker().Page("/product/1").Page("/product/1", "mobile").Page("/product/2").Page("/about")
            .Fault("/product/1", "axe/image-alt", "ul > li:nth-child(3) > img#i17", "<img id=\"i17\" src=\"/a.png\">")
            .Fault("/product/1", "axe/image-alt", "ul > li:nth-child(3) > img#i17", "<img id=\"i17\" src=\"/a.png\">", "mobile")
            .Fault("/product/2", "axe/image-alt", "ul > li:nth-child(9) > img#i2", "<img id=\"i2\" src=\"/b.png\">")
            .Fault("/about", "axe/image-alt", "main > img", "<img class=\"team\" src=\"/team.png\">").Make();

        Assert.Equal(2, report.Findings.Count);
        var folded = Assert.Single(report.Findings, f => f.PageCount == 2);
        Assert.Equal(["desktop", "mobile"], folded.Viewports);
        Assert.Equal((2, 3), (folded.Occurrences, folded.Places.Count));
        Assert.Equal(["/product/:id"], folded.Templates);
        Assert.Equal("https://rules.test/axe/image-alt", folded.HelpUrl);
    }

    [Fact]
    public void FortyPages_WithFiveSharedDefects_AreFiveRows()
    {
        var maker = new ReportMaker();
        for (var i = 0; i < 40; i++)
        {
            var page = $"/{(char)('a' + (i % 26))}{i / 26}-page";
            foreach (var viewport in new[] { "desktop", "mobile" })
            {
                // The same logo, reached by another selector on each page, as axe's shortest selectors are.
                maker.Page(page, viewport).Fault(page, "axe/image-alt", $"body > div:nth-child({i}) > {(i % 2 == 0 ? "header" : ".top")} > img", "<img class=\"logo\" src=\"/logo.png?v=1\">", viewport)
                    .Fault(page, "axe/link-name", ".footer > a[href$=\"home\"]", "<a href=\"/home\" class=\"icon\"></a>", viewport)
                    .Fault(page, "axe/color-contrast", ".nav > .item:nth-child(2)", $"<span class=\"item\">Text {i}</span>", viewport)
                    .Fault(page, "seo/meta-description", category: FindingCategory.Seo, viewport: viewport)
                    .Fault(page, "best_practices/viewport", category: FindingCategory.BestPractices, viewport: viewport);
            }
        }

        var report = maker.Make();

        Assert.Equal(5, report.Findings.Count);
        Assert.All(report.Findings, f => Assert.Equal((40, 80), (f.PageCount, f.Places.Sum(p => p.Count))));
    }

    [Fact]
    public void Identity_DoesNotDependOnOrderOrPages()
    {
        ReportMaker Maker(params string[] pages) => pages.Aggregate(new ReportMaker(), (m, p) => m.Page(p).Fault(p, "axe/image-alt", p == "/x" ? ".hero > img" : "header > img", "<img src=\"/logo.png\">"));

        var id = Assert.Single(Maker("/x", "/y").Make().Findings).FindingId;
        Assert.Equal(id, Assert.Single(Maker("/y", "/x").Make().Findings).FindingId);
        Assert.StartsWith("fnd_", id, StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyIn_NamesTheViewport_WhereTheOtherLookedToo()
    {
        var report = new ReportMaker().Page("/").Page("/", "mobile").Page("/solo")
            .Fault("/", "axe/target-size", "a.small", "<a class=\"small\">", "mobile").Fault("/solo", "axe/label", "input", "<input>").Fault("/", "axe/list", "ul").Fault("/", "axe/list", "ul", viewport: "mobile").Make();

        Assert.Equal(["axe/label ", "axe/list ", "axe/target-size mobile"], report.Findings.Select(f => $"{f.Rule} {f.OnlyIn}"));
    }

    [Theory]
    [InlineData("<a href=\"/x?t=1\" style=\"color:red\" data-x=\"9\">Old</a>", "<a style='' href=/x?t=2 data-x=10>New words</a>", true)]
    [InlineData("<img src=\"/app.3f9a2c1b.png\">", "<img src=\"/app.77aa01cd.png\">", true)]
    [InlineData("<div class=\"b a\" nonce=\"q\">", "<div class=\"a b\">", true)]
    [InlineData("<img src=\"/a.png\">", "<img src=\"/b.png\">", false)]
    [InlineData("<a class=\"x\">", "<b class=\"x\">", false)]
    [InlineData("<input name=\"mail\">", "<input name=\"phone\">", false)]
    public void Mark_KnowsAnElementAgain_ByWhatStays(string one, string other, bool same) =>
        Assert.Equal(same, ElementMark.Of("s", one).What == ElementMark.Of("t", other).What);
}
