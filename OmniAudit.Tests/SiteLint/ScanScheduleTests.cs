using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.SiteLint.Baseline;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.SiteLint.Schedules;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint;

/// <summary>Scans by the clock, in the real app; no browser gets as far as running.</summary>
public sealed class ScanScheduleTests : IAsyncLifetime
{
    private TestApp _app = null!;

    private ScanSchedules Schedules => _app.Get<ScanSchedules>();

    // A port where nothing listens: scans fail at once, which is all that is wanted of them here.
    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o => (o.Policy.UrlAllowlist, o.SiteLint.ChromiumPath, o.SiteLint.AsyncMode) = (["127.0.0.1:9", "127.0.0.1:19"], "/nowhere/chromium", true));

    public Task DisposeAsync() => _app.DisposeAsync().AsTask();

    [Fact]
    public async Task Schedule_DueOrMissed_RunsOnce_AndGoesOnToItsNextTime()
    {
        var schedule = await Schedules.AddAsync(Request(), TestApp.Approver, default);
        Assert.Equal(0, await Schedules.RunDueAsync(default));
        Assert.Empty(await ScansAsync(schedule));

        // Three days pass while nothing rings: one scan makes up for all.
        _app.Time.Advance(TimeSpan.FromDays(3));
        await Schedules.RunDueAsync(default);
        await Schedules.RunDueAsync(default);

        var scan = Assert.Single(await ScansAsync(schedule));
        var now = (await Schedules.FindAsync(schedule.ScheduleId, default))!;
        Assert.Equal((scan.ScanId, ""), (now.LastScanId, now.Problem));
        Assert.True(now.NextAt > _app.Time.GetUtcNow());
        Assert.Equal(6, now.NextAt!.Value.Hour);
        Assert.Equal(("schedule nightly", schedule.ScheduleId), (scan.RequestedByName, scan.ScheduleId));
    }

    [Fact]
    public async Task Schedule_SwitchedOffOrBusy_StartsNothing_AndSaysWhy()
    {
        var schedule = await Schedules.AddAsync(Request() with { Enabled = false }, TestApp.Approver, default);
        Assert.Null(schedule.NextAt);
        _app.Time.Advance(TimeSpan.FromDays(2));
        await Schedules.RunDueAsync(default);
        Assert.Empty(await ScansAsync(schedule));

        await Schedules.SetEnabledAsync(schedule.ScheduleId, true, TestApp.Approver, default);
        var first = await Schedules.RunNowAsync(schedule.ScheduleId, TestApp.Approver, default);
        // It has failed for want of a browser; then it is as if it were still at work.
        await _app.Get<JobStore>().WaitAsync(first.Replace("scn_", "job_"), Eventually.Patience, default);
        await SetJobAsync(first, JobStatus.Running);
        _app.Time.Advance(TimeSpan.FromDays(1.5));
        await Schedules.RunDueAsync(default);
        Assert.Contains($"the one before ({first}) was still under way", (await Schedules.FindAsync(schedule.ScheduleId, default))!.Problem, StringComparison.Ordinal);
        Assert.Single(await ScansAsync(schedule));
        Assert.Equal(["run now", "switched on", "added"], (await Schedules.ChangesAsync(schedule.ScheduleId, 10, default)).Select(c => c.What.Split(':')[0]));
    }

    [Fact]
    public async Task Schedule_ScanAfterScan_IsComparedWithTheOneBefore_AndMakesATrend()
    {
        var schedule = await Schedules.AddAsync(Request(), TestApp.Approver, default);
        var finisher = _app.Get<ReportFinisher>();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var id = await Schedules.RunNowAsync(schedule.ScheduleId, TestApp.Approver, default);
            var maker = new ReportMaker("http://127.0.0.1:9").Page("/", lcp: 1000 + 100 * i, performance: 0.9).Page("/a", lcp: 3000, performance: 0.5).Page("/", "mobile", lcp: 4000, performance: 0.4).Fault("/", "axe/label", "input", "<input>");
            if (i == 2) maker.Fault("/a", "axe/list", "ul", "<ul>");
            var report = await finisher.FinishAsync(maker.Make(id), new ScanArguments("http://127.0.0.1:9/", "quick", "desktop", ["http://127.0.0.1:9/"], 1) { Budgets = new ScanBudgets([], NewFindings: 0) }, default);
            await _app.Get<ReportStore>().SaveAsync(report, default);
            Assert.Equal(ids is [.., var previous] ? previous : null, report.Comparison?.BaselineScanId);
            ids.Add(id);
        }

        var trend = await _app.Get<ScanQueries>().TrendAsync(null, schedule.ScheduleId, 100, default);
        Assert.Equal(ids.SelectMany(id => new[] { $"{id} desktop", $"{id} mobile" }), trend.Select(t => $"{t.ScanId} {t.Viewport}"));
        Assert.Equal([2000, 2050, 2100], trend.Where(t => t.Viewport == "desktop").Select(t => t.Lcp!.Value));
        Assert.Equal([null, 0, 1], trend.Where(t => t.Viewport == "mobile").Select(t => t.NewFindings));
        // Without a baseline nobody checked the first one's budget.
        Assert.Equal(["failed", "passed", "failed"], trend.Where(t => t.Viewport == "mobile").Select(t => t.Verdict));
        Assert.Equal(2, (await _app.Get<ScanQueries>().TrendAsync("http://127.0.0.1:9/x", null, 2, default)).Count);
        Assert.Empty(await _app.Get<ScanQueries>().TrendAsync("http://127.0.0.1:19/", null, 10, default));

        var queries = _app.Get<ScanQueries>();
        async Task<int> CountAsync(ScanFilter filter) => (await queries.ListAsync(filter, null, 50, default)).Scans.Count;
        Assert.Equal((2, 1, 0, 3, 0), (await CountAsync(new(Verdict: "failed")), await CountAsync(new(Verdict: "passed")), await CountAsync(new(Verdict: "none")), await CountAsync(new(Site: "127.0.0.1:9", Profile: "quick")), await CountAsync(new(Site: "127.0.0.1:1_"))));
        var last = (await queries.FindAsync(ids[2], default))!.Report!;
        Assert.Equal(["axe/list"], new FindingFilter(State: "new").Of(last).Select(f => f.Rule));
        Assert.Equal(["axe/label"], new FindingFilter(Category: "accessibility", State: "persisting", Viewport: "desktop", Text: "LABEL").Of(last).Select(f => f.Rule));
    }

    [Theory]
    [InlineData("0 6 * * *", "put the seconds first, for example 0 0 6 * * ?")]
    [InlineData("0 * * * * ?", "less than 10 minutes apart")]
    [InlineData("0 0 25 * * ?", "Fields: seconds, minutes, hours")]
    [InlineData("0 0 6 ? * FUNDAY", "Fields: seconds, minutes, hours")]
    [InlineData("0 0 6 1 1 ? 2020", "never comes again")]
    [InlineData("every day", "six fields are needed")]
    public async Task Cron_ThatCannotBeUsed_IsRefusedWithWhatToWrite(string cron, string hint)
    {
        Assert.Contains(hint, Schedules.Preview(cron, "UTC", 3).Error, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<ScheduleRefusedException>(() => Schedules.AddAsync(Request() with { Cron = cron }, TestApp.Approver, default));
        Assert.Equal("cron", refused.Field);
    }

    [Fact]
    public async Task Schedule_BadRequests_AreRefusedByField()
    {
        await Schedules.AddAsync(Request(), TestApp.Approver, default);
        async Task<string> FieldAsync(ScheduleRequest request) => (await Assert.ThrowsAsync<ScheduleRefusedException>(() => Schedules.AddAsync(request, TestApp.Approver, default))).Field;

        Assert.Equal("name", await FieldAsync(Request()));
        Assert.Equal("name", await FieldAsync(Request() with { Name = " " }));
        Assert.Equal("time_zone", await FieldAsync(Request("x") with { TimeZone = "Mars/Olympus" }));
        Assert.Equal("url", await FieldAsync(Request("x", "http://10.0.0.5/")));
        Assert.Equal("crawl_budget", await FieldAsync(Request("x") with { Arguments = Arguments("http://127.0.0.1:9/", 10_000) }));
        Assert.Equal("idempotency_key", await FieldAsync(Request("x") with { Arguments = JsonSerializer.SerializeToElement(new { url = "http://127.0.0.1:9/", profile = "quick", viewport_set = "desktop", idempotency_key = "k" }) }));
        // What starting the scan would refuse is refused when it is stored.
        var other = await SeededScan.AddAsync(_app, "http://127.0.0.1:19/");
        await _app.Get<AuthProfiles>().AddAsync("elsewhere", new AuthShape(["http://127.0.0.1:19"]) { Cookies = ["sid"] }, new Dictionary<string, string> { ["cookie:sid"] = "some-value" }, TestApp.Approver, default);
        foreach (var (field, extra) in new (string, object)[]
        {
            ("entry_paths[0]", new { entry_paths = new[] { "http://other.test/" } }), ("include[0]", new { include = new[] { "no-slash" } }), ("viewports", new { viewport_set = "custom" }),
            ("viewports[0].width", new { viewport_set = "custom", viewports = new[] { new { name = "a", width = 10, height = 900 } } }), ("budgets.rules[0].cls", new { budgets = new { rules = new[] { new { cls = -1 } } } }),
            ("auth_profile", new { auth_profile = "none" }), ("auth_profile", new { auth_profile = "elsewhere" }), ("baseline_scan_id", new { baseline_scan_id = "scn_none" }), ("baseline_scan_id", new { baseline_scan_id = other }),
        })
        {
            var arguments = JsonSerializer.SerializeToNode(Arguments("http://127.0.0.1:9/", 1))!.AsObject();
            foreach (var (name, value) in JsonSerializer.SerializeToNode(extra)!.AsObject()) arguments[name] = value?.DeepClone();
            Assert.Equal(field, await FieldAsync(Request("x") with { Arguments = JsonSerializer.SerializeToElement(arguments) }));
        }
        Assert.Single(await Schedules.ListAsync(default));
        // Across the change to summer time it is six o'clock all the same.
        var times = Schedules.Preview("0 0 6 ? * *", "Europe/Berlin", 20).Times;
        Assert.All(times, t => Assert.Equal(6, TimeZoneInfo.ConvertTime(t, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")).Hour));
        Assert.Equal(20, times.Count);
    }

    private static ScheduleRequest Request(string name = "nightly", string url = "http://127.0.0.1:9/") => new(name, Arguments(url, 1), "0 0 6 * * ?", "UTC");

    private static JsonElement Arguments(string url, int budget) => JsonSerializer.SerializeToElement(new { url, profile = "quick", viewport_set = "desktop", crawl_budget = budget });

    private async Task<IReadOnlyList<ScanSummary>> ScansAsync(ScanSchedule schedule) => (await _app.Get<ScanQueries>().ListAsync(new ScanFilter(ScheduleId: schedule.ScheduleId), null, 50, default)).Scans;

    private Task<int> SetJobAsync(string scanId, string status) => _app.Get<Database>().WriteAsync(
        db => db.Set<JobRow>().Where(j => j.JobId == scanId.Replace("scn_", "job_")).ExecuteUpdateAsync(s => s.SetProperty(j => j.Status, status)), default);
}
