using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Nodes;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AuditLog;

/// <summary>
/// Records every call. Rows that arrive while a commit is under way share the next one (group commit), so the cost of a
/// durable row is shared by the calls that run beside it. A crash loses no row whose task had completed.
/// </summary>
internal sealed class AuditLog(Database database, ChangeFeed changes, ServerNodes nodes, TimeProvider time, ILogger<AuditLog> log) : BackgroundService
{
    private const int LargestBatch = 500;

    /// <summary>How often it is looked for calls of servers that died.</summary>
    private static readonly TimeSpan LookAfterOthers = TimeSpan.FromSeconds(30);

    /// <summary>A process beside the server is in nobody's list: its calls are given up after so long.</summary>
    private static readonly TimeSpan LongestBesideServer = TimeSpan.FromDays(1);

    private string _node = nodes.ThisId;

    private readonly Channel<Entry> _queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(10_000) { SingleReader = true });

    /// <summary>Calls whose "started" row is already on disk: their end is an update. Touched by the writer loop only.</summary>
    private readonly HashSet<string> _onDisk = new(StringComparer.Ordinal);

    /// <summary>Completes when the row is on disk. A row given again with the same id replaces the first.</summary>
    public async Task RecordAsync(CallRow row)
    {
        row.Node = _node;
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

    /// <summary>What a server that is gone left as "started" has an end nobody saw.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Where servers share the database, it is theirs that are asked about: those that still run end their calls themselves.
        if (!nodes.AreSeveral) await GiveUpAsync(new HashSet<string>(), cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Begins to record without touching rows of others: the server's calls are under way.</summary>
    public Task StartBesideServerAsync()
    {
        _node = "";
        return base.StartAsync(CancellationToken.None);
    }

    private async Task LookAfterOthersAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookAfterOthers, time);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stopping);
                // Read before the list is asked for: whoever wrote one of them is in it, if it lives.
                var old = await database.ReadAsync(db => db.Set<CallRow>().Where(c => c.Status == CallStatus.Started && c.Node != _node).Select(c => c.CallId).ToListAsync(stopping), stopping);
                if (old.Count > 0) await GiveUpAsync((await nodes.ListAsync(stopping)).Select(n => n.NodeId).ToHashSet(StringComparer.Ordinal), stopping, old);
            }
            catch (OperationCanceledException)
            {
                // The server stops.
            }
            catch (Exception failure)
            {
                log.LogError(failure, "Calls of servers that are gone could not be looked for");
            }
        }
    }

    private async Task GiveUpAsync(HashSet<string> known, CancellationToken cancellationToken, List<string>? among = null)
    {
        var (now, live) = (time.GetUtcNow(), known.ToList());
        var longAgo = now - LongestBesideServer;
        await database.WriteAsync(
            db =>
            {
                var rows = db.Set<CallRow>().Where(c => c.Status == CallStatus.Started);
                if (among is not null) rows = rows.Where(c => among.Contains(c.CallId) && !live.Contains(c.Node) && (c.Node != "" || c.StartedAt < longAgo));
                return rows.ExecuteUpdateAsync(
                    set => set.SetProperty(c => c.Status, CallStatus.Unknown)
                        .SetProperty(c => c.FinishedAt, now)
                        .SetProperty(c => c.ErrorMessage, "The server stopped while this call ran."), cancellationToken);
            },
            cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var others = nodes.AreSeveral && _node.Length > 0 ? LookAfterOthersAsync(ending.Token) : Task.CompletedTask;
        var batch = new List<Entry>(LargestBatch);
        // Reads until the channel is completed by StopAsync, so that rows queued at shutdown are still written.
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < LargestBatch && _queue.Reader.TryRead(out var entry)) batch.Add(entry);
            await WriteAsync(batch);
        }
        await ending.CancelAsync();
        await others;
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
