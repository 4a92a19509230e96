using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Ingest;

/// <summary>A server that reads from a stand-in for Microsoft, with limits that need no patience.</summary>
internal sealed class IngestWorld : IAsyncDisposable
{
    public static readonly IngestLimits Quick = new()
    {
        AuditLogs = (10_000, TimeSpan.FromSeconds(1)), Pause = TimeSpan.FromMilliseconds(5), LongestWait = TimeSpan.FromSeconds(2), Look = TimeSpan.FromMilliseconds(20), Window = TimeSpan.FromHours(12),
    };

    private IngestWorld(MicrosoftStandIn microsoft, TestApp app) => (Microsoft, App) = (microsoft, app);

    public MicrosoftStandIn Microsoft { get; }
    public TestApp App { get; }

    /// <param name="fill">What happened in the tenant; the time is now.</param>
    public static async Task<IngestWorld> StartAsync(Action<MicrosoftStandIn, DateTimeOffset> fill, IngestLimits? limits = null, params string[] scheduled)
    {
        var microsoft = await MicrosoftStandIn.StartAsync();
        fill(microsoft, DateTimeOffset.UtcNow);
        var app = await TestApp.StartAsync(o => microsoft.Configure(o, scheduled), services: s => s.AddSingleton(limits ?? Quick));
        microsoft.Time = app.Time;
        return new IngestWorld(microsoft, app);
    }

    /// <summary>Events of the last so many hours: for the unified log in blobs of seven.</summary>
    public static void Fill(MicrosoftStandIn microsoft, DateTimeOffset now, string source, int count, int hours = 48, int seed = 7)
    {
        var events = new StandInEvents(seed, MicrosoftStandIn.Tenant).Make(source, count, now.AddHours(-hours), now.AddHours(-7));
        if (source == EventSources.Unified)
        {
            microsoft.AddBlobs("Audit.Exchange", events.Take(count / 2), 7);
            microsoft.AddBlobs("Audit.General", events.Skip(count / 2), 7);
        }
        else microsoft.Add(events);
    }

    public async Task<JobRow> FetchAsync(string source, int hours = 72)
    {
        var jobId = await App.Get<EventFetch>().StartAsync(source, hours, TestApp.Approver, CancellationToken.None);
        return await App.Get<JobStore>().WaitAsync(jobId, Eventually.Patience, CancellationToken.None);
    }

    /// <summary>Waits until the source was read after the start. Its row says so a moment before the job ends, and while that one runs no other is due.</summary>
    public Task FirstReadAsync(string source, string state = "ok") => Eventually.TrueAsync(
        async () => (await HealthAsync(source)).State == state
            && !await App.Get<Database>().ReadAsync(db => db.Set<JobRow>().AnyAsync(j => j.Kind == FetchJob.JobKind && j.ArgumentsJson.Contains(source) && (j.Status == JobStatus.Queued || j.Status == JobStatus.Running)), CancellationToken.None),
        $"{source} is read");

    public async Task<JobRow> RunDueAsync(string source)
    {
        // The clock may have rung first: then it is its job, which is the newest. The tests move the clock by minutes and hours between two fetches.
        var lately = App.Time.GetUtcNow() - TimeSpan.FromMinutes(1);
        var jobId = await App.Get<EventFetch>().RunDueAsync(source, afterStart: false, CancellationToken.None)
            ?? await App.Get<Database>().ReadAsync(db => db.Set<JobRow>().Where(j => j.Kind == FetchJob.JobKind && j.CreatedAt >= lately && j.ArgumentsJson.Contains(source)).OrderByDescending(j => j.JobId).Select(j => j.JobId).FirstOrDefaultAsync(), CancellationToken.None)
            ?? throw new InvalidOperationException($"{source} is not due.");
        return await App.Get<JobStore>().WaitAsync(jobId, Eventually.Patience, CancellationToken.None);
    }

    public static Task<List<string>> StoredAsync(Database database, string source) =>
        database.ReadAsync(db => db.Set<EventRow>().Where(e => e.Source == source).Select(e => e.SourceId).ToListAsync(), CancellationToken.None);

    /// <summary>Exactly the expected records, each once, and a whole ledger.</summary>
    public async Task AssertCompleteAsync(string source) => await AssertCompleteAsync(App.Get<Database>(), Microsoft, source);

    public static async Task AssertCompleteAsync(Database database, MicrosoftStandIn microsoft, string source)
    {
        var (stored, expected) = (await StoredAsync(database, source), microsoft.Ids(source));
        Assert.Equal((0, 0, expected.Count), (expected.Except(stored).Count(), stored.Except(expected).Count(), stored.Count));
        Assert.Null((await database.ReadAsync(db => CoverageLedger.VerifyAsync(db, CancellationToken.None), CancellationToken.None)).Broken);
    }

    public async Task<SourceState> HealthAsync(string source) => (await App.Get<SourceHealth>().ListAsync(CancellationToken.None)).Single(s => s.Source == source);

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Microsoft.DisposeAsync();
    }
}
