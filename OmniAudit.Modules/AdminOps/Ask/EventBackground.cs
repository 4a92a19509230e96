using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>Whether an event is ordinary, by the store's own counts: how often it happened before.</summary>
internal sealed record EventBackground(IReadOnlyList<EventCount> Counts, string Typical)
{
    private static readonly TimeSpan Before = TimeSpan.FromDays(30);

    /// <summary>Counted over the 30 days before the event, by its own time: an old event has its background too.</summary>
    public static async Task<EventBackground> ReadAsync(EventSearch search, AuditEvent e, CancellationToken cancellationToken)
    {
        var past = new EventQuery { Start = Max(e.Time - Before, EventId.Earliest), End = e.Time };
        var same = past with { Operations = [e.OperationNorm] };
        var all = await search.CountAsync(same, cancellationToken);
        var counts = new List<EventCount> { new("this operation, by anyone, in the 30 days before", all.Events) };
        if (e.Actor.Key.Length == 0) return new EventBackground(counts, all.Events == 0 ? "It was not seen in the 30 days before, and the record names nobody." : $"It was seen {Times(all)} in the 30 days before; the record names nobody.");

        var actor = e.Actor.Key;
        var mine = await search.CountAsync(same with { Actors = [actor] }, cancellationToken);
        var anything = await search.CountAsync(past with { Actors = [actor] }, cancellationToken);
        var failures = await search.CountAsync(past with { Actors = [actor], Outcomes = [EventOutcome.Failure], Start = Max(e.Time - TimeSpan.FromDays(1), EventId.Earliest) }, cancellationToken);
        counts.Add(new EventCount("this operation, by this actor, in the 30 days before", mine.Events));
        counts.Add(new EventCount("all events of this actor in the 30 days before", anything.Events));
        counts.Add(new EventCount("failures of this actor in the 24 hours before", failures.Events));
        var typical = anything.Events == 0 ? $"Nothing is stored of this actor in the 30 days before; others did it {Times(all)}."
            : mine.Events == 0 ? $"It is new for this actor: {EventText.Number(anything)} other events of theirs are stored of the 30 days before, none of this kind. Anyone did it {Times(all)}."
            : mine.Events < 3 ? $"It is rare for this actor: {Times(mine)} in the 30 days before, of {EventText.Number(anything)} events of theirs."
            : $"This actor does it regularly: {Times(mine)} in the 30 days before, of {EventText.Number(anything)} events of theirs.";
        if (e.Actor.Ip is { } ip)
        {
            var fromHere = await search.CountAsync(past with { Actors = [actor], Ips = [ip] }, cancellationToken);
            counts.Add(new EventCount("events of this actor from this address in the 30 days before", fromHere.Events));
            if (anything.Events > 0) typical += fromHere.Events == 0 ? " The address is new for them." : $" From this address: {EventText.Number(fromHere)}.";
        }
        if (failures.Events >= 5) typical += $" They had {EventText.Number(failures)} failures in the 24 hours before.";
        return new EventBackground(counts, typical);
    }

    private static string Times(EventTotal total) => total is { Events: 1, Exact: true } ? "once" : $"{EventText.Number(total)} times";

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
