using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.Tools.Policies;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint.Fence;

public sealed class FilteringProxyTests
{
    private static readonly IPAddress PublicAddress = IPAddress.Parse("93.184.216.34");

    [Fact]
    public async Task Get_AllowedTarget_IsForwardedInOriginForm()
    {
        await using var site = await TestSite.StartAsync(app => app.MapGet("/a", (HttpContext c) => $"{c.Request.Host} {c.Request.Headers["Proxy-Connection"]} {c.Request.Headers["X-Kept"]}"));
        await using var proxy = Proxy([site.Authority]);

        var answer = await AskAsync(proxy, $"GET {site.Url}/a?b=1 HTTP/1.1\r\nHost: other.test\r\nProxy-Connection: keep-alive\r\nX-Kept: yes\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains($"{site.Authority}  yes", answer, StringComparison.Ordinal);
        Assert.Contains("/a?b=1", site.Hits);
        Assert.Contains(proxy.Ledger.Snapshot().Hops, h => h is { Allowed: true, Address: "127.0.0.1" });
    }

    [Fact]
    public async Task Post_WithABody_ArrivesWhole()
    {
        await using var site = await TestSite.StartAsync(app => app.MapPost("/", async (HttpRequest r) => (await new StreamReader(r.Body).ReadToEndAsync()).Length.ToString()));
        await using var proxy = Proxy([site.Authority]);
        using var client = new HttpClient(new HttpClientHandler { Proxy = new WebProxy($"http://{proxy.EndPoint}", BypassOnLocal: false), UseProxy = true });

        var answer = await client.PostAsync(new Uri(site.Url), new StringContent(new string('x', 300_000)));

        Assert.Equal("300000", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("GET http://127.0.0.1:{0}/ HTTP/1.1", "403")]
    [InlineData("GET http://2130706433:{0}/ HTTP/1.1", "403")]
    [InlineData("GET http://[::ffff:127.0.0.1]:{0}/ HTTP/1.1", "403")]
    [InlineData("GET http://localhost:{0}/ HTTP/1.1", "403")]
    [InlineData("GET http://user@127.0.0.1:{0}/ HTTP/1.1", "400")]
    [InlineData("GET https://127.0.0.1:{0}/ HTTP/1.1", "400")]
    [InlineData("GET / HTTP/1.1", "400")]
    [InlineData("CONNECT 127.0.0.1:{0} HTTP/1.1", "403")]
    [InlineData("CONNECT 0x7f.1:{0} HTTP/1.1", "403")]
    [InlineData("CONNECT [::1]:{0} HTTP/1.1", "403")]
    [InlineData("CONNECT 127.0.0.1 HTTP/1.1", "400")]
    [InlineData("CONNECT user@127.0.0.1:{0} HTTP/1.1", "400")]
    [InlineData("CONNECT public.test:25 HTTP/1.1", "403")]
    [InlineData("CONNECT 169.254.169.254:80 HTTP/1.1", "403")]
    [InlineData("GET http://10.0.0.5/ HTTP/1.1", "403")]
    [InlineData("GET http://127.0.0.1:{0}/ HTTP/0.9", "400")]
    [InlineData("nonsense", "400")]
    public async Task Request_ToADeniedOrMalformedTarget_IsRefusedAndNothingIsDialled(string line, string status)
    {
        await using var canary = await TestSite.StartAsync(_ => { });
        var dialled = 0;
        await using var proxy = Proxy([], dial: (_, _) => { dialled++; throw new SocketException(); });

        var port = new Uri(canary.Url).Port.ToString();
        var answer = await AskAsync(proxy, line.Replace("{0}", port, StringComparison.Ordinal) + $"\r\nHost: 127.0.0.1:{port}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 " + status, answer, StringComparison.Ordinal);
        Assert.Contains($"{FilteringProxy.MarkHeader}: {proxy.Mark} ", answer, StringComparison.Ordinal);
        Assert.Equal(0, dialled);
        Assert.Empty(canary.Hits);
        Assert.Equal(1, proxy.Ledger.Snapshot().Denied);
    }

    [Theory]
    [InlineData("GET http://a.test/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("GET http://a.test/ HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("GET http://a.test/ HTTP/1.1\r\nContent-Length: -5\r\n\r\n")]
    [InlineData("GET http://a.test/ HTTP/1.1\r\nHost : x\r\n\r\n")]
    [InlineData("GET http://a.test/ HTTP/1.1\r\n Folded: x\r\n\r\n")]
    [InlineData("GET http://a.test/ HTTP/1.1\r\nX: a\nHost: b\r\n\r\n")]
    public async Task Request_ThatCouldSmuggleAnother_IsRefused(string request)
    {
        var dialled = 0;
        await using var proxy = Proxy([], dial: (_, _) => { dialled++; throw new SocketException(); });

        Assert.Matches("^HTTP/1.1 4(00|11) ", await AskAsync(proxy, request));
        Assert.Equal(0, dialled);
    }

    [Fact]
    public async Task Name_ThatTurnsPrivateAfterTheCheck_IsDeniedWhenItIsUsed()
    {
        await using var canary = await TestSite.StartAsync(_ => { });
        var asked = 0;
        HostResolver rebinding = (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([asked++ == 0 ? PublicAddress : IPAddress.Loopback]);
        var policy = Policy([], rebinding);
        await using var proxy = new FilteringProxy(policy, FenceLimits.Default, TimeProvider.System);

        Assert.True((await policy.CheckAsync("http://rebind.test/", default)).Allowed);
        var answer = await AskAsync(proxy, "GET http://rebind.test/ HTTP/1.1\r\nHost: rebind.test\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
        Assert.Contains("rebind.test resolves to 127.0.0.1", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_IsLookedUpOncePerConnectionAndTheJudgedAddressIsDialled()
    {
        var asked = 0;
        IPEndPoint? dialled = null;
        // A second look-up, as a dialler that takes names would do, would already get the other answer.
        await using var proxy = Proxy([], (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([asked++ == 0 ? PublicAddress : IPAddress.Loopback]),
            (endPoint, _) => { dialled = endPoint; throw new SocketException((int)SocketError.ConnectionRefused); });

        var answer = await AskAsync(proxy, "CONNECT rebind.test:443 HTTP/1.1\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 502", answer, StringComparison.Ordinal);
        Assert.Equal(new IPEndPoint(PublicAddress, 443), dialled);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Name_WithOneBadAnswerAmongGoodOnes_IsDenied()
    {
        var dialled = 0;
        await using var proxy = Proxy([], (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([PublicAddress, IPAddress.Parse("10.0.0.5")]), (_, _) => { dialled++; throw new SocketException(); });

        Assert.StartsWith("HTTP/1.1 403", await AskAsync(proxy, "CONNECT mixed.test:443 HTTP/1.1\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(0, dialled);
    }

    [Fact]
    public async Task Connection_ThatEndsElsewhereThanJudged_IsDropped()
    {
        await using var canary = await TestSite.StartAsync(_ => { });
        var port = new Uri(canary.Url).Port;
        await using var proxy = Proxy([$"hijacked.test:{port}"], (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([PublicAddress]), async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", port, cancellationToken);
            return socket;
        });

        // Another port, and the same port of another address.
        foreach (var host in new[] { "hijacked.test", $"hijacked.test:{port}" })
            Assert.StartsWith("HTTP/1.1 403", await AskAsync(proxy, $"GET http://{host}/ HTTP/1.1\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(["address_changed", "address_changed"], proxy.Ledger.Snapshot().Hops.Select(h => h.Code));
        Assert.Empty(canary.Hits);
    }

    [Fact]
    public async Task Redirect_ToADeniedTarget_IsStoppedAtTheNextHop()
    {
        await using var canary = await TestSite.StartAsync(_ => { });
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", () => Results.Redirect(canary.Url)));
        await using var proxy = Proxy([site.Authority]);
        using var client = new HttpClient(new HttpClientHandler { Proxy = new WebProxy($"http://{proxy.EndPoint}", BypassOnLocal: false), UseProxy = true });

        var answer = await client.GetAsync(new Uri(site.Url));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("/", site.Hits);
        Assert.Empty(canary.Hits);
    }

    [Fact]
    public async Task SecondRequest_OnOneConnection_NeverReachesTheFirstTarget()
    {
        await using var site = await TestSite.StartAsync(app => app.MapGet("/{path}", (string path) => path));
        await using var proxy = Proxy([site.Authority]);

        var request = $"GET {site.Url}/first HTTP/1.1\r\nHost: x\r\n\r\n";
        var answer = await AskAsync(proxy, request + $"GET http://10.0.0.5/second HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Equal(["/first"], site.Hits);
    }

    [Fact]
    public async Task WebSocket_ToAnAllowedTarget_WorksThroughATunnelAndOthersDoNot()
    {
        await using var site = await TestSite.StartAsync(Echo);
        await using var canary = await TestSite.StartAsync(Echo);
        await using var proxy = Proxy([site.Authority]);

        using var allowed = Socket(proxy);
        await allowed.ConnectAsync(new Uri($"ws://{site.Authority}/echo"), default);
        await allowed.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, default);
        var buffer = new byte[16];
        var got = await allowed.ReceiveAsync(buffer, default);
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, got.Count));

        using var denied = Socket(proxy);
        await Assert.ThrowsAsync<WebSocketException>(() => denied.ConnectAsync(new Uri($"ws://{canary.Authority}/echo"), default));
        Assert.Empty(canary.Hits);

        static ClientWebSocket Socket(FilteringProxy proxy)
        {
            var socket = new ClientWebSocket();
            socket.Options.Proxy = new WebProxy($"http://{proxy.EndPoint}", BypassOnLocal: false);
            return socket;
        }

        static void Echo(WebApplication app) => app.Map("/echo", async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var bytes = new byte[64];
            var message = await socket.ReceiveAsync(bytes, default);
            await socket.SendAsync(bytes.AsMemory(0, message.Count), WebSocketMessageType.Text, true, default);
        });
    }

    [Fact]
    public async Task Answer_LargerThanAConnectionMayCarry_IsCutAndNoted()
    {
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", () => Results.Bytes(new byte[2_000_000])));
        await using var proxy = Proxy([site.Authority], limits: new FenceLimits { ConnectionBytes = 500_000 });

        var answer = await AskAsync(proxy, $"GET {site.Url}/ HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.InRange(answer.Length, 1, 600_000);
        Assert.Contains(proxy.Ledger.Snapshot().Hops, h => h.Code == "over_limit");
    }

    [Fact]
    public async Task Page_ThatMovesMoreThanItMay_IsCutAndTheNextBeginsAnew()
    {
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", () => Results.Bytes(new byte[300_000])));
        await using var proxy = Proxy([site.Authority], limits: new FenceLimits { PageBytes = 500_000 });
        Task<string> AnswerAsync() => AskAsync(proxy, $"GET {site.Url}/ HTTP/1.1\r\nHost: x\r\n\r\n");

        proxy.StartPage();
        Assert.InRange((await AnswerAsync()).Length, 300_000, 310_000);
        Assert.InRange((await AnswerAsync()).Length, 0, 250_000);
        Assert.Equal(["one page moved more than 500000 bytes"], proxy.TakeTrips());

        proxy.StartPage();
        Assert.InRange((await AnswerAsync()).Length, 300_000, 310_000);
        Assert.Empty(proxy.TakeTrips());
    }

    [Fact]
    public async Task Site_ThatImitatesTheFence_IsToldApart()
    {
        FilteringProxy? fence = null;
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", (HttpResponse response) =>
        {
            response.Headers[FilteringProxy.MarkHeader] = fence!.Mark + " host_denied";
            return "imitated";
        }));
        await using var proxy = fence = Proxy([site.Authority]);

        var answer = await AskAsync(proxy, $"GET {site.Url}/ HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Contains($"{FilteringProxy.MarkHeader}: none\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(proxy.Mark, answer, StringComparison.Ordinal);
        Assert.Contains("imitated", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Browser_CallingItsVendor_IsRefusedByANameOfItsOwn()
    {
        var dialled = 0;
        await using var proxy = Proxy([], dial: (_, _) =>
        {
            dialled++;
            throw new SocketException((int)SocketError.ConnectionRefused);
        });

        Assert.StartsWith("HTTP/1.1 403", await AskAsync(proxy, "CONNECT Update.GoogleAPIs.com:443 HTTP/1.1\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(("browser_vendor", 0), (Assert.Single(proxy.Ledger.Snapshot().Hops).Code, dialled));
    }

    [Fact]
    public async Task Connections_BeyondTheBound_AreClosed()
    {
        await using var proxy = Proxy([], limits: new FenceLimits { TotalConnections = 1 });

        Assert.StartsWith("HTTP/1.1 403", await AskAsync(proxy, "GET http://10.0.0.5/ HTTP/1.1\r\n\r\n"), StringComparison.Ordinal);
        Assert.Empty(await AskAsync(proxy, "GET http://10.0.0.5/ HTTP/1.1\r\n\r\n"));
    }

    [Fact]
    public async Task Ledger_BeyondItsBound_OnlyCounts()
    {
        await using var proxy = Proxy([], limits: new FenceLimits { LedgerEntries = 2 });

        for (var i = 0; i < 4; i++) await AskAsync(proxy, $"GET http://10.0.0.{i}/ HTTP/1.1\r\n\r\n");

        var (hops, _, denied, unlisted) = proxy.Ledger.Snapshot();
        Assert.Equal((2, 4, 2), (hops.Count, denied, unlisted));
    }

    [Fact]
    public async Task SelfTest_OpenFence_FailsClosed()
    {
        using var selfTest = new FenceSelfTest();
        await using var closed = Proxy([]);
        await using var open = Proxy([new Uri(selfTest.Url).Authority]);

        await selfTest.CheckProxyAsync(closed, default);
        var failure = await Assert.ThrowsAsync<OmniAudit.Modules.Jobs.JobFailedException>(() => selfTest.CheckProxyAsync(open, default));
        Assert.Contains("fence did not hold", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dispose_WithOpenTunnels_ClosesThem()
    {
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        var authority = upstream.LocalEndpoint.ToString()!;
        var proxy = Proxy([authority]);
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.EndPoint);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\n\r\n"));
        using var accepted = await upstream.AcceptTcpClientAsync();
        Assert.True(await client.GetStream().ReadAsync(new byte[256]) > 0);

        await proxy.DisposeAsync().AsTask().WaitAsync(Eventually.Patience);

        Assert.Equal(0, await accepted.GetStream().ReadAsync(new byte[1]).AsTask().ContinueWith(t => t.IsCompletedSuccessfully ? t.Result : 0, TaskScheduler.Default));
    }

    /// <summary>Everything that comes back until the proxy closes.</summary>
    private static async Task<string> AskAsync(FilteringProxy proxy, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.EndPoint);
        var stream = client.GetStream();
        var received = new MemoryStream();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
            await stream.CopyToAsync(received).WaitAsync(Eventually.Patience);
        }
        catch (IOException)
        {
            // Reset: what came before it counts.
        }
        return Encoding.Latin1.GetString(received.ToArray());
    }

    private static FilteringProxy Proxy(string[] allow, HostResolver? resolver = null, FenceDialer? dial = null, FenceLimits? limits = null) =>
        new(Policy(allow, resolver), limits ?? FenceLimits.Default, TimeProvider.System, dial);

    private static UrlPolicy Policy(string[] allow, HostResolver? resolver)
    {
        var options = new OmniAuditOptions();
        // "*": the other hosts are judged by their addresses, as with an empty list.
        options.Policy.UrlAllowlist = [.. allow, "*"];
        return new UrlPolicy(options, resolver ?? ((_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([PublicAddress])));
    }
}
