using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.Retention;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.SiteLint.Schedules;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Retention;

/// <summary>What is old goes, with all that is its own; what something still stands on stays.</summary>
public sealed class RetentionPassTests : IAsyncLifetime
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o =>
    {
        (o.SiteLint.RetentionDays, o.Evidence.RetentionDays, o.RateLimits.WritesPerMinute, o.Approvals.TtlSeconds) = (90, 90, 10_000, 1000 * 24 * 3600);
    });

    public Task DisposeAsync() => _app.DisposeAsync().AsTask();

    private Task PassAsync() => _app.Get<RetentionPass>().RunAsync(default);

    private Task<List<string>> IdsAsync<T>(System.Linq.Expressions.Expression<Func<T, string>> id)
        where T : class => _app.Get<Database>().ReadAsync(db => db.Set<T>().Select(id).ToListAsync(), default);

    private async Task<List<string>> RecordedAsync(string deed) => [.. (await _app.Get<AuditQueries>().ListAsync(new CallFilter(deed), default)).Select(c => c.OutputRef!)];

    /// <summary>An agent's request that names what is given.</summary>
    private async Task<string> AskAsync(string text) => (await _app.CallAsync("probe.write_note", new { text })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;

    [Fact]
    public async Task Scans_OlderThanTheSetting_GoWithJobsCurvesAndObjects()
    {
        var old = await FullScan.AddAsync(_app, "https://old.test");
        var report = (await _app.Get<ReportStore>().FindAsync(old, default))!.ReportRef!;
        _app.Time.Advance(Year);
        var young = await FullScan.AddAsync(_app, "https://young.test");
        await SeededObjects.AgeAsync(_app, Year - TimeSpan.FromDays(100));

        await PassAsync();

        Assert.Equal([young], await IdsAsync<ScanRow>(s => s.ScanId));
        Assert.Equal([young], (await IdsAsync<ScanTrendRow>(t => t.ScanId)).Distinct());
        Assert.Equal([young["scn_".Length..]], (await IdsAsync<JobRow>(j => j.JobId)).Select(j => j["job_".Length..]));
        Assert.False(File.Exists(SeededObjects.FileOf(_app, report)));
        Assert.NotNull((await _app.Get<ScanQueries>().FindAsync(young, default))!.Report);
        Assert.Matches(@"^1 scans from before \d{4}-\d\d-\d\d \(SITELINT_RETENTION_DAYS=90\)$", Assert.Single(await RecordedAsync("retention.delete_scans")));
        Assert.Single(await RecordedAsync("retention.sweep_objects"));
    }

    [Fact]
    public async Task Scans_ManyAtOnce_GoInBatchesWithARowEach()
    {
        for (var i = 0; i < 230; i++) await SeededScan.AddJobAsync(_app, "https://many.test/", JobStatus.Failed);
        _app.Time.Advance(Year);
        await PassAsync();
        Assert.Empty(await IdsAsync<ScanRow>(s => s.ScanId));
        Assert.Equal(["30", "100", "100"], (await RecordedAsync("retention.delete_scans")).Select(r => r.Split(' ')[0]));
    }

    [Fact]
    public async Task Scans_AtWorkOrComparedWithOrNamedByARequest_Stay()
    {
        var running = ScanRow.IdOf(await SeededScan.AddJobAsync(_app, "https://site.test/", JobStatus.Running));
        var (older, newest, pinned, named, awaited, gone) = (await FullScan.AddAsync(_app, "https://a.test"), await FullScan.AddAsync(_app, "https://a.test"), await FullScan.AddAsync(_app, "https://b.test"),
            await FullScan.AddAsync(_app, "https://c.test"), await FullScan.AddAsync(_app, "https://d.test"), await FullScan.AddAsync(_app, "https://e.test"));
        await _app.Get<Database>().WriteAsync(async db =>
        {
            db.Add(new ScanScheduleRow { ScheduleId = "sch_1", Name = "one", ArgumentsJson = "{}" });
            db.Add(new ScanScheduleRow { ScheduleId = "sch_2", Name = "two", ArgumentsJson = JsonSerializer.Serialize(new { baseline_scan_id = pinned }) });
            await db.Set<ScanRow>().Where(s => s.ScanId == older || s.ScanId == newest).ExecuteUpdateAsync(s => s.SetProperty(x => x.ScheduleId, "sch_1"));
            await db.Set<JobRow>().Where(j => j.Status == JobStatus.Running).ExecuteUpdateAsync(s => s.SetProperty(j => j.ArgumentsJson, JsonSerializer.Serialize(new { baseline_scan_id = awaited })));
        }, default);
        var request = await AskAsync($"as seen in {named}");
        _app.Time.Advance(Year);

        await PassAsync();
        Assert.Equal(new[] { running, newest, pinned, named, awaited }.Order(StringComparer.Ordinal), (await IdsAsync<ScanRow>(s => s.ScanId)).Order(StringComparer.Ordinal));

        await _app.DecideAsync(request, Decision.Deny, "no");
        await PassAsync();
        Assert.DoesNotContain(named, await IdsAsync<ScanRow>(s => s.ScanId));
        Assert.DoesNotContain(gone, await IdsAsync<ScanRow>(s => s.ScanId));
    }

    [Fact]
    public async Task Evidence_OlderThanTheSetting_GoesWithFindingsDraftsAndObjects()
    {
        var evidence = await SeededObjects.AddEvidenceAsync(_app, "acme/site", "old");
        var findings = await SeededObjects.AddFindingsAsync(_app, evidence, "acme/site");
        await SeededObjects.AddDraftAsync(_app, "acme/site", findings);
        var notes = await SeededObjects.AddNotesAsync(_app);
        _app.Time.Advance(Year);
        var young = await SeededObjects.AddEvidenceAsync(_app, "acme/site", "young");
        await SeededObjects.AgeAsync(_app, Year - TimeSpan.FromDays(100));

        await PassAsync();

        Assert.Equal([young], await IdsAsync<EvidenceRow>(e => e.EvidenceId));
        Assert.Empty(await IdsAsync<FindingsRow>(f => f.FindingsId));
        Assert.Empty(await IdsAsync<TriageDraftRow>(d => d.DraftId));
        Assert.Empty(await IdsAsync<TriageVersionRow>(d => d.DraftId));
        Assert.Empty(await IdsAsync<JobRow>(j => j.JobId));
        foreach (var deed in new[] { "drafts", "findings", "evidence" }) Assert.StartsWith("1 ", Assert.Single(await RecordedAsync($"retention.delete_{deed}")), StringComparison.Ordinal);
        // The young one's two, and the notes' two: notes have no age.
        Assert.Equal(4, Directory.GetFiles(Path.Combine(_app.Options.Data, "objects", "sha256"), "*", SearchOption.AllDirectories).Length);
        Assert.Equal([notes], await IdsAsync<NotesRow>(n => n.NotesId));
    }

    [Fact]
    public async Task Evidence_ThatSomethingYoungStandsOn_Stays()
    {
        var (evidence, second, other) = (await SeededObjects.AddEvidenceAsync(_app, "acme/site", "first", "abc"), await SeededObjects.AddEvidenceAsync(_app, "acme/site", "second", "abc"), await SeededObjects.AddEvidenceAsync(_app, "acme/site", "other", "def"));
        var (oldBase, idle) = (await SeededObjects.AddFindingsAsync(_app, other, "acme/site", headSha: "def"), await SeededObjects.AddFindingsAsync(_app, other, "acme/site", headSha: "def"));
        var busy = await SeededObjects.AddEvidenceAsync(_app, "acme/busy", "of a triage at work");
        _app.Time.Advance(Year);
        var young = await SeededObjects.AddFindingsAsync(_app, evidence, "acme/site", oldBase, "abc");
        await SeededObjects.AddDraftAsync(_app, "acme/busy", status: JobStatus.Running);

        await PassAsync();

        Assert.Equal(new[] { oldBase, young }.Order(StringComparer.Ordinal), (await IdsAsync<FindingsRow>(f => f.FindingsId)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(idle, await IdsAsync<FindingsRow>(f => f.FindingsId));
        Assert.Equal(new[] { evidence, second, other, busy }.Order(StringComparer.Ordinal), (await IdsAsync<EvidenceRow>(e => e.EvidenceId)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Evidence_ThatAnOpenRequestNames_StaysUntilItIsDecided()
    {
        const string finding = "fnd_0123456789abcdef0123";
        var (first, second, third) = (await SeededObjects.AddEvidenceAsync(_app, "acme/a", "1"), await SeededObjects.AddEvidenceAsync(_app, "acme/b", "2"), await SeededObjects.AddEvidenceAsync(_app, "acme/c", "3"));
        var (ofFinding, ofDraft) = (await SeededObjects.AddFindingsAsync(_app, first, "acme/a", finding: finding), await SeededObjects.AddFindingsAsync(_app, second, "acme/b"));
        var draft = await SeededObjects.AddDraftAsync(_app, "acme/b", ofDraft);
        var posted = await SeededObjects.AddDraftAsync(_app, "acme/d");
        string[] requests = [await AskAsync($"issue for {finding}"), await AskAsync($"comment {draft}"), await AskAsync($"see {third}"), await AskAsync("a comment that the console asked for")];
        await SeededObjects.SaveAsync(_app, new TriageRequestRow { ApprovalId = requests[3], DraftId = posted, Version = 1 });
        _app.Time.Advance(Year);

        await PassAsync();
        Assert.Equal(3, (await IdsAsync<EvidenceRow>(e => e.EvidenceId)).Count);
        Assert.Equal(new[] { ofFinding, ofDraft }.Order(StringComparer.Ordinal), (await IdsAsync<FindingsRow>(f => f.FindingsId)).Order(StringComparer.Ordinal));
        Assert.Equal(new[] { draft, posted }.Order(StringComparer.Ordinal), (await IdsAsync<TriageDraftRow>(d => d.DraftId)).Order(StringComparer.Ordinal));

        foreach (var request in requests) await _app.DecideAsync(request, Decision.Deny, "no");
        await PassAsync();
        Assert.Empty(await IdsAsync<EvidenceRow>(e => e.EvidenceId));
        Assert.Empty(await IdsAsync<TriageDraftRow>(d => d.DraftId));
        // Of the requests and what was decided everything is there still.
        Assert.Equal(4, (await IdsAsync<ApprovalRow>(a => a.ApprovalId)).Count);
        Assert.True((await IdsAsync<ReceiptRow>(r => r.ReceiptId)).Count >= 4);
        Assert.True((await _app.Get<AuditQueries>().ListAsync(new CallFilter("probe.write_note"), default)).Count >= 4);
    }

    [Fact]
    public async Task Defaults_KeepEverything()
    {
        await using var app = await TestApp.StartAsync();
        Assert.Equal((0, 0), (app.Options.SiteLint.RetentionDays, app.Options.Evidence.RetentionDays));
        var scan = await FullScan.AddAsync(app, "https://kept.test");
        var evidence = await SeededObjects.AddEvidenceAsync(app, "acme/kept", "kept");
        app.Time.Advance(Year);
        await app.Get<RetentionPass>().RunAsync(default);
        Assert.NotNull((await app.Get<ScanQueries>().FindAsync(scan, default))!.Report);
        Assert.NotNull(await app.Get<EvidenceStore>().FindAsync(evidence, default));
    }

    /// <summary>Two servers on one database, both at it while work goes on.</summary>
    [Fact]
    public async Task Passes_OfTwoServersAtOnce_HarmNothingThatIsWanted()
    {
        var old = new List<string>();
        for (var i = 0; i < 8; i++) old.Add(await FullScan.AddAsync(_app, $"https://old-{i}.test"));
        await _app.Get<Database>().WriteAsync(db => db.Set<ScanRow>().ExecuteUpdateAsync(s => s.SetProperty(x => x.CreatedAt, _app.Time.GetUtcNow() - Year)), default);
        // The clock stays: what is stored now is young to both, the files' times and the rows'.
        await SeededObjects.AgeAsync(_app, Year);
        var young = new List<string>();
        var work = Task.Run(async () => { for (var i = 0; i < 8; i++) young.Add(await FullScan.AddAsync(_app, $"https://old-{i}.test")); });
        await Task.WhenAll(work, PassAsync(), PassAsync(), PassAsync());
        await work;
        Assert.Equal(young.Order(StringComparer.Ordinal), (await IdsAsync<ScanRow>(s => s.ScanId)).Order(StringComparer.Ordinal));
        await using var output = new StringWriter();
        Assert.True(await _app.Get<ObjectCheck>().RunAsync(false, output, UpkeepProgress.None, default), output.ToString());
    }
}
