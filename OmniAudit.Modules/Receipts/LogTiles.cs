using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// The log as c2sp.org/tlog-tiles shows it: the newest checkpoint, the tree's hashes and the entries in tiles of 256.
/// Anyone can rebuild the root from them, prove inclusion and consistency, and keep a copy.
/// </summary>
public sealed class LogTiles
{
    private readonly Database _database;
    private readonly ReceiptLog _log;
    private readonly LogFiles _files;

    internal LogTiles(Database database, ReceiptLog log, OmniAuditOptions options) => (_database, _log, _files) = (database, log, new LogFiles(options.Data));

    /// <summary>The newest public key as verifiers take it; null before the log was opened.</summary>
    public async Task<string?> ReadVkeyAsync(CancellationToken cancellationToken) => (await _log.ReadKeysAsync(cancellationToken))?.Newest.ToString();

    /// <summary>
    /// All keys the log has had as JSON, each with the first size that it signs, and for all but the first the receipt and the proof by
    /// which the one before it handed over. Null before the log was opened.
    /// </summary>
    public async Task<string?> ReadKeysAsync(CancellationToken cancellationToken) => (await _log.ReadKeysAsync(cancellationToken))?.ToJson();

    /// <summary>
    /// The newest published signed note, from outside the database: a restored older database does not make the log go
    /// back. Null before the first one.
    /// </summary>
    public string? ReadCheckpoint() => _files.ReadCheckpointText();

    /// <summary>The bytes of a tile or of a bundle of entries, which never change once they exist.</summary>
    /// <param name="path">What follows <c>tile/</c>: <c>0/x001/234</c>, <c>0/001.p/17</c>, <c>entries/000</c>.</param>
    /// <returns>Null when the path is not spelled as the specification has it, or the log does not reach that far.</returns>
    /// <exception cref="LogRefusedException">Rows are missing: <c>database_damaged</c>.</exception>
    /// <exception cref="InvalidDataException">A receipt is longer than the 65,535 bytes that an entry may have.</exception>
    public async Task<byte[]?> ReadTileAsync(string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (LogTilePath.Parse(path) is not { } tile) return null;
        return await _database.ReadAsync(
            async db =>
            {
                var first = tile.Index * LogTilePath.FullWidth;
                var newest = await LogTree.NewestCheckpointAsync(db, cancellationToken);
                if (newest is null || (ulong)newest.Size >> tile.LevelOfHashes < first + (ulong)tile.Width) return null;
                return tile.Level is null ? await EntriesAsync(db, (long)first, tile.Width, cancellationToken) : await HashesAsync(db, tile, first, cancellationToken);
            },
            cancellationToken);
    }

    private static async Task<byte[]> HashesAsync(OmniAuditDb db, LogTilePath tile, ulong first, CancellationToken cancellationToken)
    {
        // On one level the nodes lie side by side.
        var from = new TreeNode(tile.LevelOfHashes, first).Position;
        var to = from + tile.Width;
        var hashes = await db.Set<LogNodeRow>().Where(n => n.Position >= from && n.Position < to).OrderBy(n => n.Position).Select(n => n.Hash).ToListAsync(cancellationToken);
        if (hashes.Count != tile.Width || hashes.Any(h => h.Length != MerkleTree.HashSize)) throw LogTree.Damaged($"hashes of the tile {tile} are missing");
        return [.. hashes.SelectMany(h => h)];
    }

    private static async Task<byte[]> EntriesAsync(OmniAuditDb db, long first, int width, CancellationToken cancellationToken)
    {
        var end = first + width;
        var receipts = await db.Set<ReceiptRow>().Where(r => r.LeafIndex >= first && r.LeafIndex < end).OrderBy(r => r.LeafIndex).Select(r => r.Bytes).ToListAsync(cancellationToken);
        if (receipts.Count != width) throw LogTree.Damaged($"receipts between {first} and {end} are missing");
        var bundle = new byte[receipts.Sum(r => 2 + r.Length)];
        var place = 0;
        foreach (var receipt in receipts)
        {
            if (receipt.Length > ushort.MaxValue) throw new InvalidDataException($"A receipt after {first} has {receipt.Length} bytes; an entry of a bundle has at most {ushort.MaxValue}.");
            BinaryPrimitives.WriteUInt16BigEndian(bundle.AsSpan(place), (ushort)receipt.Length);
            receipt.CopyTo(bundle, place + 2);
            place += 2 + receipt.Length;
        }
        return bundle;
    }
}
