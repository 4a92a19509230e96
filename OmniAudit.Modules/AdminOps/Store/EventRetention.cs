using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using EventId = OmniAudit.Modules.AdminOps.Events.EventId;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>
/// Deletes the oldest events once they are too old or the database is too large, with their records, words, counts, tags and comments, a few hundred in one
/// transaction. Events with the hold tag stay, whatever their age. What a crash interrupts, the next pass goes on with.
/// </summary>
internal sealed class EventRetention(Database database, ChangeFeed changes, OmniAuditOptions options, TimeProvider time, ILogger<EventRetention> log) : BackgroundService
{
    private const int Batch = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>One pass; returns how many events it deleted.</summary>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var deleted = 0L;
        if (options.AdminOps.RetentionDays > 0)
        {
            var before = EventId.From(time.GetUtcNow().AddDays(-options.AdminOps.RetentionDays));
            while (await DeleteAsync(before, cancellationToken) is > 0 and var gone) deleted += gone;
        }
        if (options.AdminOps.MaxGigabytes > 0) deleted += await ShrinkAsync(options.AdminOps.MaxGigabytes * 1_000_000_000L, cancellationToken);
        if (deleted > 0)
        {
            log.LogInformation("Deleted {Events} audit events: older than ADMINOPS_RETENTION_DAYS={Days}, or more than ADMINOPS_MAX_GIGABYTES={Gigabytes} holds", deleted, options.AdminOps.RetentionDays, options.AdminOps.MaxGigabytes);
            changes.Publish(Topics.Events, "");
        }
        return deleted;
    }

    /// <summary>Deletes the oldest until the database holds no more than this, or only held ones are left.</summary>
    internal async Task<long> ShrinkAsync(long mostBytes, CancellationToken cancellationToken)
    {
        var deleted = 0L;
        while (await BytesAsync(cancellationToken) > mostBytes && await DeleteAsync(long.MaxValue, cancellationToken) is > 0 and var gone) deleted += gone;
        return deleted;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                log.LogError(failure, "Old audit events could not be deleted; tried again in {Interval}", Interval);
            }
            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!stoppingToken.IsCancellationRequested);
    }

    /// <summary>Deletes the oldest that are not held.</summary>
    private Task<int> DeleteAsync(long before, CancellationToken cancellationToken) => database.WriteAsync(async db =>
    {
        var hold = options.AdminOps.HoldTag;
        var held = db.Set<EventTagRow>().Where(t => t.Tag == hold).Select(t => t.EventId);
        var rows = await db.Set<EventRow>().Where(e => e.EventId < before && !held.Contains(e.EventId)).OrderBy(e => e.EventId).Take(Batch).ToListAsync(cancellationToken);
        if (rows.Count == 0) return 0;
        var ids = rows.ConvertAll(r => r.EventId);
        await db.Set<EventTagRow>().Where(t => ids.Contains(t.EventId)).ExecuteDeleteAsync(cancellationToken);
        await db.Set<EventCommentRow>().Where(c => ids.Contains(c.EventId)).ExecuteDeleteAsync(cancellationToken);
        await db.Set<EventArrivalRow>().Where(a => ids.Contains(a.EventId)).ExecuteDeleteAsync(cancellationToken);
        string[] indexes = EventEngine.IsPostgres(db) ? [EventTables.Words] : [EventTables.Words, EventTables.Parts];
        foreach (var index in indexes)
        {
            await using var command = EventStore.Command(db, $"DELETE FROM {index} WHERE {EventEngine.IdColumn(db)} = @id", "@id");
            foreach (var id in ids)
            {
                command.Parameters[0].Value = id;
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }
        await db.Set<EventRawRow>().Where(r => ids.Contains(r.EventId)).ExecuteDeleteAsync(cancellationToken);
        await db.Set<EventRow>().Where(e => ids.Contains(e.EventId)).ExecuteDeleteAsync(cancellationToken);
        await EventCounts.AddAsync(db, rows, -1);
        return rows.Count;
    }, cancellationToken);

    /// <summary>What the database holds; room that deleted rows left is used again and does not count. 0 on servers, whose files do not shrink with their rows: size deletes nothing there.</summary>
    internal Task<long> BytesAsync(CancellationToken cancellationToken) => database.ReadAsync(async db => options.Database.Provider != DatabaseOptions.Sqlite ? 0 :
        (await db.Database.SqlQueryRaw<long>("SELECT (page_count - freelist_count) * page_size AS \"Value\" FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()").ToListAsync(cancellationToken))[0], cancellationToken);
}
