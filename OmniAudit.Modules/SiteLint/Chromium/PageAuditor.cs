using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>What one page gave in one viewport.</summary>
internal sealed record PageResult(ReportPage Page, IReadOnlyList<Sighting> Sightings, IReadOnlyList<string> Links, int NeedsReview, string? AxeVersion);

/// <summary>Looks at pages in one viewport. A page that hangs, crashes or lies costs its own result and its own clock, not the scan.</summary>
internal sealed class PageAuditor(BrowserSession session, IBrowserContext context, Viewport viewport, FilteringProxy fence, ReportStore reports, bool takeScreenshots, TimeProvider time)
{
    private static readonly TimeSpan PageLimit = TimeSpan.FromSeconds(75);
    private static readonly TimeSpan LoadLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AxeLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(10);

    /// <summary>Chromium cannot draw taller surfaces.</summary>
    private const int MaxScreenshotPixels = 16_384;

    private const int MaxFactsLength = 4 * 1024 * 1024;

    // Of rules that passed or do not apply only the counts are wanted; sending every element would cost more than the audit.
    private static readonly AxeRunOptions AxeOptions = new() { ResultTypes = [ResultType.Violations, ResultType.Incomplete] };

    private static readonly JsonSerializerOptions FactsJson = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    public string ViewportName => viewport.Name;

