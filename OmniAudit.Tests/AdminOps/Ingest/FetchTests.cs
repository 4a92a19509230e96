using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Ingest;

/// <summary>What is stored, whatever Microsoft answers: exactly what there is, once.</summary>
public sealed class FetchTests
{
    [Fact]
    public async Task Clock_AtTheStart_ReadsEverySourceAndNeverTwice()
    {
        await using var world = await IngestWorld.StartAsync((m, now) =>
        {
            foreach (var source in EventSources.All.Take(4)) IngestWorld.Fill(m, now, source, 140);
        }, null, EventSources.Directory, EventSources.SignIn, EventSources.Intune, EventSources.Unified);
        // The clock moves on below, at times past midnight.
        var yesterday = DateOnly.FromDateTime(world.App.Time.GetUtcNow().UtcDateTime).AddDays(-1);
        foreach (var source in EventSources.All.Take(4))
        {
            await world.FirstReadAsync(source);
            await world.AssertCompleteAsync(source);
            world.App.Time.Advance(TimeSpan.FromMinutes(6));
            Assert.Equal(JobStatus.Completed, (await world.RunDueAsync(source)).Status);
            await world.AssertCompleteAsync(source);
            var health = await world.HealthAsync(source);
            Assert.Equal(("ok", null, 0, null), (health.State, health.ErrorClass, health.Failures, health.JobId));
            Assert.InRange(health.Lag!.Value, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(60));
        }
        // Not due again.
        Assert.Null(await world.App.Get<EventFetch>().RunDueAsync(EventSources.Unified, afterStart: false, CancellationToken.None));
        var days = await world.App.Get<CoverageQueries>().DaysAsync(4, CancellationToken.None);
        var complete = Assert.Single(days, d => d.Feed == "directory" && d.Day == yesterday);
        Assert.Equal(("complete", 0), (complete.State, complete.Gaps.Count));
        Assert.Equal("partial", days.First(d => d.Feed == "directory").State);
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "throttled with Retry-After", EventSources.Directory }, { "throttled without Retry-After", EventSources.Intune }, { "throttled without Retry-After", EventSources.SignIn }, { "server errors", EventSources.Directory },
        { "connection lost", EventSources.SignIn }, { "token expires mid-run", EventSources.Directory }, { "token expires mid-run", EventSources.Unified }, { "AF429 as 403", EventSources.Unified },
        { "lower-case header", EventSources.Unified }, { "AF20024", EventSources.Unified }, { "every blob listed twice", EventSources.Unified }, { "link beyond the end", EventSources.Intune }, { "beta only", EventSources.Intune },
        { "connection lost", EventSources.Unified },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Fetch_UnderAFault_StoresTheExpectedSetOnce(string fault, string source)
    {
        await using var world = await IngestWorld.StartAsync((m, now) => IngestWorld.Fill(m, now, source, 300));
        var m = world.Microsoft;
        var route = source switch { EventSources.Directory => "/directoryAudits", EventSources.SignIn => "/signIns", EventSources.Intune => "/auditEvents", _ => "/audit/" };
        switch (fault)
        {
            case "throttled with Retry-After": m.Break(StandInFault.Throttled(route, 1)); break;
            case "throttled without Retry-After": m.Break(StandInFault.Throttled(route, null, 3)); break;
            case "server errors": m.Break(new StandInFault(route, 503, "<html>", 3)); break;
            case "connection lost": m.Break(StandInFault.Broken(route, 2) with { Skip = 1 }); break;
            case "token expires mid-run": m.Break(new StandInFault(route, 401, """{"error":{"code":"InvalidAuthenticationToken"}}""", Skip: 2)); break;
            case "AF429 as 403": m.Break(StandInFault.Af429(route, 3) with { Skip = 2 }); m.Break(StandInFault.Af429("/subscriptions/content", 2)); break;
            case "lower-case header": (m.NextPageHeader, m.BlobPage) = ("nextpageuri", 2); break;
            case "AF20024": m.HidesSubscriptions = true; await world.FetchAsync(source, 1); break;
            case "every blob listed twice": m.ListsTwice = true; break;
            case "link beyond the end": m.NextLinkFault = "beyond"; break;
            case "beta only": m.IntuneNeedsBeta = true; break;
        }
        var job = await world.FetchAsync(source);
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.Error));
        await world.AssertCompleteAsync(source);
        Assert.Empty(m.FaultsToCome);
        Assert.Equal(0, EventFetch.CountsOf(JobQueries.View(job))!.Refused);
    }

    [Fact]
    public async Task Fetch_LinkThatLeadsToItself_EndsWithANamedGap()
    {
        await using var world = await IngestWorld.StartAsync((m, now) => IngestWorld.Fill(m, now, EventSources.Directory, 120));
        world.Microsoft.NextLinkFault = "repeat";
        Assert.Equal(JobStatus.Completed, (await world.FetchAsync(EventSources.Directory)).Status);
        var ledger = await LedgerAsync(world);
        Assert.Contains(ledger, c => c.State == CoverageStates.Partial && c.Reason.Contains("leads back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fetch_LinkToAnotherHost_SendsNoTokenThere()
    {
        await using var world = await IngestWorld.StartAsync((m, now) => IngestWorld.Fill(m, now, EventSources.Directory, 20));
        world.Microsoft.NextLinkFault = "elsewhere";
        var job = await world.FetchAsync(EventSources.Directory);
        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Contains("another host (graph.attacker.example)", job.Error, StringComparison.Ordinal);
        Assert.Equal("bad_answer", (await world.HealthAsync(EventSources.Directory)).ErrorClass);
    }

    [Theory]
    [InlineData(BlobFault.Missing, CoverageStates.Missing)]
    [InlineData(BlobFault.Expired, CoverageStates.Expired)]
    [InlineData(BlobFault.ListedExpired, CoverageStates.Expired)]
    [InlineData(BlobFault.Invalid, CoverageStates.Missing)]
    [InlineData(BlobFault.NotJson, CoverageStates.Refused)]
    [InlineData(BlobFault.Elsewhere, CoverageStates.Refused)]
    internal async Task Blob_ThatCannotBeHad_IsANamedGapAndNotAskedForAgain(BlobFault fault, string state)
    {
        await using var world = await IngestWorld.StartAsync((m, now) => IngestWorld.Fill(m, now, EventSources.Unified, 70));
        var bad = world.Microsoft.Blobs[3];
        bad.Fault = fault;
        Assert.Equal(JobStatus.Completed, (await world.FetchAsync(EventSources.Unified)).Status);
        var asked = world.Microsoft.Requests.Count(r => r.Target.Contains("/audit/" + Uri.EscapeDataString(bad.Id), StringComparison.Ordinal));
        Assert.Equal(JobStatus.Completed, (await world.FetchAsync(EventSources.Unified)).Status);
        await world.AssertCompleteAsync(EventSources.Unified);
        Assert.Equal(state, Assert.Single(await LedgerAsync(world), c => c.Name == bad.Id).State);
        Assert.Equal(asked, world.Microsoft.Requests.Count(r => r.Target.Contains("/audit/" + Uri.EscapeDataString(bad.Id), StringComparison.Ordinal)));
        var day = (await world.App.Get<CoverageQueries>().DaysAsync(5, CancellationToken.None)).Single(d => d.Feed == $"unified/{bad.ContentType}" && d.Day == DateOnly.FromDateTime(bad.Created.UtcDateTime));
        Assert.Contains(day.Gaps, g => g.Blob == bad.Id);
    }

    [Fact]
    public async Task SignIn_RefusedForGood_StopsTheSourceAndSaysWhy()
    {
        await using var world = await IngestWorld.StartAsync((m, now) => m.SignInRefusal = "AADSTS7000229", null, EventSources.Directory);
        await world.FirstReadAsync(EventSources.Directory, "stopped");
        var health = await world.HealthAsync(EventSources.Directory);
        Assert.Equal(("sign_in", null), (health.ErrorClass, health.NextAt));
        Assert.Contains("AADSTS7000229", health.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(MicrosoftStandIn.Secret, health.Error, StringComparison.Ordinal);
        world.App.Time.Advance(TimeSpan.FromHours(5));
        Assert.Null(await world.App.Get<EventFetch>().RunDueAsync(EventSources.Directory, afterStart: false, CancellationToken.None));
        Assert.Single(world.Microsoft.Requests);
        // The next start tries once: the cause may have been put right.
        Assert.NotNull(await world.App.Get<EventFetch>().RunDueAsync(EventSources.Directory, afterStart: true, CancellationToken.None));
    }

    [Fact]
    public async Task Fetch_ThrottledForLong_EndsAndComesBackLater()
    {
        await using var world = await IngestWorld.StartAsync((m, now) => IngestWorld.Fill(m, now, EventSources.Directory, 10));
        world.Microsoft.Break(StandInFault.Throttled("/directoryAudits", 900));
        Assert.Equal(JobStatus.Failed, (await world.FetchAsync(EventSources.Directory)).Status);
        var row = await world.App.Get<Database>().ReadAsync(db => db.Set<SourceRow>().SingleAsync(), CancellationToken.None);
        Assert.Equal("throttled", row.ErrorClass);
        Assert.InRange(row.NextAt!.Value - world.App.Time.GetUtcNow(), TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(16));
    }

    [Fact]
    public async Task Event_ThatComesSixHoursLate_IsFoundByTheNextReconciling()
    {
        await using var world = await IngestWorld.StartAsync((m, now) => IngestWorld.Fill(m, now, EventSources.Directory, 30), null, EventSources.Directory);
        await world.FirstReadAsync(EventSources.Directory);
        var time = world.App.Time.GetUtcNow();
        world.Microsoft.Add(new StandInEvents(99, MicrosoftStandIn.Tenant).Make(EventSources.Directory, 1, time.AddMinutes(-1), time).Select(e => e with { Visible = time.AddHours(5.9) }));
        for (var i = 0; i < 2; i++)
        {
            world.App.Time.Advance(TimeSpan.FromHours(1));
            await world.RunDueAsync(EventSources.Directory);
        }
        Assert.Equal(30, (await IngestWorld.StoredAsync(world.App.Get<Database>(), EventSources.Directory)).Count);
        world.App.Time.Advance(TimeSpan.FromHours(4.1));
        await world.RunDueAsync(EventSources.Directory);
        await world.AssertCompleteAsync(EventSources.Directory);
    }

    [Fact]
    public async Task Outage_OfMoreThanSevenDays_IsAnExpiredGapOfTheUnifiedLog()
    {
        await using var world = await IngestWorld.StartAsync((m, now) => IngestWorld.Fill(m, now, EventSources.Unified, 28), null, EventSources.Unified);
        await world.FirstReadAsync(EventSources.Unified);
        world.App.Time.Advance(TimeSpan.FromDays(9));
        Assert.Equal(JobStatus.Completed, (await world.RunDueAsync(EventSources.Unified)).Status);
        var gap = Assert.Single(await LedgerAsync(world), c => c is { State: CoverageStates.Expired, Feed: "unified/Audit.Exchange" });
        Assert.InRange((gap.To - gap.From).TotalHours, 47, 50);
        var days = await world.App.Get<CoverageQueries>().DaysAsync(10, CancellationToken.None);
        Assert.Contains(days, d => d.Feed == "unified/Audit.Exchange" && d.Gaps.Any(g => g.Why.StartsWith("expired", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Windows_ThatOverlapAndRunsAtOnce_StoreEachRecordOnce()
    {
        await using var world = await IngestWorld.StartAsync((m, now) => IngestWorld.Fill(m, now, EventSources.Unified, 400), null, EventSources.Unified);
        var (jobs, system) = (world.App.Get<JobStore>(), new Modules.Tools.Actor(Modules.Tools.ActorKind.System, "system:other", "Other"));
        var ids = new List<string>();
        foreach (var hours in new[] { 72, 50, 100 })
            ids.Add((await jobs.EnqueueAsync("adminops", FetchJob.JobKind, System.Text.Json.JsonSerializer.SerializeToElement(new FetchArguments(EventSources.Unified, hours)), system, null, CancellationToken.None)).JobId);
        foreach (var id in ids) Assert.Equal(JobStatus.Completed, (await jobs.WaitAsync(id, Eventually.Patience, CancellationToken.None)).Status);
        await world.AssertCompleteAsync(EventSources.Unified);
        Assert.Equal(world.Microsoft.Blobs.Count, (await LedgerAsync(world)).Count(c => c.Kind == CoverageKinds.Blob));
    }

    [Fact]
    public async Task Lease_OfARunThatIsTakenOver_StoresNothingMore()
    {
        await using var world = await IngestWorld.StartAsync((_, _) => { });
        var database = world.App.Get<Database>();
        // Jobs of a kind that nobody runs: they are under way as long as the test.
        var (a, b) = (await JobAsync(world), await JobAsync(world));
        var (first, second) = (new SourceLease("directory", a, 1, IngestWorld.Quick, world.App.Time), new SourceLease("directory", b, 1, IngestWorld.Quick, world.App.Time));
        Assert.True(await first.TryTakeAsync(database, CancellationToken.None));
        Assert.False(await second.TryTakeAsync(database, CancellationToken.None));
        // Another attempt of the same job need not wait for the dead one's time to pass.
        Assert.True(await new SourceLease("directory", a, 2, IngestWorld.Quick, world.App.Time).TryTakeAsync(database, CancellationToken.None));
        await Assert.ThrowsAsync<LeaseLostException>(() => database.WriteAsync(db => first.KeepAsync(db, CancellationToken.None), CancellationToken.None));
        Assert.False(await second.TryTakeAsync(database, CancellationToken.None));
        // A job that was given up holds nothing.
        await database.WriteAsync(db => db.Set<JobRow>().Where(j => j.JobId == a).ExecuteUpdateAsync(s => s.SetProperty(j => j.Status, JobStatus.Failed)), CancellationToken.None);
        Assert.True(await second.TryTakeAsync(database, CancellationToken.None));
    }

    [Fact]
    public async Task Ledger_RowThatWasChanged_BreaksTheChain()
    {
        await using var world = await IngestWorld.StartAsync((m, now) => IngestWorld.Fill(m, now, EventSources.Intune, 20));
        await world.FetchAsync(EventSources.Intune);
        var database = world.App.Get<Database>();
        Assert.Null((await world.App.Get<CoverageQueries>().VerifyAsync(CancellationToken.None)).Broken);
        await database.WriteAsync(db => db.Set<CoverageRow>().Where(c => c.Number == 2).ExecuteUpdateAsync(s => s.SetProperty(c => c.Stored, 5)), CancellationToken.None);
        Assert.Equal(2, (await world.App.Get<CoverageQueries>().VerifyAsync(CancellationToken.None)).Broken);
    }

    [Fact]
    public async Task Fetch_ThatMayNotBe_IsRefusedWithTheReason()
    {
        await using var world = await IngestWorld.StartAsync((_, _) => { });
        var (fetch, viewer) = (world.App.Get<EventFetch>(), await world.App.AddPersonAsync(new Modules.Tools.Actor(Modules.Tools.ActorKind.Person, "person:opr_view", "Vi"), role: Role.Viewer));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => fetch.StartAsync(EventSources.Directory, 1, viewer, CancellationToken.None));
        foreach (var hours in new[] { 0, -1, 721 }) Assert.StartsWith("hours: must be 1 to 720", (await Assert.ThrowsAsync<IdentityRefusedException>(() => fetch.StartAsync(EventSources.Directory, hours, TestApp.Approver, CancellationToken.None))).Message, StringComparison.Ordinal);
        Assert.StartsWith("source:", (await Assert.ThrowsAsync<IdentityRefusedException>(() => fetch.StartAsync("risk", 1, TestApp.Approver, CancellationToken.None))).Message, StringComparison.Ordinal);
    }

    private static Task<string> JobAsync(IngestWorld world) => world.App.Get<Database>().WriteAsync(db =>
    {
        var row = new JobRow { JobId = Ids.New("job", world.App.Time), Module = "adminops", Kind = "none", ArgumentsJson = "{}", RequestedBy = "system:test", RequestedByName = "test", Status = JobStatus.Running, CreatedAt = world.App.Time.GetUtcNow() };
        db.Add(row);
        return Task.FromResult(row.JobId);
    }, CancellationToken.None);

    private static Task<List<CoverageRow>> LedgerAsync(IngestWorld world) => world.App.Get<Database>().ReadAsync(db => db.Set<CoverageRow>().OrderBy(c => c.Number).ToListAsync(), CancellationToken.None);
}
