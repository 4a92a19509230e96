using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using OmniAudit.Modules.AdminOps.Alerts;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Webhooks;
using OmniAudit.Tests.AdminOps.Store;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Rules;

/// <summary>A store of events with rules over it; the queue is drained by hand.</summary>
internal sealed class RuleWorld : IAsyncDisposable
{
    public static readonly Actor Ada = new(ActorKind.Person, "person:opr_ada", "Ada");
    public static readonly Actor Vic = new(ActorKind.Person, "person:opr_vic", "Vic");

    private RuleWorld(EventWorld world)
    {
        (World, var database, var feed) = (world, world.Disk.Database, world.Disk.Get<ChangeFeed>());
        Rules = new EventRules(database, new RuleLinter(database), new RuleBackTest(database, world.Search, world.Disk.Clock), feed, world.Disk.Clock);
        Alerts = new EventAlerts(database, feed, world.Disk.Clock);
        var options = world.Disk.Options;
        options.Webhooks.Urls = ["https://hooks.example.com/x"];
        options.Webhooks.Secret = "a-secret-of-more-than-24-characters";
        Engine = new RuleEngine(database, Rules, new AlertWriter(new WebhookOutbox(new WebhookTargets(options), options, world.Disk.Clock), world.Disk.Clock), feed, world.Disk.Clock, NullLogger<RuleEngine>.Instance);
    }

    public EventWorld World { get; }
    public EventRules Rules { get; }
    public EventAlerts Alerts { get; }
    public RuleEngine Engine { get; }
    public Database Database => World.Disk.Database;

    public static async Task<RuleWorld> CreateAsync()
    {
        var world = new RuleWorld(await EventWorld.CreateAsync());
        await People.AddAsync(world.Database, Ada, "", Modules.Identities.Role.Operator);
        await People.AddAsync(world.Database, Vic, "", Modules.Identities.Role.Viewer);
        return world;
    }

    /// <summary>The same data as another process has it.</summary>
    public RuleWorld Second() => new(new EventWorld(World.Disk.SecondProcess()));

    public static EventRuleRequest On(string operation, int? threshold = null, int minutes = 10, string name = "Rule") => new()
    {
        Name = name, Severity = "s2", Enabled = true, Conditions = [new RuleCondition("operation", "is", [operation])], Threshold = threshold is { } count ? new RuleThreshold(count, minutes, null) : null,
    };

    public Task<EventRule> AddAsync(EventRuleRequest request) => Rules.CreateAsync(request, Ada, default);

    public async Task StoreAsync(params IncomingEvent[] events)
    {
        await World.Events.AppendAsync(events, default);
        await Engine.DrainAsync(default);
    }

    public static IncomingEvent Event(string id, double minute = 0, string operation = "Set-Mailbox", string upn = "anna@contoso.com", EventOutcome outcome = EventOutcome.Success, string source = EventSources.Unified) =>
        EventWorld.Event(id, EventWorld.Noon.AddMinutes(minute), operation: operation, upn: upn, outcome: outcome, source: source);

    public async Task<IReadOnlyList<EventAlert>> ListAsync(string? state = null) => (await Alerts.ListAsync(new AlertQuery(state), 200, null, default)).Alerts;

    /// <summary>Everything that people see of alerts, but for the order in which they were raised.</summary>
    public Task<List<string>> PictureAsync() => Database.ReadAsync(async db =>
    {
        var events = (await db.Set<AlertEventRow>().ToListAsync()).ToLookup(e => e.AlertId, e => e.EventId);
        return (await db.Set<AlertRow>().ToListAsync()).Select(a => $"{a.RuleName} {a.Fingerprint} {a.Slot} {a.Group} {a.Events} {a.FirstEventId}-{a.LastEventId} {a.Suppressed} [{string.Join(',', events[a.AlertId].Order())}]").Order(StringComparer.Ordinal).ToList();
    }, default);

    public ValueTask DisposeAsync() => World.DisposeAsync();
}
