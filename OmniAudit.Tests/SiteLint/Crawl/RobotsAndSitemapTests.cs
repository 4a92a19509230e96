using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.SiteLint.Crawl;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.Tools.Policies;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint.Crawl;

public sealed class RobotsAndSitemapTests
{
    /// <summary>RFC 9309 §2.2 and its examples in §5.</summary>
    [Theory]
    [InlineData("User-agent: *\nDisallow: /a", "/a", false)]
    [InlineData("User-agent: *\nDisallow: /a", "/abc?x", false)]
    [InlineData("User-agent: *\nDisallow: /a", "/b", true)]
    [InlineData("User-agent: *\nDisallow: /a", "/A", true)]
    [InlineData("User-agent: *\nDisallow:", "/a", true)]
    [InlineData("User-agent: *\rDisallow: /a\rAllow: /a/b", "/a/c", false)]
    [InlineData("user-AGENT : *\r\n  dISALLOW :/a # not this", "/a", false)]
    [InlineData("\uFEFFUser-agent: *\nDisallow: /a", "/a", false)]
    [InlineData("User-agent: *\nDisallow: /\nAllow: /open", "/open/1", true)]
    [InlineData("User-agent: *\nAllow: /page\nDisallow: /page", "/page", true)]
    [InlineData("User-agent: *\nDisallow: /*.pdf$", "/x/a.pdf", false)]
    [InlineData("User-agent: *\nDisallow: /*.pdf$", "/x/a.pdf?x", true)]
    [InlineData("User-agent: *\nDisallow: /a*b*c", "/axxbyyc1", false)]
    [InlineData("User-agent: *\nDisallow: /caf\u00e9", "/caf%C3%A9/menu", false)]
    [InlineData("User-agent: *\nDisallow: /%7ejoe", "/~joe/", false)]
    [InlineData("User-agent: *\nDisallow: /a%2fb", "/a%2Fb", false)]
    [InlineData("User-agent: *\nDisallow: /a%2fb", "/a/b", true)]
    [InlineData("User-agent: *\nDisallow: /", "/robots.txt", true)]
    [InlineData("Disallow: /a", "/a", true)]
    [InlineData("User-agent: OmniAudit/2.1\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/b", true)]
    [InlineData("User-agent: omniaudit\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/a", false)]
    [InlineData("User-agent: OmniAuditX\nDisallow: /a", "/a", true)]
    [InlineData("User-agent: one\nUser-agent: OmniAudit\nDisallow: /a\nUser-agent: two\nDisallow: /b\nUser-agent: OmniAudit\nDisallow: /c", "/a", false)]
    [InlineData("User-agent: one\nUser-agent: OmniAudit\nDisallow: /a\nUser-agent: two\nDisallow: /b\nUser-agent: OmniAudit\nDisallow: /c", "/b", true)]
    [InlineData("User-agent: one\nUser-agent: OmniAudit\nDisallow: /a\nUser-agent: two\nDisallow: /b\nUser-agent: OmniAudit\nDisallow: /c", "/c", false)]
    [InlineData("User-agent: OmniAudit\nCrawl-delay: 5\nSitemap: https://x.test/s.xml\nDisallow: /a", "/a", false)]
    public void Robots_Rules_AreReadAsTheStandardSays(string text, string path, bool allowed) => Assert.Equal(allowed, RobotsTxt.Parse(text).Allows("OmniAudit", path));

    [Fact]
    public void Robots_SitemapsAndWrongLines_AreTold()
    {
        var robots = RobotsTxt.Parse("Sitemap: https://x.test/a.xml\nUser-agent: *\nDisalow: /a\nwhat\nDisallow: /b\nsitemap:https://x.test/b.xml");
        Assert.Equal(["https://x.test/a.xml", "https://x.test/b.xml"], robots.Sitemaps);
        Assert.Equal([3, 4], robots.WrongLines);
    }

