using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Crawl;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint.Crawl;

/// <summary>Which pages are visited and in which order, without a network.</summary>
public sealed class CrawlPlanTests
{
    private const string Site = "https://shop.test";

    [Fact]
    public void Plan_BudgetOfTenOfFortyPages_GivesTheSameTenEveryTime()
    {
        var pages = Enumerable.Range(1, 40).Select(i => $"{Site}/guide/topic-{i}").ToList();
        var runs = Enumerable.Range(0, 3).Select(_ => Visit(Arguments(budget: 10, entries: ["/start"]), page => page == $"{Site}/start" ? pages : [$"{Site}/", .. pages])).ToList();

        Assert.Equal([$"{Site}/start", .. pages.Take(9)], runs[0].Visited);
        Assert.All(runs, r => Assert.Equal(runs[0].Visited, r.Visited));
        Assert.Equal((31, 1), (Skipped(runs[0].Plan, "budget"), Skipped(runs[0].Plan, "not_asked")));
    }

    [Fact]
    public void Plan_RootPage_IsVisitedOnlyWhenAskedFor()
    {
        Assert.Equal([$"{Site}/a"], Visit(Arguments(budget: 5, entries: ["/a"]), _ => [$"{Site}/"]).Visited);
        Assert.Equal([$"{Site}/a", $"{Site}/"], Visit(Arguments(budget: 5, entries: ["/a"]) with { Include = ["/"] }, _ => [$"{Site}/"]).Visited);
        Assert.Equal([$"{Site}/"], Visit(Arguments(budget: 5), _ => [$"{Site}/"]).Visited);
    }

    [Theory]
    [InlineData("/product/{0}", true)]
    [InlineData("/product/{0}-shoe-of-leather", true)]
    [InlineData("/product/{1}", true)]
    [InlineData("/{1}", true)]
    [InlineData("/shop/{1}/reviews", true)]
    [InlineData("/item?id={0}", true)]
    [InlineData("/product/{1}", false)]
    public void Plan_TwoHundredPagesOfOneTemplate_CostThreeAndLeaveRoomForTheRest(string template, bool fromSitemap)
    {
        var products = Enumerable.Range(0, 200).Select(i => Site + string.Format(template, i, Word(i))).ToList();
        string[] others = [$"{Site}/about/team", $"{Site}/contact/form"];

        var (visited, plan) = Visit(Arguments(budget: 50), page => page == $"{Site}/" && !fromSitemap ? [.. products, .. others] : [], fromSitemap ? [.. products, .. others] : []);

        Assert.Equal([$"{Site}/", .. products.Take(3), .. others], visited);
        Assert.Equal(197, Skipped(plan, "template_sample"));
    }

    [Fact]
    public void Plan_PerTemplate_IsABoundForSmallFamiliesToo()
    {
        var pages = Enumerable.Range(1, 9).Select(i => $"{Site}/p/{i}").ToList();
        Assert.Equal(10, Visit(Arguments(budget: 50), _ => pages).Visited.Count);
        Assert.Equal([$"{Site}/", $"{Site}/p/1", $"{Site}/p/2"], Visit(Arguments(budget: 50) with { PerTemplate = 2 }, _ => pages).Visited);
    }

    /// <summary>Each page shows only the next month, for ever.</summary>
    [Theory]
    [InlineData("/calendar/{0}", "trap")]
    [InlineData("/calendar?month={0}", "trap")]
    public void Plan_EndlessCalendar_EndsAndTheRestIsVisitedFirst(string template, string reason)
    {
        var (visited, plan) = Visit(Arguments(budget: 50), page =>
        {
            var month = page == $"{Site}/" ? 0 : int.TryParse(new string([.. page.Reverse().TakeWhile(char.IsAsciiDigit).Reverse()]), out var n) ? n : -1;
            return month < 0 ? [] : [Site + string.Format(template, month + 1), $"{Site}/about", $"{Site}/terms"];
        });

        Assert.Equal([$"{Site}/", Site + string.Format(template, 1), $"{Site}/about", $"{Site}/terms"], visited.Take(4));
        Assert.InRange(visited.Count, 10, 17);
        Assert.Equal(1, Skipped(plan, reason));
    }

