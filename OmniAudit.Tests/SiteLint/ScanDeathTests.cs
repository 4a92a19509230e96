using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore.Diagnostics;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint;

/// <summary>SIGKILL of the server at ten points of a scan's life, of the browser at five, and a cancellation at the worst moment: what is left is a whole report or none.</summary>
[Collection(RealBrowser.Name)]
public sealed class ScanDeathTests
{
    /// <summary>Steps are what the job tells about itself; transactions are told by what they change.</summary>
    private static readonly string[] Points =
    [
        "step:starting the browser", "step:reading robots.txt and sitemaps", "step:page 1 of 1, desktop", "step:page 1 of 1, desktop done", "step:page 2 of 2, desktop", "step:page 2 of 2, desktop done", "step:saving the report",
        "commit:report", "committed:report", "commit:end",
    ];

    [Fact]
    public async Task Kill_OfTheServerAtTenPoints_LeavesAWholeReportOrNoneAndNoProcess()
    {
        await using var site = await TestSite.StartAsync(Small);
        var data = Directory.CreateTempSubdirectory("scan-death-").FullName;
        var mark = Guid.NewGuid().ToString("N");
        await using (var world = await ScanWorld.StartAsync([site.Authority], data: data))
        {
            var jobs = new List<(string Point, ScanJobRef Job)>();
            foreach (var point in Points) jobs.Add((point, await world.SubmitAsync(site.Url, "desktop", "quick", budget: 2)));
            foreach (var (point, job) in jobs)
            {
                await using var process = TestProcess.Start(["scan-and-die", data, site.Authority, job.JobId, point], new Dictionary<string, string> { ["OMNIAUDIT_TEST_MARK"] = mark });
                await process.EndAsync();
                Assert.True(process.ExitCode == 128 + 9, $"{point}: ended with {process.ExitCode}: {process.Rest}");
                Assert.Equal(point == "committed:report" || point == "commit:end", await world.Get<ReportStore>().FindAsync(job.ScanId, default) is { ReportRef: not null });
            }
            await NobodyIsLeftAsync(mark);

            Assert.Equal(jobs.Select(j => j.Job.JobId), await world.Get<JobRunner>().RecoverAsync(default));
            foreach (var (point, job) in jobs)
            {
                var before = site.Hits.Count;
                var ended = await world.RunJobAsync(job.JobId);
                Assert.True((ended.Status, ended.Attempt) == (JobStatus.Completed, 2), $"{point}: {ended.Status} {ended.Attempt} {ended.Error}");
                Assert.Equal(2, (await world.Get<ReportStore>().LoadAsync(ended.ResultRef!, default)).Pages.Count);
                Assert.Equal(point is "committed:report" or "commit:end", before == site.Hits.Count);
            }
        }
        Directory.Delete(data, recursive: true);
    }

    [Theory]
    [InlineData("reading robots.txt and sitemaps")]
    [InlineData("page 1 of 1, desktop")]
    [InlineData("page 1 of 1, desktop done")]
    [InlineData("page 2 of 2, desktop")]
    [InlineData("saving the report")]
    public async Task Kill_OfTheBrowser_CostsAPageOrFailsWithAReason(string point)
    {
        await using var site = await TestSite.StartAsync(Small);
        var killed = 0;
        await using var world = await ScanWorld.StartAsync([site.Authority], onStep: (_, step, _) =>
        {
            if (step == point) foreach (var browser in ScanJobTests.Browsers()) { killed++; browser.Kill(); }
            return Task.CompletedTask;
        });
        var submitted = await world.SubmitAsync(site.Url, "desktop", "quick", budget: 2);

        var job = await world.RunJobAsync(submitted.JobId);

        var saved = (await world.Get<ReportStore>().FindAsync(submitted.ScanId, default))!.ReportRef;
        Assert.Equal(point == "saving the report" ? 0 : 1, Math.Min(killed, 1));
        // The browser was started again for the pages that were left, or the job says that it ended.
        if (job.Status == JobStatus.Completed)
        {
            Assert.Equal(job.ResultRef, saved);
            Assert.Contains((await world.Get<ReportStore>().LoadAsync(saved!, default)).Pages, p => p.Outcome == PageOutcome.Audited);
        }
        else
        {
            Assert.Equal((JobStatus.Failed, null), (job.Status, saved));
            Assert.Contains("browser", job.Error, StringComparison.Ordinal);
        }
        await ScanJobTests.NoBrowserIsLeftAsync();
    }

