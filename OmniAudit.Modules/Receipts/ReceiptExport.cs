using System.Globalization;
using System.IO.Compression;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

/// <summary>Which receipts a bundle takes; every member that is set must match.</summary>
/// <param name="ApprovalId">Exactly this operation.</param>
/// <param name="From">The first index, inclusive.</param>
/// <param name="To">The last index, inclusive.</param>
public sealed record ExportSelection(string? ApprovalId = null, long? From = null, long? To = null);

/// <summary>A bundle that was written.</summary>
/// <param name="Path">The whole path.</param>
/// <param name="First">The lowest index in it.</param>
/// <param name="Last">The highest index in it.</param>
/// <param name="LogSize">The size of the log that its checkpoint signs.</param>
public sealed record ExportedBundle(string Path, int Count, long First, long Last, long LogSize);

/// <summary>Nothing was exported; the message says why and what to do.</summary>
public sealed class ExportRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Writes receipts with their proofs into one file that others can verify without this server. Reads only; a server may be at work.</summary>
public sealed class ReceiptExport
{
    /// <summary>The most receipts of one bundle.</summary>
    public const int MaxReceipts = ReceiptBundle.MaxReceipts;

    private const int PageSize = 512;
    private readonly Database _database;

    internal ReceiptExport(Database database) => _database = database;

    /// <summary>Creates <paramref name="path"/>, whole or not at all; never replaces a file. Memory does not grow with the receipts' bytes.</summary>
    /// <exception cref="ExportRefusedException">The file exists or cannot be written, nothing matches, or too much does.</exception>
    /// <exception cref="LogRefusedException">The stored tree is damaged.</exception>
    public async Task<ExportedBundle> WriteAsync(string path, ExportSelection selection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(selection);
        var full = Path.GetFullPath(path);
        return await _database.ReadAsync(
            async db =>
            {
                // The keys after the checkpoint: the one that signed it is among them.
                var checkpoint = await LogTree.NewestCheckpointAsync(db, cancellationToken);
                var keys = await KeysAsync(db, cancellationToken);
                if (keys is null || checkpoint is null) throw new ExportRefusedException("There is no receipt log yet: it begins with the first start of the server.");
                var rows = Select(db, selection, checkpoint.Size);
                var count = await rows.CountAsync(cancellationToken);
                if (count == 0) throw new ExportRefusedException(checkpoint.Size == 0 ? "The log has no receipts yet." : $"No receipt matches. The log has {checkpoint.Size} receipts, 0 to {checkpoint.Size - 1}.");
                if (count > MaxReceipts) throw new ExportRefusedException($"{count} receipts match, and a bundle holds at most {MaxReceipts}. Export in parts with --from and --to.");
                var bundle = new ExportedBundle(
                    full, count, await rows.MinAsync(r => r.LeafIndex, cancellationToken), await rows.MaxAsync(r => r.LeafIndex, cancellationToken), checkpoint.Size);
                try
                {
                    return await ExportFile.CreateAsync(full, file => WriteAsync(db, rows, keys, checkpoint, bundle, file, cancellationToken), () => { })
                        ? bundle
                        : throw new ExportRefusedException($"{full} is there already and was left as it is. Name another file.");
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw new ExportRefusedException($"{full} cannot be written: {e.Message}", e);
                }
            },
            cancellationToken);
    }

    private static async Task<LogKeys?> KeysAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        try
        {
            return await LogKeyHistory.ReadAsync(db, cancellationToken);
        }
        catch (FormatException e)
        {
            throw LogTree.Damaged($"its history of keys does not hold ({e.Message.TrimEnd('.')})");
        }
        catch (PlatformNotSupportedException e)
        {
            throw new ExportRefusedException(e.Message, e);
        }
    }

    /// <summary>Only what the checkpoint covers: a server at work may append meanwhile.</summary>
    private static IQueryable<ReceiptRow> Select(OmniAuditDb db, ExportSelection selection, long size)
    {
        var rows = db.Set<ReceiptRow>().Where(r => r.LeafIndex < size);
        if (selection.ApprovalId is { } approval) rows = rows.Where(r => r.OperationId == approval);
        if (selection.From is { } from) rows = rows.Where(r => r.LeafIndex >= from);
        if (selection.To is { } to) rows = rows.Where(r => r.LeafIndex <= to);
        return rows;
    }

    private static async Task WriteAsync(
        OmniAuditDb db, IQueryable<ReceiptRow> rows, LogKeys keys, LogCheckpointRow checkpoint, ExportedBundle bundle, Stream file, CancellationToken cancellationToken)
    {
        await using var zip = await ZipArchive.CreateAsync(file, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellationToken);
        await AddAsync(zip, ReceiptBundle.ReadmeName, NoteEncoding.Bytes(ReceiptBundle.Readme(keys.Newest.Name, keys.Newest.ToString(), WhatIs(bundle), checkpoint.Size)), null, cancellationToken);
        await AddAsync(zip, ReceiptBundle.CheckpointName, NoteEncoding.Bytes(checkpoint.Note), null, cancellationToken);
        if (keys.Handovers.Count > 0) await AddAsync(zip, ReceiptBundle.KeysName, NoteEncoding.Bytes(keys.ToJson()), null, cancellationToken);
        for (var last = -1L; ;)
        {
            var after = last;
            var page = await rows.Where(r => r.LeafIndex > after).OrderBy(r => r.LeafIndex).Take(PageSize).ToListAsync(cancellationToken);
            if (page.Count == 0) return;
            last = page[^1].LeafIndex;
            // Neighbours' proofs share most of their hashes: one read for all of them.
            var proofs = page.ConvertAll(r => MerkleTree.InclusionProof((ulong)r.LeafIndex, (ulong)checkpoint.Size));
            var nodes = await LogTree.ReadAsync(db, proofs.SelectMany(p => p).SelectMany(MerkleTree.NodesOf).Distinct(), cancellationToken);
            foreach (var (row, proof) in page.Zip(proofs))
            {
                var text = new TlogProof((ulong)row.LeafIndex, proof.ConvertAll(range => MerkleTree.HashOf(range, nodes)), checkpoint.Note).ToText();
                if (row.Bytes.Length > ReceiptBundle.MaxReceiptBytes) throw new ExportRefusedException($"Receipt {row.LeafIndex} has {row.Bytes.Length} bytes; a bundle takes at most {ReceiptBundle.MaxReceiptBytes} each.");
                await AddAsync(zip, ReceiptBundle.ReceiptName((ulong)row.LeafIndex), row.Bytes, row.CreatedAt, cancellationToken);
                await AddAsync(zip, ReceiptBundle.ProofName((ulong)row.LeafIndex), NoteEncoding.Bytes(text), row.CreatedAt, cancellationToken);
            }
        }
    }

    private static async Task AddAsync(ZipArchive zip, string name, byte[] content, DateTimeOffset? time, CancellationToken cancellationToken)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
        // Not the time of the export: the same receipts make the same file. ZIP's years are 1980 to 2107.
        entry.LastWriteTime = time is { Year: > 1980 and < 2107 } t ? t : new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var stream = await entry.OpenAsync(cancellationToken);
        await stream.WriteAsync(content, cancellationToken);
    }

    private static string WhatIs(ExportedBundle bundle) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(bundle.Count == 1 ? $"Receipt {bundle.First}" : $"{bundle.Count} receipts, {(bundle.Last - bundle.First + 1 == bundle.Count ? $"{bundle.First} to {bundle.Last}" : $"a selection between {bundle.First} and {bundle.Last}")}")}");
}
