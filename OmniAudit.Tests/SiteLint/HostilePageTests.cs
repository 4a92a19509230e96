using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Tests.SiteLint;

/// <summary>
/// A page that tries every way out it knows, in a real browser: to loopback canaries that count what arrives (TCP and UDP), and to addresses that
/// cannot exist here, which the fence's ledger counts. The same page without the fence must reach many: that is how this suite can fail.
/// </summary>
[Collection(RealBrowser.Name)]
public sealed class HostilePageTests
{
    [Fact]
    public async Task HostilePage_BehindTheFence_ReachesNothing()
    {
        await using var canaries = Canaries.Start();
        await using var site = await TestSite.StartAsync(app => Hostile(app, canaries));
        await using var world = await ScanWorld.StartAsync([site.Authority, "*"], Resolver());
        await using var fence = new FilteringProxy(world.Get<UrlPolicy>(), FenceLimits.Default, TimeProvider.System);
        await using var session = await BrowserSession.StartAsync(world.Options.SiteLint, fence, default);
        await using var context = await session.NewContextAsync(Viewport.Desktop);
        Assert.True((await world.Get<UrlPolicy>().CheckAsync("http://rebind.test/", default)).Allowed);

        await RunVectorsAsync(context, site, canaries);

        Assert.Empty(canaries.Reached);
        // It did try, and was told no: the private addresses by number and by names that resolve or re-resolve to them.
        var denied = fence.Ledger.Snapshot().Hops.Where(h => !h.Allowed).ToList();
        Assert.Contains(denied, h => h.Host == "10.0.0.5");
        Assert.Contains(denied, h => h.Host == "169.254.169.254" && h.Code == "metadata_denied");
        Assert.Contains(denied, h => h.Host == "127.0.0.1");
        Assert.Contains(denied, h => h.Host == "private.test" && h.Reason.Contains("resolves to 127.0.0.1", StringComparison.Ordinal));
        Assert.Contains(denied, h => h.Host == "rebind.test" && h.Reason.Contains("resolves to 127.0.0.1", StringComparison.Ordinal));
        Assert.Contains(denied, h => h.Via == "connect");
        Assert.All(fence.Ledger.Snapshot().Hops.Where(h => h.Allowed), h => Assert.Equal(site.Authority, $"{h.Host}:{h.Port}"));
        Console.WriteLine($"behind the fence: {canaries.Reached.Count} reached, {denied.Count} attempts refused");
        Assert.True(denied.Count > 25, $"only {denied.Count} attempts were seen");
    }

