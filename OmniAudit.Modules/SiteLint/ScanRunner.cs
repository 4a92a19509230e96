using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint;

/// <summary>Makes one scan from beginning to end: one fence, one browser, a context per viewport, the pages in order, all viewports of a page at once.</summary>
internal sealed class ScanRunner(OmniAuditOptions options, UrlPolicy policy, ReportStore reports, TimeProvider time)
{
    // Following these would change something or end nowhere.
    private static readonly string[] SkippedWords = ["logout", "log-out", "signout", "sign-out", "logoff", "delete", "remove", "unsubscribe"];
    private static readonly string[] SkippedEndings =
        [".pdf", ".zip", ".gz", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".mp3", ".mp4", ".webm", ".css", ".js", ".json", ".xml", ".txt", ".csv", ".exe", ".dmg", ".docx", ".xlsx"];

    /// <param name="progress">Told at the start of every page and viewport; never called twice at once.</param>
    /// <exception cref="JobFailedException">Nothing could be audited; the message says why and what to change.</exception>
    public async Task<ScanReport> RunAsync(string scanId, ScanArguments arguments, Func<double, string, Task> progress, CancellationToken cancellationToken)
    {
        // Asked again: the lists or the name's address may have changed while the job waited.
        var verdict = await policy.CheckAsync(arguments.Url, cancellationToken);
        if (!verdict.Allowed) throw new JobFailedException(verdict.Message);

        await progress(0, "starting the browser");
        var startedAt = time.GetUtcNow();
        await using var fence = new FilteringProxy(policy, FenceLimits.Default, time);
        await using var session = await BrowserSession.StartAsync(options.SiteLint, fence, cancellationToken);
        var auditors = new List<PageAuditor>();
        foreach (var viewport in Viewport.Of(arguments.ViewportSet))
        {
            var context = await session.NewContextAsync(viewport);
            auditors.Add(new PageAuditor(session, context, viewport, fence, reports, takeScreenshots: arguments.Profile != "quick", time));
        }
        var results = await VisitAsync(arguments, auditors, progress, cancellationToken);

        if (results.All(r => r.Page.Outcome == PageOutcome.Blocked)) throw new JobFailedException($"Nothing could be audited. {results[0].Page.Reason}");
        return Report(scanId, arguments, results, startedAt, session, fence.Ledger);
    }

    private async Task<List<PageResult>> VisitAsync(ScanArguments arguments, List<PageAuditor> auditors, Func<double, string, Task> progress, CancellationToken cancellationToken)
    {
        var queue = new List<string>(arguments.EntryUrls);
        var known = queue.ToHashSet();
        var results = new List<PageResult>();
        using var reporting = new SemaphoreSlim(1, 1);
        for (var i = 0; i < queue.Count; i++)
        {
            var number = i + 1;
            var of = Math.Min(arguments.CrawlBudget, queue.Count);
            var ended = 0;
            var found = await Task.WhenAll(auditors.Select(async auditor =>
            {
                await TellAsync($"page {number} of {of}, {auditor.ViewportName}");
                var result = await auditor.AuditAsync(queue[number - 1], cancellationToken);
                Interlocked.Increment(ref ended);
                await TellAsync($"page {number} of {of}, {auditor.ViewportName} done");
                return result;
            }));
            results.AddRange(found);
            // The first viewport's links only: the order must not depend on which viewport is faster.
            foreach (var link in Links(arguments, found[0]))
            {
                if (queue.Count >= arguments.CrawlBudget) break;
                if (known.Add(link)) queue.Add(link);
            }

            async Task TellAsync(string step)
            {
                await reporting.WaitAsync(cancellationToken);
                try
                {
                    await progress((number - 1 + (double)Volatile.Read(ref ended) / auditors.Count) / Math.Max(of, arguments.CrawlBudget), step);
                }
                finally
                {
                    reporting.Release();
                }
            }
        }
        return results;
    }

    private static IEnumerable<string> Links(ScanArguments arguments, PageResult result)
    {
        if (result.Page.Outcome != PageOutcome.Audited || !WebTarget.TryParse(arguments.Url, out var site, out _)) yield break;
        foreach (var link in result.Links)
        {
            if (ScanArguments.Resolve(site, link) is not { } url) continue;
            var path = url[site.Origin.Length..].ToLowerInvariant();
            var file = path.Split('?')[0];
            if (!SkippedWords.Any(path.Contains) && !SkippedEndings.Any(file.EndsWith)) yield return url;
        }
    }

    private ScanReport Report(string scanId, ScanArguments arguments, List<PageResult> results, DateTimeOffset startedAt, BrowserSession session, FenceLedger ledger)
    {
        var set = new FindingSet();
        var shots = results.Where(r => r.Page.Screenshot is not null).ToLookup(r => (r.Page.Url, r.Page.Viewport), r => r.Page.Screenshot!.Reference);
        foreach (var result in results)
        {
            foreach (var sighting in result.Sightings) set.Add(result.Page.Url, result.Page.Viewport, sighting, shots[(result.Page.Url, result.Page.Viewport)]);
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
            Browser = new ReportBrowser(session.Version, session.Sandboxed, results.Select(r => r.AxeVersion).FirstOrDefault(v => v is not null)),
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
