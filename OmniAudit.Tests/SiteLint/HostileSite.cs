using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Tests.SiteLint;

/// <summary>
/// A page that tries every way out it knows, in a real browser: to loopback canaries that count what arrives (TCP and UDP), and to addresses that
/// cannot exist here, which the fence's ledger counts.
/// </summary>
internal static class HostileSite
{
    /// <param name="Reached">The ways that arrived at a canary, by name.</param>
    /// <param name="Hops">The fence's ledger; empty without one.</param>
    /// <param name="Attempts">How many targets the page, its workers and its redirects name.</param>
    public sealed record Outcome(IReadOnlyList<string> Reached, IReadOnlyList<FenceHop> Hops, string Authority, int Attempts);

    public static async Task<Outcome> RunFencedAsync()
    {
        await using var canaries = Canaries.Start();
        await using var site = await TestSite.StartAsync(app => Hostile(app, canaries));
        await using var world = await ScanWorld.StartAsync([site.Authority, "*"], Resolver());
        await using var fence = new FilteringProxy(world.Get<UrlPolicy>(), FenceLimits.Default, TimeProvider.System);
        await using var session = await BrowserSession.StartAsync(world.Options.SiteLint, fence, MemoryWatch.DefaultLimit, TimeProvider.System, default);
        await using var context = await session.NewContextAsync(Viewport.Desktop);
        Assert.True((await world.Get<UrlPolicy>().CheckAsync("http://rebind.test/", default)).Allowed);

        await RunVectorsAsync(context, site, canaries);
        return new Outcome([.. canaries.Reached.Order(StringComparer.Ordinal)], fence.Ledger.Snapshot().Hops, site.Authority, Attempts(canaries));
    }

