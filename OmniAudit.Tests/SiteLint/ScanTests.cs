using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Tests.SiteLint;

[Collection(RealBrowser.Name)]
public sealed class ScanTests
{
    [Fact]
    public async Task Scan_SiteWithKnownFaults_FindsThemInBothViewports()
    {
        await using var site = await TestSite.StartAsync(FaultySite);
        await using var world = await ScanWorld.StartAsync([site.Authority]);

        var report = await world.ScanAsync(site.Url + "/", budget: 3);

        Assert.Equal(
            ["/ desktop audited 200", "/ mobile audited 200", "/about desktop audited 200", "/about mobile audited 200", "/gone desktop http_error 404", "/gone mobile http_error 404"],
            report.Pages.Select(p => $"{new Uri(p.Url).AbsolutePath} {p.Viewport} {p.Outcome} {p.Status}"));
        var rules = report.Findings.ToLookup(f => f.Rule);
        Assert.Contains(rules["axe/document-title"], f => f.PageUrl == site.Url + "/" && f.Severity == "s2");
        Assert.Contains(rules["axe/image-alt"], f => f.Severity == "s1" && f.Selector.Contains("img", StringComparison.Ordinal));
        Assert.Contains(rules["axe/html-has-lang"], f => f.PageUrl == site.Url + "/");
        Assert.Contains(rules["best_practices/console-error"], f => f.Evidence.Contains("seeded console fault", StringComparison.Ordinal));
        Assert.Contains(rules["availability/http-status"], f => f.PageUrl == site.Url + "/gone" && f.Evidence == "HTTP 404");
        Assert.Contains(rules["availability/broken-resource"], f => f.Evidence.Contains("/missing.png", StringComparison.Ordinal));
        // The good page has none of the bad one's faults.
        Assert.DoesNotContain(report.Findings, f => f.Category == "accessibility" && f.PageUrl == site.Url + "/about");
        Assert.All(report.Findings, f => Assert.Equal(["desktop", "mobile"], f.Viewports));
        Assert.All(report.Findings, f => Assert.NotEmpty(f.EvidenceRefs));
        Assert.Equal(report.Findings.Count, report.Summary.S1 + report.Summary.S2 + report.Summary.S3 + report.Summary.S4);
        Assert.Equal("About us", report.Pages[2].Title);
        Assert.NotNull(report.Browser.AxeVersion);
    }

    [Fact]
    public async Task Scan_Screenshots_AreWholePagesInBothSizes()
    {
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", () => TestSite.Html("<!doctype html><meta name='viewport' content='width=device-width'><title>Tall</title><div style='height:3000px'>tall</div>")));
        await using var world = await ScanWorld.StartAsync([site.Authority]);

        var report = await world.ScanAsync(site.Url);

        var sizes = new List<(int, int)>();
        foreach (var page in report.Pages)
        {
            await using var png = await world.Get<ReportStore>().OpenAsync(page.Screenshot!.Reference, default);
            var head = new byte[24];
            await png.ReadExactlyAsync(head);
            sizes.Add((System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(16)), System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(20))));
        }
        Assert.Equal(1350, sizes[0].Item1);
        Assert.InRange(sizes[0].Item2, 3000, 3100);
        Assert.Equal(721, sizes[1].Item1);
    }

    [Fact]
    public async Task Scan_TwiceOnTheSamePage_GivesTheSameFindingIds()
    {
        await using var site = await TestSite.StartAsync(FaultySite);
        await using var world = await ScanWorld.StartAsync([site.Authority]);

        var first = await world.ScanAsync(site.Url + "/", viewports: "desktop", profile: "quick");
        var second = await world.ScanAsync(site.Url + "/", viewports: "mobile", profile: "quick");

        Assert.NotEmpty(first.Findings);
        Assert.Equal(first.Findings.Select(f => f.FindingId), second.Findings.Select(f => f.FindingId));
        Assert.All(first.Pages.Concat(second.Pages), p => Assert.Null(p.Screenshot));
    }

    internal static void FaultySite(WebApplication app)
    {
        app.MapGet("/", () => TestSite.Html("<!doctype html><html><head></head><body><h1>Start</h1><img src='/dot.png'><img src='/missing.png' alt='gone'><a href='/about'>About</a> <a href='/gone'>Old page</a> <a href='/logout'>Log out</a> <a href='http://10.0.0.5/'>Elsewhere</a><script>console.error('seeded console fault')</script></body></html>"));
        app.MapGet("/about", () => TestSite.Html("<!doctype html><html lang='en'><head><title>About us</title><meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'><meta name='description' content='About this site.'></head><body><main><h1>About</h1><p>Words.</p></main></body></html>"));
        app.MapGet("/dot.png", () => Results.Bytes(Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), "image/png"));
        app.MapGet("/logout", () => TestSite.Html("bye"));
    }
}
