using System.Globalization;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

/// <summary>A receipt as its signed bytes tell it.</summary>
/// <param name="ReceiptId">For example <c>rcp_01jd3…</c>.</param>
/// <param name="Index">Its place in the log, from 0.</param>
/// <param name="Kind">One of <see cref="ReceiptKind"/>.</param>
/// <param name="ApprovalId">The approval it belongs to.</param>
/// <param name="Tool">The tool, for example <c>auditlens.create_issue</c>.</param>
/// <param name="Target">What the write touches, for people.</param>
/// <param name="PayloadSha256">Lower-case hex SHA-256 of the exact arguments.</param>
/// <param name="PolicySha256">Lower-case hex SHA-256 of the rules in force.</param>
/// <param name="Requester">The requester's subject.</param>
/// <param name="Decision">What was decided.</param>
/// <param name="DecidedBy">The decider's subject; empty when nobody decided.</param>
/// <param name="State">The approval's state after this step.</param>
/// <param name="ResultRefSha256">Lower-case hex SHA-256 of the result's reference, if there is a result.</param>
/// <param name="Sha256">Lower-case hex SHA-256 of the receipt's bytes.</param>
/// <param name="CreatedAt">When it was appended, to the millisecond.</param>
public sealed record ReceiptItem(
    string ReceiptId, long Index, string Kind, string ApprovalId, string Tool, string Target, string PayloadSha256, string PolicySha256,
    string Requester, string Decision, string DecidedBy, string State, string? ResultRefSha256, string Sha256, DateTimeOffset CreatedAt);

/// <summary>One page of a list, newest first.</summary>
/// <param name="Items">At most as many as were asked for.</param>
/// <param name="NextCursor">Asks for the following page; null on the last one.</param>
/// <param name="LookedBackTo">Set when the search stopped at its bound: earlier receipts than this place were not looked at. <paramref name="NextCursor"/> goes on there.</param>
public sealed record ReceiptPage(IReadOnlyList<ReceiptItem> Items, string? NextCursor, long? LookedBackTo = null);

/// <summary>What a person downloads to verify a receipt elsewhere.</summary>
/// <param name="Item">The receipt, read.</param>
/// <param name="Receipt">The exact logged bytes (<c>&lt;id&gt;.json</c>); any change makes them invalid.</param>
/// <param name="Proof">The proof file's text (<c>&lt;id&gt;.tlog-proof</c>), against the newest checkpoint.</param>
public sealed record ReceiptDownload(ReceiptItem Item, ReadOnlyMemory<byte> Receipt, string Proof);

/// <summary>The log as a whole.</summary>
/// <param name="Vkey">The public key as verifiers take it; null before the log was opened.</param>
/// <param name="Size">The number of receipts.</param>
/// <param name="Checkpoint">The newest signed checkpoint; null before the log was opened.</param>
/// <param name="Refusal">Why nothing is signed any more; null while all is well.</param>
/// <param name="EarlierKeys">The keys before that one, oldest first; empty when it was never changed.</param>
public sealed record ReceiptLogStatus(string? Vkey, long Size, string? Checkpoint, string? Refusal, IReadOnlyList<EarlierLogKey> EarlierKeys);

/// <summary>A key that the log has had.</summary>
/// <param name="Since">The first size that it signed.</param>
/// <param name="Until">The last one, which the key after it has signed too.</param>
public sealed record EarlierLogKey(string Vkey, long Since, long Until);

/// <summary>Reads receipts and proofs. Reads never wait for writers and cost O(log n) in the length of the log; searches without an index are bounded.</summary>
public sealed class ReceiptQueries
{
    /// <summary>The most receipts of one page.</summary>
    public const int MaxPageSize = 200;
    /// <summary>The most receipts that a search without an index looks through for one page.</summary>
    public const int SearchDepth = 50_000;

    private readonly Database _database;
    private readonly ReceiptLog _log;
    private readonly LogFiles _files;
    private readonly int _searchDepth;

    internal ReceiptQueries(Database database, ReceiptLog log, Settings.OmniAuditOptions options, int searchDepth = SearchDepth)
    {
        _searchDepth = searchDepth;
        _database = database;
        _log = log;
        _files = new LogFiles(options.Data);
    }

    /// <summary>A page of receipts, newest first. Receipts appended meanwhile never shift later pages.</summary>
    /// <param name="cursor">Null for the newest, else a page's <see cref="ReceiptPage.NextCursor"/>.</param>
    /// <param name="pageSize">1 to <see cref="MaxPageSize"/>; other values are moved to the nearer end.</param>
    /// <exception cref="FormatException">The cursor is not one.</exception>
    public async Task<ReceiptPage> ListAsync(ReceiptFilter filter, string? cursor, int pageSize, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var before = string.IsNullOrEmpty(cursor) ? long.MaxValue : (long)Math.Min(NoteEncoding.Number(cursor), long.MaxValue);
        var count = Math.Clamp(pageSize, 1, MaxPageSize);
        var (rows, floor) = await _database.ReadAsync(
            async db =>
            {
                var bound = ReceiptSearch.IsUnbounded(filter) ? Math.Max(0, Math.Min(before, await LogTree.CountAsync(db, cancellationToken)) - _searchDepth) : 0;
                var found = ReceiptSearch.Apply(filter, db.Set<ReceiptRow>().Where(r => r.LeafIndex >= bound && r.LeafIndex < before));
                return (await found.OrderByDescending(r => r.LeafIndex).Take(count + 1).ToListAsync(cancellationToken), bound);
            },
            cancellationToken);
        var items = rows.Take(count).Select(Item).ToList();
        if (rows.Count > count) return new ReceiptPage(items, items[^1].Index.ToString(CultureInfo.InvariantCulture));
        return floor > 0 ? new ReceiptPage(items, floor.ToString(CultureInfo.InvariantCulture), floor) : new ReceiptPage(items, null);
    }

