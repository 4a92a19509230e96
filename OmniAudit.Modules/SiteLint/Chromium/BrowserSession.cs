using Microsoft.Playwright;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Fence;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>
/// One job's browser: its own driver while it runs, its own process group, no way out but the fence. Disposing ends every process of it,
/// whatever state it is in.
/// </summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(3);

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly int _processGroup;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _gone = new();

    private BrowserSession(IPlaywright playwright, IBrowser browser, int processGroup, bool sandboxed, long memoryLimit, TimeProvider time)
    {
        (_playwright, _browser, _processGroup, Sandboxed, _time) = (playwright, browser, processGroup, sandboxed, time);
        Gone = _gone.Token;
        Memory = new MemoryWatch(processGroup, memoryLimit, time);
        browser.Disconnected += (_, _) => _gone.Cancel();
        if (!browser.IsConnected) _gone.Cancel();
    }

    public string Version => _browser.Version;

    public IBrowser Browser => _browser;

    /// <summary>Cookies and storage that contexts begin with; null: none.</summary>
    public string? StorageState { get; set; }

    /// <summary>Chromium's own sandbox is on.</summary>
    public bool Sandboxed { get; }

    public MemoryWatch Memory { get; }

    /// <summary>Cancelled when the browser ends by itself.</summary>
    public CancellationToken Gone { get; }

    /// <summary>Starts the browser behind <paramref name="proxy"/> and proves that it cannot reach loopback.</summary>
    /// <exception cref="JobFailedException">There is no browser, it does not start, or the fence does not hold.</exception>
    public static async Task<BrowserSession> StartAsync(SiteLintOptions options, FilteringProxy proxy, long memoryLimit, TimeProvider time, CancellationToken cancellationToken)
    {
        var executable = ChromiumLocator.Find(options);
        using var selfTest = new FenceSelfTest();
        var driver = SpareDriver.TakeAsync(StartLimit, cancellationToken);
        try
        {
            await selfTest.CheckProxyAsync(proxy, cancellationToken);
        }
        catch
        {
            (await driver).Dispose();
            throw;
        }

        var playwright = await driver;
        BrowserSession? session = null;
        try
        {
            session = await LaunchAsync(playwright, executable, proxy, memoryLimit, time, cancellationToken);
            selfTest.CheckBrowser(await session.IsRefusedAsync(selfTest.Url, proxy.Mark).WaitAsync(StartLimit, cancellationToken));
            return session;
        }
        catch
        {
            if (session is not null) await session.DisposeAsync();
            else playwright.Dispose();
            throw;
        }
    }

    /// <summary>Whether the browser still answers; tells a page that closed itself from a browser that is gone.</summary>
    public async Task<bool> IsAliveAsync()
    {
        if (_gone.IsCancellationRequested || !_browser.IsConnected) return false;
        try
        {
            var cdp = await _browser.NewBrowserCDPSessionAsync().WaitAsync(CloseLimit);
            await cdp.DetachAsync().WaitAsync(CloseLimit);
            return true;
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            return false;
        }
    }

    public async Task<IBrowserContext> NewContextAsync(Viewport viewport) 
    {
        var context = viewport.ContextOptions(Version);
        context.StorageState = StorageState;
        return await _browser.NewContextAsync(context);
    }

    public async ValueTask DisposeAsync()
    {
        var driverWorks = false;
        try
        {
            await _browser.CloseAsync().WaitAsync(CloseLimit);
            driverWorks = true;
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            // It is gone already or does not listen any more; the signal below ends it either way.
        }
        ProcessGroup.Kill(_processGroup);
        await Memory.DisposeAsync();
        if (driverWorks) SpareDriver.Leave(_playwright, _time);
        else _playwright.Dispose();
        _gone.Dispose();
    }

    private static async Task<BrowserSession> LaunchAsync(IPlaywright playwright, string executable, FilteringProxy proxy, long memoryLimit, TimeProvider time, CancellationToken cancellationToken)
    {
        // Chromium refuses its sandbox to root; elsewhere it is on unless the host cannot offer it, and the report says which.
        var sandbox = !Environment.IsPrivilegedProcess;
        IBrowser browser;
        try
        {
            browser = await TryAsync(sandbox);
        }
        catch (PlaywrightException e) when (sandbox && e.Message.Contains("sandbox", StringComparison.OrdinalIgnoreCase))
        {
            sandbox = false;
            browser = await TryAsync(false);
        }
        var group = 0;
        try
        {
            var cdp = await browser.NewBrowserCDPSessionAsync();
            var processes = await cdp.SendAsync("SystemInfo.getProcessInfo").WaitAsync(StartLimit, cancellationToken);
            foreach (var process in processes!.Value.GetProperty("processInfo").EnumerateArray())
            {
                if (process.GetProperty("type").GetString() == "browser") group = ProcessGroup.Of(process.GetProperty("id").GetInt32());
            }
            await cdp.DetachAsync();
            return new BrowserSession(playwright, browser, group, sandbox, memoryLimit, time);
        }
        catch
        {
            await browser.CloseAsync().WaitAsync(CloseLimit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ProcessGroup.Kill(group);
            throw;
        }

        async Task<IBrowser> TryAsync(bool sandboxed)
        {
            try
            {
                return await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
                {
                    ExecutablePath = executable,
                    Headless = true,
                    ChromiumSandbox = sandboxed,
                    Timeout = (float)StartLimit.TotalMilliseconds,
                    // The driver's Proxy option takes loopback off the bypass list; the bare switch would not.
                    Proxy = new Proxy { Server = $"http://{proxy.EndPoint}", Bypass = "<-loopback>" },
                    Args = Flags,
                }).WaitAsync(StartLimit + CloseLimit, cancellationToken);
            }
            catch (PlaywrightException e) when (!sandboxed || !e.Message.Contains("sandbox", StringComparison.OrdinalIgnoreCase))
            {
                throw new JobFailedException($"Chromium at {executable} did not start: {FirstLine(e.Message)} Run it by hand on the server to see why, or set SiteLint:ChromiumPath to another one.", e);
            }
        }
    }

    private static readonly string[] Flags =
    [
        // No look-ups and no UDP of its own: names are resolved by the fence, WebRTC and QUIC have no way around it.
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--disable-quic",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-domain-reliability",
        "--no-pings",
    ];

    /// <summary>The browser asks for a target that must be refused; true if our own fence refused it.</summary>
    private async Task<bool> IsRefusedAsync(string url, string mark)
    {
        await using var context = await _browser.NewContextAsync();
        var page = await context.NewPageAsync();
        try
        {
            var response = await page.GotoAsync(url);
            return response is not null && response.Headers.TryGetValue(FilteringProxy.MarkHeader, out var value) && value.StartsWith(mark, StringComparison.Ordinal);
        }
        catch (PlaywrightException)
        {
            return false;
        }
    }

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', ' ') + ".";
}
