using System.Text.Json;
using Microsoft.Playwright;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Crawl;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Links;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint;

/// <summary>Makes one scan from beginning to end: one fence, one browser, a context per viewport, the pages in the order of the plan, all viewports of a page at once.</summary>
internal sealed class ScanRunner(OmniAuditOptions options, UrlPolicy policy, ReportStore reports, AuthProfiles authProfiles, ScanProgress live, WorkMetrics metrics, TimeProvider time)
{
    /// <summary>Each page has a clock of its own; this one ends scans whose pages all use theirs up.</summary>
    private static readonly TimeSpan ScanLimit = TimeSpan.FromMinutes(60);

    /// <param name="progress">Told at the start of every page and viewport; never called twice at once.</param>
    /// <exception cref="JobFailedException">Nothing could be audited; the message says why and what to change.</exception>
    public async Task<ScanReport> RunAsync(string scanId, ScanArguments arguments, Func<double, string, Task> progress, CancellationToken cancellationToken)
    {
        // Asked again: the lists or the name's address may have changed while the job waited.
        var verdict = await policy.CheckAsync(arguments.Url, cancellationToken);
        if (!verdict.Allowed) throw new JobFailedException(verdict.Message);
        if (!WebTarget.TryParse(arguments.Url, out var site, out var problem)) throw new JobFailedException($"url: {problem}.");

        var signIn = arguments.AuthProfileId is not { } profileId ? null
            : await authProfiles.OpenAsync(profileId, cancellationToken) ?? throw new JobFailedException($"The auth profile {profileId} was deleted while the scan waited. Start the scan again with another one, or without.");
        try
        {
            var report = await ScanAsync(scanId, site, arguments, signIn, progress, cancellationToken);
            return signIn is null ? report : Redacted(report, signIn);
        }
        catch (JobFailedException failed) when (signIn is not null)
        {
            // Without its cause, which goes to the log and may repeat what a page answered.
            throw new JobFailedException(signIn.Redact(failed.Message));
        }
        finally
        {
            live.Forget(scanId);
        }
    }

    private async Task<ScanReport> ScanAsync(string scanId, WebTarget site, ScanArguments arguments, SignIn? signIn, Func<double, string, Task> progress, CancellationToken cancellationToken)
    {
        await progress(0, "starting the browser");
        var (startedAt, clock) = (time.GetUtcNow(), time.GetTimestamp());
        await using var fence = new FilteringProxy(policy, FenceLimits.Default, time);
        using var http = new FencedHttp(fence) { SignIn = signIn };
        using var open = metrics.Browser();
        await using var browser = await ScanBrowser.StartAsync(options.SiteLint, fence, time, cancellationToken);
        if (signIn is not null) await SignInAsync(browser, signIn, arguments, progress, cancellationToken);

        await progress(0, "reading robots.txt and sitemaps");
        var (robots, answer) = await SiteMaps.ReadRobotsAsync(http, site.Origin, cancellationToken);
        var plan = new CrawlPlan(arguments, arguments.IgnoreRobots ? RobotsTxt.AllowAll : robots);
        if (plan.WantsMore && arguments.UseSitemap) plan.AddSitemap(await SiteMaps.ReadPagesAsync(http, site.Origin, robots, cancellationToken));

        var profile = ScanProfile.Of(arguments.Profile, arguments.Runs);
        var redirects = await RedirectsToHttpsAsync(http, site, cancellationToken);
        var auditors = arguments.Screens().Select(v => new PageAuditor(browser, v, fence, reports, profile, time) { Robots = answer, HttpRedirects = redirects }).ToList();
        var (results, trips) = await VisitAsync(scanId, plan, auditors, fence, signIn, clock, progress, cancellationToken);

        if (results.All(r => r.Page.Outcome == PageOutcome.Blocked)) throw new JobFailedException($"Nothing could be audited. {results[0].Page.Reason}");
        LinkOutcome? links = null;
        if (profile.Links)
        {
            await progress(0.97, "checking links");
            fence.StartPage();
            links = await CheckLinksAsync(results, http, fence.Ledger, cancellationToken);
            trips.AddRange(links.Sightings);
        }
        return Report(scanId, arguments, results, trips, startedAt, browser, fence.Ledger) with
        {
            Links = links?.Report,
            Crawl = plan.ToReport(RobotsWords(plan, answer, arguments)),
            Auth = signIn is null ? null : new ReportAuth(signIn.Profile.ProfileId, signIn.Profile.Name),
        };
    }