    /// <summary>One receipt, or null if there is none by this id.</summary>
    public async Task<ReceiptItem?> GetAsync(string receiptId, CancellationToken cancellationToken) =>
        await _database.ReadAsync(db => FindAsync(db, receiptId, cancellationToken), cancellationToken) is { } row ? Item(row) : null;

    /// <summary>The receipt's bytes and its proof against the newest checkpoint, or null if there is none by this id.</summary>
    /// <exception cref="LogRefusedException">The stored tree is damaged.</exception>
    public Task<ReceiptDownload?> DownloadAsync(string receiptId, CancellationToken cancellationToken) =>
        _database.ReadAsync(
            async db =>
            {
                if (await FindAsync(db, receiptId, cancellationToken) is not { } row) return null;
                var checkpoint = await LogTree.NewestCheckpointAsync(db, cancellationToken) ?? throw LogTree.Damaged("its checkpoints are gone");
                if (row.LeafIndex >= checkpoint.Size) throw LogTree.Damaged($"receipt {row.LeafIndex} was never signed");
                var ranges = MerkleTree.InclusionProof((ulong)row.LeafIndex, (ulong)checkpoint.Size);
                var hashes = await LogTree.ProofAsync(db, ranges, new Dictionary<TreeNode, byte[]>(), cancellationToken);
                return new ReceiptDownload(Item(row), row.Bytes, new TlogProof((ulong)row.LeafIndex, hashes, checkpoint.Note).ToText());
            },
            cancellationToken);

    /// <summary>Runs the offline verifier over exactly what <see cref="DownloadAsync"/> gives. An unknown id is incomplete.</summary>
    public async Task<VerificationResult> VerifyAsync(string receiptId, CancellationToken cancellationToken)
    {
        try
        {
            if (await DownloadAsync(receiptId, cancellationToken) is not { } download) return VerificationResult.Incomplete("receipt_missing", $"There is no receipt '{receiptId}'.");
            // The keys after the proof: the one that signed its checkpoint is among them.
            return await _log.ReadKeysAsync(cancellationToken) is { } keys
                ? OfflineVerifier.VerifyReceipt(download.Receipt.Span, download.Proof, keys)
                : OfflineVerifier.VerifyReceipt(download.Receipt.Span, download.Proof, "");
        }
        catch (LogRefusedException e)
        {
            return VerificationResult.Invalid("node_missing", e.Message);
        }
        catch (FormatException e)
        {
            return VerificationResult.Invalid("receipt_malformed", $"The stored receipt cannot be read: {e.Message}");
        }
    }

    /// <summary>Checks every receipt, hash and checkpoint of the log; takes about two seconds per ten thousand receipts.</summary>
    public async Task<VerificationResult> VerifyLogAsync(CancellationToken cancellationToken)
    {
        if (_log.Vkey is not { } vkey) return VerificationResult.Incomplete("key_missing", "The log was not opened.");
        var published = _files.ReadCheckpointText();
        return await _database.ReadAsync(db => new LogVerifier(db, VerifierKey.Parse(vkey)).VerifyAsync(published, cancellationToken), cancellationToken);
    }

    /// <summary>The key, the newest checkpoint, and whether the log can be continued.</summary>
    public async Task<ReceiptLogStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var checkpoint = await _database.ReadAsync(db => LogTree.NewestCheckpointAsync(db, cancellationToken), cancellationToken);
        var keys = await _log.ReadKeysAsync(cancellationToken);
        return new ReceiptLogStatus(
            keys?.Newest.ToString(), checkpoint?.Size ?? 0, checkpoint?.Note, _log.Refusal?.Message,
            keys is null ? [] : [.. keys.Spans.SkipLast(1).Select(s => new EarlierLogKey(s.Key.ToString(), (long)s.Since, (long)s.Until!.Value))]);
    }

    private static Task<ReceiptRow?> FindAsync(OmniAuditDb db, string receiptId, CancellationToken cancellationToken) =>
        db.Set<ReceiptRow>().FirstOrDefaultAsync(r => r.ReceiptId == receiptId, cancellationToken);

    /// <summary>From the signed bytes, not from the columns beside them.</summary>
    private static ReceiptItem Item(ReceiptRow row)
    {
        var (entry, _, time) = ReceiptLeaf.Parse(row.Bytes);
        return new ReceiptItem(
            row.ReceiptId, row.LeafIndex, entry.Kind, entry.OperationId, entry.Tool, entry.Target, entry.PayloadSha256, entry.PolicySha256,
            entry.Requester, entry.Decision, entry.DecidedBy, entry.State, entry.ResultRefSha256, row.Sha256, time);
    }
}
