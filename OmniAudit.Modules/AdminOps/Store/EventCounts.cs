using System.Buffers.Binary;
using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>Keeps the counts by hour and by day as events come and go, in the transaction that they come and go in.</summary>
internal static class EventCounts
{
    /// <summary>Stands for all services together.</summary>
    public const long EveryService = 0;

    public static int Hour(long eventId) => (int)(EventId.TimeOf(eventId).ToUnixTimeSeconds() / 3600);
    public static int Day(long eventId) => Hour(eventId) / 24;

    /// <summary>A name's id follows from the name, so that nobody has to look it up: 64 bits of its SHA-256.</summary>
    public static long NameId(string name) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    /// <inheritdoc cref="NameId"/>
    public static long KindId(Kind kind) => NameId(string.Join('\u001f', kind.Source, kind.Service, kind.Operation, ((int)kind.Outcome).ToString(CultureInfo.InvariantCulture), kind.Result));

    /// <param name="sign">+1 for events that came, -1 for events that went.</param>
    public static async Task AddAsync(OmniAuditDb db, IEnumerable<EventRow> events, int sign)
    {
        var (kinds, counts) = (new Dictionary<Kind, long>(), new SortedDictionary<(CountStep, int, long), long>());
        var (actors, days, services) = (new Dictionary<string, long>(StringComparer.Ordinal), new SortedDictionary<(long, int, long), long>(), new Dictionary<string, long>(StringComparer.Ordinal));
        foreach (var row in events)
        {
            var kind = new Kind(row.Source, row.Service, row.OperationNorm, row.Outcome, row.ResultRaw ?? "");
            var (full, brief) = (IdOf(kinds, kind, KindId), IdOf(kinds, kind with { Operation = "", Result = "" }, KindId));
            var (hour, day) = (Hour(row.EventId), Day(row.EventId));
            Count(counts, (CountStep.Hour, hour, full));
            Count(counts, (CountStep.Day, day, full));
            Count(counts, (CountStep.BriefHour, hour, brief));
            Count(counts, (CountStep.BriefDay, day, brief));
            var actor = IdOf(actors, row.ActorKey, NameId);
            Count(days, (EveryService, day, actor));
            Count(days, (IdOf(services, row.Service, NameId), day, actor));
        }
        await ManyAsync(db, """
            INSERT INTO audit_event_counts("Step", "At", "KindId", "Events") VALUES (@p0, @p1, @p2, @p3)
            ON CONFLICT("Step", "At", "KindId") DO UPDATE SET "Events" = audit_event_counts."Events" + excluded."Events"
            """, counts.Select(c => new object[] { (int)c.Key.Item1, c.Key.Item2, c.Key.Item3, c.Value }));
        await ManyAsync(db, """
            INSERT INTO audit_actor_counts("ServiceId", "Day", "ActorId", "Events") VALUES (@p0, @p1, @p2, @p3)
            ON CONFLICT("ServiceId", "Day", "ActorId") DO UPDATE SET "Events" = audit_actor_counts."Events" + excluded."Events"
            """, days.Select(c => new object[] { c.Key.Item1, c.Key.Item2, c.Key.Item3, c.Value }));
        if (sign < 0)
        {
            await ManyAsync(db, "DELETE FROM audit_event_counts WHERE \"Step\" = @p0 AND \"At\" = @p1 AND \"KindId\" = @p2 AND \"Events\" <= 0", counts.Keys.Select(k => new object[] { (int)k.Item1, k.Item2, k.Item3 }));
            await ManyAsync(db, "DELETE FROM audit_actor_counts WHERE \"ServiceId\" = @p0 AND \"Day\" = @p1 AND \"ActorId\" = @p2 AND \"Events\" <= 0", days.Keys.Select(k => new object[] { k.Item1, k.Item2, k.Item3 }));
            return;
        }
        await ManyAsync(db, "INSERT INTO audit_event_kinds(\"KindId\", \"Source\", \"Service\", \"Operation\", \"Outcome\", \"Result\") VALUES (@p0, @p1, @p2, @p3, @p4, @p5) ON CONFLICT DO NOTHING",
            kinds.Select(k => new object[] { k.Value, k.Key.Source, k.Key.Service, k.Key.Operation, (int)k.Key.Outcome, k.Key.Result }));
        await ManyAsync(db, "INSERT INTO audit_actors(\"ActorId\", \"Actor\") VALUES (@p0, @p1) ON CONFLICT DO NOTHING", actors.Select(a => new object[] { a.Value, a.Key }));
        await ManyAsync(db, "INSERT INTO audit_services(\"Service\") VALUES (@p0) ON CONFLICT DO NOTHING", services.Keys.Select(s => new object[] { s }));

        void Count<TKey>(SortedDictionary<TKey, long> counter, TKey key)
            where TKey : notnull => counter[key] = counter.GetValueOrDefault(key) + sign;
    }

    private static long IdOf<T>(Dictionary<T, long> ids, T name, Func<T, long> idOf)
        where T : notnull => ids.TryGetValue(name, out var id) ? id : ids[name] = idOf(name);

    /// <summary>One statement for many rows. In the order of their keys, so that neighbours find their page where the last one left it.</summary>
    private static async Task ManyAsync(OmniAuditDb db, string text, IEnumerable<object[]> rows)
    {
        DbCommand? command = null;
        try
        {
            foreach (var values in rows)
            {
                command ??= EventStore.Command(db, text, [.. values.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"@p{i}"))]);
                for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] is string text_ ? db.Storable(text_) : values[i];
                await command.ExecuteNonQueryAsync();
            }
        }
        finally
        {
            if (command is not null) await command.DisposeAsync();
        }
    }
}

/// <summary>What events are counted by.</summary>
internal readonly record struct Kind(string Source, string Service, string Operation, EventOutcome Outcome, string Result);