    /// <summary>Once: later browsers and contexts of the scan begin with what the sign-in left behind.</summary>
    private static async Task SignInAsync(ScanBrowser browser, SignIn signIn, ScanArguments arguments, Func<double, string, Task> progress, CancellationToken cancellationToken)
    {
        await progress(0, "signing in");
        browser.Redact = signIn.Redact;
        string? state = null;
        try
        {
            await browser.BeginWithAsync(async (session, token) =>
            {
                // The interception ends with its browser.
                var entrance = await BrowserSignIn.AttachAsync(session.Browser, signIn, token);
                if (state is null)
                {
                    await using var context = await session.NewContextAsync(arguments.Screens()[0]);
                    await entrance.EnterAsync(context, token);
                    await entrance.CheckAsync(context, arguments.EntryUrls[0], token);
                    state = await context.StorageStateAsync();
                    signIn.HideStorage(state);
                }
                session.StorageState = state;
            }, cancellationToken);
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            // Not as inner exception: the driver's message may repeat what was sent.
            throw new JobFailedException("The browser ended or stopped answering while it signed in. Start the scan again.");
        }
    }

    /// <summary>Null where there is nothing to ask: the site is plain http, or on a port of its own.</summary>
    private static async Task<bool?> RedirectsToHttpsAsync(FencedHttp http, WebTarget site, CancellationToken cancellationToken)
    {
        if (site.Origin != $"https://{site.Host}") return null;
        var answer = await http.SendAsync(HttpMethod.Head, $"http://{site.Host}/", 0, cancellationToken);
        return answer is { Status: > 0, Fenced: false } ? answer.FinalUrl.StartsWith("https://", StringComparison.Ordinal) : null;
    }

    private async Task<LinkOutcome> CheckLinksAsync(List<PageResult> results, FencedHttp http, FenceLedger ledger, CancellationToken cancellationToken)
    {
        // The first viewport's, as for the crawl.
        var pages = results.DistinctBy(r => r.Page.Url).ToList();
        var visited = new Dictionary<string, VisitedPage>(StringComparer.Ordinal);
        foreach (var page in pages.Where(p => p.Page.Status > 0)) visited[page.Page.Url] = new VisitedPage(page.Page.Status, page.Ids);
        return await new LinkChecker(http, ledger, LinkLimits.Default, time).CheckAsync([.. pages.Select(p => (p.Page.Url, p.Links))], visited, cancellationToken);
    }

    private async Task<(List<PageResult> Results, List<(string Page, Sighting Sighting)> Trips)> VisitAsync(
        string scanId, CrawlPlan plan, List<PageAuditor> auditors, FilteringProxy fence, SignIn? signIn, long clock, Func<double, string, Task> progress, CancellationToken cancellationToken)
    {
        var (results, trips) = (new List<PageResult>(), new List<(string, Sighting)>());
        using var reporting = new SemaphoreSlim(1, 1);
        var farthest = 0.0;
        while (true)
        {
            if (results.Count > 0 && time.GetElapsedTime(clock) > ScanLimit)
            {
                trips.Add((results[^1].Page.Url, LimitRules.ScanTime(ScanLimit, plan.Visited)));
                break;
            }
            if (plan.Next() is not { } url) break;
            var number = plan.Visited;
            var ended = 0;
            // An address may hold what was signed in with.
            var shown = signIn?.Redact(url) ?? url;
            fence.StartPage();
            var found = await Task.WhenAll(auditors.Select(async auditor =>
            {
                live.Began(scanId, shown, auditor.ViewportName);
                await TellAsync(auditor, "");
                var result = await auditor.AuditAsync(url, cancellationToken);
                live.Ended(scanId, shown, auditor.ViewportName, result.Page.Outcome, result.Sightings.Count);
                Interlocked.Increment(ref ended);
                await TellAsync(auditor, " done");
                return result;
            }));
            results.AddRange(found);
            trips.AddRange(fence.TakeTrips().Select(reason => (url, LimitRules.Network(reason))));
            if (signIn is not null && BrowserSignIn.WhyRefused(url, found[0].Page.Status, found[0].Page.FinalUrl) is { } why) trips.Add((url, LimitRules.SignInLost(why)));
            // The first viewport's links only: the order must not depend on which viewport is faster.
            if (plan.WantsMore && found[0].Page.Outcome == PageOutcome.Audited) plan.AddLinks(url, found[0].Links);

            async Task TellAsync(PageAuditor auditor, string done)
            {
                await reporting.WaitAsync(cancellationToken);
                try
                {
                    // What was just found makes the rest longer, but nobody wants to see a bar go back.
                    // Before the first page has shown its links, all that was asked for may be ahead.
                    var ahead = number == 1 && plan.WantsMore ? plan.Most : plan.Expected;
                    farthest = Math.Max(farthest, (number - 1 + (double)Volatile.Read(ref ended) / auditors.Count) / Math.Max(ahead, number));
                    await progress(farthest, $"page {number} of {plan.Expected}, {auditor.ViewportName}{done}");
                }
                finally
                {
                    reporting.Release();
                }
            }
        }
        return (results, trips);
    }