    [Fact]
    public async Task HostilePage_WithoutTheFence_ReachesMany()
    {
        await using var canaries = Canaries.Start();
        await using var site = await TestSite.StartAsync(app => Hostile(app, canaries));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = ChromiumLocator.Find(new OmniAudit.Modules.Settings.SiteLintOptions()),
            // What DNS would do for the names; nothing leaves the machine.
            Args = ["--host-resolver-rules=MAP private.test 127.0.0.1, MAP rebind.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost", "--disable-background-networking"],
        });
        await using var context = await browser.NewContextAsync();

        await RunVectorsAsync(context, site, canaries);

        Console.WriteLine("without the fence: " + string.Join(' ', canaries.Reached.Order(StringComparer.Ordinal)));
        Assert.True(canaries.Reached.Count > 30, $"only {canaries.Reached.Count}: {string.Join(' ', canaries.Reached)}");
        Assert.Contains("websocket", canaries.Reached);
        Assert.Contains("redirect-302", canaries.Reached);
        Assert.Contains("rebind", canaries.Reached);
        Assert.Contains("udp", canaries.Reached);
    }

    /// <summary>The scripted page, then navigations that end at a canary.</summary>
    private static async Task RunVectorsAsync(IBrowserContext context, TestSite site, Canaries canaries)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(site.Url + "/");
        // The page says itself when every attempt has succeeded, failed, or had its time.
        await page.WaitForFunctionAsync("() => window.finished === true", null, new PageWaitForFunctionOptions { Timeout = 60_000 });
        foreach (var path in new[] { "/redirect/302", "/redirect/meta", "/redirect/script", "/redirect/header-refresh", "/redirect/form", "/redirect/twice" })
        {
            var hop = await context.NewPageAsync();
            try
            {
                await hop.GotoAsync(site.Url + path);
                await hop.WaitForURLAsync(url => !url.Contains("/redirect/", StringComparison.Ordinal), new PageWaitForURLOptions { Timeout = 4_000 });
            }
            catch (Exception e) when (e is PlaywrightException or TimeoutException)
            {
                // A refused navigation is the point.
            }
            await hop.CloseAsync();
        }
        foreach (var url in new[] { $"http://127.0.0.1:{canaries.Port}/direct-navigation", $"http://localhost:{canaries.Port}/direct-localhost", $"http://[::ffff:127.0.0.1]:{canaries.Port}/direct-mapped", $"http://2130706433:{canaries.Port}/direct-decimal" })
        {
            var direct = await context.NewPageAsync();
            try
            {
                await direct.GotoAsync(url);
            }
            catch (PlaywrightException)
            {
                // Refused.
            }
            await direct.CloseAsync();
        }
    }

    private static void Hostile(WebApplication app, Canaries canaries)
    {
        var to = $"http://127.0.0.1:{canaries.Port}";
        app.MapGet("/redirect/302", () => Results.Redirect($"{to}/redirect-302"));
        app.MapGet("/redirect/twice", () => Results.Redirect("/redirect/302?again"));
        app.MapGet("/redirect/meta", () => TestSite.Html($"<meta http-equiv=refresh content='0;url={to}/redirect-meta'>"));
        app.MapGet("/redirect/script", () => TestSite.Html($"<script>location = '{to}/redirect-script'</script>"));
        app.MapGet("/redirect/header-refresh", (HttpResponse r) => { r.Headers["Refresh"] = $"0;url={to}/redirect-header"; return TestSite.Html("wait"); });
        app.MapGet("/redirect/form", () => TestSite.Html($"<form method=post action='{to}/redirect-form'></form><script>document.forms[0].submit()</script>"));
        app.MapGet("/bounce", (string way) => Results.Redirect($"{to}/{way}", permanent: false, preserveMethod: true));
        app.MapGet("/style.css", () => Results.Content($"@import '{to}/css-import'; body {{ background: url('{to}/css-background') }} @font-face {{ font-family: x; src: url('{to}/css-font') }} p {{ font-family: x }}", "text/css"));
        app.MapGet("/worker.js", () => Results.Content($"fetch('{to}/worker-fetch', {{mode:'no-cors'}}).finally(() => postMessage(1)); try {{ importScripts('{to}/worker-import') }} catch (e) {{}}", "text/javascript"));
        app.MapGet("/shared.js", () => Results.Content($"onconnect = e => fetch('{to}/shared-worker', {{mode:'no-cors'}}).finally(() => e.ports[0].postMessage(1))", "text/javascript"));
        app.MapGet("/service.js", () => Results.Content($"oninstall = e => e.waitUntil(fetch('{to}/service-worker', {{mode:'no-cors'}}))", "text/javascript"));
        app.MapGet("/frame", () => TestSite.Html($"<script>fetch('{to}/frame-fetch', {{mode:'no-cors'}})</script>"));
        app.MapGet("/", () => TestSite.Html(Page(canaries)));
    }

    private static string Page(Canaries canaries) => """
        <!doctype html><title>Hostile</title><link rel=stylesheet href=/style.css>
        <link rel=icon href="TO/icon"><link rel=prefetch href="TO/prefetch"><link rel=preload as=image href="TO/preload"><link rel=modulepreload href="TO/modulepreload"><link rel=manifest href="TO/manifest">
        <body background="TO/body-background"><p>text</p>
        <img src="TO/img"><img srcset="TO/img-srcset 1x"><picture><source srcset="TO/picture"><img></picture><video src="TO/video" poster="TO/poster" autoplay></video><audio src="TO/audio" autoplay></audio>
        <iframe src="TO/iframe"></iframe><iframe srcdoc="<img src='TO/iframe-srcdoc'>"></iframe><iframe src=/frame></iframe><iframe name=side></iframe><embed src="TO/embed"><object data="TO/object"></object>
        <svg><image href="TO/svg-image" width=1 height=1 /></svg><script src="TO/script"></script><script type=module src="TO/module"></script>
        <img src="/bounce?way=redirect-img"><img src="http://localhost:PORT/localhost-img"><img src="http://private.test:PORT/private-name"><img src="http://rebind.test:PORT/rebind"><img src="http://2130706433:PORT/decimal"><img src="http://0x7f.1:PORT/hex"><img src="http://0177.0.0.1:PORT/octal"><img src="http://0.0.0.0:PORT/zero"><img src="http://[::ffff:7f00:1]:PORT/mapped">
        <img src="http://private.test/"><img src="http://rebind.test/"><img src="http://10.0.0.5/private"><img src="http://169.254.169.254/latest/meta-data/"><img src="http://[fd00:ec2::254]/">
        <script>
          const waits = [];
          const attempt = f => { try { const p = f(); if (p && p.then) waits.push(Promise.race([p.catch(() => 0), new Promise(r => setTimeout(r, 5000))])); } catch (e) {} };
          const opened = (o, ...names) => new Promise(r => names.forEach(n => o['on' + n] = r));
          attempt(() => fetch('TO/fetch', {mode: 'no-cors'}));
          attempt(() => fetch('/bounce?way=redirect-fetch', {mode: 'no-cors'}));
          attempt(() => fetch('TO/keepalive', {mode: 'no-cors', keepalive: true}));
          attempt(() => fetch('TO/preflight', {method: 'PUT', headers: {'x-a': 'b'}}));
          attempt(() => fetch('http://10.0.0.5/fetch', {mode: 'no-cors'}));
          attempt(() => fetch('https://10.0.0.5/fetch-tls', {mode: 'no-cors'}));
          attempt(() => fetch('http://169.254.169.254/latest/meta-data/', {mode: 'no-cors'}));
          attempt(() => fetch('https://127.0.0.1:PORT/fetch-tls', {mode: 'no-cors'}));
          attempt(() => fetch('http://rebind.test:PORT/rebind-fetch', {mode: 'no-cors'}));
          attempt(() => { navigator.sendBeacon('TO/beacon', 'x'); });
          attempt(() => { const x = new XMLHttpRequest(); x.open('GET', 'TO/xhr'); x.send(); return opened(x, 'loadend'); });
          attempt(() => { const e = new EventSource('TO/eventsource'); return opened(e, 'error', 'open'); });
          attempt(() => { const w = new WebSocket('ws://127.0.0.1:PORT/websocket'); return opened(w, 'error', 'open'); });
          attempt(() => { const w = new WebSocket('ws://10.0.0.5/websocket'); return opened(w, 'error', 'open'); });
          attempt(() => { const w = new WebSocket('ws://rebind.test:PORT/websocket-rebind'); return opened(w, 'error', 'open'); });
          attempt(() => { const w = new Worker('/worker.js'); return opened(w, 'message', 'error'); });
          attempt(() => { const w = new SharedWorker('/shared.js'); w.port.start(); return opened(w.port, 'message'); });
          attempt(() => navigator.serviceWorker.register('/service.js'));
          attempt(() => { const t = new WebTransport('https://127.0.0.1:UDPPORT/'); return t.ready; });
          attempt(() => { const i = new Image(); i.src = 'TO/image-object'; return opened(i, 'load', 'error'); });
          attempt(() => { const f = new FontFace('y', "url('TO/font-face')"); return f.load(); });
          attempt(() => import('TO/dynamic-import'));
          attempt(() => { window.open('TO/popup'); });
          attempt(() => { const a = document.createElement('a'); a.href = '#'; a.ping = 'TO/ping'; document.body.append(a); a.click(); });
          attempt(() => { const a = document.createElement('a'); a.href = 'TO/download'; a.download = 'x'; a.target = 'side'; document.body.append(a); a.click(); });
          attempt(() => { const p = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:UDPPORT'}, {urls: 'turn:127.0.0.1:UDPPORT?transport=udp', username: 'a', credential: 'b'}, {urls: 'turn:127.0.0.1:PORT?transport=tcp', username: 'a', credential: 'b'}]}); p.createDataChannel('x'); return p.createOffer().then(o => p.setLocalDescription(o)).then(() => new Promise(r => p.onicegatheringstatechange = () => p.iceGatheringState === 'complete' && r())); });
          addEventListener('load', () => Promise.all(waits).then(() => window.finished = true));
        </script>
        """.Replace("TO/", $"http://127.0.0.1:{canaries.Port}/", StringComparison.Ordinal).Replace("UDPPORT", canaries.UdpPort.ToString(), StringComparison.Ordinal).Replace("PORT", canaries.Port.ToString(), StringComparison.Ordinal);

    /// <summary>The first answer for rebind.test is public, every later one loopback: the name passes a check and turns afterwards.</summary>
    private static HostResolver Resolver()
    {
        var asked = new ConcurrentDictionary<string, int>();
        return (host, _) => Task.FromResult<IReadOnlyList<IPAddress>>(host switch
        {
            "private.test" => [IPAddress.Loopback],
            "rebind.test" => [asked.AddOrUpdate(host, 1, (_, n) => n + 1) == 1 ? IPAddress.Parse("93.184.216.34") : IPAddress.Loopback],
            _ => [],
        });
    }

    /// <summary>Loopback ports that nobody may reach: one for TCP that answers like a web server, one for UDP.</summary>
    private sealed class Canaries : IAsyncDisposable
    {
        private readonly TcpListener _tcp = new(IPAddress.Loopback, 0);
        private readonly UdpClient _udp = new(new IPEndPoint(IPAddress.Loopback, 0));
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentDictionary<string, int> _reached = new();
        private Task _running = Task.CompletedTask;

        public int Port => ((IPEndPoint)_tcp.LocalEndpoint).Port;

        public int UdpPort => ((IPEndPoint)_udp.Client.LocalEndPoint!).Port;

        /// <summary>The ways that arrived, by the name in the path.</summary>
        public ICollection<string> Reached => _reached.Keys;

        public static Canaries Start()
        {
            var canaries = new Canaries();
            canaries._tcp.Start(512);
            canaries._running = Task.WhenAll(canaries.AcceptAsync(), canaries.ReceiveAsync());
            return canaries;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _tcp.Dispose();
            _udp.Dispose();
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    var client = await _tcp.AcceptTcpClientAsync(_stop.Token);
                    _ = AnswerAsync(client);
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    var buffer = new byte[4096];
                    var read = await client.GetStream().ReadAsync(buffer, _stop.Token);
                    var text = System.Text.Encoding.ASCII.GetString(buffer, 0, read);
                    var path = text.Split(' ') is [_, ['/', .. var name], ..] ? name : read == 0 ? "empty-connection" : "other-bytes";
                    // A connection that was only opened ahead of need counts as well, once something is sent on it.
                    if (read > 0) _reached.AddOrUpdate(path.Split('?')[0], 1, (_, n) => n + 1);
                    await client.GetStream().WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
                }
                catch (Exception e) when (e is IOException or OperationCanceledException)
                {
                    // The browser gave up first.
                }
            }
        }

        private async Task ReceiveAsync()
        {
            try
            {
                while (true)
                {
                    await _udp.ReceiveAsync(_stop.Token);
                    _reached.AddOrUpdate("udp", 1, (_, n) => n + 1);
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
