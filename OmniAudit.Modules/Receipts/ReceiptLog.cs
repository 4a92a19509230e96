using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Receipts;

/// <summary>Where a receipt went.</summary>
/// <param name="Index">Its leaf's place in the log.</param>
/// <param name="Sha256">Lower-case hex SHA-256 of its bytes.</param>
internal sealed record AppendedReceipt(string ReceiptId, long Index, string Sha256);

/// <summary>The log's key was changed.</summary>
/// <param name="From">The old public key, which signs nothing any more.</param>
/// <param name="To">The new one.</param>
/// <param name="Size">The size of the log whose checkpoint both have signed.</param>
/// <param name="ReceiptId">The receipt that names the new key and who changed it.</param>
/// <param name="Earlier">It had been committed by an earlier call that was broken off; this one made its files and changed nothing else.</param>
public sealed record LogKeyChange(string From, string To, long Size, string ReceiptId, bool Earlier);

/// <summary>
/// The append-only, signed log of what was decided and done. A receipt is appended in the same transaction as the state
/// change it tells of; after the commit the newest checkpoint is published to a file outside the database, which is what
/// betrays a restored old database. One instance per process. A process beside the server may append too: the database lets
/// one of them write at a time, and <see cref="LogFiles.LockAsync"/> one of them publish.
/// </summary>
internal sealed class ReceiptLog(Database database, SecretVault vault, OmniAuditOptions options, ChangeFeed changes, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _publisher = new(1, 1);
    private readonly LogFiles _files = new(options.Data);
    private readonly LogSigner _signer = new(vault);
    private string? _keyInFiles;
    private volatile Checkpoint? _published;
    private volatile LogRefusedException? _refusal;
    private volatile bool _open;

    /// <summary>The log's public key as text, as it was when last looked at; null before <see cref="OpenAsync"/> got to it.</summary>
    public string? Vkey => _signer.Known?.Newest.ToString();

    /// <summary>The log's public keys by now, to check with; null before <see cref="OpenAsync"/> got to them. Does not throw for a damaged log: then as they were last.</summary>
    public async Task<LogKeys?> ReadKeysAsync(CancellationToken cancellationToken)
    {
        if (_signer.Known is not { } known) return null;
        try
        {
            return await database.ReadAsync(db => _signer.KeysAsync(db, cancellationToken), cancellationToken);
        }
        catch (LogRefusedException)
        {
            return known;
        }
    }

    /// <summary>Signs a statement with the log's key of this moment. What is signed can be no checkpoint and no receipt.</summary>
    /// <exception cref="LogRefusedException">The log is refused: then its key signs nothing.</exception>
    public async Task<DsseEnvelope> SignStatementAsync(byte[] payload, CancellationToken cancellationToken)
    {
        if (_refusal is { } refusal) throw new LogRefusedException(refusal.Reason, refusal.Message, refusal);
        if (_signer.Known is null) throw new InvalidOperationException("The receipt log is not open.");
        return DsseEnvelope.Sign(DsseEnvelope.InToto, payload, await database.ReadAsync(db => _signer.KeyAsync(db, cancellationToken), cancellationToken));
    }

    /// <summary>Why nothing is signed; null while all is well.</summary>
    public LogRefusedException? Refusal => _refusal;

    /// <summary>
    /// Loads or creates the log's identity, compares the database with the checkpoint outside it and publishes what a
    /// crash may have left unpublished. Call it once the schema exists, before anything is appended; calling it again
    /// after a refusal looks anew.
    /// </summary>
    /// <exception cref="LogRefusedException">The log cannot be continued; appending throws the same until this succeeds.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _open = false;
        _refusal = null;
        _published = null;
        _keyInFiles = null;
        _signer.Forget();
        try
        {
            // The key comes first. A crash after it leaves a key without a log, which the next start takes up.
            await _signer.EnsureSecretAsync(cancellationToken);
            await IdentifyAsync(cancellationToken);
            await PublishAsync(cancellationToken);
            _open = true;
        }
        catch (LogRefusedException e)
        {
            _refusal = e;
            throw;
        }
    }

    /// <summary>
    /// Appends one receipt and the checkpoint that covers it. Call it inside <see cref="Database.WriteAsync{T}"/>, in the
    /// transaction of the state change it tells of, any number of times; pending changes of <paramref name="db"/> are
    /// saved with it. Call <see cref="PublishAsync"/> after the commit.
    /// </summary>
    /// <exception cref="LogRefusedException">The log is refused; the whole transaction must fail with it.</exception>
    /// <exception cref="InvalidOperationException">The log was not opened.</exception>
    public async Task<AppendedReceipt> AppendAsync(OmniAuditDb db, ReceiptEntry entry, CancellationToken cancellationToken)
    {
        if (_refusal is { } refusal) throw new LogRefusedException(refusal.Reason, refusal.Message, refusal);
        if (!_open || _published is not { } published) throw new InvalidOperationException("The receipt log is not open.");
        try
        {
            return await AppendAsync(db, entry, await _signer.KeyAsync(db, cancellationToken), null, published, cancellationToken);
        }
        catch (LogRefusedException e)
        {
            _refusal = e;
            throw;
        }
    }

    /// <summary>
    /// Gives the log a new signing key, in one transaction: the receipt that names it and who wanted it, the checkpoint over that
    /// receipt signed by the old key and the new one, and the new private key in place of the old one, which is gone with the
    /// commit. Other processes notice at their next receipt. A crash before the commit leaves everything as it was; one after it leaves
    /// the files outside the database to the next call or start.
    /// </summary>
    /// <exception cref="LogRefusedException">The log is refused, or has had as many keys as it may; the key is the old one.</exception>
    /// <exception cref="IOException">The key is the new one, and the files could not be written; see <see cref="PublishAsync"/>.</exception>
    public async Task<LogKeyChange> RotateKeyAsync(Actor by, CancellationToken cancellationToken)
    {
        if (_refusal is { } refusal) throw new LogRefusedException(refusal.Reason, refusal.Message, refusal);
        if (!_open || _published is not { } published) throw new InvalidOperationException("The receipt log is not open.");
        var secret = LogKey.NewSecret();
        var change = await database.WriteAsync(
            async db =>
            {
                var old = await _signer.KeyAsync(db, cancellationToken);
                if ((await _signer.KeysAsync(db, cancellationToken)).Spans.Count >= LogKeys.Most)
                    throw new LogRefusedException("too_many_keys", $"The log has had {LogKeys.Most} keys, the most that a verifier reads. Its key was not changed.");
                var next = LogSigner.Load(old.Verifier.Name, secret);
                var receipt = await AppendAsync(db, LogHandover.Entry(Ids.New("lky", time), old.Verifier, next.Verifier, by), old, next, published, cancellationToken);
                await _signer.ReplaceSecretAsync(db, secret, cancellationToken);
                return new LogKeyChange(old.Verifier.ToString(), next.Verifier.ToString(), receipt.Index + 1, receipt.ReceiptId, Earlier: false);
            },
            cancellationToken);
        await PublishAsync(cancellationToken);
        return change;
    }

    private async Task<AppendedReceipt> AppendAsync(OmniAuditDb db, ReceiptEntry entry, LogKey key, LogKey? successor, Checkpoint published, CancellationToken cancellationToken)
    {
        var newest = await LogTree.NewestCheckpointAsync(db, cancellationToken) ?? throw LogTree.Damaged("its checkpoints are gone");
        var index = newest.Size;
        var tree = await LogTree.FrontierAsync(db, (ulong)index, cancellationToken);
        if (!tree.Root.AsSpan().SequenceEqual(newest.Root)) throw LogTree.Damaged($"its inner hashes do not lead to the checkpoint of size {index}");
        if (await LogTree.CountAsync(db, cancellationToken) is var count && count != index) throw LogTree.Damaged($"it ends after {count} receipts, and {index} were signed");

        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var previous = await db.Set<ReceiptRow>().Where(r => r.OperationId == entry.OperationId)
            .OrderByDescending(r => r.LeafIndex).Select(r => r.Sha256).FirstOrDefaultAsync(cancellationToken);
        var bytes = new ReceiptLeaf(entry, previous, now).ToBytes();
        var receipt = new AppendedReceipt(Ids.New("rcp", time), index, CanonicalJson.Sha256Hex(bytes));
        var completed = tree.Append(MerkleTree.HashLeaf(bytes));
        var checkpoint = new Checkpoint(key.Verifier.Name, tree.Size, tree.Root);
        await ProveAsync(db, published, checkpoint, completed.ToDictionary(n => n.Node, n => n.Hash), cancellationToken);

        // Signed, but seen by nobody before the commit: a rollback or a crash up to there discards the signature with
        // its tree, so no two signed trees of one size can ever be shown.
        var note = SignedNote.Sign(checkpoint.ToText(), key, successor);
        var row = new ReceiptRow
        {
            LeafIndex = index,
            ReceiptId = receipt.ReceiptId,
            Bytes = bytes,
            Sha256 = receipt.Sha256,
            Kind = entry.Kind,
            OperationId = entry.OperationId,
            Tool = entry.Tool,
            Target = entry.Target,
            Requester = entry.Requester,
            DecidedBy = entry.DecidedBy,
            Decision = entry.Decision,
            State = entry.State,
            CreatedAt = now,
        };
        object[] rows =
        [
            row,
            .. completed.Select(n => new LogNodeRow { Position = n.Node.Position, Hash = n.Hash }),
            new LogCheckpointRow { Size = (long)checkpoint.Size, Root = checkpoint.Root, Note = note },
        ];
        db.AddRange(rows);
        // The next append of this transaction reads its right edge from the database; the rows themselves are final.
        await db.SaveChangesAsync(cancellationToken);
        foreach (var saved in rows) db.Entry(saved).State = EntityState.Detached;
        return receipt;
    }

    /// <summary>
    /// Brings the checkpoint outside the database up to the newest committed one; call it after the commit. Nothing is
    /// lost if it fails or never runs: the next call, or the next start, does the same work.
    /// </summary>
    /// <exception cref="LogRefusedException">The database is not a continuation of what was published.</exception>
    /// <exception cref="IOException">The file cannot be written; receipts are committed all the same.</exception>
    public Task PublishAsync(CancellationToken cancellationToken) => BringOutAsync(tell: true, cancellationToken);

    /// <summary>The same for a checkpoint that another server has told of: telling it again would go round.</summary>
    public Task FollowAsync(CancellationToken cancellationToken) => BringOutAsync(tell: false, cancellationToken);

    private async Task BringOutAsync(bool tell, CancellationToken cancellationToken)
    {
        if (_signer.Known is null) throw new InvalidOperationException("The receipt log is not open.");
        await _publisher.WaitAsync(cancellationToken);
        try
        {
            // Of two processes that replaced the file at once, one would take the other's half-written one for its own, or
            // put an older checkpoint over a newer one.
            using var alone = await _files.LockAsync(time, cancellationToken);
            // The file is read before the database: what it promises was committed by then, so only a database that
            // was put back can be found behind it. Should the file vanish at run time, what it last said still counts.
            var outside = _files.ReadCheckpointText();
            var (checkpoint, note, lastReceipt, keys) = await database.ReadAsync(db => NewestAsync(db, cancellationToken), cancellationToken);
            var before = outside is null ? _published : _files.Open(outside, keys);
            // A server that joins others brings a directory that knows nothing yet: the database's word is all there is. Their directories know better if it was put back.
            var joins = options.Database.IsShared && !_files.WasUsed;
            if (before is null && checkpoint.Size > 0 && !joins) throw _files.Missing(checkpoint.Size);
            if (before is not null) await database.ReadAsync(db => ProveAsync(db, before, checkpoint, [], cancellationToken), cancellationToken);
            // A crash before this leaves the older checkpoint, which the database is consistent with; a crash inside
            // leaves the older or the newer one whole. Either way the next start ends up here again and moves it forward.
            if (before is null || !before.SameTree(checkpoint) || !_files.HasCheckpoint) _files.WriteCheckpoint(note);
            _published = checkpoint;
            // Last, so that a refused database never overwrites the key of the log it is refused for. A crash before leaves the
            // key of the checkpoint before, and the next call writes it.
            if (_keyInFiles != keys.Newest.ToString())
            {
                _files.WriteKeys(keys);
                _keyInFiles = keys.Newest.ToString();
            }
            if (tell && before is not null && before.Size < checkpoint.Size) changes.Publish(Topics.Receipts, lastReceipt);
        }
        catch (LogRefusedException e)
        {
            _refusal = e;
            throw;
        }
        finally
        {
            _publisher.Release();
        }
    }

    public void Dispose() => _publisher.Dispose();

    /// <summary>Reads who this log is, or decides it at the first start together with the checkpoint of the empty log.</summary>
    private Task IdentifyAsync(CancellationToken cancellationToken)
    {
        var wanted = options.Receipts.Origin;
        return database.WriteAsync(
            async db =>
            {
                var identity = await db.Set<LogIdentityRow>().AsNoTracking().SingleOrDefaultAsync(i => i.Id == LogIdentityRow.OnlyId, cancellationToken);
                var origin = identity?.Origin ?? (wanted.Length > 0 ? wanted : $"omniaudit.local/{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
                if (wanted.Length > 0 && wanted != origin)
                {
                    throw new LogRefusedException("origin_changed", $"Receipts:Origin is '{wanted}', but this database's log was started as '{origin}' and keeps that name for life. Set it to '{origin}' or leave it empty.");
                }
                if (identity is not null)
                {
                    await _signer.KeyAsync(db, cancellationToken);
                    return;
                }
                var key = await _signer.FirstKeyAsync(db, origin, cancellationToken);
                var empty = new Checkpoint(origin, 0, MerkleTree.EmptyRoot);
                db.Add(new LogIdentityRow { Origin = origin, Vkey = key.Verifier.ToString(), CreatedAt = time.GetUtcNow() });
                db.Add(new LogCheckpointRow { Size = 0, Root = empty.Root, Note = SignedNote.Sign(empty.ToText(), key) });
            },
            cancellationToken);
    }

    /// <summary>The newest checkpoint, after making sure that it is ours and that the tree and its last receipt are there.</summary>
    private async Task<(Checkpoint Checkpoint, string Note, string LastReceiptId, LogKeys Keys)> NewestAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        // The receipts are counted before the checkpoint is read: a commit in between adds to the checkpoint only.
        var count = await LogTree.CountAsync(db, cancellationToken);
        var row = await LogTree.NewestCheckpointAsync(db, cancellationToken) ?? throw LogTree.Damaged("its checkpoints are gone");
        if (count > row.Size) throw LogTree.Damaged($"it has {count} receipts, and only {row.Size} were signed");
        // After the checkpoint, so that its key is among them whoever changed it meanwhile.
        var keys = await _signer.KeysAsync(db, cancellationToken);
        if (keys.OpenCheckpoint(row.Note, out var checkpoint) is not null) throw LogTree.Damaged($"the checkpoint of size {row.Size} is not signed by the log's key");
        if ((long)checkpoint.Size != row.Size || !checkpoint.Root.AsSpan().SequenceEqual(row.Root)) throw LogTree.Damaged($"the checkpoint of size {row.Size} says something else than its row");
        var last = await db.Set<ReceiptRow>().Where(r => r.LeafIndex == row.Size - 1).Select(r => r.ReceiptId).FirstOrDefaultAsync(cancellationToken);
        if (row.Size > 0 && last is null) throw LogTree.Damaged($"receipt {row.Size - 1} is missing");
        var tree = await LogTree.FrontierAsync(db, checkpoint.Size, cancellationToken);
        if (!tree.Root.AsSpan().SequenceEqual(checkpoint.Root)) throw LogTree.Damaged($"its inner hashes do not lead to the checkpoint of size {row.Size}");
        return (checkpoint, row.Note, last ?? "", keys);
    }

    /// <summary>Proves that the newer tree continues the older one, with the proof any outsider would ask for.</summary>
    private static async Task<bool> ProveAsync(OmniAuditDb db, Checkpoint older, Checkpoint newer, Dictionary<TreeNode, byte[]> unsaved, CancellationToken cancellationToken)
    {
        if (older.Size > newer.Size)
        {
            throw new LogRefusedException(
                "database_older",
                $"An old copy of the database was restored: {older.Size} receipts were published, and only {newer.Size} of them are here. Stop the server and put the newest database back. "
                + "If it is lost for good, this log cannot go on under its name: keep this data directory for reading, and start with an empty one (and another Receipts:Origin, if it is set).");
        }
        var proof = await LogTree.ProofAsync(db, MerkleTree.ConsistencyProof(older.Size, newer.Size), unsaved, cancellationToken);
        if (MerkleTree.VerifyConsistency(older.Size, older.Root, newer.Size, newer.Root, proof)) return true;
        throw new LogRefusedException(
            "database_inconsistent",
            $"The database holds another history than the one that was published: its first {older.Size} receipts are not those of the published checkpoint. "
            + "Stop the server and put back the database that belongs to this data directory.");
    }
}
