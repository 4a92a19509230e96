using System.IO.Compression;
using System.Text;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

/// <summary>Export, and what the verifier says of a bundle that somebody touched.</summary>
public sealed class ReceiptBundleTests : IAsyncLifetime
{
    private readonly ReceiptStore _store = new();
    private readonly StringWriter _output = new();
    private ReceiptLog _log = null!;
    private string _bundle = "";

    /// <summary>Seven receipts: 0, 2 and 5 of one operation, 3 and 4 of another.</summary>
    public async Task InitializeAsync()
    {
        _log = await _store.OpenAsync();
        foreach (var operation in new[] { "apr_a", "apr_1", "apr_a", "apr_b", "apr_b", "apr_a", "apr_6" }) await _store.AppendAsync(_log, 1, operation);
        _bundle = _store.PathOf("bundle.zip");
        await ExportAsync(_bundle);
    }

    public Task DisposeAsync()
    {
        _store.Dispose();
        _output.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Export_OfTheWholeLog_IsValidAndSaysSo()
    {
        Assert.Equal(0, await VerifyAsync());
        Assert.Contains("VALID: receipts 0..6, all of them in order, are entries of the log omniaudit.example/test, whose first 7 entries are signed.", _output.ToString(), StringComparison.Ordinal);
        var files = Read();
        Assert.Equal(["README.txt", "checkpoint"], files.Keys.Order(StringComparer.Ordinal).Take(2));
        Assert.Equal(16, files.Count);
        Assert.Equal(File.ReadAllBytes(_store.CheckpointPath), files["checkpoint"]);
        Assert.Contains(_log.Vkey!, Encoding.UTF8.GetString(files["README.txt"]), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(_bundle)!, ".*.part"));
    }