    public static async Task<Outcome> RunUnfencedAsync()
    {
        await using var canaries = Canaries.Start();
        await using var site = await TestSite.StartAsync(app => Hostile(app, canaries));
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = ChromiumLocator.Find(new SiteLintOptions()),
            // What DNS would do for the names; nothing leaves the machine.
            Args = ["--host-resolver-rules=MAP private.test 127.0.0.1, MAP rebind.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost", "--disable-background-networking"],
        });
        await using var context = await browser.NewContextAsync();

        await RunVectorsAsync(context, site, canaries);
        return new Outcome([.. canaries.Reached.Order(StringComparer.Ordinal)], [], site.Authority, Attempts(canaries));
    }

    private static int Attempts(Canaries canaries)
    {
        var text = Page(canaries) + Style(canaries);
        string[] targets = [$":{canaries.Port}", $":{canaries.UdpPort}", "/bounce", "10.0.0.5", "169.254.", "[fd00:", "http://private.test/", "http://rebind.test/"];
        // Besides what the page names: what its workers, redirects and navigations do.
        return targets.Sum(t => text.Split(t).Length - 1) + 15;
    }

    /// <summary>The scripted page, then navigations that end at a canary.</summary>
    private static async Task RunVectorsAsync(IBrowserContext context, TestSite site, Canaries canaries)
    {
        var page = await context.NewPageAsync();
        // The page says itself when every attempt has succeeded, failed, or had its time: that may take longer than a browser's load.
        await page.GotoAsync(site.Url + "/", new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        await page.WaitForFunctionAsync("() => window.finished === true", null, new PageWaitForFunctionOptions { Timeout = 120_000 });
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
        app.MapGet("/style.css", () => Results.Content(Style(canaries), "text/css"));
        app.MapGet("/xslt", () => Results.Content($"<?xml version='1.0'?><?xml-stylesheet type='text/xsl' href='{to}/xslt'?><a/>", "text/xml"));
        app.MapGet("/worker.js", () => Results.Content($"fetch('{to}/worker-fetch', {{mode:'no-cors'}}).finally(() => postMessage(1)); try {{ importScripts('{to}/worker-import') }} catch (e) {{}}", "text/javascript"));
        app.MapGet("/shared.js", () => Results.Content($"onconnect = e => fetch('{to}/shared-worker', {{mode:'no-cors'}}).finally(() => e.ports[0].postMessage(1))", "text/javascript"));
        app.MapGet("/service.js", () => Results.Content($"oninstall = e => e.waitUntil(fetch('{to}/service-worker', {{mode:'no-cors'}}))", "text/javascript"));
        app.MapGet("/frame", () => TestSite.Html($"<script>fetch('{to}/frame-fetch', {{mode:'no-cors'}})</script>"));
        app.MapGet("/", (HttpResponse r) =>
        {
            r.Headers["Link"] = $"<{to}/link-header>; rel=preload; as=image";
            r.Headers["Content-Security-Policy-Report-Only"] = $"font-src 'none'; report-uri {to}/csp-report";
            return TestSite.Html(Page(canaries));
        });
    }

    private static string Style(Canaries canaries) => """
        @import 'TO/css-import'; body { background: url('TO/css-background'); cursor: url('TO/css-cursor'), auto } p { font-family: x; list-style-image: url('TO/css-list') }
        p::before { content: url('TO/css-content'); background: image-set('TO/css-image-set' 1x); mask-image: url('TO/css-mask'); border-image: url('TO/css-border') 1 }
        @font-face { font-family: x; src: url('TO/css-font') }
        """.Replace("TO/", $"http://127.0.0.1:{canaries.Port}/", StringComparison.Ordinal);

    private static string Page(Canaries canaries) => """
        <!doctype html><title>Hostile</title><link rel=stylesheet href=/style.css>
        <link rel=icon href="TO/icon"><link rel=prefetch href="TO/prefetch"><link rel=preload as=image href="TO/preload"><link rel=modulepreload href="TO/modulepreload"><link rel=manifest href="TO/manifest"><link rel=preconnect href="TO/"><link rel=dns-prefetch href="//private.test:PORT"><link rel=prerender href="TO/prerender">
        <script type=importmap>{"imports": {"mapped": "TO/importmap"}}</script><script type=speculationrules>{"prefetch": [{"urls": ["TO/speculation-prefetch"], "eagerness": "immediate"}], "prerender": [{"urls": ["TO/speculation-prerender"], "eagerness": "immediate"}]}</script>
        <body background="TO/body-background"><p>text</p>
        <img src="TO/img"><img srcset="TO/img-srcset 1x"><picture><source srcset="TO/picture"><img></picture><video src="TO/video" poster="TO/poster" autoplay></video><audio src="TO/audio" autoplay></audio><video autoplay><source src="TO/video-source"><track default src="TO/track"></video><input type=image src="TO/input-image"><table background="TO/table-background"></table>
        <iframe src="TO/iframe"></iframe><iframe srcdoc="<img src='TO/iframe-srcdoc'>"></iframe><iframe src=/frame></iframe><iframe name=side></iframe><iframe src="data:text/html,<img src=TO/data-iframe>"></iframe><iframe src=/xslt></iframe><iframe src=/redirect/meta></iframe><embed src="TO/embed"><object data="TO/object"></object>
        <svg><image href="TO/svg-image" width=1 height=1 /><use href="TO/svg-use#a" /><script href="TO/svg-script"></script><filter id=f><feImage href="TO/svg-filter" /></filter><rect width=9 height=9 filter="url(#f)" /></svg><script src="TO/script"></script><script type=module src="TO/module"></script>
        <img src="/bounce?way=redirect-img"><img src="http://localhost:PORT/localhost-img"><img src="http://private.test:PORT/private-name"><img src="http://rebind.test:PORT/rebind"><img src="http://2130706433:PORT/decimal"><img src="http://0x7f.1:PORT/hex"><img src="http://0177.0.0.1:PORT/octal"><img src="http://0.0.0.0:PORT/zero"><img src="http://[::ffff:7f00:1]:PORT/mapped">
        <img src="http://private.test/"><img src="http://rebind.test/"><img src="http://10.0.0.5/private"><img src="http://169.254.169.254/latest/meta-data/"><img src="http://[fd00:ec2::254]/">
        <script>
          const waits = [];
          const attempt = f => { try { const p = f(); if (p && p.then) waits.push(Promise.race([p.catch(() => 0), new Promise(r => setTimeout(r, 5000))])); } catch (e) {} };
          const opened = (o, ...names) => new Promise(r => names.forEach(n => o['on' + n] = r));
          attempt(() => fetch('TO/fetch', {mode: 'no-cors'}));
          attempt(() => fetch('/bounce?way=redirect-fetch', {mode: 'no-cors'}));
          attempt(() => fetch('/bounce?way=redirect-post', {method: 'POST', body: 'x', mode: 'no-cors'}));
          attempt(() => import('mapped'));
          attempt(() => caches.open('a').then(c => c.add(new Request('TO/cache-add', {mode: 'no-cors'}))));
          attempt(() => new OfflineAudioContext(1, 1, 44100).audioWorklet.addModule('TO/audio-worklet'));
          attempt(() => CSS.paintWorklet.addModule('TO/paint-worklet'));
          attempt(() => { const w = new Worker(URL.createObjectURL(new Blob(["fetch('TO/blob-worker', {mode: 'no-cors'}).finally(() => postMessage(1))"]))); return opened(w, 'message', 'error'); });
          attempt(() => { fetchLater('TO/fetch-later', {activateAfter: 0}); });
          attempt(() => { const s = document.createElement('script'); s.src = 'TO/added-script'; document.head.append(s); return opened(s, 'load', 'error'); });
          attempt(() => { const w = new WebSocketStream('ws://127.0.0.1:PORT/websocket-stream'); return w.opened; });
          attempt(() => { const x = new XMLHttpRequest(); x.open('GET', '/bounce?way=redirect-xhr'); x.send(); return opened(x, 'loadend'); });
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
          const loaded = new Promise(r => { addEventListener('load', r); setTimeout(r, 45000); });
          loaded.then(() => Promise.all(waits)).then(() => window.finished = true);
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