    [Fact]
    public void Plan_WhatItLeavesOut_IsToldWithTheReason()
    {
        var (visited, plan) = Visit(Arguments(budget: 20) with { Include = ["/docs/**", "/a*"], Exclude = ["/docs/old/**"] }, _ =>
        [
            $"{Site}/docs", $"{Site}/docs/one?x=1&y=2", $"{Site}/docs/one?x=2", $"{Site}/docs/old/two", $"{Site}/about", $"{Site}/blog", $"{Site}/docs/secret/plan",
            $"{Site}/docs/manual.pdf", $"{Site}/docs/a/b/a/b/a/b", $"{Site}/docs/logout", $"{Site}/about?action=delete", $"{Site}/docs/one?x=1&y=2#part", $"{Site}/docs/one?x=2&PHPSESSID=abc",
            "https://elsewhere.test/", "http://shop.test/docs", "mailto:a@shop.test", "javascript:void(0)", $"{Site}/docs/how-to-delete-old-files",
        ], robots: "User-agent: *\nDisallow: /docs/secret\nDisallow: /");

        // The entry page is visited although the rule of the last line forbids it; nothing else is.
        Assert.Equal([$"{Site}/"], visited);
        Assert.Equal(["/"], plan.DisallowedEntries);
        (visited, plan) = Visit(Arguments(budget: 20) with { Include = ["/docs/**", "/a*"], Exclude = ["/docs/old/**"] }, _ =>
        [
            $"{Site}/docs", $"{Site}/docs/one?x=1&y=2", $"{Site}/docs/one?x=2", $"{Site}/docs/old/two", $"{Site}/about", $"{Site}/blog", $"{Site}/docs/secret/plan",
            $"{Site}/docs/manual.pdf", $"{Site}/docs/a/b/a/b/a/b", $"{Site}/docs/logout", $"{Site}/about?action=delete", $"{Site}/docs/one?x=1&y=2#part", $"{Site}/docs/one?x=2&PHPSESSID=abc",
            "https://elsewhere.test/", "http://shop.test/docs", "mailto:a@shop.test", "javascript:void(0)", $"{Site}/docs/how-to-delete-old-files",
        ], robots: "User-agent: *\nDisallow: /docs/secret");

        Assert.Equal([$"{Site}/", $"{Site}/docs", $"{Site}/docs/one?x=1&y=2", $"{Site}/docs/one?x=2", $"{Site}/about", $"{Site}/docs/how-to-delete-old-files"], visited);
        var report = plan.ToReport("words");
        Assert.Equal(["robots 1", "excluded 2", "trap 2", "unsafe 2", "other_origin 2", "not_a_page 1"], report.Skipped.Select(s => $"{s.Reason} {s.Count}"));
        Assert.Equal([$"{Site}/docs/secret/plan"], report.Skipped[0].Addresses);
        Assert.Equal((1, 0, 5), (report.Sources["entry"], report.Sources["sitemap"], report.Sources["link"]));
        Assert.Equal(16, report.Found);
    }

    [Theory]
    [InlineData("/logout", true)]
    [InlineData("/users/5/delete", true)]
    [InlineData("/deleteItem.php?id=1", true)]
    [InlineData("/delete-account", true)]
    [InlineData("/sign_out", true)]
    [InlineData("/session/log-out/now", true)]
    [InlineData("/index.php?action=logout", true)]
    [InlineData("/shop?add-to-cart=12", true)]
    [InlineData("/newsletter/unsubscribe?u=1", true)]
    [InlineData("/blog/how-to-delete-old-files", false)]
    [InlineData("/blogout", false)]
    [InlineData("/removed-features-of-2019", false)]
    [InlineData("/docs", false)]
    public void Address_ThatCouldChangeSomething_IsKnown(string path, bool isUnsafe) => Assert.Equal(isUnsafe, PageAddress.IsUnsafe(path));

    [Theory]
    [InlineData("/docs/**", "/docs/a/b", true)]
    [InlineData("/docs/**", "/docs", true)]
    [InlineData("/docs/**", "/docsearch", false)]
    [InlineData("/docs/*", "/docs/a", true)]
    [InlineData("/docs/*", "/docs/a/b", false)]
    [InlineData("/docs/*", "/docs/a?x=/y", true)]
    [InlineData("/*/edit", "/pages/edit", true)]
    [InlineData("**/edit", "/a/b/edit", true)]
    [InlineData("/search?q=*", "/search?q=shoes", true)]
    [InlineData("/search?q=*", "/search", false)]
    [InlineData("/search", "/search?q=shoes", true)]
    [InlineData("/a.c", "/abc", false)]
    [InlineData("*", "/", false)]
    [InlineData("/**", "/a/b?c", true)]
    public void Glob_OverAPath_MatchesAsDocumented(string glob, string path, bool matches) => Assert.Equal(matches, PathGlob.Matches(glob, path));

    [Fact]
    public void Glob_OfManyStars_IsQuick()
    {
        var before = ProcessorTime.OfThisThread();
        Assert.False(PathGlob.Matches("/" + string.Concat(Enumerable.Repeat("**a", 60)) + "b", "/" + new string('a', 4_000)));
        Assert.InRange(ProcessorTime.OfThisThread() - before, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    private static ScanArguments Arguments(int budget, string[]? entries = null) => ScanArguments.From(Site + "/", "quick", "desktop", entries, budget);

    private static (List<string> Visited, CrawlPlan Plan) Visit(ScanArguments arguments, Func<string, IReadOnlyList<string>> links, IReadOnlyList<string>? sitemap = null, string robots = "")
    {
        var plan = new CrawlPlan(arguments, RobotsTxt.Parse(robots));
        plan.AddSitemap(sitemap ?? []);
        var visited = new List<string>();
        while (plan.Next() is { } url)
        {
            visited.Add(url);
            plan.AddLinks(url, links(url));
        }
        return (visited, plan);
    }

    private static int Skipped(CrawlPlan plan, string reason) => plan.ToReport("").Skipped.FirstOrDefault(s => s.Reason == reason)?.Count ?? 0;

    private static string Word(int i) => new([(char)('a' + i / 26), (char)('a' + i % 26), 'x', 'y']);
}
