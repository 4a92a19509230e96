using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Findings.Performance;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.SiteLint.Scoring;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>What one page gave in one viewport.</summary>
/// <param name="Ids">What fragments may point at; null when not known in full.</param>
internal sealed record PageResult(ReportPage Page, IReadOnlyList<Sighting> Sightings, IReadOnlyList<string> Links, int NeedsReview, string? AxeVersion, IReadOnlyList<string>? Ids = null);

/// <summary>
/// Looks at pages in one viewport: one throttled navigation that is measured, then at full speed facts, axe and pictures of the same document.
/// A page that hangs, crashes or lies costs its own result and its own clock, not the scan.
/// </summary>
internal sealed class PageAuditor(ScanBrowser browser, Viewport viewport, FilteringProxy fence, ReportStore reports, ScanProfile profile, TimeProvider time)
{
    private static readonly TimeSpan PageLimit = TimeSpan.FromSeconds(75);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AxeLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(10);

    private const int MaxFactsLength = 4 * 1024 * 1024;

    /// <summary>axe needs about six seconds for 30,000 elements, and grows faster than they do.</summary>
    private const int MostElementsForAxe = 100_000;

    // Of rules that passed or do not apply only the counts are wanted; sending every element would cost more than the audit.
    private static readonly AxeRunOptions AxeOptions = new() { ResultTypes = [ResultType.Violations, ResultType.Incomplete] };

    private static readonly JsonSerializerOptions FactsJson = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    private readonly PageEvidence _evidence = new(viewport, reports, browser);
    private readonly Throttling _throttling = Throttling.Of(viewport);

    public string ViewportName => viewport.Name;

    /// <summary>The site's robots.txt, for the rules that judge it; null when nobody asked.</summary>
    public RobotsAnswer? Robots { get; set; }

    /// <summary>Whether plain http redirects to https; null when nobody asked.</summary>
    public bool? HttpRedirects { get; set; }

    /// <exception cref="JobFailedException">The browser was lost twice in a row, or cannot be started again.</exception>
    public async Task<PageResult> AuditAsync(string url, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var span = Spans.Start("browser page");
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        clock.CancelAfter(PageLimit * profile.Runs);
        var attempt = new Attempt();
        var result = await AttemptAsync(url, attempt, clock.Token, cancellationToken);
        // Another viewport lost the browser while this one was waiting for its turn: not this page's fault.
        if (result is null) result = await AttemptAsync(url, attempt = new Attempt { Last = true }, clock.Token, cancellationToken);
        span?.SetTag("omniaudit.outcome", result!.Page.Outcome);
        return result! with { Page = result.Page with { DurationMs = (int)time.GetElapsedTime(started).TotalMilliseconds, ConsoleErrors = attempt.Watch?.ConsoleErrors ?? [], FailedRequests = attempt.Watch?.FailedRequests ?? [] } };
    }

    private async Task<PageResult?> AttemptAsync(string url, Attempt attempt, CancellationToken clock, CancellationToken cancellationToken)
    {
        try
        {
            var result = await AuditOnceAsync(url, attempt, clock);
            browser.Worked();
            return result;
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return await ExplainAsync(url, attempt, e);
        }
        finally
        {
            if (attempt.Visit is { } visit) await visit.DisposeAsync();
        }
    }

    private async Task<PageResult> AuditOnceAsync(string url, Attempt attempt, CancellationToken cancellationToken)
    {
        var (visit, load, early) = await LoadAsync(url, attempt, cancellationToken);
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, visit.Fuse.Token, attempt.Session!.Gone);
        if (early is not null) return early with { Page = early.Page with { Screenshot = early.Page.Status >= 400 && profile.Pictures ? (await _evidence.ShootAsync(visit.Page, null, guard.Token))?.Stored : null } };
        var result = await JudgeAsync(url, visit, load, attempt, guard.Token);
        if (result.Page.Outcome != PageOutcome.Audited || profile.Runs == 1 || load.Raw is null) return result;

