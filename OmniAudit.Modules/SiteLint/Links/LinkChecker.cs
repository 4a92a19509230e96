using System.Collections.Concurrent;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools.Policies;
using static OmniAudit.Modules.SiteLint.Findings.Audits.Text;

namespace OmniAudit.Modules.SiteLint.Links;

/// <summary>How much is asked of other people's servers.</summary>
/// <param name="Targets">Asked at most, in the order in which the pages name them.</param>
/// <param name="PerHost">Requests under way at one host.</param>
/// <param name="Hosts">Hosts that are asked at once.</param>
/// <param name="Pause">Between two requests to one host, and before a failed one is repeated.</param>
/// <param name="Total">After this nothing new is asked.</param>
internal sealed record LinkLimits(int Targets = 400, int PerHost = 2, int Hosts = 8, TimeSpan Pause = default, TimeSpan Total = default)
{
    public static LinkLimits Default { get; } = new(Pause: TimeSpan.FromMilliseconds(150), Total: TimeSpan.FromSeconds(90));
}

/// <summary>A page that the scan has been to: its links need not be asked again, and fragments can be looked up.</summary>
/// <param name="Status">As it answered; 0 when it did not.</param>
/// <param name="Ids">What fragments may point at; null when not known or not known in full.</param>
internal sealed record VisitedPage(int Status, IReadOnlyList<string>? Ids);

/// <param name="Sightings">Of broken links, by the page that has them.</param>
internal sealed record LinkOutcome(ReportLinks Report, IReadOnlyList<(string Page, Sighting Sighting)> Sightings);

/// <summary>
/// Asks every link target of a scan once: HEAD, then GET where HEAD says too little. A verdict needs proof: 404, 410, a server error that stays, a name that
/// does not exist. What a server keeps from strangers (401, 403, 429, 999), what does not answer in time and where the fence does not go is "unverified".
/// Nothing is asked that might change something (log out, delete).
/// </summary>
internal sealed class LinkChecker(FencedHttp http, FenceLedger ledger, LinkLimits limits, TimeProvider time)
{
    private const int PagesPerLink = 10;
    private const int ForeignBytes = 2 * 1024;

    private readonly ConcurrentDictionary<string, Lazy<Task<SoftNotFound>>> _soft = new(StringComparer.Ordinal);

    /// <param name="pages">The rendered pages with their links, absolute, in the order of the crawl.</param>
    /// <param name="visited">By address without a fragment, in canonical spelling.</param>
    public async Task<LinkOutcome> CheckAsync(
        IReadOnlyList<(string Page, IReadOnlyList<string> Links)> pages, IReadOnlyDictionary<string, VisitedPage> visited, CancellationToken cancellationToken)
    {
        var own = pages.Select(p => WebTarget.TryParse(p.Page, out var target, out _) ? target.Origin : "").ToHashSet(StringComparer.Ordinal);
        var targets = LinkTargets.Of(pages);
        var verdicts = new ConcurrentDictionary<string, LinkVerdict>(StringComparer.Ordinal);
        using var clock = new CancellationTokenSource(limits.Total, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);

        var asked = new List<WebTarget>();
        foreach (var (url, target) in targets.Addresses)
        {
            if (visited.TryGetValue(url, out var page)) verdicts[url] = LinkVerdict.Of(page.Status);
            else if (asked.Count < limits.Targets) asked.Add(target);
        }
        using var hosts = new SemaphoreSlim(limits.Hosts);
        await Task.WhenAll(asked.GroupBy(t => t.Host, StringComparer.Ordinal).Select(async group =>
        {
            await hosts.WaitAsync(CancellationToken.None);
            try
            {
                await AskHostAsync(new ConcurrentQueue<WebTarget>(group), own, verdicts, stop.Token);
            }
            finally
            {
                hosts.Release();
            }
        }));
        cancellationToken.ThrowIfCancellationRequested();
        return Outcome(targets, verdicts, visited, own);
    }

    private Task AskHostAsync(ConcurrentQueue<WebTarget> queue, HashSet<string> own, ConcurrentDictionary<string, LinkVerdict> verdicts, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Math.Min(limits.PerHost, queue.Count)).Select(async _ =>
        {
            try
            {
                while (!cancellationToken.IsCancellationRequested && queue.TryDequeue(out var target))
                {
                    verdicts[target.Url] = await AskAsync(target, own.Contains(target.Origin), cancellationToken);
                    await Task.Delay(limits.Pause, time, cancellationToken);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The clock ran out (what is left counts as not checked), or the whole scan ends: CheckAsync tells them apart.
            }
        }));