    [Fact]
    public void Robots_OfAHostileAuthor_IsQuick()
    {
        var before = ProcessorTime.OfThisThread();
        var robots = RobotsTxt.Parse("User-agent: *\n" + string.Concat(Enumerable.Repeat("Disallow: /" + string.Concat(Enumerable.Repeat("*a", 40)) + "$\n", 5_000)));
        robots.Allows("OmniAudit", "/" + new string('a', 2_000) + "b");
        Assert.InRange(ProcessorTime.OfThisThread() - before, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Sitemap_WithImagesAndStrangeEntries_NamesItsPagesOnly()
    {
        var map = Read("""
            <?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
            <url><loc> https://x.test/a?b=1&amp;c=2 </loc><image:image><image:loc>https://x.test/a.png</image:loc></image:image></url>
            <url><loc/></url><url><loc><![CDATA[https://x.test/b]]></loc></url><url><loc>https://x.test/<b>no</b>c</loc><lastmod>2026-01-01</lastmod></url><url><loc>https://x.test/d</loc></url></urlset>
            """);
        Assert.Equal(["https://x.test/a?b=1&c=2", "https://x.test/b", "https://x.test/c", "https://x.test/d"], map.Pages);
        Assert.Empty(map.Sitemaps);
        Assert.Null(map.Problem);
    }

    [Theory]
    [InlineData("https://x.test/a\r\n\r\nhttps://x.test/b\n", 2, null)]
    [InlineData("<urlset><url><loc>https://x.test/a</loc></url><url><loc>https://x.te", 1, "not well-formed")]
    [InlineData("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&a;</loc></url></urlset>", 0, "not well-formed")]
    [InlineData("<html><body>not found</body></html>", 0, "names no address")]
    [InlineData("", 0, null)]
    public void Sitemap_BadOrPlain_IsReadAsFarAsItGoes(string text, int pages, string? problem)
    {
        var map = Read(text);
        Assert.Equal(pages, map.Pages.Count);
        Assert.True(problem is null ? map.Problem is null : map.Problem!.Contains(problem, StringComparison.Ordinal), map.Problem);
    }

    [Fact]
    public async Task Sitemaps_IndexOfCompressedFiles_AreReadThroughTheFenceWithinBounds()
    {
        var bomb = Gzip(new string(' ', 60_000_000));
        TestSite? self = null;
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapGet("/robots.txt", () => Results.Text($"User-agent: *\nDisallow: /private\nSitemap: {self!.Url}/index.xml\nSitemap: http://10.0.0.5/map.xml"));
            app.MapGet("/index.xml", () => Results.Text($"<sitemapindex><sitemap><loc>{self!.Url}/one.xml.gz</loc></sitemap><sitemap><loc>{self.Url}/gone.xml</loc></sitemap><sitemap><loc>{self.Url}/index.xml</loc></sitemap><sitemap><loc>{self.Url}/bomb.gz</loc></sitemap><sitemap><loc>{self.Url}/two.txt</loc></sitemap></sitemapindex>"));
            app.MapGet("/one.xml.gz", () => Results.Bytes(Gzip($"<urlset><url><loc>{self!.Url}/a</loc></url><url><loc>{self.Url}/b</loc></url></urlset>"), "application/gzip"));
            app.MapGet("/bomb.gz", () => Results.Bytes(bomb, "application/gzip"));
            app.MapGet("/two.txt", () => Results.Text($"{self!.Url}/b\n{self.Url}/c\n"));
        });
        self = site;
        await using var world = await ScanWorld.StartAsync([site.Authority, "*"]);
        await using var fence = new FilteringProxy(world.Get<UrlPolicy>(), FenceLimits.Default, TimeProvider.System);
        using var http = new FencedHttp(fence);

        var (robots, answer) = await SiteMaps.ReadRobotsAsync(http, site.Url, default);
        var pages = await SiteMaps.ReadPagesAsync(http, site.Url, robots, default);

        Assert.Equal([$"{site.Url}/a", $"{site.Url}/b", $"{site.Url}/c"], pages);
        Assert.Equal(200, answer.Status);
        Assert.False(robots.Allows(CrawlPlan.Agent, "/private/x"));
        Assert.Contains(fence.Ledger.Snapshot().Hops, h => !h.Allowed && h.Host == "10.0.0.5");
        Assert.Single(site.Hits, h => h == "/index.xml");
    }

    [Theory]
    [InlineData(404, true)]
    [InlineData(403, true)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    public async Task Robots_StatusOfItsAnswer_DecidesAsTheStandardSays(int status, bool allowed)
    {
        await using var site = await TestSite.StartAsync(app => app.MapGet("/robots.txt", () => Results.Text("User-agent: *\nDisallow:", statusCode: status)));
        await using var world = await ScanWorld.StartAsync([site.Authority]);
        await using var fence = new FilteringProxy(world.Get<UrlPolicy>(), FenceLimits.Default, TimeProvider.System);
        using var http = new FencedHttp(fence);

        Assert.Equal(allowed, (await SiteMaps.ReadRobotsAsync(http, site.Url, default)).Rules.Allows(CrawlPlan.Agent, "/x"));
    }

    private static Sitemap Read(string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return Sitemap.Read(content, 100);
    }

    private static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.SmallestSize)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }
}
