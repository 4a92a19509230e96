using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Tests.SiteLint;

/// <summary>Pages that want too much: each ends at its own bound with a word for it, and the next one is looked at as if nothing had been.</summary>
[Collection(RealBrowser.Name)]
public sealed class PageBoundsTests
{
    private const string Good = "<!doctype html><html lang='en'><title>Good</title><h1>Good</h1>";

    [Fact]
    public async Task Scan_PagesBeyondTheirBounds_GetAWordForItAndTheOthersGoOn()
    {
        using var tls = SelfSigned();
        tls.Start();
        _ = ServeTlsAsync(tls);
        var tlsPort = ((IPEndPoint)tls.LocalEndpoint).Port;
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapGet("/", () => TestSite.Html(Good + "<a href=/alerts>a</a><a href=/bomb>b</a><a href=/tls>t</a><a href=/auth>h</a><a href=/circle>c</a><a href=/noisy>n</a><a href=/file>f</a><a href=/good>g</a>"));
            app.MapGet("/alerts", () => TestSite.Html(Good + "<script>for (;;) alert('again')</script>"));
            app.MapGet("/bomb", () => TestSite.Html(Good + "<script src=/bomb.js></script>"));
            app.MapGet("/bomb.js", BombAsync);
            app.MapGet("/tls", () => Results.Redirect($"https://127.0.0.1:{tlsPort}/"));
            app.MapGet("/auth", (HttpResponse response) => { response.Headers.WWWAuthenticate = "Basic realm=\"x\""; return Results.Content("no", "text/html", statusCode: 401); });
            app.MapGet("/circle", () => Results.Redirect("/circle"));
            app.MapGet("/noisy", () => TestSite.Html("<!doctype html><html lang=en><h1>No title</h1><script>for (let i = 0; i < 2000; i++) console.error('error ' + i)</script>"));
            app.MapGet("/file", () => Results.Bytes(new byte[1_000_000], "application/octet-stream", "file.bin"));
            app.MapGet("/good", () => TestSite.Html(Good));
        });
        await using var world = await ScanWorld.StartAsync([site.Authority, $"127.0.0.1:{tlsPort}"]);

        var report = await world.ScanAsync(site.Url + "/", "desktop", "quick", budget: 9);

        Assert.Equal(
            ["/ audited", "/alerts over_limit", "/bomb over_limit", "/tls unreachable", "/auth http_error", "/circle unreachable", "/noisy audited", "/file not_html", "/good audited"],
            report.Pages.Select(p => $"{new Uri(p.Url).AbsolutePath} {p.Outcome}"));
        Assert.Contains("dialogs", report.Pages[1].Reason, StringComparison.Ordinal);
        Assert.Contains("unpack to more than", report.Pages[2].Reason, StringComparison.Ordinal);
        Assert.Contains("certificate", report.Pages[3].Reason, StringComparison.Ordinal);
        Assert.Contains("circle", report.Pages[5].Reason, StringComparison.Ordinal);
        Assert.Equal(20, report.Pages[6].ConsoleErrors.Count);
        Assert.Contains(report.Findings, f => f.Rule == "availability/dialogs");
        Assert.Contains(report.Findings, f => f.Rule == "availability/page-size");
        tls.Stop();
    }

    [Fact]
    public async Task Audit_PageThatTakesAllMemory_IsEndedAndTheBrowserLives()
    {
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapGet("/eats", () => TestSite.Html(Good + "<script>const all = []; setInterval(() => { for (let i = 0; i < 20; i++) all.push(new Uint8Array(8e6).fill(7)); }, 50)</script>"));
            app.MapGet("/good", () => TestSite.Html(Good));
        });
        await using var world = await ScanWorld.StartAsync([site.Authority]);
        await using var fence = new FilteringProxy(world.Get<UrlPolicy>(), FenceLimits.Default, TimeProvider.System);
        await using var browser = await ScanBrowser.StartAsync(world.Options.SiteLint, fence, TimeProvider.System, default, memoryLimit: 700L * 1024 * 1024);
        var auditor = new PageAuditor(browser, Viewport.Desktop, fence, world.Get<ReportStore>(), ScanProfile.Of("quick", null), TimeProvider.System);

        var eats = await auditor.AuditAsync(site.Url + "/eats", default);
        var good = await auditor.AuditAsync(site.Url + "/good", default);

        Assert.Equal((PageOutcome.OverLimit, PageOutcome.Audited), (eats.Page.Outcome, good.Page.Outcome));
        Assert.Contains(eats.Sightings, s => s.Rule == "availability/memory");
    }

    [Fact]
    public async Task Scan_BrowserKilledOnOnePageOfMany_LosesThatPageOnly()
    {
        var killed = 0;
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapGet("/", () => TestSite.Html(Good + string.Concat(Enumerable.Range(1, 5).Select(i => $"<a href=/page-{(char)('a' + i)}>p</a>"))));
            app.MapGet("/page-{name}", async (string name, HttpContext context) =>
            {
                if (name == "d" && Interlocked.Exchange(ref killed, 1) == 0)
                {
                    foreach (var browser in ScanJobTests.Browsers()) browser.Kill();
                    await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync(Good);
            });
        });
        await using var world = await ScanWorld.StartAsync([site.Authority]);

        var report = await world.ScanAsync(site.Url + "/", "desktop", "quick", budget: 6);

        Assert.Equal(["audited", "audited", "audited", "crashed", "audited", "audited"], report.Pages.Select(p => p.Outcome));
        Assert.Contains("browser ended unexpectedly", report.Pages[3].Reason, StringComparison.Ordinal);
        await ScanJobTests.NoBrowserIsLeftAsync();
    }

    /// <summary>300 MB of script in a few hundred kilobytes.</summary>
    private static async Task BombAsync(HttpContext context)
    {
        context.Response.ContentType = "text/javascript";
        context.Response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        var block = new byte[1 << 20];
        block.AsSpan().Fill((byte)' ');
        for (var i = 0; i < 300 && !context.RequestAborted.IsCancellationRequested; i++) await gzip.WriteAsync(block);
    }

    private static TcpListener SelfSigned() => new(IPAddress.Loopback, 0);

    private static async Task ServeTlsAsync(TcpListener listener)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        while (true)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync();
                await using var stream = new SslStream(client.GetStream());
                await stream.AuthenticateAsServerAsync(certificate);
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.InvalidArgument })
            {
                return;
            }
            catch (Exception e) when (e is System.Security.Authentication.AuthenticationException or IOException or SocketException)
            {
                // The browser does not trust it: that is the point.
            }
        }
    }
}
