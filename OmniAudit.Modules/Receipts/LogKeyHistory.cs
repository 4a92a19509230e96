using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

/// <summary>The log's keys as the log itself tells them: the first stands in its identity, each later one in the receipt that changed to it.</summary>
internal static class LogKeyHistory
{
    private static IQueryable<ReceiptRow> Changes(OmniAuditDb db) => db.Set<ReceiptRow>().AsNoTracking().Where(r => r.Kind == ReceiptKind.LogKey);

    public static Task<int> CountChangesAsync(OmniAuditDb db, CancellationToken cancellationToken) => Changes(db).CountAsync(cancellationToken);

    /// <summary>The newest key, unchecked, to see whether it is the one already known; null before the log's first start. Cheap enough for every receipt.</summary>
    public static Task<string?> NewestVkeyAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var changes = Changes(db);
        return db.Set<LogIdentityRow>().Where(i => i.Id == LogIdentityRow.OnlyId).Select(i => changes.OrderByDescending(r => r.LeafIndex).Select(r => r.Target).FirstOrDefault() ?? i.Vkey).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>All keys, every handover checked; null before the log's first start.</summary>
    /// <exception cref="FormatException">A handover does not hold, or a key cannot be read.</exception>
    /// <exception cref="LogRefusedException">A part of the tree that a handover needs is missing.</exception>
    /// <exception cref="PlatformNotSupportedException">This machine cannot check one of the keys.</exception>
    public static async Task<LogKeys?> ReadAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var first = await db.Set<LogIdentityRow>().Where(i => i.Id == LogIdentityRow.OnlyId).Select(i => i.Vkey).FirstOrDefaultAsync(cancellationToken);
        if (first is null) return null;
        var handovers = new List<LogHandover>();
        foreach (var row in await Changes(db).OrderBy(r => r.LeafIndex).Take(LogKeys.Most).ToListAsync(cancellationToken))
        {
            var size = row.LeafIndex + 1;
            var note = await db.Set<LogCheckpointRow>().Where(c => c.Size == size).Select(c => c.Note).FirstOrDefaultAsync(cancellationToken) ?? throw LogTree.Damaged($"the checkpoint of size {size} is missing");
            var hashes = await LogTree.ProofAsync(db, MerkleTree.InclusionProof((ulong)row.LeafIndex, (ulong)size), new Dictionary<TreeNode, byte[]>(), cancellationToken);
            handovers.Add(new LogHandover(row.Bytes, new TlogProof((ulong)row.LeafIndex, hashes, note)));
        }
        return LogKeys.Verified(VerifierKey.Parse(first), handovers);
    }
}