        // The audited document stays open no longer: more runs begin as cold as the first.
        await visit.DisposeAsync();
        return result with { Page = await WithMoreRunsAsync(url, result.Page, load, attempt, cancellationToken) };
    }

    /// <summary>The navigation that is measured, with everything else out of the way.</summary>
    /// <returns>The result when there is no document to judge.</returns>
    private async Task<(PageVisit Visit, MeasuredLoad Load, PageResult? Early)> LoadAsync(string url, Attempt attempt, CancellationToken cancellationToken)
    {
        // Asked for before the preparations, so that turns come in the order of the viewports.
        var turn = ScanBrowser.MeasuringTurnAsync(cancellationToken);
        try
        {
            attempt.Session = await browser.SessionAsync(cancellationToken);
            attempt.MemoryTrips = attempt.Session.Memory.Trips;
            var visit = attempt.Visit = await PageVisit.OpenAsync(attempt.Session, viewport, fence, time, cancellationToken);
            attempt.Watch ??= visit.Watch;
            using var guard = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, visit.Fuse.Token, attempt.Session.Gone);
            await turn;
            if (profile.Throttled) await _throttling.ApplyAsync(visit.Cdp).WaitAsync(StepLimit, guard.Token);
            var recording = profile.Pictures ? await ScreenRecording.StartAsync(visit.Cdp, viewport, time).WaitAsync(StepLimit, guard.Token) : null;
            attempt.Begun = true;
            attempt.Failure = await visit.NavigateAsync(url, guard.Token);
            if (Early(url, visit, attempt) is { } early) return (visit, Nothing, early);

            await visit.SettleAsync(SettleLimit, guard.Token);
            // Its script may have gone elsewhere meanwhile.
            if (Early(url, visit, attempt) is { } late) return (visit, Nothing, late);
            IReadOnlyList<ScreenFrame> frames = recording is null ? [] : await recording.StopAsync().WaitAsync(StepLimit, guard.Token);
            var load = await visit.MeasureAsync(frames, guard.Token);
            if (load.Raw is null && attempt.Failure == "timeout") return (visit, load, Unfinished(url, PageOutcome.Timeout, "The page's own script keeps it busy: it was not loaded in time and answers nothing.", visit.Watch));
            await Throttling.LiftAsync(visit.Cdp).WaitAsync(StepLimit, guard.Token);
            return (visit, load, null);
        }
        finally
        {
            // Also when it comes only after this has failed.
            _ = turn.ContinueWith(t => t.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private PageResult? Early(string url, PageVisit visit, Attempt attempt)
    {
        var (watch, failure) = (visit.Watch, attempt.Failure);
        if (watch.Refusal() is { } hop) return Unfinished(url, PageWatch.IsOutage(hop.Code) ? PageOutcome.Unreachable : PageOutcome.Blocked, hop.Reason, watch);
        if (watch.Crashed) return Fallen(url, attempt);
        if (watch.Document is not { } document) return Unfinished(url, failure is "timeout" ? PageOutcome.Timeout : PageOutcome.Unreachable, Words(failure), watch);
        var report = Begun(url, document);
        if (document.Status >= 400) return new PageResult(report with { Outcome = PageOutcome.HttpError, Reason = $"The server answered {document.Status}." }, [PageRules.HttpError(document.Status), .. Errors(url, watch)], [], 0, null);
        // An error beside a good status: a download, or an answer without content.
        var type = document.Headers.GetValueOrDefault("content-type", "");
        return failure is not ("" or "timeout") || (type.Length > 0 && !type.Contains("html", StringComparison.OrdinalIgnoreCase))
            ? new PageResult(report with { Outcome = PageOutcome.NotHtml, Reason = $"The answer is {(type.Length > 0 ? type : "not a document")}." }, [.. Errors(url, watch)], [], 0, null)
            : null;
    }

    private async Task<PageResult> JudgeAsync(string url, PageVisit visit, MeasuredLoad load, Attempt attempt, CancellationToken cancellationToken)
    {
        var (watch, document) = (visit.Watch, visit.Watch.Document!);
        var facts = await ReadFactsAsync(visit, cancellationToken);
        var (axe, problem) = await RunAxeAsync(visit.Page, load.Raw, cancellationToken);
        var shot = profile.Pictures ? await _evidence.ShootAsync(visit.Page, facts, cancellationToken) : null;
        var snapshot = profile.Pictures ? await _evidence.SnapshotAsync(visit, cancellationToken) : null;
        if (watch.Crashed) return Fallen(url, attempt);
        // Told apart by the caller: the page closed itself, or the browser is gone.
        if (visit.Page.IsClosed) throw new PlaywrightException("The page is closed.");
        if (facts is null) problem = ("The page's own scripts kept the audit from reading the document; it was not judged in full. " + problem).TrimEnd();

        var observation = await ObserveAsync(url, attempt, visit, load, facts, axe, cancellationToken);
        var verdict = PageJudge.Judge(observation);
        var performance = PerformanceJudge.Judge(observation);
        IReadOnlyList<Sighting> sightings = [.. attempt.Failure is "timeout" ? [PageRules.SlowLoad(PageVisit.LoadLimit)] : Array.Empty<Sighting>(), .. verdict.Sightings, .. performance.Sightings];
        if (shot is { } picture) sightings = await _evidence.CropAsync(visit, picture.Png, sightings, cancellationToken);
        var page = Begun(url, document) with
        {
            Headers = ReportHeaders.Of(observation.Headers), Title = facts?.Title, Description = facts?.Description, Language = facts?.Language,
            Canonical = facts?.Canonicals is [var first, ..] ? first : null, Heading = facts?.Headings is [var heading, ..] ? heading : null,
            Reason = problem, Screenshot = shot?.Stored,
            Axe = axe is null ? null : new ReportAxe(axe.Violations.Length, axe.Incomplete.Length, axe.Passes.Length),
            Audits = [.. performance.Audits, .. verdict.Audits],
            Scores = verdict.Scores with { Performance = PerformanceScore.Of(load.Metrics, viewport.Mobile) },
            Security = verdict.Security,
            Metrics = load.Raw is null ? null : Metrics(load, [load.Metrics]),
            Weight = PerformanceJudge.Weigh(observation),
            Filmstrip = await _evidence.FilmstripAsync(load.Frames, cancellationToken),
            SnapshotSha256 = snapshot?.Sha256, SnapshotRef = snapshot?.Reference,
        };
        return new PageResult(page, sightings, facts?.Links ?? [], verdict.NeedsReview, axe?.TestEngine?.Version, facts is { IdsCut: false } ? facts.Ids : null);
    }

    private async Task<PageObservation> ObserveAsync(string url, Attempt attempt, PageVisit visit, MeasuredLoad load, PageFacts? facts, AxeResult? axe, CancellationToken cancellationToken)
    {
        var document = visit.Watch.Document!;
        var headers = visit.Network.DocumentHeaders();
        if (headers.Count == 0) headers = [.. (await document.HeadersArrayAsync().WaitAsync(StepLimit, cancellationToken)).Select(h => KeyValuePair.Create(h.Name.ToLowerInvariant(), h.Value)).Where(h => h.Key != FilteringProxy.MarkHeader)];
        var raw = load.Raw;
        return new PageObservation
        {
            Url = url, FinalUrl = document.Url, Viewport = viewport, Status = document.Status, Headers = headers, Facts = facts, Axe = axe,
            Metrics = raw is null ? null : load.Metrics, Requests = load.Requests, Issues = visit.Network.Issues,
            ConsoleErrors = visit.Watch.ConsoleErrors, FailedRequests = visit.Watch.FailedRequests, LongTasks = raw is null ? [] : PageVisit.LongTasks(raw),
            Robots = Robots, HttpRedirects = HttpRedirects,
            Lcp = raw?.Lcp, LcpPhases = load.Phases, Shifts = raw?.Shifts ?? [], Dom = raw is null ? null : new DomSize(raw.Elements, raw.Depth, raw.Deepest, raw.Children, raw.Widest),
            UnsizedImages = raw?.Unsized ?? [], Images = raw?.Images ?? [], Fonts = raw?.Fonts ?? [],
            Code = profile.Coverage && raw is not null ? await CodeCoverage.OfAsync(attempt.Session!, viewport, fence, url, time, cancellationToken) : null,
        };
    }

    private async Task<ReportPage> WithMoreRunsAsync(string url, ReportPage page, MeasuredLoad first, Attempt attempt, CancellationToken cancellationToken)
    {
        var loads = new List<MeasuredLoad> { first };
        while (loads.Count < profile.Runs)
        {
            // It answered once; that it now does not is no reason to lose what is known.
            try
            {
                var (visit, load, early) = await LoadAsync(url, attempt, cancellationToken);
                await visit.DisposeAsync();
                if (early is not null || load.Raw is null) break;
                loads.Add(load);
            }
            catch (Exception e) when (e is PlaywrightException or TimeoutException or OperationCanceledException)
            {
                break;
            }
        }
        var median = loads[LoadMetrics.MedianRun([.. loads.Select(l => l.Metrics)])];
        return page with
        {
            Metrics = Metrics(median, [.. loads.Select(l => l.Metrics)]),
            Scores = page.Scores! with { Performance = PerformanceScore.Of(median.Metrics, viewport.Mobile) },
            Filmstrip = median == first ? page.Filmstrip : await _evidence.FilmstripAsync(median.Frames, cancellationToken),
        };
    }

    private ReportMetrics Metrics(MeasuredLoad load, IReadOnlyList<PageMetrics> runs) => new(
        load.Metrics, PerformanceScore.Each(load.Metrics, viewport.Mobile),
        load is { Raw.Lcp: { } lcp, Phases: { } phases } ? new ReportLcp(lcp.Selector, lcp.Url, Round(phases.Ttfb), Round(phases.LoadDelay), Round(phases.LoadTime), Round(phases.RenderDelay)) : null,
        runs.Count, LoadMetrics.Spread(runs), _throttling.Words);

    /// <returns>Null when the page has replaced what the script stands on and the other world does not answer either: no facts rather than made-up ones.</returns>
    private static async Task<PageFacts?> ReadFactsAsync(PageVisit visit, CancellationToken cancellationToken)
    {
        try
        {
            var json = await visit.Page.EvaluateAsync<string?>(PageFacts.Script).WaitAsync(StepLimit, cancellationToken);
            return json is { Length: <= MaxFactsLength } ? JsonSerializer.Deserialize<PageFacts>(json, FactsJson) : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or PlaywrightException)
        {
            try
            {
                return await visit.EvaluateAsync($"({PageFacts.Script})()", cancellationToken) is { ValueKind: JsonValueKind.String } json && json.GetString() is { Length: <= MaxFactsLength } text
                    ? JsonSerializer.Deserialize<PageFacts>(text, FactsJson) : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    private static async Task<(AxeResult? Result, string Problem)> RunAxeAsync(IPage page, RawMetrics? raw, CancellationToken cancellationToken)
    {
        if (raw is { Elements: > MostElementsForAxe }) return (null, $"The document has {raw.Elements} elements, more than axe-core can look at in time; accessibility was not judged.");
        try
        {
            var result = await page.RunAxe(AxeOptions).WaitAsync(AxeLimit, cancellationToken);
            // A page that redefines what axe stands on can hand back anything.
            if (result is { Violations: not null, Incomplete: not null, Passes: not null }) return (result, "");
            return (null, "The page's own scripts kept axe-core from telling its results; accessibility was not judged.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever the page made of the answer, the library's reading of it fails in its own way.
            return (null, e is TimeoutException ? $"axe-core was not done after {AxeLimit.TotalSeconds:0} seconds; accessibility was not judged." : "axe-core could not run on this page; accessibility was not judged.");
        }
    }

    /// <summary>Why an audit ended before its end: the page's bound, its renderer, the browser, or the clock.</summary>
    /// <returns>Null when it is worth another attempt.</returns>
    private async Task<PageResult?> ExplainAsync(string url, Attempt attempt, Exception problem)
    {
        var watch = attempt.Visit?.Watch;
        if (attempt.Visit?.Fuse.Trip is { } trip) return Tripped(url, trip, watch);
        if (attempt.Session is { } session)
        {
            if (!await session.IsAliveAsync())
            {
                browser.Lose(session, url, viewport.Name);
                if (!attempt.Begun && !attempt.Last) return null;
                return Unfinished(url, PageOutcome.Crashed, "The browser ended unexpectedly while it looked at this page; it was started again for the others.", watch);
            }
        }
        if (watch is { Crashed: true }) return Fallen(url, attempt);
        var (outcome, reason) = problem is PlaywrightException ? (PageOutcome.Crashed, "The page closed itself or stopped answering.")
            : (PageOutcome.Timeout, $"The page was not done after {PageLimit.TotalSeconds:0} seconds.");
        return Unfinished(url, outcome, reason, watch);
    }

    /// <summary>Its renderer is gone: by itself, or because it took more memory than a page may.</summary>
    private PageResult Fallen(string url, Attempt attempt) => attempt.Session is { Memory: var memory } && memory.Trips > attempt.MemoryTrips
        ? Tripped(url, memory.Trip, attempt.Watch)
        : Unfinished(url, PageOutcome.Crashed, "The page crashed its renderer.", attempt.Watch);

    private PageResult Tripped(string url, PageTrip trip, PageWatch? watch) => Unfinished(url, PageOutcome.OverLimit, trip.Reason, watch) with
    {
        Sightings = [new Sighting(trip.Rule, "s1", FindingCategory.Availability, trip.Title, 0.9, trip.Fix, "", trip.Reason), .. Errors(url, watch)],
    };

    private PageResult Unfinished(string url, string outcome, string reason, PageWatch? watch)
    {
        var document = watch?.Document;
        var page = new ReportPage { Url = url, Viewport = viewport.Name, Outcome = outcome, Reason = reason, FinalUrl = document?.Url ?? "", Redirects = document is null ? 0 : Hops(document.Request) };
        return new PageResult(page, [PageRules.Unfinished(outcome, reason), .. Errors(url, watch)], [], 0, null);
    }

    private ReportPage Begun(string url, IResponse document) => new()
    {
        Url = url, Viewport = viewport.Name, Outcome = PageOutcome.Audited, FinalUrl = document.Url, Status = document.Status, Redirects = Hops(document.Request), Headers = ReportHeaders.Of(document.Headers.Where(h => h.Key != FilteringProxy.MarkHeader)),
    };

    private static IEnumerable<Sighting> Errors(string url, PageWatch? watch) => watch is null ? [] : PageRules.Errors(url, watch.ConsoleErrors, watch.FailedRequests);

    private static string Words(string failure) => failure switch
    {
        "timeout" => $"There was no answer within {PageVisit.LoadLimit.TotalSeconds:0} seconds.",
        "" => "There was no answer.",
        "net::ERR_CERT_AUTHORITY_INVALID" => $"Its certificate is not signed by an authority that browsers trust ({failure}).",
        "net::ERR_CERT_DATE_INVALID" => $"Its certificate is not valid today ({failure}).",
        "net::ERR_CERT_COMMON_NAME_INVALID" => $"Its certificate is for another name ({failure}).",
        "net::ERR_TOO_MANY_REDIRECTS" => $"It redirects in a circle ({failure}).",
        _ when failure.StartsWith("net::ERR_CERT", StringComparison.Ordinal) || failure.StartsWith("net::ERR_SSL", StringComparison.Ordinal) => $"The encrypted connection cannot be made ({failure}).",
        _ => $"The browser could not load it ({failure}).",
    };

    private static int Hops(IRequest request)
    {
        var hops = 0;
        for (var before = request.RedirectedFrom; before is not null && hops < 50; before = before.RedirectedFrom) hops++;
        return hops;
    }

    private static double Round(double milliseconds) => Math.Round(milliseconds, 1);

    private static MeasuredLoad Nothing { get; } = new(new PageMetrics(null, null, null, null, null, null), null, null, [], []);

    /// <summary>What is open while a page is looked at, so that it can be explained and ended.</summary>
    private sealed class Attempt
    {
        public BrowserSession? Session { get; set; }
        public PageVisit? Visit { get; set; }
        /// <summary>Of the first navigation, which is the one that is judged.</summary>
        public PageWatch? Watch { get; set; }
        /// <summary>The page has been asked for.</summary>
        public bool Begun { get; set; }
        /// <summary>There is no attempt after this one.</summary>
        public bool Last { get; init; }
        public int MemoryTrips { get; set; }
        public string Failure { get; set; } = "";
    }
}
