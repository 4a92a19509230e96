using Microsoft.EntityFrameworkCore;

namespace OmniAudit.Modules.Storage;

/// <summary>
/// How rows are read and written. Reads run on their own snapshot and never wait; writes run one at a time, each in a
/// transaction that is on disk (synchronous=FULL) when <see cref="WriteAsync{T}"/> returns.
/// </summary>
internal sealed class Database(IDbContextFactory<OmniAuditDb> factory) : IDisposable
{
    private readonly SemaphoreSlim _writer = new(1, 1);

    /// <summary>Runs a query. The context does not track what it reads.</summary>
    public async Task<T> ReadAsync<T>(Func<OmniAuditDb, Task<T>> query, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return await query(db);
    }

    /// <summary>
    /// Runs one unit of work in one transaction: either all of it is durable on return, or an exception is thrown and
    /// none of it happened. Pending changes are saved before the commit. Do no network or file work inside.
    /// </summary>
    public async Task<T> WriteAsync<T>(Func<OmniAuditDb, Task<T>> work, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken);
        try
        {
            await using var db = await factory.CreateDbContextAsync(cancellationToken);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var result = await work(db);
            await db.SaveChangesAsync(cancellationToken);
            // A cancelled commit leaves nobody knowing whether it happened: once here, it runs to its end.
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Func<OmniAuditDb, Task> work, CancellationToken cancellationToken) =>
        WriteAsync(async db => { await work(db); return true; }, cancellationToken);

    public void Dispose() => _writer.Dispose();
}
