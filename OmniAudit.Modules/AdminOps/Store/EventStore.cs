using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>Where events are kept. A record that is there already is not stored again, whoever brings it and how often.</summary>
internal sealed class EventStore(Database database, ChangeFeed changes, OmniAuditOptions options, TimeProvider time)
{
    /// <summary>The most events that one transaction should store, so that other writers get their turn.</summary>
    public const int Batch = 500;

    /// <summary>Stores events with their records, words, counts and arrivals: all of them or, when it throws, none.</summary>
    public async Task<AppendResult> AppendAsync(IReadOnlyList<IncomingEvent> events, CancellationToken cancellationToken)
    {
        var prepared = Prepare(events);
        var result = await database.WriteAsync(db => AppendAsync(db, prepared), cancellationToken);
        Announce(result);
        return result;
    }

    /// <summary>The same within the caller's transaction; call <see cref="Announce"/> after its commit.</summary>
    public async Task<AppendResult> AppendAsync(OmniAuditDb db, PreparedEvents events)
    {
        EventEngine.Require(db);
        var fresh = new List<PreparedEvent>(events.Events.Count);
        using (var places = new Places(db))
        {
            var taken = new HashSet<long>();
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (var e in events.Events)
            {
                if (!keys.Add(Convert.ToHexString(e.Row.Key)) || await places.HasAsync(e.Row.Key)) continue;
                // Another record of the same millisecond may have the place.
                while (!taken.Add(e.Row.EventId) || await places.IsTakenAsync(e.Row.EventId)) e.Row.EventId = EventId.Next(e.Row.EventId);
                e.Raw.EventId = e.Row.EventId;
                fresh.Add(e);
            }
        }
        if (fresh.Count > 0)
        {
            await PlainInsert.AddAsync(db, fresh.Select(e => e.Row));
            await PlainInsert.AddAsync(db, fresh.Select(e => e.Raw));
            await IndexAsync(db, fresh);
            await EventCounts.AddAsync(db, fresh.Select(e => e.Row), +1);
        }
        return new AppendResult(fresh.ConvertAll(e => e.Row.EventId), events.Events.Count - fresh.Count);
    }

    /// <summary>Tells open pages and the rules that events came in.</summary>
    public void Announce(AppendResult result)
    {
        if (result.Stored.Count > 0) changes.Publish(Topics.Events, "");
    }

    /// <summary>The processor's part of storing: rows, words, compressed records. Before a transaction, as while one is open nobody else writes.</summary>
    public PreparedEvents Prepare(IReadOnlyList<IncomingEvent> events)
    {
        var (prepared, now) = (new PreparedEvent[events.Count], time.GetUtcNow());
        Parallel.For(0, events.Count, i =>
        {
            var (e, raw) = (events[i].Event, events[i].Raw);
            var row = StoredEvents.Row(e, EventId.KeyOf(e), now);
            prepared[i] = new PreparedEvent(row, StoredEvents.Raw(row.EventId, raw), EventWords.Index(e, raw), options.AdminOps.SubstringIndex ? EventWords.Folded(e, raw) : null);
        });
        return new PreparedEvents(prepared);
    }

    private static async Task IndexAsync(OmniAuditDb db, List<PreparedEvent> events)
    {
        await using var words = Command(db, EventEngine.InsertWords(db), "@id", "@text");
        await using var parts = Command(db, $"INSERT INTO {EventTables.Parts}(rowid, parts) VALUES (@id, @text)", "@id", "@text");
        await using var arrivals = Command(db, "INSERT INTO audit_event_arrivals(\"EventId\") VALUES (@id)", "@id");
        foreach (var e in events)
        {
            (words.Parameters[0].Value, words.Parameters[1].Value) = (e.Row.EventId, db.Storable(e.Words));
            await words.ExecuteNonQueryAsync();
            arrivals.Parameters[0].Value = e.Row.EventId;
            await arrivals.ExecuteNonQueryAsync();
            if (e.Parts is null || EventEngine.IsPostgres(db)) continue;
            (parts.Parameters[0].Value, parts.Parameters[1].Value) = (e.Row.EventId, e.Parts);
            await parts.ExecuteNonQueryAsync();
        }
    }

    /// <summary>A command of the context's transaction.</summary>
    internal static DbCommand Command(OmniAuditDb db, string text, params string[] parameters)
    {
        var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = Microsoft.EntityFrameworkCore.Storage.DbContextTransactionExtensions.GetDbTransaction(db.Database.CurrentTransaction!);
        command.CommandText = text;
        foreach (var name in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }
        return command;
    }

    /// <summary>Which records and ids are there already.</summary>
    private sealed class Places(OmniAuditDb db) : IDisposable
    {
        private readonly DbCommand _byKey = Command(db, "SELECT 1 FROM audit_events WHERE \"Key\" = @key", "@key");
        private readonly DbCommand _byId = Command(db, "SELECT 1 FROM audit_events WHERE \"EventId\" = @id", "@id");

        public async Task<bool> HasAsync(byte[] key)
        {
            _byKey.Parameters[0].Value = key;
            return await _byKey.ExecuteScalarAsync() is not null;
        }

        public async Task<bool> IsTakenAsync(long id)
        {
            _byId.Parameters[0].Value = id;
            return await _byId.ExecuteScalarAsync() is not null;
        }

        public void Dispose()
        {
            _byKey.Dispose();
            _byId.Dispose();
        }
    }
}

/// <summary>Events that are ready to be stored, once.</summary>
internal sealed record PreparedEvents(IReadOnlyList<PreparedEvent> Events);

/// <param name="Words">What the word index gets.</param>
/// <param name="Parts">What any part of may be sought; null while that index is off.</param>
internal sealed record PreparedEvent(EventRow Row, EventRawRow Raw, string Words, string? Parts);

/// <summary>What became of the events of a batch.</summary>
/// <param name="Stored">The ids of those that were new, in the order given.</param>
/// <param name="Duplicates">How many were there already, or twice in the batch.</param>
internal sealed record AppendResult(IReadOnlyList<long> Stored, int Duplicates);
