using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.Storage;

/// <summary>
/// How rows are read and written. Reads never wait: each statement sees what was committed when it began. Writes run one at a
/// time, over all threads, processes and machines that use the database, each in a transaction that is on disk when
/// <see cref="WriteAsync{T}"/> returns. The whole product relies on it: what is looked up inside a write still holds when the
/// write is committed.
/// </summary>
/// <remarks>
/// On SQLite a write's transaction locks the file when it begins (BEGIN IMMEDIATE, synchronous=FULL). On PostgreSQL and SQL
/// Server its first statement takes a lock of the database that its end gives back, at READ COMMITTED: every statement after
/// it sees what the write before it committed. Nothing is tried again by itself.
/// </remarks>
internal sealed class Database(IDbContextFactory<OmniAuditDb> factory, WorkMetrics? metrics = null) : IDisposable
{
    private readonly SemaphoreSlim _writer = new(1, 1);

    /// <summary>Runs a query. The context does not track what it reads.</summary>
    public async Task<T> ReadAsync<T>(Func<OmniAuditDb, Task<T>> query, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        var result = await query(db);
        metrics?.DatabaseDone("read", began);
        return result;
    }

    /// <summary>
    /// Runs one unit of work in one transaction: either all of it is durable on return, or an exception is thrown and
    /// none of it happened. Pending changes are saved before the commit. Do no network or file work inside.
    /// </summary>
    /// <exception cref="CommitUnknownException">The connection broke during the commit, and the database could not be asked what became of it: all of it happened, or none.</exception>
    public async Task<T> WriteAsync<T>(Func<OmniAuditDb, Task<T>> work, CancellationToken cancellationToken)
    {
        using var span = Spans.StartWithin("database write");
        var began = Stopwatch.GetTimestamp();
        await WaitForTurnAsync(cancellationToken);
        try
        {
            metrics?.DatabaseDone("wait", began);
            span?.SetTag("omniaudit.wait_ms", Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 1));
            began = Stopwatch.GetTimestamp();
            await using var db = await factory.CreateDbContextAsync(cancellationToken);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            await db.TakeWriteLockAsync(cancellationToken);
            var result = await work(db);
            await db.SaveChangesAsync(cancellationToken);
            await CommitAsync(db, transaction);
            metrics?.DatabaseDone("write", began);
            return result;
        }
        catch (Exception failure)
        {
            span.Failed(failure.GetType().Name);
            throw;
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Func<OmniAuditDb, Task> work, CancellationToken cancellationToken) =>
        WriteAsync(async db => { await work(db); return true; }, cancellationToken);

    private async Task WaitForTurnAsync(CancellationToken cancellationToken)
    {
        if (_writer.Wait(0, CancellationToken.None)) return;
        metrics?.WritersWaiting(1);
        try
        {
            await _writer.WaitAsync(cancellationToken);
        }
        finally
        {
            metrics?.WritersWaiting(-1);
        }
    }

    public void Dispose() => _writer.Dispose();

    private static async Task CommitAsync(OmniAuditDb db, IDbContextTransaction transaction)
    {
        try
        {
            // A cancelled commit leaves nobody knowing whether it happened: once here, it runs to its end.
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (DbException failure)
        {
            // A server may have committed and the answer been lost on the way.
            if (await db.FindFateAsync(failure) is not { } committed) throw new CommitUnknownException(failure);
            if (!committed) throw;
        }
    }
}

/// <summary>Whether a change was committed is not known: the connection to the database broke just then, and it could not be asked. Never do it again blindly.</summary>
public sealed class CommitUnknownException(Exception inner)
    : Exception("The connection to the database broke while a change was being committed; whether it was kept is not known.", inner);
