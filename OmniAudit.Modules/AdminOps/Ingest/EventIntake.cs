using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Normalising;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>How records fared.</summary>
internal record struct IntakeCounts(int Read, int Stored, int Duplicates, int Refused);

/// <summary>Reads records and stores them, a bounded number in each transaction; the last of them carries the row of the ledger that says so.</summary>
internal sealed class EventIntake(Database database, EventStore store, WorkMetrics metrics, TimeProvider time)
{
    /// <param name="records">The records' own bytes.</param>
    /// <param name="entry">Given the counts, the row for the ledger; goes in with the last events. Null for none yet.</param>
    /// <param name="within">What else each transaction does first; may throw to undo it.</param>
    /// <param name="then">What else the transaction with the ledger's row does.</param>
    public async Task<IntakeCounts> StoreAsync(
        string source, string tenant, IReadOnlyList<ReadOnlyMemory<byte>> records, Func<IntakeCounts, CoverageRow>? entry, Func<OmniAuditDb, Task> within, Func<OmniAuditDb, Task>? then, CancellationToken cancellationToken)
    {
        var counts = new IntakeCounts(records.Count, 0, 0, 0);
        for (var at = 0; at < records.Count || at == 0; at += EventStore.Batch)
        {
            var events = new List<IncomingEvent>(Math.Min(EventStore.Batch, records.Count));
            for (var i = at; i < Math.Min(at + EventStore.Batch, records.Count); i++)
            {
                if (TryRead(source, records[i], tenant) is { } read) events.Add(read);
                else counts.Refused++;
            }
            var isLast = at + EventStore.Batch >= records.Count;
            if (events.Count == 0 && !(isLast && (entry is not null || then is not null))) continue;
            var prepared = store.Prepare(events);
            var result = await database.WriteAsync(async db =>
            {
                await within(db);
                var appended = events.Count > 0 ? await store.AppendAsync(db, prepared) : new AppendResult([], 0);
                if (!isLast) return appended;
                if (entry is not null) await CoverageLedger.AppendAsync(db, entry(counts with { Stored = counts.Stored + appended.Stored.Count, Duplicates = counts.Duplicates + appended.Duplicates }), cancellationToken);
                if (then is not null) await then(db);
                return appended;
            }, cancellationToken);
            metrics.EventsStored(source, result.Stored.Count);
            counts.Stored += result.Stored.Count;
            counts.Duplicates += result.Duplicates;
            store.Announce(result);
        }
        return counts;
    }

    private IncomingEvent? TryRead(string source, ReadOnlyMemory<byte> record, string tenant)
    {
        try
        {
            return EventReader.Read(source, record, tenant, time.GetUtcNow());
        }
        catch (FormatException)
        {
            // Counted as refused; the ledger's hash covers its bytes.
            return null;
        }
    }
}
