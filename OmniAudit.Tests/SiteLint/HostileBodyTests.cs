using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Tests.SiteLint;

/// <summary>Documents that are themselves the attack: without end, unpacking to hundreds of megabytes, busy for ever, huge, unreadable. One scan visits them all.</summary>
[Collection(RealBrowser.Name)]
public sealed class HostileBodyTests
{
    private const string Good = "<!doctype html><html lang='en'><title>Good</title><h1>Good</h1>";

    [Fact]
    public async Task Scan_DocumentsThatAttack_EndInAWordOrACutAndTheOthersAreWhole()
    {
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapGet("/", () => TestSite.Html(Good + "<a href=/bomb>b</a><a href=/endless>e</a><a href=/good>g</a><a href=/busy>w</a><a href=/nodes>n</a><a href=/charset>c</a><a href=/unknown-charset>u</a><a href=/download>d</a><a href=/last>l</a>"));
            app.MapGet("/bomb", BombAsync);
            app.MapGet("/endless", EndlessAsync);
            app.MapGet("/busy", () => TestSite.Html(Good + "<script>while (true);</script><p>never"));
            app.MapGet("/nodes", () => TestSite.Html(Good + string.Concat(Enumerable.Repeat($"<section>{string.Concat(Enumerable.Repeat("<p><i></i><i></i><i></i><i></i>", 20))}</section>", 500))));
            app.MapGet("/charset", () => Results.Bytes([.. Encoding.ASCII.GetBytes("<!doctype html><html lang=en><meta charset=shift_jis><title>Wrong "), 0xFF, 0xFE, 0xC3, 0x28, 0xED, 0xA0, 0x80, .. Encoding.ASCII.GetBytes("</title><h1>x</h1>")], "text/html; charset=utf-8"));
            app.MapGet("/unknown-charset", () => Results.Bytes([.. Encoding.ASCII.GetBytes("<!doctype html><html lang=en><title>Unknown "), 0xE4, .. Encoding.ASCII.GetBytes("</title><h1>x</h1>")], "text/html; charset=x-no-such"));
            app.MapGet("/download", DownloadAsync);
            app.MapGet("/good", () => TestSite.Html(Good));
            app.MapGet("/last", () => TestSite.Html(Good));
        });
        await using var world = await ScanWorld.StartAsync([site.Authority]);

        // Unthrottled: a slow line would only make the endless ones end later.
        var arguments = ScanArguments.From(site.Url, "quick", "desktop", null, 11) with { Profile = FindingVerifier.Profile };
        var report = await world.Get<ScanRunner>().RunAsync("scn_hostile", arguments, (_, _) => Task.CompletedTask, default);
        foreach (var p in report.Pages) Console.WriteLine($"{new Uri(p.Url).AbsolutePath}: {p.Outcome} in {p.DurationMs} ms. {p.Reason}");

        var pages = report.Pages.ToDictionary(p => new Uri(p.Url).AbsolutePath);
        Assert.Equal(10, pages.Count);
        foreach (var whole in new[] { "/", "/good", "/last" }) Assert.Equal((PageOutcome.Audited, "Good", true), (pages[whole].Outcome, pages[whole].Title, pages[whole].Axe is not null));
        Assert.Equal(PageOutcome.OverLimit, pages["/bomb"].Outcome);
        Assert.Contains("unpack to more than 128 MB", pages["/bomb"].Reason, StringComparison.Ordinal);
        // The fence closes the connection at its bound; what had come by then is judged.
        Assert.Equal("Good", pages["/endless"].Title);
        Assert.Contains(report.Findings, f => f.Rule == "availability/network-limit" && f.Places.Any(p => p.Url == pages["/endless"].Url));
        Assert.Equal((PageOutcome.Timeout, true), (pages["/busy"].Outcome, pages["/busy"].Reason.Contains("keeps it busy", StringComparison.Ordinal)));
        Assert.Equal(PageOutcome.Audited, pages["/nodes"].Outcome);
        Assert.True(pages["/nodes"].Axe is not null || pages["/nodes"].Reason.Contains("axe-core", StringComparison.Ordinal), pages["/nodes"].Reason);
        Assert.StartsWith("Wrong ", pages["/charset"].Title, StringComparison.Ordinal);
        Assert.Contains('\uFFFD', pages["/charset"].Title!);
        Assert.StartsWith("Unknown ", pages["/unknown-charset"].Title, StringComparison.Ordinal);
        Assert.Equal(PageOutcome.NotHtml, pages["/download"].Outcome);
        Assert.All(report.Pages, p => Assert.InRange(p.DurationMs, 0, 90_000));
        await world.Get<ReportStore>().SaveAsync(report with { ScanId = (await world.SubmitAsync(site.Url)).ScanId }, default);
        await ScanJobTests.NoBrowserIsLeftAsync();
    }

    /// <summary>300 MB of document in a few hundred kilobytes.</summary>
    private static async Task BombAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await gzip.WriteAsync(Encoding.ASCII.GetBytes(Good + "<!--"));
        var block = new byte[1 << 20];
        block.AsSpan().Fill((byte)'x');
        for (var i = 0; i < 300 && !context.RequestAborted.IsCancellationRequested; i++) await gzip.WriteAsync(block);
    }

    private static async Task EndlessAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        var block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"<!--{new string('x', 8_000)}-->\n", 8)));
        await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(Good));
        await SendForEverAsync(context, block);
    }

    private static Task DownloadAsync(HttpContext context)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = 1L << 40;
        context.Response.Headers.ContentDisposition = "attachment; filename=huge.iso";
        return SendForEverAsync(context, new byte[1 << 16]);
    }

    private static async Task SendForEverAsync(HttpContext context, byte[] block)
    {
        try
        {
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(block, context.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The other side has had enough: that is the point.
        }
    }
}
