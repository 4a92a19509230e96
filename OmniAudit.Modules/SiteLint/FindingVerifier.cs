using System.Text.Json;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint;

/// <summary>Looks once more at the first place of a finding, on the live page: one page, one viewport, nothing measured and no pictures.</summary>
internal sealed class FindingVerifier(ScanRunner runner, ReportStore reports, TimeProvider time)
{
    /// <summary>The profile of such a look: rules only, at full speed.</summary>
    public const string Profile = "verify";

    public const string StillPresent = "still_present", Gone = "gone", CouldNotTell = "could_not_tell";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <param name="Occurrences">Elements at fault now, of the finding's rule and component on that page.</param>
    internal sealed record Look(string Status, string Reason, string PageUrl, string Viewport, string Outcome, int HttpStatus, int Occurrences, string Selector, string Evidence, string? SnapshotSha256, TimeSpan Took);

    public async Task<Look> LookAsync(ScanRow scan, ScanReport report, Finding finding, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (url, viewport) = finding.Places is [var first, ..] ? (first.Url, first.Viewport) : (finding.PageUrl, finding.Viewports.Count > 0 ? finding.Viewports[0] : "desktop");
        var earlier = await reports.JobOfAsync(scan, cancellationToken) is { } job ? JsonSerializer.Deserialize<ScanArguments>(job.ArgumentsJson, ReportJson.Options) : null;
        earlier ??= new ScanArguments(scan.Url, Profile, scan.ViewportSet, [url], 1);
        var screen = earlier.Viewports.Concat(Viewport.Of("desktop_mobile")).FirstOrDefault(v => v.Name == viewport);
        if (screen is null) return Unknown($"The viewport '{viewport}' is not known any more.", null);
        if (WhyNot(finding) is { } why) return Unknown(why, null);

        // All that the scan was asked but how much: the same sign-in, one page, one screen.
        var arguments = earlier with
        {
            Profile = Profile, ViewportSet = screen.Name is "desktop" or "mobile" && earlier.ViewportSet != "custom" ? screen.Name : "custom", Viewports = earlier.ViewportSet == "custom" ? [screen] : [],
            EntryUrls = [url], CrawlBudget = 1, UseSitemap = false, PerTemplate = null, Runs = null, BaselineScanId = null, Budgets = null, ScheduleId = null,
        };
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        clock.CancelAfter(Limit);
        ScanReport now;
        try
        {
            now = await runner.RunAsync(scan.ScanId, arguments, (_, _) => Task.CompletedTask, clock.Token);
        }
        catch (JobFailedException failed)
        {
            return Unknown(failed.Message, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unknown($"The page was not done after {Limit.TotalSeconds:0} seconds.", null);
        }

        var page = now.Pages is [var only, ..] ? only : null;
        var same = now.Findings.FirstOrDefault(f => IsSame(f, finding, url, viewport));
        if (same is not null)
        {
            return new Look(StillPresent, "", url, viewport, page?.Outcome ?? "", page?.Status ?? 0, same.Occurrences, same.Selector, same.Evidence, page?.SnapshotSha256, time.GetElapsedTime(started));
        }
        if (page is null) return Unknown("The page gave no result.", null);
        // A page that does not come up shows no faults: only one that was judged in full can be without them.
        if (finding.Category != FindingCategory.Availability && page.Outcome != PageOutcome.Audited) return Unknown(page.Reason.Length > 0 ? page.Reason : $"The page's outcome is {page.Outcome}.", page);
        if (page.Outcome == PageOutcome.Blocked) return Unknown(page.Reason, page);
        if (finding.Rule.StartsWith("axe/", StringComparison.Ordinal) && page.Axe is null) return Unknown(page.Reason.Length > 0 ? page.Reason : "axe-core could not run on this page.", page);
        return new Look(Gone, "", url, viewport, page.Outcome, page.Status, 0, "", "", page.SnapshotSha256, time.GetElapsedTime(started));

        Look Unknown(string reason, ReportPage? seen) => new(CouldNotTell, reason, url, viewport, seen?.Outcome ?? "", seen?.Status ?? 0, 0, "", "", seen?.SnapshotSha256, time.GetElapsedTime(started));
    }

    /// <summary>Rules that one look at full speed does not answer.</summary>
    private static string? WhyNot(Finding finding) =>
        finding.Rule.StartsWith("performance/", StringComparison.Ordinal) ? "This rule needs a measured, throttled visit: start a scan of the page."
        : finding.Rule.StartsWith("links/", StringComparison.Ordinal) ? "Links are checked over a whole scan: start a scan of the page."
        : null;

    /// <summary>The same component, or the same element in another one: what the first place had.</summary>
    private static bool IsSame(Finding now, Finding then, string url, string viewport)
    {
        if (now.Rule != then.Rule) return false;
        if (now.FindingId == then.FindingId) return true;
        var known = then.Places.Where(p => p.Url == url && p.Viewport == viewport).SelectMany(p => p.Marks).Select(m => ElementMark.Split(m).What).Where(w => w.Length > 0).ToHashSet(StringComparer.Ordinal);
        return now.Places.SelectMany(p => p.Marks).Any(m => known.Contains(ElementMark.Split(m).What)) || (then.Selector.Length > 0 && FindingSet.NormaliseSelector(now.Selector) == FindingSet.NormaliseSelector(then.Selector));
    }
}
