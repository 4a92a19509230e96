using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// Checks a whole local log and names the first fault: every receipt is hashed again, every stored hash and every
/// checkpoint is computed again and every signature checked. Reads in pages, so memory does not grow with the log, and
/// may run beside a server that appends.
/// </summary>
/// <param name="db">The log.</param>
/// <param name="key">The key that is trusted: any that the log has had, for each handover is checked.</param>
internal sealed class LogVerifier(OmniAuditDb db, VerifierKey key)
{
    private const int PageSize = 512;
    private readonly MerkleFrontier _tree = new();
    private long _lastIndex = long.MinValue;
    private LogKeys _keys = LogKeys.Of(key);
    private int _changes;

    /// <param name="published">The note kept outside the database; null if there is none.</param>
    public async Task<VerificationResult> VerifyAsync(string? published, CancellationToken cancellationToken)
    {
        if (!key.IsSupported) return VerificationResult.Incomplete("algorithm_unsupported", "The log signs with Ed25519, and this machine has no OpenSSL 3 to check it.");
        var empty = await db.Set<LogCheckpointRow>().AsNoTracking().FirstOrDefaultAsync(c => c.Size == 0, cancellationToken);
        if (await ReadKeysAsync(cancellationToken) is { } untold) return untold;
        if (CheckCheckpoint(empty) is { } fault) return fault;
        if (await VerifyReceiptsAsync(cancellationToken) is { } broken) return broken;
        if (await ComparePublishedAsync(published, cancellationToken) is { } different) return different;
        return new VerificationResult(
            Verdict.Valid, "ok", $"All {_tree.Size} receipts of the log {key.Name} are there, in order and unchanged, and every checkpoint is signed.{_keys.About(new Checkpoint(key.Name, _tree.Size, []))}{Changes()}", null, _tree.Size, key.Name);
    }

    private string Changes() => _keys.Handovers.Count switch
    {
        0 => "",
        1 => $" Its key was changed once, at size {_keys.Handovers[0].Size}; the handover verifies.",
        var count => $" Its key was changed {count} times, at the sizes {string.Join(", ", _keys.Handovers.Select(h => h.Size))}; every handover verifies.",
    };

    /// <summary>The key may have been changed, and be changed while this runs.</summary>
    private async Task<VerificationResult?> ReadKeysAsync(CancellationToken cancellationToken)
    {
        var changes = await LogKeyHistory.CountChangesAsync(db, cancellationToken);
        if (changes == _changes) return null;
        try
        {
            _keys = await LogKeyHistory.ReadAsync(db, cancellationToken) is { } read ? read.TrustedBy(key) : LogKeys.Of(key);
            _changes = changes;
            return null;
        }
        catch (Exception e) when (e is FormatException or LogRefusedException)
        {
            return Fault("handover_wrong", $"The log's key was changed, and not by a handover that holds: {e.Message}");
        }
        catch (PlatformNotSupportedException e)
        {
            return VerificationResult.Incomplete("algorithm_unsupported", e.Message);
        }
    }

