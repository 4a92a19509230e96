using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Tests.Support;

/// <summary>Scans in an app's store as their jobs would leave them; no browser runs.</summary>
internal static class SeededScan
{
    /// <summary>A completed scan; its id.</summary>
    public static async Task<string> AddAsync(TestApp app, string site, int findings = 3, int pages = 1, string text = "Title")
    {
        var job = await AddJobAsync(app, site, JobStatus.Completed);
        var scanId = ScanRow.IdOf(job);
        var set = new FindingSet();
        for (var i = 0; i < findings; i++) set.Add($"{site}/", "desktop", new Sighting($"axe/rule-{i}", "s2", "accessibility", $"{text} {i}", 1, "Mend it.", "main > p", $"<p class=\"{text}\">"), []);
        var at = app.Time.GetUtcNow();
        await app.Get<ReportStore>().SaveAsync(new ScanReport
        {
            ScanId = scanId, Url = site, Profile = "standard", ViewportSet = "desktop", StartedAt = at, FinishedAt = at, Browser = new ReportBrowser("1", true, null),
            Summary = new ReportSummary(pages, findings, 0, findings, 0, 0, 0),
            Pages = [.. Enumerable.Range(0, pages).Select(i => new ReportPage { Url = $"{site}/{i}", Viewport = "desktop", Outcome = PageOutcome.Audited, Title = $"Page \"{i}\"" })],
            Findings = set.ToList(), Network = new ReportNetwork(0, 0, 0, []),
        }, CancellationToken.None);
        return scanId;
    }

    /// <summary>A scan whose job stands so, without a report; the job's id.</summary>
    public static async Task<string> AddJobAsync(TestApp app, string site, string status)
    {
        var job = new JobRow { JobId = Ids.New("job", app.Time), Module = "sitelint", Kind = ScanJob.JobKind, Status = status, CreatedAt = app.Time.GetUtcNow(), RequestedBy = "agent:anonymous", RequestedByName = "anonymous" };
        await app.Get<Database>().WriteAsync(db =>
        {
            db.Add(job);
            return Task.CompletedTask;
        }, CancellationToken.None);
        await app.Get<ReportStore>().EnsureAsync(job.JobId, new ScanArguments(site, "standard", "desktop", [site], 1), CancellationToken.None);
        return job.JobId;
    }
}