    private async Task<LinkVerdict> AskAsync(WebTarget target, bool own, CancellationToken cancellationToken)
    {
        var answer = await http.SendAsync(HttpMethod.Head, target.Url, 0, cancellationToken);
        var soft = own ? await SoftOf(target, cancellationToken) : null;
        // Many servers answer HEAD wrongly, and only a body tells a soft 404 from a page.
        if (answer.Status is not (>= 200 and < 300) || soft is { Suspicious: true })
        {
            if (Refusal(answer) is { } refused) return refused;
            answer = await http.SendAsync(HttpMethod.Get, target.Url, own ? SoftNotFound.BodyBytes : ForeignBytes, cancellationToken);
        }
        if (answer.Status >= 500 || (answer.Status == 0 && !answer.Fenced))
        {
            if (Refusal(answer) is { } refused) return refused;
            await Task.Delay(limits.Pause, time, cancellationToken);
            answer = await http.SendAsync(HttpMethod.Get, target.Url, own ? SoftNotFound.BodyBytes : ForeignBytes, cancellationToken);
        }
        if (Refusal(answer) is { } refusal) return refusal;
        if (answer.Status == 0) return new LinkVerdict(LinkState.Unverified, 0, answer.Problem);
        return answer.Status is >= 200 and < 300 && soft is { Suspicious: true } ? soft.Judge(target.Url, answer) : LinkVerdict.Of(answer.Status);
    }

    /// <summary>What the fence knows about a target that it did not reach; null when the site itself answered or stayed silent.</summary>
    private LinkVerdict? Refusal(FencedAnswer answer)
    {
        if (answer.Status != 0) return null;
        var hop = WebTarget.TryParse(answer.FinalUrl, out var target, out _) ? ledger.LastRefusal(target.Host, target.Port) : null;
        if (hop?.Code == "host_unresolved") return new LinkVerdict(LinkState.Broken, 0, "the host name does not exist");
        if (answer.Fenced && hop?.Code != "unreachable") return new LinkVerdict(LinkState.Unverified, 0, "this server does not go there");
        return hop is { Code: not "unreachable" } ? new LinkVerdict(LinkState.Unverified, 0, "this server does not go there") : answer.Fenced ? new LinkVerdict(LinkState.Unverified, 0, "no connection") : null;
    }

    private Task<SoftNotFound> SoftOf(WebTarget target, CancellationToken cancellationToken) =>
        _soft.GetOrAdd(target.Origin, origin => new Lazy<Task<SoftNotFound>>(() => SoftNotFound.ProbeAsync(http, origin, cancellationToken))).Value;

    private static LinkOutcome Outcome(LinkTargets targets, ConcurrentDictionary<string, LinkVerdict> verdicts, IReadOnlyDictionary<string, VisitedPage> visited, HashSet<string> own)
    {
        var problems = new List<ReportLink>();
        var sightings = new List<(string, Sighting)>();
        var counts = new int[3];
        var notAsked = 0;
        foreach (var (url, target) in targets.Addresses)
        {
            if (!verdicts.TryGetValue(url, out var verdict))
            {
                notAsked++;
                continue;
            }
            counts[(int)verdict.State]++;
            if (verdict.State == LinkState.Ok) continue;
            problems.Add(new ReportLink(url, verdict.State == LinkState.Broken ? "broken" : "unverified", verdict.Status, verdict.Reason, [.. targets.PagesOf(url).Take(PagesPerLink)]));
            if (verdict.State == LinkState.Broken) sightings.AddRange(targets.PagesOf(url).Select(page => (page, Broken(url, verdict, own.Contains(target.Origin)))));
        }
        foreach (var (url, fragment) in targets.Fragments)
        {
            if (!visited.TryGetValue(url, out var page) || page.Status >= 400 || page.Ids is null || page.Ids.Contains(fragment, StringComparer.Ordinal)) continue;
            var address = $"{url}#{fragment}";
            counts[(int)LinkState.Broken]++;
            problems.Add(new ReportLink(address, "broken", page.Status, "the page has no such place", [.. targets.PagesOf(address).Take(PagesPerLink)]));
            sightings.AddRange(targets.PagesOf(address).Select(source => (source, new Sighting(
                "links/broken-fragment", "s4", FindingCategory.Availability, "A link points at a place that its page does not have", 0.8,
                "Give the target an id, or mend the fragment. https://developer.mozilla.org/docs/Web/URI/Reference/Fragment", Selector(address), Cut(address, 300), SiteWide: true))));
        }
        return new LinkOutcome(new ReportLinks(counts.Sum(), counts[0], counts[1], counts[2], notAsked, problems), sightings);
    }

    private static Sighting Broken(string url, LinkVerdict verdict, bool own) => new(
        "links/broken", own ? "s2" : "s3", FindingCategory.Availability, own ? "A link to a page of this site is broken" : "A link to another site is broken", verdict.Status == 200 ? 0.8 : 0.95,
        "Mend or remove the link, or serve a page there. https://developer.mozilla.org/docs/Web/HTTP/Reference/Status/404", Selector(url), Cut($"{verdict.Reason}: {url}", 300), SiteWide: true);

    private static string Selector(string url) => $"a[href=\"{Cut(url, 300)}\"]";
}
