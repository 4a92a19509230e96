using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>Events read, filtered, counted.</summary>
public sealed class EventSearch
{
    /// <summary>The most events that are looked into for a page when the index finds more than fits.</summary>
    private const int MostLooks = 20_000;

    private const int Chunk = 1000;

    /// <summary>A record may have a megabyte.</summary>
    private const int ChunkOfRecords = 100;

    private readonly Database _database;
    private readonly EventFinder _finder;
    private readonly EventTallies _tallies;

    internal EventSearch(Database database, EventFinder finder, EventTallies tallies) => (_database, _finder, _tallies) = (database, finder, tallies);

    /// <summary>A page of events, newest first. What arrives meanwhile neither repeats nor hides an event of a later page.</summary>
    /// <param name="limit">1 to 1000.</param>
    /// <param name="cursor">The last page's <see cref="EventPage.NextCursor"/>.</param>
    /// <exception cref="EventQueryException">The query or the cursor cannot be used; names the field.</exception>
    public Task<EventPage> SearchAsync(EventQuery query, int limit, string? cursor, CancellationToken cancellationToken) => SearchAsync(query, limit, cursor, brief: false, cancellationToken);

    private async Task<EventPage> SearchAsync(EventQuery query, int limit, string? cursor, bool brief, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > 1000) throw new EventQueryException("limit", "must be 1 to 1000.");
        var match = EventMatch.Of(query, await ServicesAsync(cancellationToken));
        var before = string.IsNullOrEmpty(cursor) ? match.Before : Math.Min(match.Before, Read(cursor, match));
        return await _database.ReadAsync(async db =>
        {
            if (match.Everything)
            {
                var stretch = await StretchAsync(db, match.From, before, limit + 1, brief, cancellationToken);
                if (stretch.Count <= limit) return new EventPage(stretch, null);
                return new EventPage(stretch[..limit], Write(EventId.Of(stretch[limit - 1].Id), match));
            }
            var found = await _finder.FindAsync(db, match, before, limit + 1, MostLooks, cancellationToken);
            var more = found.Ids.Count > limit;
            var page = more ? found.Ids[..limit] : found.Ids;
            var last = more ? page[^1] : found.StoppedAt;
            return new EventPage(await ReadAsync(db, page, brief, cancellationToken), last is { } id ? Write(id, match) : null, more || last is null ? null : EventId.TimeOf(last.Value));
        }, cancellationToken);
    }

    /// <summary>How many events a query finds: exactly where the hourly counts can say or there are not many, else at least so many.</summary>
    /// <exception cref="EventQueryException"/>
    public async Task<EventTotal> CountAsync(EventQuery query, CancellationToken cancellationToken) => await _tallies.CountAsync(EventMatch.Of(query, await ServicesAsync(cancellationToken)), cancellationToken);

    /// <summary>What the events of a query have in common, and when they were.</summary>
    /// <param name="most">The most values of each facet.</param>
    /// <exception cref="EventQueryException"/>
    public async Task<EventFacets> FacetsAsync(EventQuery query, int most, CancellationToken cancellationToken) =>
        await _tallies.FacetsAsync(EventMatch.Of(query, await ServicesAsync(cancellationToken)), most, cancellationToken);

    /// <summary>What the events there are, and were, can be filtered by; of each the first 10,000 by name.</summary>
    public Task<EventOptions> OptionsAsync(CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        var kinds = db.Set<EventKindRow>();
        Task<List<string>> ValuesAsync(IQueryable<string> values) => values.Where(v => v != "").Distinct().OrderBy(v => v).Take(10_000).ToListAsync(cancellationToken);
        return new EventOptions(await ValuesAsync(kinds.Select(k => k.Source)), await ValuesAsync(kinds.Select(k => k.Service)), await ValuesAsync(kinds.Select(k => k.Operation)), await ValuesAsync(kinds.Select(k => k.Result)),
            await kinds.Select(k => k.Outcome).Distinct().OrderBy(o => o).ToListAsync(cancellationToken));
    }, cancellationToken);

    /// <summary>Every service that has had events, by name.</summary>
    public Task<IReadOnlyList<string>> ServicesAsync(CancellationToken cancellationToken) =>
        _database.ReadAsync(async db => (IReadOnlyList<string>)await db.Set<EventServiceRow>().Select(s => s.Service).OrderBy(s => s).ToListAsync(cancellationToken), cancellationToken);

    /// <summary>An event by its id, or by the id it has at its source; null when there is none.</summary>
    public Task<StoredEvent?> FindAsync(string id, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
        await IdAsync(db, id, cancellationToken) is { } found ? (await ReadAsync(db, [found], cancellationToken)).FirstOrDefault() : null, cancellationToken);

    /// <summary>Events by their ids, newest first; those that are gone are left out.</summary>
    public Task<List<StoredEvent>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        _database.ReadAsync(db => ReadAsync(db, [.. ids.Select(EventId.Of)], cancellationToken), cancellationToken);

    /// <summary>An event's record, byte for byte as the source wrote it; null when there is none.</summary>
    /// <exception cref="InvalidDataException">It is not what was stored.</exception>
    public Task<byte[]?> RawAsync(string id, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
        await IdAsync(db, id, cancellationToken) is { } found && await db.Set<EventRawRow>().FirstOrDefaultAsync(r => r.EventId == found, cancellationToken) is { } row ? StoredEvents.Raw(row) : null, cancellationToken);

    /// <summary>Events of the same act, actor or target within a time around one, nearest first. None when there is no such event.</summary>
    public Task<IReadOnlyList<StoredEvent>> RelatedAsync(string id, TimeSpan around, int most, CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<StoredEvent>>(async db =>
    {
        if (await IdAsync(db, id, cancellationToken) is not { } center || (await ReadAsync(db, [center], cancellationToken)).FirstOrDefault() is not { Event: var e }) return [];
        var marks = EventWords.ActorNames(e.Actor).Select(EventWords.Actor).Concat(e.Targets.SelectMany(EventWords.TargetNames).Take(20).Select(EventWords.Target));
        if (e.CorrelationId is { Length: > 0 } correlation) marks = marks.Append(EventWords.Correlation(correlation));
        var expression = string.Join(" OR ", marks.Distinct(StringComparer.Ordinal).Select(m => $"\"{m}\""));
        if (expression.Length == 0) return [];
        var earlier = await new EventIds(expression, EventId.From(e.Time - around), center, [], []).ReadAsync(db, most, cancellationToken);
        var later = await new EventIds(expression, center + 1, EventId.From(e.Time + around) + (1 << 20), [], []).ReadAsync(db, most, cancellationToken, ascending: true);
        var nearest = earlier.Concat(later).OrderBy(i => (EventId.TimeOf(i) - e.Time).Duration()).ThenByDescending(i => i).Take(most).ToList();
        var read = (await ReadAsync(db, nearest, cancellationToken)).ToDictionary(r => r.Id, StringComparer.Ordinal);
        return [.. nearest.Select(EventId.Text).Where(read.ContainsKey).Select(i => read[i])];
    }, cancellationToken);

    /// <summary>All events of a query, newest first, read as they are taken.</summary>
    /// <exception cref="EventQueryException"/>
    public IAsyncEnumerable<StoredEvent> AllAsync(EventQuery query, CancellationToken cancellationToken) => AllAsync(query, brief: false, cancellationToken);

    /// <param name="brief">With no more of them than <see cref="EventRow.Brief"/>, and no tags.</param>
    internal async IAsyncEnumerable<StoredEvent> AllAsync(EventQuery query, bool brief, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var page = await SearchAsync(query, Chunk, cursor, brief, cancellationToken);
            foreach (var e in page.Events) yield return e;
            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    /// <summary>The same with their records, for rules that look into those.</summary>
    internal async IAsyncEnumerable<(StoredEvent Event, ReadOnlyMemory<byte> Raw)> AllWithRawAsync(EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var page = await SearchAsync(query, Chunk, cursor, cancellationToken);
            foreach (var some in page.Events.Chunk(ChunkOfRecords))
            {
                foreach (var pair in await _database.ReadAsync(db => WithRawAsync(db, some, cancellationToken), cancellationToken)) yield return pair;
            }
            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    /// <summary>Events with their records; those that are gone are left out.</summary>
    internal static async Task<IReadOnlyList<(StoredEvent Event, ReadOnlyMemory<byte> Raw)>> WithRawAsync(OmniAuditDb db, IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0) return [];
        var ids = events.Select(e => EventId.Of(e.Id)).ToList();
        var raw = await db.Set<EventRawRow>().Where(r => ids.Contains(r.EventId)).ToDictionaryAsync(r => EventId.Text(r.EventId), StringComparer.Ordinal, cancellationToken);
        return [.. events.Where(e => raw.ContainsKey(e.Id)).Select(e => (e, new ReadOnlyMemory<byte>(StoredEvents.Raw(raw[e.Id]))))];
    }

    internal static Task<List<StoredEvent>> ReadAsync(OmniAuditDb db, IReadOnlyList<long> ids, CancellationToken cancellationToken) => ReadAsync(db, ids, brief: false, cancellationToken);

    private static async Task<List<StoredEvent>> ReadAsync(OmniAuditDb db, IReadOnlyList<long> ids, bool brief, CancellationToken cancellationToken)
    {
        if (ids.Count == 0) return [];
        var rows = await Newest(db.Set<EventRow>().Where(e => ids.Contains(e.EventId)), ids.Count, brief).ToListAsync(cancellationToken);
        return WithTags(rows, brief ? [] : await db.Set<EventTagRow>().Where(t => ids.Contains(t.EventId)).OrderBy(t => t.Tag).ToListAsync(cancellationToken));
    }

    /// <summary>The newest of a time, newest first: they stand in a row, and nothing is asked of the indexes.</summary>
    private static async Task<List<StoredEvent>> StretchAsync(OmniAuditDb db, long from, long before, int most, bool brief, CancellationToken cancellationToken)
    {
        EventEngine.Require(db);
        var rows = await Newest(db.Set<EventRow>().Where(e => e.EventId >= from && e.EventId < before), most, brief).ToListAsync(cancellationToken);
        if (rows.Count == 0) return [];
        var (oldest, newest) = (rows[^1].EventId, rows[0].EventId);
        return WithTags(rows, brief ? [] : await db.Set<EventTagRow>().Where(t => t.EventId >= oldest && t.EventId <= newest).OrderBy(t => t.Tag).ToListAsync(cancellationToken));
    }

    private static IQueryable<EventRow> Newest(IQueryable<EventRow> rows, int most, bool brief)
    {
        var newest = rows.OrderByDescending(e => e.EventId).Take(most);
        return brief ? newest.Select(EventRow.Brief) : newest;
    }

    private static List<StoredEvent> WithTags(List<EventRow> rows, List<EventTagRow> tagged)
    {
        var tags = tagged.ToLookup(t => t.EventId, t => t.Tag);
        return rows.ConvertAll(r => new StoredEvent(EventId.Text(r.EventId), StoredEvents.Event(r), r.IngestedAt, tagged.Count == 0 ? [] : [.. tags[r.EventId]]));
    }

    /// <summary>By our id; else by the source's, which the word index has in the record.</summary>
    internal static async Task<long?> IdAsync(OmniAuditDb db, string id, CancellationToken cancellationToken)
    {
        if (EventId.TryParse(id, out var number) && await db.Set<EventRow>().AnyAsync(e => e.EventId == number, cancellationToken)) return number;
        var words = EventWords.Words(id).ToList();
        if (id.Length > EventBounds.Id || words.Count == 0) return null;
        var candidates = await new EventIds(string.Join(" AND ", words.Select(w => $"\"{w}\"")), long.MinValue, long.MaxValue, [], []).ReadAsync(db, 100, cancellationToken);
        return await db.Set<EventRow>().Where(e => candidates.Contains(e.EventId) && e.SourceId == id).Select(e => (long?)e.EventId).FirstOrDefaultAsync(cancellationToken);
    }

    // The id in clear, and what keeps a cursor with its query: no secret, so that a wrong one is an error and not an odd page.
    private static string Write(long id, EventMatch match) => string.Create(CultureInfo.InvariantCulture, $"{id}-{match.Fingerprint():x8}");

    private static long Read(string cursor, EventMatch match)
    {
        var parts = cursor.Split('-');
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)) throw new EventQueryException("cursor", "is not one that a page gave; leave it out for the first page.");
        if (parts[1] != match.Fingerprint().ToString("x8", CultureInfo.InvariantCulture)) throw new EventQueryException("cursor", "belongs to another query; leave it out for the first page.");
        return id;
    }
}

/// <summary>A query that cannot be used; the message begins with the field's name and says what to change.</summary>
public sealed class EventQueryException(string field, string message) : Exception($"{field}: {message}")
{
    /// <summary>The field of the query, as callers write it.</summary>
    public string Field { get; } = field;
}
