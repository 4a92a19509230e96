using System.Text.Json;
using Microsoft.Playwright;
using OmniAudit.Modules.SiteLint.Fence;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>What of a page's scripts and style sheets is used until it falls silent: one navigation of its own, unthrottled, since counting slows scripts down.</summary>
internal static class CodeCoverage
{
    private const int MostFiles = 60;
    private const int MostLength = 4 * 1024 * 1024;
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(3);

    /// <returns>Null when the page does not come up a second time.</returns>
    public static async Task<IReadOnlyList<CodeUse>?> OfAsync(
        BrowserSession session, Viewport viewport, FilteringProxy fence, string url, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var visit = await PageVisit.OpenAsync(session, viewport, fence, time, cancellationToken);
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, visit.Fuse.Token);
        try
        {
            var cdp = visit.Cdp;
            var sheets = new Dictionary<string, string>(StringComparer.Ordinal);
            cdp.Event("CSS.styleSheetAdded").OnEvent += (_, e) =>
            {
                if (e is not { } added || !added.TryGetProperty("header", out var header)) return;
                var (id, source) = (header.GetProperty("styleSheetId").GetString()!, header.GetProperty("sourceURL").GetString() ?? "");
                lock (sheets)
                {
                    if (source.StartsWith("http", StringComparison.Ordinal) && !header.GetProperty("isInline").GetBoolean() && sheets.Count < MostFiles) sheets[id] = source;
                }
            };
            await Task.WhenAll(cdp.SendAsync("Profiler.enable"), cdp.SendAsync("DOM.enable"), cdp.SendAsync("CSS.enable")).WaitAsync(StepLimit, guard.Token);
            await cdp.SendAsync("Profiler.startPreciseCoverage", new Dictionary<string, object> { ["callCount"] = false, ["detailed"] = true }).WaitAsync(StepLimit, guard.Token);
            await cdp.SendAsync("CSS.startRuleUsageTracking").WaitAsync(StepLimit, guard.Token);
            if (await visit.NavigateAsync(url, guard.Token) is not "") return null;
            await visit.SettleAsync(SettleLimit, guard.Token);

            var rules = await cdp.SendAsync("CSS.stopRuleUsageTracking").WaitAsync(StepLimit, guard.Token);
            var scripts = await cdp.SendAsync("Profiler.takePreciseCoverage").WaitAsync(StepLimit, guard.Token);
            // Only now, and deaf to the page's breakpoints: it is here for the sources.
            await cdp.SendAsync("Debugger.enable").WaitAsync(StepLimit, guard.Token);
            await cdp.SendAsync("Debugger.setSkipAllPauses", new Dictionary<string, object> { ["skip"] = true }).WaitAsync(StepLimit, guard.Token);
            return [.. await ScriptsAsync(cdp, scripts!.Value, guard.Token), .. await SheetsAsync(cdp, rules!.Value, sheets, guard.Token)];
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException or KeyNotFoundException or InvalidOperationException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private static async Task<List<CodeUse>> ScriptsAsync(ICDPSession cdp, JsonElement coverage, CancellationToken cancellationToken)
    {
        var found = new List<CodeUse>();
        foreach (var script in coverage.GetProperty("result").EnumerateArray())
        {
            var url = script.GetProperty("url").GetString() ?? "";
            if (!url.StartsWith("http", StringComparison.Ordinal) || found.Count >= MostFiles) continue;
            var source = await cdp.SendAsync("Debugger.getScriptSource", new Dictionary<string, object> { ["scriptId"] = script.GetProperty("scriptId").GetString()! }).WaitAsync(StepLimit, cancellationToken);
            var text = source!.Value.GetProperty("scriptSource").GetString() ?? "";
            if (text.Length is 0 or > MostLength) continue;
            var ranges = script.GetProperty("functions").EnumerateArray().SelectMany(f => f.GetProperty("ranges").EnumerateArray())
                .Select(r => (Start: r.GetProperty("startOffset").GetInt32(), End: r.GetProperty("endOffset").GetInt32(), Used: r.GetProperty("count").GetInt32() > 0));
            found.Add(new CodeUse(url, true, text.Length, text.Length - Used(text.Length, ranges), WastedSpace(text)));
        }
        // The same file twice, in a frame: the use of both counts.
        return [.. found.GroupBy(f => f.Url, StringComparer.Ordinal).Select(g => g.MinBy(f => f.UnusedBytes)!)];
    }

    private static async Task<List<CodeUse>> SheetsAsync(ICDPSession cdp, JsonElement usage, Dictionary<string, string> sheets, CancellationToken cancellationToken)
    {
        var used = usage.GetProperty("ruleUsage").EnumerateArray().Where(r => r.GetProperty("used").GetBoolean())
            .ToLookup(r => r.GetProperty("styleSheetId").GetString()!, r => (Start: (int)r.GetProperty("startOffset").GetDouble(), End: (int)r.GetProperty("endOffset").GetDouble(), Used: true));
        List<KeyValuePair<string, string>> known;
        lock (sheets) known = [.. sheets];
        var found = new List<CodeUse>();
        foreach (var (id, url) in known)
        {
            var answer = await cdp.SendAsync("CSS.getStyleSheetText", new Dictionary<string, object> { ["styleSheetId"] = id }).WaitAsync(StepLimit, cancellationToken);
            var text = answer!.Value.GetProperty("text").GetString() ?? "";
            if (text.Length is 0 or > MostLength) continue;
            found.Add(new CodeUse(url, false, text.Length, text.Length - Used(text.Length, used[id]), WastedSpace(text)));
        }
        return found;
    }

    /// <summary>How many characters are used; of nested ranges the inner one counts, and it comes later.</summary>
    internal static int Used(int length, IEnumerable<(int Start, int End, bool Used)> ranges)
    {
        var used = new bool[length];
        foreach (var (start, end, isUsed) in ranges.OrderBy(r => r.Start).ThenByDescending(r => r.End))
        {
            var from = Math.Clamp(start, 0, length);
            used.AsSpan(from, Math.Clamp(end, from, length) - from).Fill(isUsed);
        }
        return used.Count(u => u);
    }

    /// <summary>Indentation, empty lines and lines of comment: what the simplest minifier takes away. Strings that look like it are rare enough.</summary>
    internal static long WastedSpace(string text)
    {
        var (waste, comment) = (0L, false);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var rest = line.Trim();
            if (comment || rest.StartsWith("//", StringComparison.Ordinal) || rest.StartsWith("/*", StringComparison.Ordinal))
            {
                if (rest.StartsWith("/*", StringComparison.Ordinal)) comment = true;
                if (comment && rest.Contains("*/", StringComparison.Ordinal)) comment = false;
                // A licence that must stay says so.
                if (!rest.StartsWith("/*!", StringComparison.Ordinal)) waste += line.Length + 1;
                continue;
            }
            waste += line.Length - rest.Length + (rest.Length == 0 ? 1 : 0);
        }
        return waste > text.Length / 10 ? waste : 0;
    }
}