    [Theory]
    [InlineData(null, 2L, 4L, "receipts 2..4, all of them in order")]
    [InlineData(null, 6L, null, "The one receipt here, 6,")]
    [InlineData("apr_a", null, null, "3 receipts between 0 and 5, a selection")]
    [InlineData("apr_a", 1L, null, "2 receipts between 2 and 5, a selection")]
    [InlineData("apr_b", null, null, "receipts 3..4, all of them in order")]
    public async Task Export_OfAPart_IsValidAndSaysWhichPart(string? approval, long? from, long? to, string says)
    {
        await ExportAsync(_store.PathOf("part.zip"), new ExportSelection(approval, from, to));
        Assert.Equal(0, await VerifyAsync(_store.PathOf("part.zip")));
        Assert.Contains(says, _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_OntoAFileOrOfNothing_IsRefusedAndLeavesEverythingAsItWas()
    {
        var before = File.ReadAllBytes(_bundle);
        var taken = await Assert.ThrowsAsync<ExportRefusedException>(() => ExportAsync(_bundle));
        Assert.Contains("is there already", taken.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_bundle));
        var none = await Assert.ThrowsAsync<ExportRefusedException>(() => ExportAsync(_store.PathOf("none.zip"), new ExportSelection(From: 7)));
        Assert.Contains("No receipt matches. The log has 7 receipts, 0 to 6.", none.Message, StringComparison.Ordinal);
        await _store.TamperAsync("DELETE FROM log_nodes WHERE Position = 3");
        await Assert.ThrowsAsync<LogRefusedException>(() => ExportAsync(_store.PathOf("none.zip")));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(_bundle)!, "none*").Concat(Directory.GetFiles(Path.GetDirectoryName(_bundle)!, ".*.part")));
    }

    [Fact]
    public async Task Verify_EverySignedByteFlipped_IsNeverValid()
    {
        var files = Read();
        foreach (var name in new[] { "checkpoint", "receipts/3.json", "proofs/3.tlog-proof" })
        {
            for (var i = 0; i < files[name].Length; i += name == "receipts/3.json" ? 7 : 1)
            {
                var changed = files[name].ToArray();
                changed[i] ^= 1;
                Write(files, (name, changed));
                Assert.True(await VerifyAsync() is 1, $"byte {i} of {name}: {_output}");
            }
        }
    }

    [Theory]
    [InlineData("receipts/3.json", 2, "receipt_missing", "Receipt 3 is missing")]
    [InlineData("proofs/3.tlog-proof", 2, "proof_missing", "The proof of receipt 3")]
    [InlineData("checkpoint", 2, "checkpoint_missing", "checkpoint is missing")]
    [InlineData("README.txt", 0, null, "VALID")]
    public async Task Verify_WithoutAFile_NamesWhatIsMissing(string name, int code, string? reason, string says)
    {
        var files = Read();
        files.Remove(name);
        Write(files);
        await ExpectAsync(code, reason, says);
    }

    [Fact]
    public async Task Verify_WithAReceiptTakenOutOfAChain_IsIncomplete()
    {
        var whole = Read();
        var files = new Dictionary<string, byte[]>(whole);
        Drop(files, 2);
        Write(files);
        await ExpectAsync(2, "receipt_missing", "Receipt 5 names an earlier one");

        // Nobody can tell that 0 was there: the selection begins later.
        files = whole;
        Drop(files, 0, 1);
        Write(files);
        await ExpectAsync(0, null, "receipts 2..6, all of them in order");
        Drop(files, 3);
        Write(files);
        await ExpectAsync(0, null, "4 receipts between 2 and 6, a selection");
    }

    [Fact]
    public async Task Verify_WithReceiptsOrProofsExchanged_IsInvalid()
    {
        var files = Read();
        Write(files, ("receipts/1.json", files["receipts/3.json"]), ("receipts/3.json", files["receipts/1.json"]));
        await ExpectAsync(1, "root_mismatch", "Receipt 1:");
        Write(files, ("proofs/1.tlog-proof", files["proofs/3.tlog-proof"]), ("proofs/3.tlog-proof", files["proofs/1.tlog-proof"]));
        await ExpectAsync(1, "index_mismatch", "The proof of receipt 1 is for entry 3");
        // Both moved to other places: the pair is right, its name is not.
        Write(files, ("receipts/1.json", files["receipts/3.json"]), ("proofs/1.tlog-proof", files["proofs/3.tlog-proof"]));
        await ExpectAsync(1, "index_mismatch", "entry 3");
    }

    [Fact]
    public async Task Verify_AgainstAForeignKeyOrCheckpoint_IsInvalid()
    {
        Assert.Equal(1, await VerifyAsync(key: ReferenceLog.Vkey));
        Assert.Contains("INVALID (unknown_key)", _output.ToString(), StringComparison.Ordinal);
        var files = Read();
        await _store.AppendAsync(_log, 1);
        Write(files, ("checkpoint", File.ReadAllBytes(_store.CheckpointPath)));
        await ExpectAsync(1, "checkpoint_differs", "another checkpoint");
        var note = SignedNote.Sign(new Checkpoint(ReferenceLog.Origin, 7, new byte[32]).ToText(), ReferenceLog.Key);
        Write(files, ("checkpoint", Encoding.UTF8.GetBytes(note)));
        await ExpectAsync(1, "unknown_key", "is not signed by the key");
    }

    [Fact]
    public async Task Verify_CutOffAnywhere_IsIncomplete()
    {
        var whole = File.ReadAllBytes(_bundle);
        for (var length = 0; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(_bundle, whole[..length]);
            await ExpectAsync(2, "bundle_cut_off", "cut off");
        }
        File.Delete(_bundle);
        await ExpectAsync(2, "bundle_missing", "There is no file");
        File.WriteAllBytes(_bundle, [.. whole[..40], .. whole[60..]]);
        await ExpectAsync(1, "bundle_damaged", "not where it says");
    }

    [Theory]
    [InlineData("../receipts/0.json")]
    [InlineData("/etc/passwd")]
    [InlineData("receipts/../../x.json")]
    [InlineData("receipts/00.json")]
    [InlineData("receipts/-1.json")]
    [InlineData("Receipts/0.json")]
    [InlineData("receipts/0.json\u001b[2J")]
    public async Task Verify_WithAFileOfAnotherName_IsInvalidAndWritesNothing(string name)
    {
        Write(Read(), (name, [1]));
        await ExpectAsync(1, "bundle_unexpected_file", "has no file");
        Assert.DoesNotContain('\u001b', _output.ToString());
    }

    [Fact]
    public async Task Verify_WithTwoFilesOfOneName_IsInvalid()
    {
        using (var zip = ZipFile.Open(_bundle, ZipArchiveMode.Update))
        {
            await using var again = zip.CreateEntry("receipts/0.json").Open();
            again.Write("{}"u8);
        }
        await ExpectAsync(1, "bundle_ambiguous", "two files named 'receipts/0.json'");
    }

    [Fact]
    public async Task Verify_OfAnArchiveMadeToExplode_StopsAtTheBound()
    {
        Write(Read(), ("receipts/0.json", new byte[64 * 1024 * 1024]));
        await ExpectAsync(1, "bundle_damaged", "unpacks to more");
        await using (var file = File.Create(_bundle))
        await using (var zip = new ZipArchive(file, ZipArchiveMode.Create))
        {
            for (var i = 0; i <= ReceiptBundle.MaxFiles; i++) zip.CreateEntry($"receipts/{i}.json", CompressionLevel.NoCompression);
        }
        await ExpectAsync(1, "bundle_too_large", "more than");
    }

    [Fact]
    public async Task Verify_OfAnEmptyArchive_IsIncomplete()
    {
        Write([]);
        await ExpectAsync(2, "receipt_missing", "holds no receipts");
    }

    private Task<ExportedBundle> ExportAsync(string path, ExportSelection? selection = null) => new ReceiptExport(_store.Database).WriteAsync(path, selection ?? new ExportSelection(), CancellationToken.None);

    private async Task ExpectAsync(int code, string? reason, string says)
    {
        Assert.Equal((code, ""), (await VerifyAsync(), reason is null || _output.ToString().Contains($"({reason})", StringComparison.Ordinal) ? "" : _output.ToString()));
        Assert.Contains(says, _output.ToString(), StringComparison.Ordinal);
    }

    private Task<int> VerifyAsync(string? path = null, string? key = null)
    {
        _output.GetStringBuilder().Clear();
        return VerifyCommand.RunAsync([path ?? _bundle, "--key", key ?? _log.Vkey!], _store.Options.Data, "", _output, _output, CancellationToken.None);
    }

    private Dictionary<string, byte[]> Read()
    {
        using var zip = ZipFile.OpenRead(_bundle);
        return zip.Entries.ToDictionary(e => e.FullName, e =>
        {
            using var content = new MemoryStream();
            using var stream = e.Open();
            stream.CopyTo(content);
            return content.ToArray();
        });
    }

    /// <summary>The files as a new archive, some with another content.</summary>
    private void Write(Dictionary<string, byte[]> files, params (string Name, byte[] Content)[] changed)
    {
        using var file = File.Create(_bundle);
        using var zip = new ZipArchive(file, ZipArchiveMode.Create);
        foreach (var (name, content) in files.Where(f => changed.All(c => c.Name != f.Key)).Select(f => (f.Key, f.Value)).Concat(changed))
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
            stream.Write(content);
        }
    }

    private static void Drop(Dictionary<string, byte[]> files, params int[] indexes)
    {
        foreach (var index in indexes)
        {
            files.Remove($"receipts/{index}.json");
            files.Remove($"proofs/{index}.tlog-proof");
        }
    }
}