    [Theory]
    [InlineData("page 1 of 1, desktop")]
    [InlineData("page 1 of 1, desktop done")]
    [InlineData("saving the report")]
    public async Task Cancel_AtWorkOrWhileSaving_EndsTheBrowserAndLeavesNoHalfReport(string point)
    {
        await using var site = await TestSite.StartAsync(Small);
        ScanWorld? world = null;
        await using var owner = world = await ScanWorld.StartAsync([site.Authority], onStep: async (run, step, cancellationToken) =>
        {
            if (step != point) return;
            Assert.Null(await world!.Get<JobRunner>().CancelAsync(run.JobId, ScanWorld.Agent, default));
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        var submitted = await world.SubmitAsync(site.Url, "desktop", "quick", budget: 2);

        var job = await world.RunJobAsync(submitted.JobId);

        Assert.Equal((JobStatus.Failed, "Cancelled by Test agent."), (job.Status, job.Error));
        Assert.Null((await world.Get<ReportStore>().FindAsync(submitted.ScanId, default))!.ReportRef);
        await ScanJobTests.NoBrowserIsLeftAsync();
    }

    /// <summary>The process that dies.</summary>
    public static async Task<int> DieAsync(string data, string allow, string jobId, string point)
    {
        var trap = new CommitTrap(point);
        await using var world = await ScanWorld.StartAsync([allow], data: data, watch: trap, onStep: (_, step, _) =>
        {
            if (point == "step:" + step) Die();
            return Task.CompletedTask;
        });
        await world.Get<JobRunner>().RunAsync(jobId, default);
        return 0;
    }

    private static void Small(WebApplication app)
    {
        app.MapGet("/", () => TestSite.Html("<!doctype html><html lang='en'><title>One</title><a href=/two>two</a>"));
        app.MapGet("/two", () => TestSite.Html("<!doctype html><html lang='en'><title>Two</title>"));
    }

    private static void Die()
    {
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Neither driver nor browser of a dead server: what it started inherited its environment.</summary>
    private static async Task NobodyIsLeftAsync(string mark)
    {
        await Eventually.GetAsync(() => Task.FromResult(string.Join(", ", Alive())), left => left.Length == 0, "nobody is left");

        List<string> Alive()
        {
            var found = new List<string>();
            foreach (var process in Process.GetProcesses())
            {
                try
                {
                    if (File.ReadAllText($"/proc/{process.Id}/environ").Contains(mark, StringComparison.Ordinal)) found.Add($"{process.Id} {process.ProcessName}");
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
                {
                    // It ended meanwhile, or is somebody else's.
                }
            }
            return found;
        }
    }

    private sealed class CommitTrap(string point) : ISaveChangesInterceptor, IDbTransactionInterceptor
    {
        private bool _report;
        private bool _saved;

        public ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData data, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            _report |= data.Context!.ChangeTracker.Entries<ScanRow>().Any(e => e.Entity.ReportRef is not null && e.State == Microsoft.EntityFrameworkCore.EntityState.Modified);
            return ValueTask.FromResult(result);
        }

        public ValueTask<InterceptionResult> TransactionCommittingAsync(System.Data.Common.DbTransaction transaction, TransactionEventData data, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            // The first transaction after the report's is the one that ends the job.
            if (_saved && point == "commit:end") Die();
            if (_report && point == "commit:report") Die();
            return ValueTask.FromResult(result);
        }

        public Task TransactionCommittedAsync(System.Data.Common.DbTransaction transaction, TransactionEndEventData data, CancellationToken cancellationToken = default)
        {
            if (_report && point == "committed:report") Die();
            _saved |= _report;
            return Task.CompletedTask;
        }
    }
}
