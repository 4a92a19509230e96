using System.Threading.Channels;

namespace OmniAudit.Modules.Storage;

/// <summary>What this process changed and other processes have not been told, in batches without repetitions. Hints: of too many the oldest are dropped.</summary>
internal sealed class ChangesToTell : IDisposable
{
    private const int Batch = 200;

    private readonly Channel<Change> _changes = Channel.CreateBounded<Change>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly IDisposable _subscription;

    public ChangesToTell(ChangeFeed changes) => _subscription = changes.Subscribe(change => { if (!change.Elsewhere) _changes.Writer.TryWrite(change); });

    /// <summary>Waits for changes; null once cancelled.</summary>
    public async Task<IReadOnlyCollection<Change>?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _changes.Reader.WaitToReadAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        var batch = new HashSet<Change>();
        while (batch.Count < Batch && _changes.Reader.TryRead(out var change)) batch.Add(change);
        return batch;
    }

    public void Dispose() => _subscription.Dispose();
}
