using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Alerts;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Webhooks;
using OmniAudit.Tests.AdminOps.Store;

namespace OmniAudit.Tests.AdminOps.Rules;

/// <summary>From an event's arrival to its alert.</summary>
public sealed class RuleEngineTests : IAsyncLifetime
{
    private RuleWorld _world = null!;

    public async Task InitializeAsync() => _world = await RuleWorld.CreateAsync();
    public async Task DisposeAsync() => await _world.DisposeAsync();

    private Task<int> WaitingAsync() => _world.Database.ReadAsync(db => db.Set<EventArrivalRow>().CountAsync(), default);

    private Task<List<string>> WebhooksAsync() => _world.Database.ReadAsync(db => db.Set<WebhookDeliveryRow>().OrderBy(d => d.Sequence).Select(d => d.Type).ToListAsync(), default);

    [Fact]
    public async Task Events_OfOneGroupAndHour_AreOneAlertWithOneWebhook()
    {
        var rule = await _world.AddAsync(RuleWorld.On("Set-Mailbox"));
        await _world.StoreAsync(RuleWorld.Event("a"), RuleWorld.Event("b", 5), RuleWorld.Event("c", 70), RuleWorld.Event("d", 5, upn: "bob@contoso.com"), RuleWorld.Event("e", operation: "Other"));
        await _world.StoreAsync(RuleWorld.Event("late", 1));

        var alerts = await _world.ListAsync();
        Assert.Equal([1L, 1L, 3L], alerts.Select(a => a.Events).Order());
        var anna = alerts.Single(a => a.Events == 3);
        Assert.Equal((rule.RuleId, "Rule", "s2", "open", "actor", "anna@contoso.com"), (anna.RuleId, anna.RuleName, anna.Severity, anna.State, anna.Group[0].Name, anna.Group[0].Value));
        Assert.Equal((EventWorld.Noon, EventWorld.Noon.AddMinutes(5)), (anna.FirstAt, anna.LastAt));
        Assert.Equal(3, (await _world.Alerts.FindAsync(anna.AlertId, default))!.EventIds.Count);
        Assert.Equal(anna.Fingerprint, alerts.Single(a => a.Events == 1 && a.Group[0].Value == "anna@contoso.com").Fingerprint);
        Assert.Equal(["alert.raised", "alert.raised", "alert.raised"], await WebhooksAsync());
        Assert.Equal(0, await WaitingAsync());
        var (kept, again) = ((await _world.Rules.FindAsync(rule.RuleId, default))!, await _world.PictureAsync());
        Assert.Equal((5, true), (kept.Hits, kept.LastAlertAt is not null));

        // The same events once more: nothing is stored, nothing arrives, nothing changes. Nor when they are put on the queue again.
        await _world.StoreAsync(RuleWorld.Event("a"), RuleWorld.Event("b", 5));
        await _world.Database.WriteAsync(async db => db.AddRange((await db.Set<EventRow>().Select(e => e.EventId).ToListAsync()).Select(id => new EventArrivalRow { EventId = id })), default);
        await _world.Engine.DrainAsync(default);
        Assert.Equal(again, await _world.PictureAsync());
        Assert.Equal(3, (await WebhooksAsync()).Count);
    }

