using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

public class LogTamperTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData("UPDATE receipts SET Bytes = CAST(replace(CAST(Bytes AS TEXT), 'octo/repo', 'evil/repo') AS BLOB), Target = 'evil/repo' WHERE LeafIndex = 4", "leaf_mismatch", 4)]
    [InlineData("DELETE FROM receipts WHERE LeafIndex = 3", "receipt_missing", 3)]
    [InlineData("DELETE FROM receipts WHERE LeafIndex = 0", "receipt_missing", 0)]
    [InlineData("UPDATE receipts SET LeafIndex = -1 WHERE LeafIndex = 2; UPDATE receipts SET LeafIndex = 2 WHERE LeafIndex = 5; UPDATE receipts SET LeafIndex = 5 WHERE LeafIndex = -1", "leaf_mismatch", 2)]
    [InlineData("UPDATE receipts SET LeafIndex = -1 WHERE LeafIndex = 2", "receipt_missing", 0)]
    [InlineData("DELETE FROM receipts WHERE LeafIndex >= 8", "receipt_missing", 8)]
    [InlineData("DELETE FROM receipts WHERE LeafIndex >= 8; DELETE FROM log_checkpoints WHERE Size > 8; DELETE FROM log_nodes WHERE Position IN (8, 9)", "database_older", null)]
    [InlineData("UPDATE receipts SET Tool = 'other.tool' WHERE LeafIndex = 6", "columns_differ", 6)]
    [InlineData("UPDATE receipts SET CreatedAt = CreatedAt + 1 WHERE LeafIndex = 6", "columns_differ", 6)]
    [InlineData("UPDATE log_nodes SET Hash = zeroblob(32) WHERE Position = 1", "leaf_mismatch", 1)]
    [InlineData("UPDATE log_nodes SET Hash = zeroblob(32) WHERE Position = (1 << 56) + 1", "node_mismatch", 3)]
    [InlineData("DELETE FROM log_nodes WHERE Position = (3 << 56)", "node_missing", 7)]
    [InlineData("DELETE FROM log_checkpoints WHERE Size = 5", "checkpoint_missing", 4)]
    [InlineData("DELETE FROM log_checkpoints WHERE Size = 0", "checkpoint_missing", 0)]
    [InlineData("UPDATE log_checkpoints SET Note = (SELECT Note FROM log_checkpoints WHERE Size = 6) WHERE Size = 5", "root_mismatch", 4)]
    [InlineData("UPDATE log_checkpoints SET Root = zeroblob(32) WHERE Size = 5", "root_mismatch", 4)]
    [InlineData("UPDATE log_checkpoints SET Note = replace(Note, '/test' || char(10) || '5', '/test' || char(10) || '6') WHERE Size = 5", "signature_invalid", 4)]
    public async Task VerifyLog_AfterTampering_NamesTheFirstFault(string sql, string reason, int? index)
    {
        using var store = new ReceiptStore();
        await store.AppendAsync(await store.OpenAsync(), 10);
        Assert.Equal("ok", (await store.VerifyLogAsync()).Reason);
        await store.TamperAsync(sql);
        var result = await store.VerifyLogAsync();
        Assert.Equal((Verdict.Invalid, reason, (ulong?)index), (result.Verdict, result.Reason, result.Index));
    }

    [Fact]
    public async Task VerifyLog_WithAReceiptThatWasNeverSigned_NamesIt()
    {
        using var store = new ReceiptStore();
        await store.AppendAsync(await store.OpenAsync(), 10);
        await store.Database.WriteAsync(
            async db =>
            {
                var copy = await db.Set<ReceiptRow>().AsNoTracking().SingleAsync(r => r.LeafIndex == 9);
                (copy.LeafIndex, copy.ReceiptId) = (10, "rcp_x");
                db.Add(copy);
            },
            None);
        var result = await store.VerifyLogAsync();
        Assert.Equal((Verdict.Invalid, "receipts_unlogged", 10UL), (result.Verdict, result.Reason, result.Index));
        Assert.Equal("database_damaged", (await Assert.ThrowsAsync<LogRefusedException>(() => store.NewLog().OpenAsync(None))).Reason);
    }

    [Fact]
    public async Task VerifyLog_RewrittenWithItsOwnNewHashes_FailsAtTheSignature()
    {
        using var store = new ReceiptStore();
        await store.AppendAsync(await store.OpenAsync(), 4);
        // Someone without the key rewrites the last receipt and every hash that depends on it.
        await store.Database.WriteAsync(
            async db =>
            {
                var row = await db.Set<ReceiptRow>().SingleAsync(r => r.LeafIndex == 3);
                var leaf = ReceiptLeaf.Parse(row.Bytes);
                row.Bytes = (leaf with { Entry = leaf.Entry with { DecidedBy = "person:opr_2" } }).ToBytes();
                row.DecidedBy = "person:opr_2";
                row.Sha256 = Modules.Tools.CanonicalJson.Sha256Hex(row.Bytes);
                var rows = await db.Set<ReceiptRow>().OrderBy(r => r.LeafIndex).ToListAsync();
                var tree = new MerkleFrontier();
                foreach (var (node, hash) in rows.SelectMany(r => tree.Append(MerkleTree.HashLeaf(r.Bytes))))
                {
                    (await db.Set<LogNodeRow>().SingleAsync(n => n.Position == node.Position)).Hash = hash;
                }
                var checkpoint = await db.Set<LogCheckpointRow>().SingleAsync(c => c.Size == 4);
                var text = SignedNote.Parse(checkpoint.Note).Text;
                checkpoint.Note = checkpoint.Note.Replace(Convert.ToBase64String(Checkpoint.Parse(text).Root), Convert.ToBase64String(tree.Root), StringComparison.Ordinal);
                checkpoint.Root = tree.Root;
            },
            None);
        var result = await store.VerifyLogAsync();
        Assert.Equal((Verdict.Invalid, "signature_invalid", 3UL), (result.Verdict, result.Reason, result.Index));
        Assert.Equal("database_damaged", (await Assert.ThrowsAsync<LogRefusedException>(() => store.NewLog().OpenAsync(None))).Reason);
    }

    [Fact]
    public async Task VerifyLog_WithAForeignKey_IsInvalid()
    {
        using var store = new ReceiptStore();
        await store.AppendAsync(await store.OpenAsync(), 2);
        var foreign = LogKey.FromSecret("omniaudit.example/test", LogKey.NewSecret()).Verifier.ToString();
        Assert.Equal((Verdict.Invalid, "unknown_key"), await ReasonAsync(store, foreign));
    }

    [Fact]
    public async Task VerifyLog_LongerThanAPage_IsValidAndItsTailIsChecked()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.Database.WriteAsync(
            async db =>
            {
                for (var i = 0; i < 700; i++) await log.AppendAsync(db, ReceiptStore.Entry($"apr_{i % 300}"), None);
            },
            None);
        await log.PublishAsync(None);
        var result = await store.VerifyLogAsync();
        Assert.Equal((Verdict.Valid, 700UL), (result.Verdict, result.Size));
        await store.TamperAsync("UPDATE receipts SET Bytes = (SELECT Bytes FROM receipts WHERE LeafIndex = 1) WHERE LeafIndex = 699");
        Assert.Equal("leaf_mismatch", (await store.VerifyLogAsync()).Reason);
    }

    [Theory]
    [InlineData("UPDATE receipts SET Bytes = CAST(replace(CAST(Bytes AS TEXT), 'octo', 'evil') AS BLOB) WHERE LeafIndex = 4", "root_mismatch")]
    [InlineData("UPDATE receipts SET Bytes = (SELECT Bytes FROM receipts WHERE LeafIndex = 5) WHERE LeafIndex = 4", "root_mismatch")]
    [InlineData("UPDATE receipts SET LeafIndex = 77 WHERE LeafIndex = 4", "node_missing")]
    [InlineData("UPDATE receipts SET Bytes = x'7b7d' WHERE LeafIndex = 4", "receipt_malformed")]
    [InlineData("DELETE FROM log_nodes WHERE Position = 5", "node_missing")]
    [InlineData("UPDATE log_checkpoints SET Note = substr(Note, 1, length(Note) - 40) || 'AAAAAAAA' || substr(Note, length(Note) - 31)", "signature_invalid,unknown_key,malformed_checkpoint")]
    public async Task VerifyReceipt_OfATamperedRow_IsInvalid(string sql, string reasons)
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        var receipts = await store.AppendAsync(log, 10);
        Assert.Equal("ok", (await store.Queries(log).VerifyAsync(receipts[4].ReceiptId, None)).Reason);
        await store.TamperAsync(sql);
        var result = await store.Queries(log).VerifyAsync(receipts[4].ReceiptId, None);
        Assert.Equal(Verdict.Invalid, result.Verdict);
        Assert.Contains(result.Reason, reasons.Split(','));
    }

    [Theory]
    [InlineData("DELETE FROM receipts WHERE LeafIndex = 4")]
    [InlineData("DELETE FROM log_checkpoints WHERE Size = 5")]
    [InlineData("UPDATE log_nodes SET Hash = zeroblob(32) WHERE Position = 4")]
    [InlineData("DELETE FROM log_nodes WHERE Position = (2 << 56)")]
    public async Task Append_OnADamagedTree_IsRefusedFromThenOn(string sql)
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 5);
        await store.TamperAsync(sql);
        Assert.NotNull(await Record.ExceptionAsync(() => store.AppendAsync(log, 1)));
        Assert.Equal("database_damaged", (await Assert.ThrowsAsync<LogRefusedException>(() => store.NewLog().OpenAsync(None))).Reason);
    }

    private static async Task<(Verdict, string)> ReasonAsync(ReceiptStore store, string vkey)
    {
        var result = await store.VerifyLogAsync(vkey);
        return (result.Verdict, result.Reason);
    }
}
