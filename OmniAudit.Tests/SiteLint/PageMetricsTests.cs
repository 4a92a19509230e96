using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Tests.SiteLint;

/// <summary>What the real browser measures on a page whose figures are known beforehand.</summary>
[Collection(RealBrowser.Name)]
public sealed class PageMetricsTests
{
    [Fact]
    public async Task Scan_PageWithKnownDelays_MeasuresThemUnderBothThrottlings()
    {
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapGet("/", (HttpResponse response) =>
            {
                response.Cookies.Append("seen", "1", new CookieOptions { HttpOnly = true });
                // The page lies about its clocks and observers, and blocks the main thread after its first paint.
                return TestSite.Html("""
                    <!doctype html><html lang=en><head><title>Known</title><link rel=stylesheet href=/style.css></head><body><h1>Known figures</h1><p id=late>moves</p><img id=plain src=/big.png>
                    <script>PerformanceObserver = null; performance.now = () => 0; performance.getEntries = () => []; JSON.stringify = () => '{"fcp":1}';</script>
                    <script>const now = Date.now; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => { const end = now() + 200; while (now() < end); document.querySelector('h1').style.marginTop = '300px'; }, 50)));</script></body></html>
                    """);
            });
            app.MapGet("/style.css", () => Results.Content("body { color: #222; font: 18px serif }", "text/css"));
            app.MapGet("/big.png", () => Results.Bytes(Png.Write(600, 400, 3, [.. Enumerable.Range(0, 600 * 400 * 3).Select(i => (byte)(i * 31 % 251))]), "image/png"));
        });
        await using var world = await ScanWorld.StartAsync([site.Authority]);

        var report = await world.ScanAsync(site.Url + "/");

        foreach (var page in report.Pages)
        {
            var mobile = page.Viewport == "mobile";
            var metrics = page.Metrics!.Values;
            Console.WriteLine($"{page.Viewport}: {metrics} in {page.DurationMs} ms");
            // One answer for the document, one more for the style sheet before anything is drawn.
            Assert.InRange(metrics.Ttfb!.Value, mobile ? 562 : 40, mobile ? 3_000 : 2_500);
            Assert.True(metrics.Fcp > metrics.Ttfb + (mobile ? 500 : 30), metrics.ToString());
            Assert.True(metrics.Lcp >= metrics.Fcp, metrics.ToString());
            // 200 ms by the wall clock, in both: what the throttled processor cannot do in that time is not done.
            Assert.InRange(metrics.Tbt!.Value, 100, 3_000);
            Assert.InRange(metrics.Cls!.Value, 0.05, 1.5);
            Assert.InRange(metrics.SpeedIndex!.Value, metrics.Fcp!.Value * 0.8, 15_000);
            Assert.NotNull(page.Scores!.Performance);
            Assert.Equal(1, page.Metrics.Runs);
            Assert.Equal("img#plain", page.Metrics.Lcp!.Selector);
            Assert.Equal(metrics.Lcp!.Value, page.Metrics.Lcp.Ttfb + page.Metrics.Lcp.LoadDelay + page.Metrics.Lcp.LoadTime + page.Metrics.Lcp.RenderDelay, 0.5);
            Assert.True(page.Weight!.Requests >= 3);
            Assert.Contains(page.Weight.Types, t => t is { Type: "stylesheet", Requests: 1 });
            Assert.Equal(0, page.Audits.Single(a => a.Id == "render-blocking-insight").Score);
            Assert.NotEmpty(page.Filmstrip);
            Assert.Equal(1, page.Filmstrip[^1].Progress);
            await using var dom = await world.Get<ReportStore>().OpenAsync(page.SnapshotRef!, default);
            Assert.Contains("Known figures", await new StreamReader(dom, Encoding.UTF8).ReadToEndAsync(), StringComparison.Ordinal);
        }
        Assert.Contains(report.Findings, f => f.Rule == "performance/unsized-images" && f.Selector == "img#plain");
        Assert.Contains(report.Findings, f => f.Rule == "performance/render-blocking" && f.Selector.EndsWith("/style.css", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scan_ProfileDeep_TellsTheMedianTheSpreadAndTheUnusedCode()
    {
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapGet("/", () => TestSite.Html("<!doctype html><html lang=en><title>Deep</title><script src=/code.js></script><h1>Deep</h1>"));
            app.MapGet("/code.js", () => Results.Content("used();\nfunction used() { return 1; }\n" + string.Concat(Enumerable.Repeat("function unused() {\n        // a comment\n        return 'never called';\n}\n\n", 600)), "text/javascript"));
        });
        await using var world = await ScanWorld.StartAsync([site.Authority]);

        var arguments = ScanArguments.From(site.Url, "deep", "desktop", null, null) with { Runs = 3 };
        var report = await world.Get<ScanRunner>().RunAsync("scn_deep", arguments, (_, _) => Task.CompletedTask, default);

        var page = Assert.Single(report.Pages);
        Assert.Equal(3, page.Metrics!.Runs);
        Assert.True(page.Metrics.Spread.ContainsKey("lcp"));
        Assert.Contains(report.Findings, f => f.Rule == "performance/unused-javascript");
        Assert.Contains(report.Findings, f => f.Rule == "performance/unminified-javascript");
        // Three measured, one counted.
        Assert.Equal(4, site.Hits.Count(h => h == "/"));
    }
}