    [Fact]
    public async Task Threshold_InAnyOrderAndAnyBatches_RaisesTheSameAlerts()
    {
        var random = new Random(5);
        var events = Enumerable.Range(0, 60).Select(i => RuleWorld.Event($"e{i}", random.Next(0, 200), operation: i % 3 == 0 ? "A" : "B", upn: i % 4 == 0 ? "x@c" : "y@c")).ToArray();
        const string Ordered = """
            title: B then A
            correlation:
              type: temporal_ordered
              rules: [first_b, then_a]
              group-by: [event.actor_key]
              timespan: 5m
            ---
            title: b
            name: first_b
            logsource: {product: omniaudit}
            detection: {s: {event.operation: B}, condition: s}
            ---
            title: a
            name: then_a
            logsource: {product: omniaudit}
            detection: {s: {event.operation: A}, condition: s}
            """;
        List<string>? expected = null;
        for (var round = 0; round < 4; round++)
        {
            await using var world = await RuleWorld.CreateAsync();
            await world.AddAsync(RuleWorld.On("B", 3));
            await world.AddAsync(RuleWorld.On("B", null) with { Threshold = new RuleThreshold(2, 10, "ip"), Name = "never: no address" });
            await world.AddAsync(new EventRuleRequest { Sigma = Ordered, Enabled = true });
            if (round > 0) random.Shuffle(events);
            foreach (var batch in events.Chunk(round == 0 ? 60 : random.Next(1, 20))) await world.StoreAsync(batch);
            // Rules have other ids in each world, and so other fingerprints.
            var picture = (await world.PictureAsync()).Select(p => string.Join(' ', p.Split(' ').Where(w => w.Length != 32))).Order(StringComparer.Ordinal).ToList();
            expected ??= picture;
            Assert.Equal(expected, picture);
        }
        Assert.Contains(expected!, p => p.StartsWith("B then A", StringComparison.Ordinal));
        Assert.Contains(expected!, p => p.StartsWith("Rule", StringComparison.Ordinal));
        Assert.DoesNotContain(expected!, p => p.StartsWith("never", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Batch_ThatACrashCutsOff_IsAskedAgainAndCountsOnce()
    {
        await _world.AddAsync(RuleWorld.On("Set-Mailbox"));
        await _world.World.Events.AppendAsync([.. Enumerable.Range(0, 20).Select(i => RuleWorld.Event($"e{i}"))], default);
        // What the rules write does not fit the table: the commit fails as a killed process's would not come.
        await _world.Database.WriteAsync(db => db.Database.ExecuteSqlRawAsync("CREATE TRIGGER cut BEFORE INSERT ON audit_alerts BEGIN SELECT RAISE(ABORT, 'cut off'); END"), default);
        await Assert.ThrowsAnyAsync<Exception>(() => _world.Engine.DrainAsync(default));
        Assert.Equal((20, 0), (await WaitingAsync(), (await _world.ListAsync("all")).Count));
        await _world.Database.WriteAsync(db => db.Database.ExecuteSqlRawAsync("DROP TRIGGER cut"), default);

        await using var second = _world.Second();
        await second.Engine.DrainAsync(default);
        await _world.Engine.DrainAsync(default);
        Assert.Equal(20, Assert.Single(await _world.ListAsync()).Events);
        Assert.Single(await WebhooksAsync());
    }

    [Fact]
    public async Task TwoProcesses_OnOneQueue_CountEachEventOnce()
    {
        await _world.AddAsync(RuleWorld.On("Set-Mailbox"));
        await using var second = _world.Second();
        await _world.World.Events.AppendAsync([.. Enumerable.Range(0, 1200).Select(i => RuleWorld.Event($"e{i}", i % 50))], default);
        await Task.WhenAll(_world.Engine.DrainAsync(default), second.Engine.DrainAsync(default));
        Assert.Equal(1200, Assert.Single(await _world.ListAsync()).Events);
        Assert.Equal(1000, (await _world.Alerts.FindAsync((await _world.ListAsync())[0].AlertId, default))!.EventIds.Count);
    }

    [Fact]
    public async Task Rule_ThatMatchesEverything_IsHeldToGroupsAndThenSwitchedOff()
    {
        var grouped = await _world.AddAsync(RuleWorld.On("x") with { Conditions = [new RuleCondition("operation", "matches", ["*"])], Name = "All by actor" });
        var wide = await _world.AddAsync(RuleWorld.On("x") with { Conditions = [new RuleCondition("operation", "matches", ["*"])], GroupBy = ["raw.Id"], Name = "All by id" });
        await _world.AddAsync(RuleWorld.On("nothing is called so") with { Name = "Nothing" });
        await _world.StoreAsync([.. Enumerable.Range(0, 700).Select(i => RuleWorld.Event($"e{i}", i % 60))]);
        Assert.Equal(700, Assert.Single((await _world.Alerts.ListAsync(new AlertQuery(RuleId: grouped.RuleId), 10, null, default)).Alerts).Events);
        Assert.Equal((true, ""), ((await _world.Rules.FindAsync(grouped.RuleId, default))!.Enabled, (await _world.Rules.FindAsync(grouped.RuleId, default))!.Problem));
        var off = (await _world.Rules.FindAsync(wide.RuleId, default))!;
        Assert.False(off.Enabled);
        Assert.Contains("more than 500 open alerts", off.Problem, StringComparison.Ordinal);
        Assert.Equal(0, await WaitingAsync());
    }

    [Fact]
    public async Task Rule_ThatBreaks_IsSwitchedOffAndTheOthersGoOn()
    {
        var bad = await _world.AddAsync(new EventRuleRequest { Enabled = true, Sigma = "title: Slow\nlogsource: {product: omniaudit}\ndetection:\n  s: {Note|re: '^(?=(a+)+$)(a+)+$'}\n  condition: s" });
        await _world.AddAsync(RuleWorld.On("Set-Mailbox"));
        await _world.StoreAsync(EventWorld.Event("a", note: new string('a', 60) + "!"), EventWorld.Event("b"));
        Assert.Equal(2, Assert.Single(await _world.ListAsync()).Events);
        var off = (await _world.Rules.FindAsync(bad.RuleId, default))!;
        Assert.False(off.Enabled);
        Assert.StartsWith("Switched off: a regular expression took more than 100 ms", off.Problem, StringComparison.Ordinal);
        Assert.Equal("", (await _world.Rules.SetEnabledAsync(bad.RuleId, true, RuleWorld.Ada, default)).Problem);
    }

    [Fact]
    public async Task Exclusion_OfARule_IsListedWithItsReasonAndRaisesNothing()
    {
        await _world.AddAsync(RuleWorld.On("Set-Mailbox") with { Exclusions = [new RuleExclusion("the backup account does this nightly", [new RuleCondition("actor", "is", ["backup@contoso.com"])])] });
        await _world.StoreAsync(RuleWorld.Event("a", upn: "backup@contoso.com"), RuleWorld.Event("b"));
        Assert.Equal("anna@contoso.com", Assert.Single(await _world.ListAsync()).Group[0].Value);
        Assert.Equal("Excluded: the backup account does this nightly", Assert.Single(await _world.ListAsync("suppressed")).SuppressedWhy);
        Assert.Single(await WebhooksAsync());
    }

    [Fact]
    public async Task Snooze_UntilItsEnd_SuppressesAndSaysWhy()
    {
        var rule = await _world.AddAsync(RuleWorld.On("Set-Mailbox"));
        await _world.StoreAsync(RuleWorld.Event("a"));
        var alert = Assert.Single(await _world.ListAsync());
        var until = _world.World.Disk.Clock.GetUtcNow().AddHours(2);
        foreach (var (reason, at, named) in new[] { ("", until, "reason"), ("planned", until.AddDays(-1), "until"), ("planned", until.AddDays(91), "until"), (new string('x', 1001), until, "reason") })
        {
            Assert.StartsWith(named, (await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Alerts.SnoozeAsync(alert.AlertId, at, reason, false, RuleWorld.Ada, default))).Message, StringComparison.Ordinal);
        }
        await _world.Alerts.SnoozeAsync(alert.AlertId, until, "planned migration", false, RuleWorld.Ada, default);
        Assert.Empty(await _world.ListAsync());
        await _world.StoreAsync(RuleWorld.Event("b", 70), RuleWorld.Event("c", 70, upn: "bob@contoso.com"));
        Assert.Equal("bob@contoso.com", Assert.Single(await _world.ListAsync()).Group[0].Value);
        Assert.All(await _world.ListAsync("suppressed"), a => Assert.Contains("planned migration", a.SuppressedWhy, StringComparison.Ordinal));
        Assert.Equal(2, (await WebhooksAsync()).Count);

        _world.World.Disk.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(2, (await _world.ListAsync()).Count);
        Assert.Contains("planned migration", Assert.Single(await _world.ListAsync("suppressed")).SuppressedWhy, StringComparison.Ordinal);
        await _world.StoreAsync(RuleWorld.Event("d", 140));
        Assert.Equal(3, (await _world.ListAsync()).Count);
        Assert.Equal(["raised", $"snoozed until {until:yyyy-MM-dd HH:mm} UTC"], (await _world.Alerts.FindAsync(alert.AlertId, default))!.History.Select(h => h.What));
        Assert.Equal(rule.RuleId, alert.RuleId);
    }

    [Fact]
    public async Task States_AreKeptWithWhoAndWhy_AndWhatGoesOnReopens()
    {
        await _world.AddAsync(RuleWorld.On("Set-Mailbox") with { GroupMinutes = 44_640 });
        await _world.StoreAsync(RuleWorld.Event("a"));
        var alert = Assert.Single(await _world.ListAsync());
        await _world.Alerts.SetStateAsync(alert.AlertId, "acknowledged", "", RuleWorld.Ada, default);
        await _world.Alerts.SetStateAsync(alert.AlertId, "closed", "was me", RuleWorld.Ada, default);
        Assert.Empty(await _world.ListAsync());
        var closed = _world.World.Disk.Clock.GetUtcNow();
        await _world.StoreAsync(EventWorld.Event("late", closed.AddMinutes(-1)));
        Assert.DoesNotContain(await _world.ListAsync(), a => a.AlertId == alert.AlertId);
        await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Alerts.SetStateAsync(alert.AlertId, "gone", "", RuleWorld.Ada, default));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => _world.Alerts.SetStateAsync("99999", "open", "", RuleWorld.Ada, default));
        Assert.Contains("needs the role operator", (await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Alerts.SetStateAsync(alert.AlertId, "open", "", RuleWorld.Vic, default))).Message, StringComparison.Ordinal);
        await _world.StoreAsync(RuleWorld.Event("after", 1));
        Assert.Equal(("open", 2L), (Assert.Single(await _world.ListAsync(), a => a.AlertId == alert.AlertId).State, (await _world.Alerts.FindAsync(alert.AlertId, default))!.Alert.Events));
        Assert.Equal([("raised", "", ""), ("acknowledged", "Ada", ""), ("closed", "Ada", "was me"), ("reopened", "", "It went on after it was closed.")], (await _world.Alerts.FindAsync(alert.AlertId, default))!.History.Select(h => (h.What, h.ByName, h.Reason)));
    }
}
