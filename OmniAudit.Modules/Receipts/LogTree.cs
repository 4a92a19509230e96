using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

/// <summary>Reads the stored tree. Nodes never change, so a proof for a size that was committed once can be read at any later time.</summary>
internal static class LogTree
{
    /// <summary>The highest checkpoint, or null before the log's first start.</summary>
    public static Task<LogCheckpointRow?> NewestCheckpointAsync(OmniAuditDb db, CancellationToken cancellationToken) =>
        db.Set<LogCheckpointRow>().AsNoTracking().OrderByDescending(c => c.Size).FirstOrDefaultAsync(cancellationToken);

    /// <summary>How far the receipts reach, gaps not looked for.</summary>
    public static async Task<long> CountAsync(OmniAuditDb db, CancellationToken cancellationToken) =>
        (await db.Set<ReceiptRow>().MaxAsync(r => (long?)r.LeafIndex, cancellationToken) ?? -1) + 1;

    /// <exception cref="LogRefusedException">A node is missing: <c>database_damaged</c>.</exception>
    public static async Task<Dictionary<TreeNode, byte[]>> ReadAsync(OmniAuditDb db, IEnumerable<TreeNode> nodes, CancellationToken cancellationToken)
    {
        var wanted = nodes.ToDictionary(n => n.Position);
        var positions = wanted.Keys.ToList();
        var found = await db.Set<LogNodeRow>().AsNoTracking().Where(n => positions.Contains(n.Position)).ToListAsync(cancellationToken);
        if (found.Count != wanted.Count) throw Damaged("some of its inner hashes are missing");
        return found.ToDictionary(n => wanted[n.Position], n => n.Hash);
    }

    /// <summary>The right edge of the first <paramref name="size"/> leaves.</summary>
    public static async Task<MerkleFrontier> FrontierAsync(OmniAuditDb db, ulong size, CancellationToken cancellationToken)
    {
        var edge = MerkleTree.NodesOf(new LeafRange(0, size)).ToList();
        var hashes = await ReadAsync(db, edge, cancellationToken);
        return new MerkleFrontier(size, edge.Select(n => hashes[n]));
    }

    /// <summary>The hashes of a proof, in order.</summary>
    /// <param name="unsaved">Nodes that this transaction has computed and not written yet.</param>
    public static async Task<List<byte[]>> ProofAsync(
        OmniAuditDb db, List<LeafRange> proof, IReadOnlyDictionary<TreeNode, byte[]> unsaved, CancellationToken cancellationToken)
    {
        var nodes = await ReadAsync(db, proof.SelectMany(MerkleTree.NodesOf).Where(n => !unsaved.ContainsKey(n)), cancellationToken);
        foreach (var (node, hash) in unsaved) nodes[node] = hash;
        return proof.ConvertAll(range => MerkleTree.HashOf(range, nodes));
    }

    public static LogRefusedException Damaged(string what) => new(
        "database_damaged",
        $"The receipt log in the database is damaged: {what}. Nothing is signed on top of it. Run 'verify --log' to see the first fault, and restore the newest good backup of the database.");
}
