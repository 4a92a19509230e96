using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>Finds the ids of a query's events: by the indexes alone where they decide, else by looking into what they find.</summary>
internal sealed class EventFinder(EventParts parts)
{
    private const int Chunk = 500;

    /// <param name="before">Below this id.</param>
    /// <param name="most">The most ids.</param>
    /// <param name="mostLooks">The most events that are looked into.</param>
    public async Task<FoundIds> FindAsync(OmniAuditDb db, EventMatch match, long before, int most, int mostLooks, CancellationToken cancellationToken)
    {
        if (match.Nothing) return new FoundIds([], null);
        var ids = EventIds.Of(match) with { Before = before };
        if (!match.Looks) return new FoundIds(await ids.ReadAsync(db, most, cancellationToken), null);
        // Asked once: while the index is not whole, the answer costs two counts.
        var indexed = match.PartsExpression is not null && await parts.AreWholeAsync(db, cancellationToken);
        var (fitting, looked) = (new List<long>(), 0);
        while (looked < mostLooks)
        {
            // Most of what the indexes find fits: the first look is at no more than is wanted.
            var size = looked == 0 ? Math.Min(most, Chunk) : Chunk;
            var chunk = indexed
                ? await parts.ReadAsync(db, ids, match.PartsExpression!, size, cancellationToken)
                : await ids.ReadAsync(db, size, cancellationToken);
            if (chunk.Count == 0) return new FoundIds(fitting, null);
            foreach (var id in await FittingAsync(db, match, chunk, cancellationToken))
            {
                fitting.Add(id);
                if (fitting.Count == most) return new FoundIds(fitting, null);
            }
            (ids, looked) = (ids with { Before = chunk[^1] }, looked + chunk.Count);
        }
        return new FoundIds(fitting, ids.Before);
    }

    /// <summary>Those that fit, in their order. Records are unpacked of the events only that do not fit by what was read from them.</summary>
    private static async Task<IEnumerable<long>> FittingAsync(OmniAuditDb db, EventMatch match, List<long> ids, CancellationToken cancellationToken)
    {
        var events = await db.Set<EventRow>().Where(e => ids.Contains(e.EventId)).ToDictionaryAsync(e => e.EventId, StoredEvents.Event, cancellationToken);
        var fitting = events.Where(e => match.Fits(e.Value, default)).Select(e => e.Key).ToHashSet();
        var left = events.Keys.Where(id => !fitting.Contains(id)).ToList();
        if (left.Count > 0)
        {
            await foreach (var record in db.Set<EventRawRow>().Where(r => left.Contains(r.EventId)).AsAsyncEnumerable().WithCancellation(cancellationToken))
            {
                if (match.Fits(events[record.EventId], StoredEvents.Raw(record))) fitting.Add(record.EventId);
            }
        }
        return ids.Where(fitting.Contains);
    }
}

/// <param name="Ids">Newest first.</param>
/// <param name="StoppedAt">Looking ended here, before the events did; null when it did not.</param>
internal sealed record FoundIds(List<long> Ids, long? StoppedAt);
