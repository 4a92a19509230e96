using System.IO.Compression;
using System.Text.Json;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// Verifies a bundle made by <see cref="ReceiptExport"/>, from nothing but its bytes and the log's public key. Nothing is
/// unpacked to disk, one receipt at a time is in memory, and no size that the file claims is believed.
/// </summary>
internal sealed class BundleVerifier
{
    private readonly string _vkey;
    private readonly string? _keyList;
    private readonly Dictionary<string, ZipArchiveEntry> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _indexes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _newest = new(StringComparer.Ordinal);
    private long _left = ReceiptBundle.MaxBytes;

    private BundleVerifier(string vkey, string? keyList) => (_vkey, _keyList) = (vkey, keyList);

    /// <summary>Says whether every receipt in the bundle is in the log that <paramref name="vkey"/> names. Does not throw on any content.</summary>
    /// <param name="file">A file that can be read at any place.</param>
    /// <param name="keyList">The log's keys (<c>log/vkeys</c>), for a bundle that has no list of its own: one from before the key was changed.</param>
    public static VerificationResult Verify(Stream file, string vkey, string? keyList = null)
    {
        if (OfflineVerifier.ReadKey(vkey, out _) is { } unusable) return unusable;
        if (ZipBounds.Check(file, ReceiptBundle.MaxFiles) is { } refused) return refused;
        try
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            return new BundleVerifier(vkey, keyList).Verify(zip);
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException or EndOfStreamException or ArgumentException or OverflowException)
        {
            return VerificationResult.Invalid("bundle_damaged", $"The archive cannot be read: {e.Message}");
        }
    }

    private VerificationResult Verify(ZipArchive zip)
    {
        var indexes = new SortedSet<ulong>();
        var proofs = new SortedSet<ulong>();
        foreach (var entry in zip.Entries)
        {
            var name = entry.FullName;
            if (ReceiptBundle.IsDirectory(name)) continue;
            if (!_files.TryAdd(name, entry)) return VerificationResult.Invalid("bundle_ambiguous", $"The archive has two files named '{Shown(name)}'.");
            if (ReceiptBundle.ReceiptIndex(name) is { } receipt) indexes.Add(receipt);
            else if (ReceiptBundle.ProofIndex(name) is { } proof) proofs.Add(proof);
            else if (name is not (ReceiptBundle.CheckpointName or ReceiptBundle.KeysName or ReceiptBundle.ReadmeName)) return VerificationResult.Invalid("bundle_unexpected_file", $"A bundle of receipts has no file '{Shown(name)}'.");
        }
        if (indexes.Count == 0 && proofs.Count == 0) return VerificationResult.Incomplete("receipt_missing", "The bundle holds no receipts.");
        if (!_files.TryGetValue(ReceiptBundle.CheckpointName, out var stored)) return VerificationResult.Incomplete("checkpoint_missing", "The bundle's checkpoint is missing.");
        if (proofs.Except(indexes).Take(1).ToList() is [var alone]) return VerificationResult.Incomplete("receipt_missing", $"Receipt {alone} is missing; its proof is there.") with { Index = alone };
        if (indexes.Except(proofs).Take(1).ToList() is [var bare]) return VerificationResult.Incomplete("proof_missing", $"The proof of receipt {bare} is missing.") with { Index = bare };

        string note;
        var list = _keyList;
        try
        {
            note = NoteEncoding.Text(Read(stored, ReceiptBundle.MaxProofBytes));
            // The bundle's own list is the newer one, or the only one; whether it leads from the trusted key to the one that signed is checked like everything here.
            if (_files.TryGetValue(ReceiptBundle.KeysName, out var own)) list = NoteEncoding.Text(Read(own, LogKeys.LargestText));
        }
        catch (FormatException e)
        {
            return VerificationResult.Invalid("malformed_checkpoint", $"The checkpoint cannot be read: {e.Message}");
        }
        if (OfflineVerifier.ReadKeys(_vkey, list, out var keys) is { } unusable) return unusable;
        if (keys!.OpenCheckpoint(note, out var checkpoint) is { } refused) return refused;
        var first = indexes.Min;
        var inOrder = indexes.Max - first + 1 == (ulong)indexes.Count;
        foreach (var index in indexes)
        {
            if (CheckReceipt(index, note, checkpoint, inOrder && first == 0) is { } fault) return fault with { Index = index };
        }
        return new VerificationResult(
            Verdict.Valid, "ok", $"{What(indexes, inOrder)} of the log {checkpoint.Origin}, whose first {checkpoint.Size} entries are signed.{keys.About(checkpoint)}", null, checkpoint.Size, checkpoint.Origin);
    }

    private VerificationResult? CheckReceipt(ulong index, string note, Checkpoint checkpoint, bool fromTheStart)
    {
        var receipt = Read(_files[ReceiptBundle.ReceiptName(index)], ReceiptBundle.MaxReceiptBytes);
        TlogProof proof;
        try
        {
            proof = TlogProof.Parse(NoteEncoding.Text(Read(_files[ReceiptBundle.ProofName(index)], ReceiptBundle.MaxProofBytes)));
        }
        catch (FormatException e)
        {
            return VerificationResult.Invalid("malformed_proof", $"The proof of receipt {index} is not a proof file: {e.Message}");
        }
        if (proof.Index != index) return VerificationResult.Invalid("index_mismatch", $"The proof of receipt {index} is for entry {proof.Index}.");
        if (proof.CheckpointNote != note) return VerificationResult.Invalid("checkpoint_differs", $"The proof of receipt {index} is against another checkpoint than the bundle's.");
        var result = OfflineVerifier.VerifyInclusion(receipt, proof, checkpoint);
        return result.Verdict == Verdict.Valid ? CheckChain(index, receipt, fromTheStart) : result with { Message = $"Receipt {index}: {result.Message}" };
    }

    /// <summary>
    /// An operation's receipts name their predecessor. In the order of the log each must follow the one before it here; only
    /// the first may name one that lies before the bundle.
    /// </summary>
    private VerificationResult? CheckChain(ulong index, byte[] receipt, bool fromTheStart)
    {
        using var json = JsonDocument.Parse(receipt);
        if (Member(json, "op") is not { } operation) return null; // a later version's receipt, of a kind without a chain
        var previous = Member(json, "prev_receipt_sha256");
        var known = _newest.TryGetValue(operation, out var newest);
        var sha256 = CanonicalJson.Sha256Hex(receipt);
        (_newest[operation], _indexes[sha256]) = (sha256, index);
        if (known ? previous == newest : previous is null) return null;
        if (known && (previous is null || _indexes.ContainsKey(previous)))
            return VerificationResult.Invalid("chain_broken", $"Receipt {index} does not follow the last receipt of its operation.");
        return known || fromTheStart
            ? VerificationResult.Incomplete("receipt_missing", $"Receipt {index} names an earlier one of its operation that should be in this bundle and is missing ({previous}).")
            : null;
    }

    private byte[] Read(ZipArchiveEntry entry, int max)
    {
        using var stream = entry.Open();
        using var content = new MemoryStream();
        var buffer = new byte[8192];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, read);
            _left -= read;
            if (content.Length > max || _left < 0) throw new InvalidDataException($"'{Shown(entry.FullName)}' unpacks to more than a bundle may hold.");
        }
        return content.ToArray();
    }

    private static string What(SortedSet<ulong> indexes, bool inOrder) => indexes.Count == 1
        ? $"The one receipt here, {indexes.Min}, is an entry"
        : inOrder
            ? $"receipts {indexes.Min}..{indexes.Max}, all of them in order, are entries"
            : $"{indexes.Count} receipts between {indexes.Min} and {indexes.Max}, a selection (others between them are not here), are entries";

    private static string? Member(JsonDocument json, string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Names come from whoever made the file, and go to a terminal.</summary>
    internal static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format ? '?' : c)]);
}