    private async Task<VerificationResult?> VerifyReceiptsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await NextPageAsync(cancellationToken);
            if (page.Count > 0)
            {
                if (await CheckPageAsync(page, cancellationToken) is { } fault) return fault;
                continue;
            }
            var newest = await LogTree.NewestCheckpointAsync(db, cancellationToken);
            if (newest is null || (ulong)newest.Size <= _tree.Size) return null;
            // A server at work may have appended between the two reads, but a receipt is never later than its checkpoint.
            if ((await NextPageAsync(cancellationToken)).Count == 0)
            {
                return Fault("receipt_missing", $"Receipt {_tree.Size} is missing: {newest.Size} were signed, and the last ones are gone.");
            }
        }
    }

    private Task<List<ReceiptRow>> NextPageAsync(CancellationToken cancellationToken) =>
        db.Set<ReceiptRow>().AsNoTracking().Where(r => r.LeafIndex > _lastIndex).OrderBy(r => r.LeafIndex).Take(PageSize).ToListAsync(cancellationToken);

    private async Task<VerificationResult?> CheckPageAsync(List<ReceiptRow> page, CancellationToken cancellationToken)
    {
        var first = _tree.Size;
        var end = first + (ulong)page.Count;
        var nodes = await NodesAsync(first, end, cancellationToken);
        var checkpoints = await db.Set<LogCheckpointRow>().AsNoTracking()
            .Where(c => c.Size > (long)first && c.Size <= (long)end).ToDictionaryAsync(c => c.Size, cancellationToken);
        var chains = await ChainsAsync(page, cancellationToken);
        if (await ReadKeysAsync(cancellationToken) is { } untold) return untold;
        foreach (var row in page)
        {
            if (row.LeafIndex != (long)_tree.Size) return Fault("receipt_missing", $"Receipt {_tree.Size} is missing; the next one is {row.LeafIndex}.");
            if (!checkpoints.TryGetValue(row.LeafIndex + 1, out var checkpoint) && await UnloggedAsync(row, cancellationToken))
            {
                return Fault("receipts_unlogged", $"Receipt {row.LeafIndex} ({row.ReceiptId}) was put into the table, but never signed.");
            }
            if (CheckReceipt(row, nodes, chains) is { } fault) return fault;
            if (CheckCheckpoint(checkpoint) is { } refused) return refused with { Index = (ulong)row.LeafIndex };
            _lastIndex = row.LeafIndex;
        }
        return null;
    }

    private VerificationResult? CheckReceipt(ReceiptRow row, Dictionary<long, byte[]> nodes, Dictionary<string, string> chains)
    {
        var index = _tree.Size;
        foreach (var (node, hash) in _tree.Append(MerkleTree.HashLeaf(row.Bytes)))
        {
            var what = node.Level == 0 ? $"the hash of receipt {index}" : $"the inner hash {node.Level}/{node.Index}";
            if (!nodes.TryGetValue(node.Position, out var stored)) return VerificationResult.Invalid("node_missing", $"In the log, {what} is missing.", index);
            if (stored.AsSpan().SequenceEqual(hash)) continue;
            return node.Level == 0
                ? VerificationResult.Invalid("leaf_mismatch", $"Receipt {index} ({row.ReceiptId}) is not what was logged at this place: it was edited or moved.", index)
                : VerificationResult.Invalid("node_mismatch", $"In the log, {what} was changed.", index);
        }
        ReceiptLeaf leaf;
        try
        {
            leaf = ReceiptLeaf.Parse(row.Bytes);
        }
        catch (FormatException e)
        {
            return VerificationResult.Invalid("receipt_malformed", $"Receipt {index} ({row.ReceiptId}) cannot be read: {e.Message}", index);
        }
        if (!SameColumns(row, leaf))
        {
            return VerificationResult.Invalid("columns_differ", $"The columns beside receipt {index} ({row.ReceiptId}) say something else than the signed receipt.", index);
        }
        if (leaf.PreviousSha256 != chains.GetValueOrDefault(row.OperationId))
        {
            return VerificationResult.Invalid("chain_broken", $"Receipt {index} ({row.ReceiptId}) does not follow the operation's last receipt.", index);
        }
        chains[row.OperationId] = row.Sha256;
        return null;
    }

    private VerificationResult? CheckCheckpoint(LogCheckpointRow? row)
    {
        if (row is null) return Fault("checkpoint_missing", $"The checkpoint of size {_tree.Size} is missing.");
        if (_keys.OpenCheckpoint(row.Note, out var checkpoint) is { } refused)
        {
            return refused with { Message = $"Checkpoint of size {row.Size}: {refused.Message}" };
        }
        var computed = new Checkpoint(key.Name, _tree.Size, _tree.Root);
        return checkpoint.SameTree(computed) && row.Root.AsSpan().SequenceEqual(computed.Root)
            ? null
            : Fault("root_mismatch", $"The receipts do not lead to the signed checkpoint of size {row.Size}.");
    }

    private async Task<VerificationResult?> ComparePublishedAsync(string? published, CancellationToken cancellationToken)
    {
        if (published is null)
        {
            return VerificationResult.Incomplete("published_missing", $"The database holds {_tree.Size} unchanged receipts, but the checkpoint outside it is missing: whether these are all, nobody can tell.");
        }
        if (_keys.OpenCheckpoint(published, out var checkpoint) is { } refused)
        {
            return refused with { Message = $"The published checkpoint: {refused.Message}" };
        }
        if (checkpoint.Size > _tree.Size)
        {
            return VerificationResult.Invalid("database_older", $"{checkpoint.Size} receipts were published, and only {_tree.Size} are here: an old copy of the database was restored.");
        }
        var size = (long)checkpoint.Size;
        var root = await db.Set<LogCheckpointRow>().Where(c => c.Size == size).Select(c => c.Root).FirstAsync(cancellationToken);
        return root.AsSpan().SequenceEqual(checkpoint.Root)
            ? null
            : Fault("published_differs", $"The first {size} receipts are not those of the published checkpoint: the log was rewritten.");
    }

    /// <summary>The stored nodes that the leaves from <paramref name="first"/> to before <paramref name="end"/> complete; on each level they lie side by side.</summary>
    private async Task<Dictionary<long, byte[]>> NodesAsync(ulong first, ulong end, CancellationToken cancellationToken)
    {
        var nodes = new Dictionary<long, byte[]>();
        for (var level = 0; end >> level > 0; level++)
        {
            var (from, to) = (new TreeNode(level, first >> level).Position, new TreeNode(level, end >> level).Position);
            if (from == to) continue;
            await foreach (var node in db.Set<LogNodeRow>().AsNoTracking().Where(n => n.Position >= from && n.Position < to).AsAsyncEnumerable().WithCancellation(cancellationToken))
            {
                nodes[node.Position] = node.Hash;
            }
        }
        return nodes;
    }

    /// <summary>For each operation of a page, the hash of its last receipt before the page (whose row was checked there).</summary>
    private async Task<Dictionary<string, string>> ChainsAsync(List<ReceiptRow> page, CancellationToken cancellationToken)
    {
        var operations = page.Select(r => r.OperationId).Distinct().ToList();
        var start = page[0].LeafIndex;
        var earlier = await db.Set<ReceiptRow>().Where(r => operations.Contains(r.OperationId) && r.LeafIndex < start)
            .OrderBy(r => r.LeafIndex).Select(r => new { r.OperationId, r.Sha256 }).ToListAsync(cancellationToken);
        var chains = new Dictionary<string, string>();
        foreach (var receipt in earlier) chains[receipt.OperationId] = receipt.Sha256;
        return chains;
    }

    private async Task<bool> UnloggedAsync(ReceiptRow row, CancellationToken cancellationToken) =>
        await LogTree.NewestCheckpointAsync(db, cancellationToken) is not { } newest || newest.Size <= row.LeafIndex;

    private static bool SameColumns(ReceiptRow row, ReceiptLeaf leaf) =>
        row.Sha256 == CanonicalJson.Sha256Hex(row.Bytes)
        && row.Kind == leaf.Entry.Kind
        && row.OperationId == leaf.Entry.OperationId
        && row.Tool == leaf.Entry.Tool
        && row.Target == leaf.Entry.Target
        && row.Requester == leaf.Entry.Requester
        && row.DecidedBy == leaf.Entry.DecidedBy
        && row.Decision == leaf.Entry.Decision
        && row.State == leaf.Entry.State
        && row.CreatedAt == leaf.Time;

    private VerificationResult Fault(string reason, string message) => VerificationResult.Invalid(reason, message, _tree.Size);
}
