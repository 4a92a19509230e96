using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Receipts;

/// <summary>The log's signing key is changed: what was signed stays good, the old key signs nothing more, and nobody can forge the handover.</summary>
public sealed class LogRotationTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Actor By = new(ActorKind.System, "system:command-line", "command line");
    private readonly ReceiptStore _store = new();

    public void Dispose() => _store.Dispose();

    private async Task<(byte[] Receipt, string Proof)> DownloadAsync(ReceiptLog log, AppendedReceipt receipt)
    {
        var download = (await _store.Queries(log).DownloadAsync(receipt.ReceiptId, None))!;
        return (download.Receipt.ToArray(), download.Proof);
    }

    private async Task<string> ListAsync(ReceiptLog log) => (await log.ReadKeysAsync(None))!.ToJson();

    private Task<byte[]?> SecretAsync() => new SecretVault(_store.Database, _store.Options).FindAsync("receipt-log-key", None);

    [Fact]
    public async Task Rotate_OnALogWithReceipts_KeepsOldAndNewVerifiableByEitherKey()
    {
        var log = await _store.OpenAsync();
        var early = (await _store.AppendAsync(log, 3))[2];
        var before = await DownloadAsync(log, early);
        var (oldKey, oldSecret) = (log.Vkey!, await SecretAsync());

        var change = await log.RotateKeyAsync(By, None);

        Assert.Equal((oldKey, log.Vkey, 4L, false), (change.From, change.To, change.Size, change.Earlier));
        Assert.NotEqual(oldKey, change.To);
        Assert.NotEqual(oldSecret, await SecretAsync());
        Assert.Equal(change.To, File.ReadAllText(_store.VkeyPath).TrimEnd());
        // The handover is signed by both, what follows by the new key alone.
        var handover = SignedNote.Parse(File.ReadAllText(_store.CheckpointPath));
        Assert.Equal((NoteTrust.Signed, NoteTrust.Signed, 2), (handover.Check(VerifierKey.Parse(change.From)), handover.Check(VerifierKey.Parse(change.To)), handover.Signatures.Count));
        var late = (await _store.AppendAsync(log, 2, "apr_late"))[1];
        var after = await DownloadAsync(log, late);
        Assert.Equal(NoteTrust.UnknownKey, SignedNote.Parse(File.ReadAllText(_store.CheckpointPath)).Check(VerifierKey.Parse(change.From)));

        // Who did it stands in the log.
        var told = (await _store.Queries(log).GetAsync(change.ReceiptId, None))!;
        Assert.Equal((ReceiptKind.LogKey, LogHandover.Deed, change.To, By.Subject, "rotated", 3L), (told.Kind, told.Tool, told.Target, told.DecidedBy, told.Decision, told.Index));

        var list = await ListAsync(log);
        Assert.Equal(list, File.ReadAllText(Path.Combine(Path.GetDirectoryName(_store.VkeyPath)!, "vkeys")));
        // An old proof and the old key need nothing; the new key needs the list, and so does the old key for a new proof.
        Assert.Equal(Verdict.Valid, OfflineVerifier.VerifyReceipt(before.Receipt, before.Proof, oldKey).Verdict);
        Assert.Equal(Verdict.Valid, OfflineVerifier.VerifyReceipt(after.Receipt, after.Proof, change.To).Verdict);
        var backwards = OfflineVerifier.VerifyReceipt(before.Receipt, before.Proof, change.To, list);
        Assert.True(backwards.Verdict == Verdict.Valid, backwards.Message);
        Assert.Contains("signed by an earlier key of the log", backwards.Message, StringComparison.Ordinal);
        var alone = OfflineVerifier.VerifyReceipt(after.Receipt, after.Proof, oldKey);
        Assert.Equal("unknown_key", alone.Reason);
        Assert.Contains("check again with --keys", alone.Message, StringComparison.Ordinal);
        var forwards = OfflineVerifier.VerifyReceipt(after.Receipt, after.Proof, oldKey, list);
        Assert.True(forwards.Verdict == Verdict.Valid, forwards.Message);
        Assert.Contains("The log's key changed at size 4", forwards.Message, StringComparison.Ordinal);
        Assert.Contains("the handover checkpoint verifies", forwards.Message, StringComparison.Ordinal);

        foreach (var key in new[] { oldKey, change.To })
        {
            var whole = await _store.VerifyLogAsync(key);
            Assert.True(whole.Verdict == Verdict.Valid, whole.Message);
            Assert.Contains("Its key was changed once, at size 4; the handover verifies.", whole.Message, StringComparison.Ordinal);
        }
        Assert.Equal(Verdict.Valid, (await _store.Queries(log).VerifyAsync(early.ReceiptId, None)).Verdict);
        Assert.Equal([new EarlierLogKey(oldKey, 0, 4)], (await _store.Queries(log).GetStatusAsync(None)).EarlierKeys);
    }

    [Fact]
    public async Task Rotate_ManyTimes_LeadsFromTheFirstKeyToTheLast()
    {
        var log = await _store.OpenAsync();
        var first = log.Vkey!;
        for (var i = 0; i < 4; i++)
        {
            await log.RotateKeyAsync(By, None);
            if (i != 1) await _store.AppendAsync(log, 1, $"apr_{i}");
        }
        var receipt = (await _store.AppendAsync(log, 1, "apr_end"))[0];
        var (bytes, proof) = await DownloadAsync(log, receipt);
        var keys = LogKeys.Parse(await ListAsync(log));
        Assert.Equal(["0-1", "1-3", "3-4", "4-6", "6-"], keys.Spans.Select(s => $"{s.Since}-{s.Until}"));
        foreach (var span in keys.Spans) Assert.Equal(Verdict.Valid, OfflineVerifier.VerifyReceipt(bytes, proof, span.Key.ToString(), keys.ToJson()).Verdict);
        Assert.Contains("changed 4 times, at the sizes 1, 3, 4, 6", (await _store.VerifyLogAsync(first)).Message, StringComparison.Ordinal);
        // A process that starts now knows as much.
        Assert.Equal(log.Vkey, (await _store.OpenAsync()).Vkey);
    }

    [Fact]
    public async Task Rotate_ByAnotherProcess_IsTakenUpAtTheNextReceiptWithoutARestart()
    {
        var server = await _store.OpenAsync();
        await _store.AppendAsync(server, 2);
        var command = await _store.OpenAsync();
        var change = await command.RotateKeyAsync(By, None);
        Assert.Equal(change.From, server.Vkey);

        // What the running server signs from now on is by the new key, in every way there is to sign.
        Assert.Equal(NoteTrust.Signed, (await server.SignStatementAsync([1, 2, 3], None)).Check(VerifierKey.Parse(change.To)));
        await _store.AppendAsync(server, 1, "apr_after");
        Assert.Equal(change.To, server.Vkey);
        Assert.Equal(change.To, (await _store.Queries(server).GetStatusAsync(None)).Vkey);
        var notes = await _store.Database.ReadAsync(db => db.Set<LogCheckpointRow>().Where(c => c.Size > change.Size).Select(c => c.Note).ToListAsync(), None);
        Assert.Equal((1, NoteTrust.UnknownKey), (notes.Count, SignedNote.Parse(notes[0]).Check(VerifierKey.Parse(change.From))));
        Assert.Null(server.Refusal);
        Assert.Equal(Verdict.Valid, (await _store.VerifyLogAsync()).Verdict);
    }

    [Fact]
    public async Task Rotate_WhileOthersAppend_LosesNothingAndRefusesNothing()
    {
        var (server, command) = (await _store.OpenAsync(), await _store.OpenAsync());
        var appending = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 12; i++)
            {
                await _store.Database.WriteAsync(db => server.AppendAsync(db, ReceiptStore.Entry($"apr_{w}_{i}"), None), None);
                await server.PublishAsync(None);
            }
        })).ToList();
        for (var i = 0; i < 3; i++) await command.RotateKeyAsync(By, None);
        await Task.WhenAll(appending);
        await server.PublishAsync(None);
        var result = await _store.VerifyLogAsync();
        Assert.True(result is { Verdict: Verdict.Valid, Size: 51 }, result.Message);
        Assert.Equal(command.Vkey, File.ReadAllText(_store.VkeyPath).TrimEnd());
    }

    /// <summary>Each statement of the one transaction fails in turn.</summary>
    [Theory]
    [Trait(TestDatabase.SqliteOnly, "because its triggers are SQLite's")]
    [InlineData("BEFORE INSERT ON receipts")]
    [InlineData("BEFORE INSERT ON log_nodes")]
    [InlineData("BEFORE INSERT ON log_checkpoints")]
    [InlineData("BEFORE DELETE ON secrets")]
    [InlineData("BEFORE INSERT ON secrets")]
    public async Task Rotate_ThatFailsBeforeTheCommit_LeavesTheOldKeySigning(string step)
    {
        var log = await _store.OpenAsync();
        await _store.AppendAsync(log, 2);
        var (key, secret, files) = (log.Vkey, await SecretAsync(), Files());
        await _store.TamperAsync($"CREATE TRIGGER broken {step} BEGIN SELECT RAISE(ABORT, 'injected'); END");

        await Assert.ThrowsAnyAsync<Exception>(() => log.RotateKeyAsync(By, None));

        await _store.TamperAsync("DROP TRIGGER broken");
        Assert.Equal((key, files), (log.Vkey, Files()));
        Assert.Equal(secret, await SecretAsync());
        await _store.AppendAsync(log, 1, "apr_next");
        Assert.Equal((Verdict.Valid, 3UL), await OutcomeAsync());
        await log.RotateKeyAsync(By, None);
        await _store.AppendAsync(log, 1, "apr_last");
        Assert.Equal((Verdict.Valid, 5UL), await OutcomeAsync());
    }

    /// <summary>After the commit each file in turn cannot be written, as after a crash there.</summary>
    [Theory]
    [InlineData("checkpoint")]
    [InlineData("vkeys")]
    [InlineData("vkey")]
    public async Task Rotate_ThatFailsAfterTheCommit_IsFinishedByTheNextStart(string file)
    {
        var log = await _store.OpenAsync();
        await _store.AppendAsync(log, 2);
        var key = log.Vkey;
        var blocked = _store.PathOf($"log/{file}.next");
        Directory.CreateDirectory(blocked);
        await Assert.ThrowsAnyAsync<Exception>(() => log.RotateKeyAsync(By, None));
        Assert.Equal(key, File.ReadAllText(_store.VkeyPath).TrimEnd());
        // Whatever was written so far verifies, by the key that is told there.
        Assert.Equal((Verdict.Valid, 3UL), await OutcomeAsync());
        Directory.Delete(blocked);

        var restarted = await _store.OpenAsync();
        Assert.NotEqual(key, restarted.Vkey);
        Assert.Equal(restarted.Vkey, File.ReadAllText(_store.VkeyPath).TrimEnd());
        Assert.Equal(3UL, Checkpoint.Parse(SignedNote.Parse(File.ReadAllText(_store.CheckpointPath)).Text).Size);
        Assert.Equal(2, LogKeys.Parse(File.ReadAllText(_store.PathOf("log/vkeys"))).Spans.Count);
        await _store.AppendAsync(restarted, 1, "apr_next");
        Assert.Equal((Verdict.Valid, 4UL), await OutcomeAsync());
    }

    [Fact]
    public async Task Rotate_ThenAnOldDatabaseRestored_IsRefused()
    {
        var log = await _store.OpenAsync();
        await _store.AppendAsync(log, 2);
        var old = _store.CopyDatabase();
        await log.RotateKeyAsync(By, None);
        await _store.AppendAsync(log, 1, "apr_later");
        _store.RestoreDatabase(old);
        var refusal = await Assert.ThrowsAsync<LogRefusedException>(() => _store.NewLog().OpenAsync(None));
        Assert.Equal("checkpoint_foreign", refusal.Reason);
        Assert.Contains("from before its key was changed", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OldKey_ThatWasKept_SignsNothingThatCounts()
    {
        var log = await _store.OpenAsync();
        await _store.AppendAsync(log, 1);
        var stolen = LogKey.FromSecret("omniaudit.example/test", (await SecretAsync())!);
        var change = await log.RotateKeyAsync(By, None);
        var receipt = (await _store.AppendAsync(log, 1, "apr_late"))[0];
        var list = await ListAsync(log);
        var (bytes, proof) = await DownloadAsync(log, receipt);

        // The very tree, signed by the old key above its last size.
        var parsed = TlogProof.Parse(proof);
        var forged = new TlogProof(parsed.Index, parsed.Hashes, SignedNote.Sign(SignedNote.Parse(parsed.CheckpointNote).Text, stolen)).ToText();
        foreach (var key in new[] { change.From, change.To }) Assert.Equal("key_retired", OfflineVerifier.VerifyReceipt(bytes, forged, key, list).Reason);
        // In the log itself it is found too.
        await _store.Database.WriteAsync(db => db.Set<LogCheckpointRow>().Where(c => c.Size == 3).ExecuteUpdateAsync(s => s.SetProperty(c => c.Note, TlogProof.Parse(forged).CheckpointNote)), None);
        Assert.Equal("key_retired", (await _store.VerifyLogAsync()).Reason);
        Assert.Equal("database_damaged", (await Assert.ThrowsAsync<LogRefusedException>(() => _store.NewLog().OpenAsync(None))).Reason);
    }

    /// <summary>Anyone can add a signature line of their own to a checkpoint that the old key has signed: that makes no successor.</summary>
    [Fact]
    public async Task Handover_ForgedByAStranger_LeadsNowhere()
    {
        var log = await _store.OpenAsync();
        var last = (await _store.AppendAsync(log, 2))[1];
        var (bytes, proof) = await DownloadAsync(log, last);
        var stranger = LogKey.FromSecret("omniaudit.example/test", LogKey.NewSecret());
        var old = VerifierKey.Parse(log.Vkey!);

        var note = TlogProof.Parse(proof).CheckpointNote;
        var line = SignedNote.Sign(SignedNote.Parse(note).Text, stranger).Split('\n')[^2] + "\n";
        var cosigned = TlogProof.Parse(proof) with { CheckpointNote = note + line };
        Assert.Equal(NoteTrust.Signed, SignedNote.Parse(cosigned.CheckpointNote).Check(stranger.Verifier));
        Assert.Contains("changes no key", Assert.Throws<FormatException>(() => new LogHandover(bytes, cosigned).Check(old)).Message, StringComparison.Ordinal);
        // A receipt that names the stranger is not in the tree.
        var named = new ReceiptLeaf(LogHandover.Entry("lky_1", old, stranger.Verifier, By), null, DateTimeOffset.UnixEpoch).ToBytes();
        Assert.Contains("do not lead to the signed checkpoint", Assert.Throws<FormatException>(() => new LogHandover(named, cosigned).Check(old)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_WithAnyPartChanged_IsRefused()
    {
        var log = await _store.OpenAsync();
        await _store.AppendAsync(log, 2);
        var change = await log.RotateKeyAsync(By, None);
        await _store.AppendAsync(log, 1, "apr_x");
        await log.RotateKeyAsync(By, None);
        var good = await ListAsync(log);
        Assert.Equal(good, LogKeys.Parse(good).ToJson());
        var other = LogKey.FromSecret("omniaudit.example/test", LogKey.NewSecret()).Verifier.ToString();
        Action<JsonArray>[] changes =
        [
            keys => keys[0]!["vkey"] = other, keys => keys[1]!["vkey"] = other, keys => keys[1]!["since"] = 4, keys => keys.RemoveAt(1), keys => keys.RemoveAt(0),
            keys => keys[1]!["receipt"] = keys[1]!["receipt"]!.GetValue<string>().Replace(change.To, other, StringComparison.Ordinal),
            keys => keys[1]!["proof"] = keys[2]!["proof"]!.GetValue<string>(), keys => keys[2]!["receipt"] = keys[1]!["receipt"]!.GetValue<string>(),
            keys => { var first = keys[1]!.DeepClone(); keys[1] = keys[2]!.DeepClone(); keys[2] = first; }, keys => keys.Clear(), keys => keys.Add((JsonNode)1),
        ];
        foreach (var (alter, index) in changes.Select((c, i) => (c, i)))
        {
            var json = JsonNode.Parse(good)!;
            alter(json["keys"]!.AsArray());
            var refused = OfflineVerifier.ReadKeys(change.From, json.ToJsonString(), out _);
            Assert.True(refused?.Reason == "key_list_wrong", $"change {index}: {refused?.Reason}");
        }
        foreach (var text in new[] { "", "{}", "[]", "null", "{\"keys\":null}", "{\"keys\":[null]}", "not json" })
            Assert.Equal(text.Length == 0 ? null : "key_list_wrong", OfflineVerifier.ReadKeys(change.From, text, out _)?.Reason);
        // A list of another log is no help and no harm.
        var foreign = OfflineVerifier.ReadKeys(other, good, out var keys);
        Assert.Null(foreign);
        Assert.Single(keys!.Spans);
    }

    [Theory]
    [InlineData("UPDATE log_checkpoints SET Note = replace(Note, substr(Note, length(Note) - 20, 8), 'AAAAAAAA') WHERE Size = 3")]
    [InlineData("UPDATE receipts SET Bytes = CAST(replace(CAST(Bytes AS TEXT), 'rotated', 'Rotated') AS BLOB) WHERE Kind = 'log_key'")]
    [InlineData("UPDATE log_identity SET Vkey = (SELECT Target FROM receipts WHERE Kind = 'log_key')")]
    public async Task Log_WithATamperedHandover_IsFoundAndRefused(string sql)
    {
        var log = await _store.OpenAsync();
        await _store.AppendAsync(log, 2);
        await log.RotateKeyAsync(By, None);
        await _store.AppendAsync(log, 1, "apr_x");
        await _store.TamperAsync(sql);
        Assert.Equal("handover_wrong", (await _store.VerifyLogAsync()).Reason);
        Assert.Equal("database_damaged", (await Assert.ThrowsAsync<LogRefusedException>(() => _store.NewLog().OpenAsync(None))).Reason);
    }

    [Fact]
    public async Task Bundles_FromBeforeAndAfter_VerifyWithEveryKey()
    {
        var log = await _store.OpenAsync();
        await _store.AppendAsync(log, 3);
        var (before, after) = (_store.PathOf("before.zip"), _store.PathOf("after.zip"));
        var export = new ReceiptExport(_store.Database);
        await export.WriteAsync(before, new ExportSelection(), None);
        var change = await log.RotateKeyAsync(By, None);
        await _store.AppendAsync(log, 1, "apr_late");
        await export.WriteAsync(after, new ExportSelection(), None);
        var elsewhere = _store.PathOf("elsewhere");

        foreach (var key in new[] { change.From, change.To })
        {
            await VerifyAsync(0, key == change.To ? "signed by an earlier key" : "receipts 0..2", [before, "--key", key, "--keys", _store.PathOf("log/vkeys")], elsewhere);
            // A bundle carries the keys that it needs.
            await VerifyAsync(0, key == change.From ? "the handover checkpoint verifies" : "receipts 0..4", [after, "--key", key], elsewhere);
        }
        await VerifyAsync(0, "receipts 0..2", [before, "--key", change.From], elsewhere);
        await VerifyAsync(1, "unknown_key", [before, "--key", change.To], elsewhere);
        // On the server itself nothing has to be named.
        await VerifyAsync(0, "signed by an earlier key", [before], Path.GetDirectoryName(_store.DatabasePath)!);
        await VerifyAsync(2, "key_missing", [after, "--keys", elsewhere], elsewhere);
    }

    private static async Task VerifyAsync(int code, string words, string[] arguments, string data)
    {
        await using var told = new StringWriter(System.Globalization.CultureInfo.InvariantCulture);
        var found = await VerifyCommand.RunAsync(arguments, data, "", told, told, None);
        Assert.True(found == code, told.ToString());
        Assert.Contains(words, told.ToString(), StringComparison.Ordinal);
    }

    private string Files() => string.Join('\n', Directory.GetFiles(_store.PathOf("log")).Order(StringComparer.Ordinal).Where(f => !f.EndsWith("/lock", StringComparison.Ordinal)).Select(f => f + Encoding.UTF8.GetString(File.ReadAllBytes(f))));

    private async Task<(Verdict, ulong?)> OutcomeAsync() => await _store.VerifyLogAsync() is var result && result.Verdict == Verdict.Valid ? (result.Verdict, result.Size) : throw new InvalidOperationException(result.Message);
}
