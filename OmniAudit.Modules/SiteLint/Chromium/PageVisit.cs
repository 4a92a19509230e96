using System.Text.Json;
using Microsoft.Playwright;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>What one throttled navigation measured.</summary>
/// <param name="Raw">Null when the document did not answer.</param>
internal sealed record MeasuredLoad(PageMetrics Metrics, LcpPhases? Phases, RawMetrics? Raw, IReadOnlyList<PageRequest> Requests, IReadOnlyList<(double At, double Progress, byte[] Png)> Frames);

/// <summary>One navigation of one page in a context of its own, with nothing cached. Disposing ends the context, whatever the page does.</summary>
internal sealed class PageVisit : IAsyncDisposable
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private const int MostJsonLength = 8 * 1024 * 1024;

    /// <summary>How long the load event may take.</summary>
    public static readonly TimeSpan LoadLimit = TimeSpan.FromSeconds(30);

    private readonly IBrowserContext _context;
    private readonly string _mainFrame;
    private readonly TimeProvider _time;

    private PageVisit(IBrowserContext context, IPage page, ICDPSession cdp, string mainFrame, PageWatch watch, NetworkWatch network, PageFuse fuse, TimeProvider time) =>
        (_context, Page, Cdp, _mainFrame, Watch, Network, Fuse, _time) = (context, page, cdp, mainFrame, watch, network, fuse, time);

    public IPage Page { get; }

    public ICDPSession Cdp { get; }

    public PageWatch Watch { get; }

    public NetworkWatch Network { get; }

    public PageFuse Fuse { get; }

    /// <summary>A page that is ready to go: everything that listens, listens.</summary>
    public static async Task<PageVisit> OpenAsync(BrowserSession session, Viewport viewport, FilteringProxy fence, TimeProvider time, CancellationToken cancellationToken)
    {
        var context = await session.NewContextAsync(viewport).WaitAsync(StepLimit, cancellationToken);
        var fuse = new PageFuse();
        try
        {
            var page = await context.NewPageAsync().WaitAsync(StepLimit, cancellationToken);
            var watch = new PageWatch(page, fence, fuse);
            var cdp = await context.NewCDPSessionAsync(page).WaitAsync(StepLimit, cancellationToken);
            var tree = cdp.SendAsync("Page.getFrameTree");
            await Task.WhenAll(
                tree, cdp.SendAsync("Page.enable"), cdp.SendAsync("Network.enable"), cdp.SendAsync("Audits.enable"),
                cdp.SendAsync("Page.addScriptToEvaluateOnNewDocument", new Dictionary<string, object> { ["source"] = MetricsScript.Install, ["worldName"] = MetricsScript.World })).WaitAsync(StepLimit, cancellationToken);
            var mainFrame = (await tree)!.Value.GetProperty("frameTree").GetProperty("frame").GetProperty("id").GetString()!;
            return new PageVisit(context, page, cdp, mainFrame, watch, new NetworkWatch(cdp, mainFrame, fuse, time), fuse, time);
        }
        catch
        {
            await context.CloseAsync().WaitAsync(CloseLimit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            fuse.Dispose();
            throw;
        }
    }

    /// <returns>Empty when the load event came; otherwise <c>timeout</c>, <c>download</c> or the browser's error.</returns>
    public async Task<string> NavigateAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            await Page.GotoAsync(url, new PageGotoOptions { WaitUntil = WaitUntilState.Load, Timeout = (float)LoadLimit.TotalMilliseconds }).WaitAsync(cancellationToken);
        }
        catch (TimeoutException)
        {
            return "timeout";
        }
        catch (PlaywrightException e) when (e.Message.Contains("Download is starting", StringComparison.Ordinal))
        {
            return "download";
        }
        catch (PlaywrightException e) when (e.Message.Contains("net::ERR_", StringComparison.Ordinal))
        {
            return new string([.. e.Message[e.Message.IndexOf("net::ERR_", StringComparison.Ordinal)..].TakeWhile(c => c is not (' ' or '\n'))]);
        }
        catch (PlaywrightException e) when (e.Message.Contains("interrupted by another navigation", StringComparison.Ordinal))
        {
            // The page's script went elsewhere, and the browser is on its way there.
            try
            {
                await Page.WaitForLoadStateAsync(LoadState.Load, new PageWaitForLoadStateOptions { Timeout = (float)LoadLimit.TotalMilliseconds }).WaitAsync(cancellationToken);
            }
            catch (TimeoutException)
            {
                return "timeout";
            }
        }
        return "";
    }

    /// <summary>Until nothing has been asked for and no long task has run for half a second. Bounded: what is there by then is what a visitor sees.</summary>
    public async Task SettleAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (_time.GetElapsedTime(started) < limit && !Watch.Crashed && !Page.IsClosed)
        {
            var left = Quiet - Network.Silence(inFlight: 0);
            if (left <= TimeSpan.Zero)
            {
                // No answer: busy, or between two documents.
                var calm = await EvaluateAsync(MetricsScript.Calm, cancellationToken) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : 0;
                left = Quiet - TimeSpan.FromMilliseconds(Math.Clamp(calm, 0, 1_000));
                if (left <= TimeSpan.Zero) return;
            }
            await Task.Delay(left < Look ? Look : left > Quiet / 2 ? Quiet / 4 : left, _time, cancellationToken);
        }
    }

    /// <summary>What the observers have seen until now.</summary>
    public async Task<MeasuredLoad> MeasureAsync(IReadOnlyList<ScreenFrame> frames, CancellationToken cancellationToken)
    {
        var raw = await EvaluateAsync(MetricsScript.Collect, cancellationToken) is { ValueKind: JsonValueKind.String } json && json.GetString() is { Length: <= MostJsonLength } text ? Parse(text) : null;
        var requests = Network.Requests(Page.Url, raw?.TimeOrigin ?? 0);
        if (raw is null) return new MeasuredLoad(new PageMetrics(null, null, null, null, null, null), null, null, requests, []);

        IReadOnlyList<(double At, double Progress, byte[] Png)> progress = [];
        try
        {
            progress = VisualProgress.Of([.. frames.Select(f => (f.At - raw.TimeOrigin, f.Png))]);
        }
        catch (InvalidDataException)
        {
            // No pictures then; the other metrics stand.
        }
        var ttfb = Network.TimeToFirstByte(raw.TimeOrigin);
        // An error in the last digits would look like a change between two scans.
        var metrics = new PageMetrics(
            Round(raw.Fcp), Round(raw.Lcp?.At), raw.Fcp is { } fcp ? Round(LoadMetrics.Tbt(LongTasks(raw), fcp)) : null,
            Math.Round(LoadMetrics.Cls(raw.Shifts), 4), Round(VisualProgress.SpeedIndex(progress)), Round(ttfb));
        var phases = raw.Lcp is { } lcp ? LoadMetrics.Phases(lcp.At, ttfb, lcp.Url.Length > 0 ? requests.LastOrDefault(r => r.Url == lcp.Url) : null) : null;
        return new MeasuredLoad(metrics, phases, raw, requests, progress);
    }

    public static IReadOnlyList<(double Start, double Duration)> LongTasks(RawMetrics raw) => [.. raw.Tasks.Where(t => t.Length == 2).Select(t => (t[0], t[1]))];

    /// <summary>Runs a constant script in the world that the page cannot touch; null when there is no answer.</summary>
    public async Task<JsonElement?> EvaluateAsync(string script, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync("Runtime.evaluate", world => new Dictionary<string, object> { ["expression"] = script, ["contextId"] = world, ["returnByValue"] = true, ["awaitPromise"] = true }).WaitAsync(StepLimit, cancellationToken);
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Calls a constant function there with data, which never becomes code.</summary>
    public async Task<JsonElement?> CallAsync(string function, object argument, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync("Runtime.callFunctionOn", world => new Dictionary<string, object>
            {
                ["functionDeclaration"] = function, ["executionContextId"] = world, ["returnByValue"] = true, ["arguments"] = new[] { new Dictionary<string, object> { ["value"] = argument } },
            }).WaitAsync(StepLimit, cancellationToken);
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException or KeyNotFoundException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync().WaitAsync(CloseLimit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Fuse.Dispose();
    }

    private async Task<JsonElement?> AskAsync(string method, Func<int, Dictionary<string, object>> arguments)
    {
        // Asked for by the same name, the world of the observers comes back and no new one.
        var world = await Cdp.SendAsync("Page.createIsolatedWorld", new Dictionary<string, object> { ["frameId"] = _mainFrame, ["worldName"] = MetricsScript.World });
        var answer = await Cdp.SendAsync(method, arguments(world!.Value.GetProperty("executionContextId").GetInt32()));
        return answer!.Value.GetProperty("result").TryGetProperty("value", out var value) ? value.Clone() : null;
    }

    private static RawMetrics? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<RawMetrics>(json, MetricsScript.Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static double? Round(double? milliseconds) => milliseconds is { } known ? Math.Round(known, 1) : null;
}
