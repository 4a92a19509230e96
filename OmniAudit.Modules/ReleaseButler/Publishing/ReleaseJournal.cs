using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>An asset of an operation as people see it.</summary>
/// <param name="State">One of <see cref="ReleaseAssetState"/>.</param>
/// <param name="Sent">Bytes that left so far, 0 to <paramref name="Size"/>.</param>
public sealed record ReleaseAssetProgress(string Name, long Size, string Sha256, string State, long Sent, string? Error);

/// <summary>An operation as people see it.</summary>
/// <param name="State">One of <see cref="ReleaseState"/>.</param>
/// <param name="Resumes">The operation that began the draft; null when this one did.</param>
public sealed record ReleaseProgress(
    string OperationId, string Repository, string Tag, string State, string? Error, string? ReleaseUrl, string? Resumes, string RequestedByName, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt,
    IReadOnlyList<ReleaseAssetProgress> Assets);

/// <summary>What this server did to releases. GitHub is what counts; this says which drafts are ours, and shows how far they are.</summary>
public sealed class ReleaseJournal
{
    private static readonly TimeSpan TellAtMost = TimeSpan.FromMilliseconds(200);

    private readonly Database _database;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;
    /// <summary>Bytes on their way, by operation and position: for pages only.</summary>
    private readonly ConcurrentDictionary<(string Operation, int Position), long> _sent = new();
    private long _told;

    internal ReleaseJournal(Database database, ChangeFeed changes, TimeProvider time) => (_database, _changes, _time) = (database, changes, time);

    /// <summary>An operation; null before its approval was carried out.</summary>
    public async Task<ReleaseProgress?> FindAsync(string operationId, CancellationToken cancellationToken)
    {
        var (operation, assets) = await _database.ReadAsync(async db => (
            await db.Set<ReleaseOperationRow>().FirstOrDefaultAsync(o => o.OperationId == operationId, cancellationToken),
            await AssetsAsync(db, operationId, cancellationToken)), cancellationToken);
        return operation is null ? null : View(operation, assets);
    }

    /// <summary>The newest operations, without their assets.</summary>
    public Task<IReadOnlyList<ReleaseProgress>> ListAsync(int take, CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<ReleaseProgress>>(
        async db => (await db.Set<ReleaseOperationRow>().OrderByDescending(o => o.OperationId).Take(Math.Clamp(take, 1, 200)).ToListAsync(cancellationToken)).ConvertAll(o => View(o, [])), cancellationToken);

    internal Task<ReleaseOperationRow?> RowAsync(string operationId, CancellationToken cancellationToken) =>
        _database.ReadAsync(db => db.Set<ReleaseOperationRow>().FirstOrDefaultAsync(o => o.OperationId == operationId, cancellationToken), cancellationToken);

    internal Task<List<ReleaseOperationAssetRow>> AssetsAsync(string operationId, CancellationToken cancellationToken) =>
        _database.ReadAsync(db => AssetsAsync(db, operationId, cancellationToken), cancellationToken);

    /// <summary>On disk before the first request that changes anything.</summary>
    internal async Task BeginAsync(ReleaseOperationRow operation, IReadOnlyList<ReleaseOperationAssetRow> assets, CancellationToken cancellationToken)
    {
        operation.CreatedAt = _time.GetUtcNow();
        await _database.WriteAsync(db =>
        {
            db.Add(operation);
            db.AddRange(assets);
            return Task.CompletedTask;
        }, cancellationToken);
        _changes.Publish(Topics.Releases, operation.OperationId);
    }

    internal Task ChangeAsync(string operationId, Action<ReleaseOperationRow> change) => WriteAsync(operationId, async db =>
    {
        var row = await db.Set<ReleaseOperationRow>().FirstAsync(o => o.OperationId == operationId);
        change(row);
        if (row.State is not (ReleaseState.Uploading or ReleaseState.Publishing)) row.FinishedAt = _time.GetUtcNow();
    });

    internal Task ChangeAssetAsync(string operationId, int position, string state, long? assetId = null, string? error = null)
    {
        if (state != ReleaseAssetState.Uploading) _sent.TryRemove((operationId, position), out _);
        return WriteAsync(operationId, async db =>
        {
            var row = await db.Set<ReleaseOperationAssetRow>().FirstAsync(a => a.OperationId == operationId && a.Position == position);
            (row.State, row.AssetId, row.Error) = (state, assetId ?? row.AssetId, error);
        });
    }

    /// <summary>What an asset will be, where that was not known at the beginning.</summary>
    internal Task MeasuredAsync(string operationId, int position, long size, string sha256) => WriteAsync(operationId, async db =>
    {
        var row = await db.Set<ReleaseOperationAssetRow>().FirstAsync(a => a.OperationId == operationId && a.Position == position);
        (row.Size, row.Sha256) = (size, sha256);
    });

    /// <summary>Bytes that left; cheap to call often.</summary>
    internal void Sent(string operationId, int position, long bytes)
    {
        _sent[(operationId, position)] = bytes;
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(Interlocked.Read(ref _told), now) < TellAtMost) return;
        Interlocked.Exchange(ref _told, now);
        _changes.Publish(Topics.Releases, operationId);
    }

    /// <summary>What happened on GitHub is written down even while the work is being cut off.</summary>
    private async Task WriteAsync(string operationId, Func<OmniAuditDb, Task> work)
    {
        await _database.WriteAsync(work, CancellationToken.None);
        _changes.Publish(Topics.Releases, operationId);
    }

    private static Task<List<ReleaseOperationAssetRow>> AssetsAsync(OmniAuditDb db, string operationId, CancellationToken cancellationToken) =>
        db.Set<ReleaseOperationAssetRow>().Where(a => a.OperationId == operationId).OrderBy(a => a.Position).ToListAsync(cancellationToken);

    private ReleaseProgress View(ReleaseOperationRow o, List<ReleaseOperationAssetRow> assets) => new(
        o.OperationId, o.Repository, o.Tag, o.State, o.Error, o.ReleaseUrl, o.Mark == o.OperationId ? null : o.Mark, o.RequestedByName, o.CreatedAt, o.FinishedAt,
        [.. assets.Select(a => new ReleaseAssetProgress(a.Name, a.Size, a.Sha256, a.State, a.State == ReleaseAssetState.Uploaded ? a.Size : _sent.GetValueOrDefault((o.OperationId, a.Position)), a.Error))]);
}
