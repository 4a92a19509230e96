using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>
/// Counts of a query's events. Few events are counted one by one, and exactly. Many are counted from the counts by hour and day where the query asks for nothing that
/// those do not have. Else the newest stand for all, and it is said so.
/// </summary>
/// <param name="few">The most events that are counted one by one.</param>
/// <param name="mostIds">The most ids that a histogram is made of.</param>
internal sealed class EventTallies(Database database, EventFinder finder, int few = 10_000, int mostIds = 100_000)
{
    /// <summary>The most events that are looked into for a total: it stands beside a page, which must not wait for it.</summary>
    private const int MostLooksForTotal = 1_000;

    /// <summary>The most that are looked into for all the counts.</summary>
    private const int MostLooks = 5_000;

    public Task<EventTotal> CountAsync(EventMatch match, CancellationToken cancellationToken) => database.ReadAsync(async db =>
    {
        if (match.Counted)
        {
            var cells = new EventCells(db, match);
            var total = (await cells.PartsAsync(cancellationToken)).Sum(c => c.Events);
            await cells.SumAsync(brief: true, cell => total += cell.Events, cancellationToken);
            return new EventTotal(total, Exact: true);
        }
        return TotalOf(await finder.FindAsync(db, match, match.Before, few + 1, MostLooksForTotal, cancellationToken), few);
    }, cancellationToken);

    public Task<EventFacets> FacetsAsync(EventMatch match, int most, CancellationToken cancellationToken) => database.ReadAsync(async db =>
    {
        var found = await finder.FindAsync(db, match, match.Before, (match.Counted ? few : mostIds) + 1, MostLooks, cancellationToken);
        return match.Counted && found.Ids.Count > few
            ? await ManyAsync(db, match, most, cancellationToken)
            : await FewAsync(db, match, found, most, cancellationToken);
    }, cancellationToken);

    private static EventTotal TotalOf(FoundIds found, int most) => new(Math.Min(found.Ids.Count, most), found.Ids.Count <= most && found.StoppedAt is null);

