using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>
/// Appends to the ledger of what was fetched. A row's hash is SHA-256 over the hash before it and every field of the row, each with its length before it: changing, removing
/// or exchanging a row breaks the chain from there on.
/// </summary>
internal static class CoverageLedger
{
    private static readonly byte[] First = new byte[32];

    /// <summary>Within the caller's transaction, which writers take one at a time, in other processes too.</summary>
    public static async Task AppendAsync(OmniAuditDb db, CoverageRow row, CancellationToken cancellationToken)
    {
        // One that this transaction has appended and not saved yet.
        var last = db.Set<CoverageRow>().Local.MaxBy(c => c.Number)
            ?? await db.Set<CoverageRow>().AsNoTracking().OrderByDescending(c => c.Number).Select(c => new CoverageRow { Number = c.Number, Hash = c.Hash }).FirstOrDefaultAsync(cancellationToken);
        row.Number = (last?.Number ?? 0) + 1;
        row.Previous = last?.Hash ?? First;
        row.Hash = HashOf(row);
        db.Add(row);
    }

    /// <summary>Reads the whole chain.</summary>
    /// <returns>How many rows it has, and the number of the first that does not fit; null when all do.</returns>
    public static async Task<(long Rows, long? Broken)> VerifyAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var (count, previous) = (0L, First);
        await foreach (var row in db.Set<CoverageRow>().AsNoTracking().OrderBy(c => c.Number).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            count++;
            if (row.Number != count || !row.Previous.AsSpan().SequenceEqual(previous) || !row.Hash.AsSpan().SequenceEqual(HashOf(row))) return (count, row.Number);
            previous = row.Hash;
        }
        return (count, null);
    }

    private static byte[] HashOf(CoverageRow row)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(row.Previous);
        foreach (var text in (ReadOnlySpan<string>)[row.Source, row.Feed, row.Kind, row.State, row.Name, row.Sha256, row.Reason, row.By])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Number(hash, bytes.Length);
            hash.AppendData(bytes);
        }
        foreach (var number in (ReadOnlySpan<long>)[row.Number, Ms(row.From), Ms(row.To), Ms(row.SettledTo), Ms(row.At), row.Listed, row.Read, row.Stored, row.Duplicates, row.Refused]) Number(hash, number);
        return hash.GetHashAndReset();
    }

    private static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static void Number(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
