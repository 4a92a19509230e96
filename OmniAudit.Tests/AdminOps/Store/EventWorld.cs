using System.Text;
using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Store;

/// <summary>A store of events, and events to put there.</summary>
internal sealed class EventWorld(TestStore store, int few = 10_000) : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public TestStore Disk => store;
    public EventStore Events { get; } = new(store.Database, store.Get<ChangeFeed>(), store.Options, store.Clock);
    public EventSearch Search { get; } = Searching(store, few);
    public EventNotes Notes { get; } = new(store.Database, store.Get<ChangeFeed>(), store.Clock);

    public static async Task<EventWorld> CreateAsync(bool substrings = false, int few = 10_000) => new(await TestStore.CreateAsync(o => o.AdminOps.SubstringIndex = substrings), few);

    public static IncomingEvent Event(
        string id = "e-1", DateTimeOffset? at = null, string service = "Exchange", string operation = "Set-Mailbox", EventOutcome outcome = EventOutcome.Success, string? result = "True", string upn = "anna.schmidt@contoso.com",
        string? display = null, string? ip = null, string target = "bob@contoso.com", string? correlation = null, string source = EventSources.Unified, string note = "", string? raw = null, IReadOnlyList<EventChange>? changes = null)
    {
        var e = new AuditEvent("t-1", source, id, at ?? Noon, service, null, null, operation, outcome, result, null, new EventActor(ActorKinds.User, null, upn, display, ip, null, null),
            [new EventTarget(null, "User", null, target)], changes ?? [], correlation, null, null, $"{upn} {operation} {target}", null, []);
        return new IncomingEvent(e, Encoding.UTF8.GetBytes(raw ?? JsonSerializer.Serialize(new { Id = id, Operation = operation, UserId = upn, ObjectId = target, Note = note })));
    }

    public async Task<List<string>> FindAsync(EventQuery query, int limit = 100) => [.. (await Search.SearchAsync(query, limit, null, default)).Events.Select(e => e.Event.SourceId)];

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static EventSearch Searching(TestStore store, int few)
    {
        var finder = new EventFinder(new EventParts(store.Options));
        return new EventSearch(store.Database, finder, new EventTallies(store.Database, finder, few));
    }
}