    /// <exception cref="JobFailedException">The browser is gone.</exception>
    public async Task<PageResult> AuditAsync(string url, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Gone);
        clock.CancelAfter(PageLimit);
        IPage? page = null;
        PageWatch? watch = null;
        PageResult result;
        try
        {
            page = await context.NewPageAsync().WaitAsync(clock.Token);
            watch = new PageWatch(page, fence);
            result = await LookAsync(page, watch, url, clock.Token);
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!await session.IsAliveAsync()) throw new JobFailedException($"The browser ended unexpectedly while it looked at {url} ({viewport.Name}). Start the scan again; if it happens again, the page may need more memory than the server has.", e);
            var (outcome, reason) = watch is { Crashed: true } ? (PageOutcome.Crashed, "The page crashed its renderer.")
                : e is PlaywrightException ? (PageOutcome.Crashed, "The page closed itself or stopped answering.")
                : (PageOutcome.Timeout, $"The page was not done after {PageLimit.TotalSeconds:0} seconds.");
            result = Unfinished(url, outcome, reason, watch);
        }
        finally
        {
            if (page is not null) await page.CloseAsync().WaitAsync(StepLimit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        var consoleErrors = watch?.ConsoleErrors ?? [];
        var failedRequests = watch?.FailedRequests ?? [];
        return result with
        {
            Page = result.Page with { DurationMs = (int)time.GetElapsedTime(started).TotalMilliseconds, ConsoleErrors = consoleErrors, FailedRequests = failedRequests },
            Sightings = [.. result.Sightings, .. PageRules.Errors(url, consoleErrors, failedRequests)],
        };
    }

    private async Task<PageResult> LookAsync(IPage page, PageWatch watch, string url, CancellationToken cancellationToken)
    {
        var failure = await NavigateAsync(page, url, cancellationToken);
        var document = watch.Document;
        if (watch.Refusal() is { } hop)
            return Unfinished(url, PageWatch.IsOutage(hop.Code) ? PageOutcome.Unreachable : PageOutcome.Blocked, hop.Reason, watch);
        if (watch.Crashed) return Unfinished(url, PageOutcome.Crashed, "The page crashed its renderer.", watch);
        if (document is null) return Unfinished(url, failure is "timeout" ? PageOutcome.Timeout : PageOutcome.Unreachable, Words(failure), watch);

        var headers = await document.AllHeadersAsync().WaitAsync(StepLimit, cancellationToken);
        var report = new ReportPage
        {
            Url = url, Viewport = viewport.Name, Outcome = PageOutcome.Audited, FinalUrl = document.Url, Status = document.Status, Redirects = Hops(document.Request),
        };
        if (document.Status >= 400)
        {
            return new PageResult(
                report with { Outcome = PageOutcome.HttpError, Reason = $"The server answered {document.Status}.", Screenshot = await TryShootAsync(page, null, cancellationToken) },
                [PageRules.HttpError(document.Status)], [], 0, null);
        }
        // An error beside a good status: a download, or an answer without content.
        if (failure is not ("" or "timeout") || (headers.TryGetValue("content-type", out var type) && !type.Contains("html", StringComparison.OrdinalIgnoreCase)))
            return new PageResult(report with { Outcome = PageOutcome.NotHtml, Reason = $"The answer is {headers.GetValueOrDefault("content-type", "not a document")}." }, [], [], 0, null);

        var sightings = new List<Sighting>();
        if (failure is "timeout") sightings.Add(PageRules.SlowLoad(LoadLimit));
        var facts = await ReadFactsAsync(page, cancellationToken);
        if (facts is not null) sightings.AddRange(PageRules.Document(facts, headers, document.Url));
        var (axe, problem) = await RunAxeAsync(page, cancellationToken);
        if (axe is not null) sightings.AddRange(AxeRules.Violations(axe));
        var screenshot = await TryShootAsync(page, facts, cancellationToken);
        if (watch.Crashed) return Unfinished(url, PageOutcome.Crashed, "The page crashed its renderer.", watch);
        // Told apart by the caller: the page closed itself, or the browser is gone.
        if (page.IsClosed) throw new PlaywrightException("The page is closed.");
        if (facts is null) problem = ("The page's own scripts kept the audit from reading the document; it was not judged in full. " + problem).TrimEnd();
        return new PageResult(
            report with
            {
                Title = facts?.Title, Description = facts?.Description, Language = facts?.Language,
                Canonical = facts?.Canonicals is [var first, ..] ? first : null, Heading = facts?.Headings is [var heading, ..] ? heading : null,
                Reason = problem, Screenshot = screenshot,
                Axe = axe is null ? null : new ReportAxe(axe.Violations.Length, axe.Incomplete.Length, axe.Passes.Length),
            },
            sightings, facts?.Links ?? [], axe?.Incomplete.Length ?? 0, axe?.TestEngine?.Version);
    }

    /// <returns>Empty when the load event came; otherwise <c>timeout</c>, <c>download</c> or the browser's error.</returns>
    private static async Task<string> NavigateAsync(IPage page, string url, CancellationToken cancellationToken)
    {
        try
        {
            await page.GotoAsync(url, new PageGotoOptions { WaitUntil = WaitUntilState.Load, Timeout = (float)LoadLimit.TotalMilliseconds }).WaitAsync(cancellationToken);
        }
        catch (TimeoutException)
        {
            return "timeout";
        }
        catch (PlaywrightException e) when (e.Message.Contains("Download is starting", StringComparison.Ordinal))
        {
            return "download";
        }
        catch (PlaywrightException e) when (e.Message.Contains("net::ERR_", StringComparison.Ordinal) || e.Message.Contains("interrupted by another navigation", StringComparison.Ordinal))
        {
            var at = e.Message.IndexOf("net::ERR_", StringComparison.Ordinal);
            // Interrupted: the page's script went elsewhere, and the browser is on its way there.
            if (at >= 0) return new string([.. e.Message.AsSpan(at).ToArray().TakeWhile(c => c is not (' ' or '\n'))]);
        }
        try
        {
            // Bounded: many pages never fall silent, and what is there by then is what a visitor sees.
            await page.WaitForLoadStateAsync(LoadState.NetworkIdle, new PageWaitForLoadStateOptions { Timeout = (float)IdleLimit.TotalMilliseconds }).WaitAsync(cancellationToken);
        }
        catch (TimeoutException)
        {
            return "";
        }
        return "";
    }

    /// <returns>Null when the page has replaced what the script stands on: no facts rather than made-up ones.</returns>
    private static async Task<PageFacts?> ReadFactsAsync(IPage page, CancellationToken cancellationToken)
    {
        try
        {
            var json = await page.EvaluateAsync<string?>(PageFacts.Script).WaitAsync(StepLimit, cancellationToken);
            return json is { Length: <= MaxFactsLength } ? JsonSerializer.Deserialize<PageFacts>(json, FactsJson) : null;
        }
        catch (Exception e) when (e is JsonException or TimeoutException or PlaywrightException)
        {
            return null;
        }
    }

    private static async Task<(AxeResult? Result, string Problem)> RunAxeAsync(IPage page, CancellationToken cancellationToken)
    {
        try
        {
            return (await page.RunAxe(AxeOptions).WaitAsync(AxeLimit, cancellationToken), "");
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException or JsonException)
        {
            return (null, e is TimeoutException ? $"axe-core was not done after {AxeLimit.TotalSeconds:0} seconds; accessibility was not judged." : "axe-core could not run on this page; accessibility was not judged.");
        }
    }

    private async Task<ReportScreenshot?> TryShootAsync(IPage page, PageFacts? facts, CancellationToken cancellationToken)
    {
        if (!takeScreenshots) return null;
        var most = (int)(MaxScreenshotPixels / viewport.Scale);
        int? cutAt = facts is not null && facts.Height > most ? most : null;
        try
        {
            var png = await page.ScreenshotAsync(new PageScreenshotOptions
            {
                Type = ScreenshotType.Png,
                FullPage = facts is not null,
                Clip = cutAt is { } height ? new Clip { X = 0, Y = 0, Width = (float)Math.Clamp(facts!.Width, viewport.Width, most), Height = height } : null,
                Timeout = (float)StepLimit.TotalMilliseconds,
            }).WaitAsync(StepLimit + StepLimit, cancellationToken);
            var stored = await reports.PutAsync(png, "image/png", cancellationToken);
            return new ReportScreenshot(stored.Reference, stored.Sha256, stored.Size, cutAt);
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            return null;
        }
    }

    private PageResult Unfinished(string url, string outcome, string reason, PageWatch? watch)
    {
        var document = watch?.Document;
        var page = new ReportPage { Url = url, Viewport = viewport.Name, Outcome = outcome, Reason = reason, FinalUrl = document?.Url ?? "", Redirects = document is null ? 0 : Hops(document.Request) };
        return new PageResult(page, [PageRules.Unfinished(outcome, reason)], [], 0, null);
    }

    private static string Words(string failure) => failure switch
    {
        "timeout" => $"There was no answer within {LoadLimit.TotalSeconds:0} seconds.",
        "" => "There was no answer.",
        _ => $"The browser could not load it ({failure}).",
    };

    private static int Hops(IRequest request)
    {
        var hops = 0;
        for (var before = request.RedirectedFrom; before is not null && hops < 50; before = before.RedirectedFrom) hops++;
        return hops;
    }
}
