using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AuditLog;

/// <summary>
/// Records every call. Rows that arrive while a commit is under way share the next one (group commit), so the cost of a
/// durable row is shared by the calls that run beside it. A crash loses no row whose task had completed.
/// </summary>
internal sealed class AuditLog(Database database, ChangeFeed changes, TimeProvider time) : BackgroundService
{
    private const int LargestBatch = 500;

    private readonly Channel<Entry> _queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(10_000) { SingleReader = true });

    /// <summary>Calls whose "started" row is already on disk: their end is an update. Touched by the writer loop only.</summary>
    private readonly HashSet<string> _onDisk = new(StringComparer.Ordinal);

    /// <summary>Completes when the row is on disk. A row given again with the same id replaces the first.</summary>
    public async Task RecordAsync(CallRow row)
    {
        var entry = new Entry(row, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await _queue.Writer.WriteAsync(entry);
        }
        catch (ChannelClosedException stopped)
        {
            throw new AuditLogUnavailableException("the server is stopping", stopped);
        }
        await entry.Durable.Task;
    }

    /// <summary>What the last process left as "started" has an end nobody saw.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await database.WriteAsync(db => db.Set<CallRow>().Where(c => c.Status == CallStatus.Started).ExecuteUpdateAsync(
            set => set.SetProperty(c => c.Status, CallStatus.Unknown)
                .SetProperty(c => c.FinishedAt, now)
                .SetProperty(c => c.ErrorMessage, "The server stopped while this call ran."), cancellationToken), cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Begins to record without touching rows of others: the server's calls are under way.</summary>
    public Task StartBesideServerAsync() => base.StartAsync(CancellationToken.None);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Entry>(LargestBatch);
        // Reads until the channel is completed by StopAsync, so that rows queued at shutdown are still written.
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < LargestBatch && _queue.Reader.TryRead(out var entry)) batch.Add(entry);
            await WriteAsync(batch);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        // What is queued is written whatever the host's patience is by now: it is at most one batch after another.
        if (ExecuteTask is { } loop) await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    private async Task WriteAsync(List<Entry> batch)
    {
        // A call that started and ended within one batch is one insert.
        var rows = batch.GroupBy(e => e.Row.CallId, StringComparer.Ordinal).Select(g => g.Last().Row).ToList();
        try
        {
            await database.WriteAsync(async db =>
            {
                await PlainInsert.AddAsync(db, rows.Where(row => !_onDisk.Contains(row.CallId)));
                db.UpdateRange(rows.Where(row => _onDisk.Contains(row.CallId)));
            }, CancellationToken.None);
        }
        catch (Exception failure)
        {
            // The disk is full or gone: each call learns that it could not be recorded, and does not run or answer.
            foreach (var entry in batch) entry.Durable.TrySetException(new AuditLogUnavailableException("the database refused the row; check free space and permissions of the data directory", failure));
            return;
        }
        foreach (var row in rows)
        {
            if (row.Status == CallStatus.Started) _onDisk.Add(row.CallId); else _onDisk.Remove(row.CallId);
        }
        foreach (var entry in batch) entry.Durable.TrySetResult();
        changes.Publish(Topics.Calls, rows[^1].CallId);
    }

    private sealed record Entry(CallRow Row, TaskCompletionSource Durable);
}

/// <summary>A call could not be recorded. The message is the reason, for a sentence that says what became of the call.</summary>
internal sealed class AuditLogUnavailableException(string reason, Exception inner) : Exception(reason, inner);