    /// <summary>From the events themselves, the newest of them if there are many.</summary>
    private async Task<EventFacets> FewAsync(OmniAuditDb db, EventMatch match, FoundIds found, int most, CancellationToken cancellationToken)
    {
        var total = TotalOf(found, mostIds);
        var ids = found.Ids.Count > few ? found.Ids[..few] : found.Ids;
        var rows = await db.Set<EventRow>().Where(e => ids.Contains(e.EventId))
            .Select(e => new { e.EventId, e.Source, e.Service, e.Operation, e.Outcome, e.ResultRaw, e.ActorUpn, e.ActorId, e.ActorDisplay }).ToListAsync(cancellationToken);
        var tally = new Tally();
        var actors = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            tally.Add(new Kind(row.Source, row.Service, AuditEvent.Norm(row.Operation), row.Outcome, row.ResultRaw ?? ""), 1);
            var actor = EventActor.KeyOf(row.ActorUpn, row.ActorId, row.ActorDisplay);
            actors[actor] = actors.GetValueOrDefault(actor) + 1;
        }
        // The time is in the id: all that were found have their bar, also those whose rows were not read.
        var failures = rows.Where(r => r.Outcome == EventOutcome.Failure).Select(r => r.EventId).ToHashSet();
        var bars = new Bars(match, found.Ids.Count > 0 ? found.Ids[^1] : null, found.Ids.Count > 0 ? found.Ids[0] : null);
        foreach (var id in found.Ids) bars.Add(id, 1, failures.Contains(id) ? 1 : 0);
        var more = new List<string>();
        if (found.Ids.Count > ids.Count) more.Add($"Values are counted in the newest {few:N0} events.");
        return tally.Facets(total, actors, bars.ToList(), most, more);
    }

    private static async Task<EventFacets> ManyAsync(OmniAuditDb db, EventMatch match, int most, CancellationToken cancellationToken)
    {
        var (tally, total, cells) = (new Tally(), 0L, new EventCells(db, match));
        var first = await new EventIds(null, match.From, match.Before, [], []).ReadAsync(db, 1, cancellationToken, ascending: true);
        var last = await new EventIds(null, match.From, match.Before, [], []).ReadAsync(db, 1, cancellationToken);
        var bars = new Bars(match, first.Count > 0 ? first[0] : null, last.Count > 0 ? last[0] : null);
        foreach (var cell in await cells.PartsAsync(cancellationToken))
        {
            Count(cell);
            bars.Add(cell);
        }
        await cells.SumAsync(brief: false, Count, cancellationToken);
        await cells.TimesAsync(bars.ByHour, bars.Add, cancellationToken);
        var more = new List<string>();
        var actors = await ActorsAsync(db, match, more, cancellationToken);
        return tally.Facets(new EventTotal(total, Exact: true), actors, bars.ToList(), most, more);

        void Count(Cell cell)
        {
            tally.Add(cell.Kind, cell.Events);
            total += cell.Events;
        }
    }

    /// <summary>From the daily counts, where the query asks for services only.</summary>
    private static async Task<Dictionary<string, long>> ActorsAsync(OmniAuditDb db, EventMatch match, List<string> more, CancellationToken cancellationToken)
    {
        var q = match.Query;
        if (q.Sources.Count + q.Operations.Count + q.ExcludeOperations.Count + q.Outcomes.Count > 0 || !string.IsNullOrEmpty(q.Result))
        {
            more.Add("Actors are not counted for so many events of a source, an operation or a result: narrow the time.");
            return [];
        }
        var (from, to) = (EventCounts.Day(match.From), EventCounts.Day(Math.Min(match.Before - 1, EventId.From(EventId.Latest))));
        var services = match.ServicesWanted is { } wanted ? wanted.Select(EventCounts.NameId).ToList() : [EventCounts.EveryService];
        more.Add("Actors are counted by whole days (UTC).");
        var busiest = db.Set<ActorCountRow>().Where(c => services.Contains(c.ServiceId) && c.Day >= from && c.Day <= to)
            .GroupBy(c => c.ActorId).Select(g => new { ActorId = g.Key, Events = g.Sum(c => c.Events) }).OrderByDescending(g => g.Events).Take(500);
        var counts = await busiest.Join(db.Set<EventActorRow>(), c => c.ActorId, a => a.ActorId, (c, a) => new { a.Actor, c.Events }).ToListAsync(cancellationToken);
        return counts.ToDictionary(c => c.Actor, c => c.Events, StringComparer.Ordinal);
    }

    private sealed class Tally
    {
        private readonly Dictionary<string, long> _sources = Counter(), _services = Counter(), _operations = Counter(), _outcomes = Counter(), _results = Counter();

        public void Add(Kind kind, long events)
        {
            Count(_sources, kind.Source);
            Count(_services, kind.Service);
            Count(_operations, kind.Operation);
            Count(_outcomes, kind.Outcome.Word());
            Count(_results, kind.Result);
            void Count(Dictionary<string, long> counter, string value) => counter[value] = counter.GetValueOrDefault(value) + events;
        }

        public EventFacets Facets(EventTotal total, Dictionary<string, long> actors, List<EventBar> bars, int most, List<string> more)
        {
            return new EventFacets(total, Top(_services, "services"), Top(_operations, "operations"), Top(_outcomes, "outcomes"), Top(_results, "results"), Top(actors, "actors"), Top(_sources, "sources"), bars, more);

            List<EventCount> Top(Dictionary<string, long> counter, string name)
            {
                if (counter.Count > most) more.Add($"The {most} most frequent of {counter.Count:N0} {name} are listed.");
                return [.. counter.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(most).Select(c => new EventCount(c.Key, c.Value))];
            }
        }

        private static Dictionary<string, long> Counter() => new(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>At most 60 bars of the same width, in steps that people read: minutes, hours, days.</summary>
    private sealed class Bars
    {
        private const int Most = 60;
        private static readonly int[] Steps = [1, 5, 15, 30, 60, 120, 180, 360, 720, 1440, 2 * 1440, 7 * 1440, 30 * 1440, 365 * 1440];

        private readonly long _start, _width;
        private readonly long[] _events = [], _failures = [];

        public Bars(EventMatch match, long? first, long? last)
        {
            if (first is not { } from || last is not { } to) return;
            var (begin, end) = (Minute(match.Query.Start is null ? from : match.From), Minute(match.Query.End is null ? to : Math.Min(match.Before - 1, EventId.From(EventId.Latest))));
            // Hours are all that the counts know: a span of more than twelve has bars of whole ones.
            var step = Array.Find(Steps, s => (end / s) - (begin / s) < Most && (s >= 60 || end - begin < 720));
            _width = step == 0 ? Steps[^1] : step;
            _start = begin / _width;
            var count = (int)Math.Min((end / _width) - _start + 1, 400);
            (_events, _failures) = (new long[count], new long[count]);
        }

        /// <summary>They are narrower than a day.</summary>
        public bool ByHour => _width % 1440 != 0;

        public void Add(Cell cell) => Add(cell.At, cell.Events, cell.Kind.Outcome == EventOutcome.Failure ? cell.Events : 0);

        public void Add(long id, long events, long failures)
        {
            var bar = (Minute(id) / _width) - _start;
            if (bar < 0 || bar >= _events.Length) return;
            _events[bar] += events;
            _failures[bar] += failures;
        }

        public List<EventBar> ToList() => [.. _events.Select((events, i) => new EventBar(At(_start + i), At(_start + i + 1), events, _failures[i]))];

        private static long Minute(long id) => EventId.TimeOf(id).ToUnixTimeSeconds() / 60;
        private DateTimeOffset At(long bar) => DateTimeOffset.FromUnixTimeSeconds(bar * _width * 60);
    }
}