    /// <summary>A page may repeat what it was sent: in a link, a message, an attribute.</summary>
    private static ScanReport Redacted(ScanReport report, SignIn signIn) =>
        JsonSerializer.Deserialize<ScanReport>(signIn.Redact(JsonSerializer.Serialize(report, ReportJson.Options)), ReportJson.Options)!;

    private static string RobotsWords(CrawlPlan plan, RobotsAnswer answer, ScanArguments arguments)
    {
        var words = SiteMaps.Words(answer, arguments.IgnoreRobots);
        return plan.DisallowedEntries is [var first, ..] entries
            ? $"{words} It disallows {(entries.Count == 1 ? first : $"{entries.Count} entry pages, {first} first")}; entry pages are visited all the same, because they were asked for by name."
            : words;
    }

    private ScanReport Report(
        string scanId, ScanArguments arguments, List<PageResult> results, List<(string Page, Sighting Sighting)> trips, DateTimeOffset startedAt, ScanBrowser browser, FenceLedger ledger)
    {
        var set = new FindingSet();
        var shots = results.Where(r => r.Page.Screenshot is not null).ToLookup(r => (r.Page.Url, r.Page.Viewport), r => r.Page.Screenshot!.Reference);
        foreach (var result in results)
        {
            foreach (var sighting in result.Sightings) set.Add(result.Page.Url, result.Page.Viewport, sighting, shots[(result.Page.Url, result.Page.Viewport)]);
        }
        // A broken link or a trip of the fence is the same on every screen.
        foreach (var (page, sighting) in trips)
        {
            foreach (var screen in arguments.Screens()) set.Add(page, screen.Name, sighting, shots[(page, screen.Name)]);
        }
        var findings = set.ToList();
        var (hops, allowed, denied, unlisted) = ledger.Snapshot();
        return new ScanReport
        {
            ScanId = scanId,
            Url = arguments.Url,
            Profile = arguments.Profile,
            ViewportSet = arguments.ViewportSet,
            StartedAt = startedAt,
            FinishedAt = time.GetUtcNow(),
            Browser = new ReportBrowser(browser.Version, browser.Sandboxed, results.Select(r => r.AxeVersion).FirstOrDefault(v => v is not null)),
            Summary = new ReportSummary(
                results.Select(r => r.Page.Url).Distinct().Count(), findings.Count,
                Count("s1"), Count("s2"), Count("s3"), Count("s4"), results.Sum(r => r.NeedsReview)),
            Pages = results.ConvertAll(r => r.Page),
            Findings = findings,
            Network = new ReportNetwork(allowed, denied, unlisted,
                [.. hops.GroupBy(h => (h.Via, h.Host, h.Port, h.Address, h.Allowed, h.Code, h.Reason))
                    .Select(g => new ReportHop(g.Key.Via, g.Key.Host, g.Key.Port, g.Key.Address, g.Key.Allowed, g.Key.Code, g.Key.Reason, g.Count()))]),
        };

        int Count(string severity) => findings.Count(f => f.Severity == severity);
    }
}
