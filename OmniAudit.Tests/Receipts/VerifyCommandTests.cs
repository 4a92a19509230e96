using OmniAudit.Modules.Receipts;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Receipts;

public sealed class VerifyCommandTests : IDisposable
{
    private readonly ReceiptStore _store = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task Verify_ADownloadedReceipt_IsValidWithEveryWayToNameTheKey()
    {
        var (receipt, log) = await DownloadAsync();
        Assert.Equal(0, await RunAsync(receipt));
        Assert.Contains("this server's own", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("VALID: The receipt is entry 1", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(receipt, Path.ChangeExtension(receipt, ".tlog-proof"), "--key", log.Vkey!));
        Assert.Equal(0, await RunAsync("--key", _store.VkeyPath, receipt));
    }

    [Fact]
    public async Task Verify_AnEditedReceipt_IsInvalid()
    {
        var (receipt, _) = await DownloadAsync();
        File.WriteAllText(receipt, File.ReadAllText(receipt).Replace("octo", "evil", StringComparison.Ordinal));
        Assert.Equal(1, await RunAsync(receipt));
        Assert.Contains("INVALID (root_mismatch)", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WithAForeignKeyOrABinaryProof_IsInvalid()
    {
        var (receipt, _) = await DownloadAsync();
        Assert.Equal(1, await RunAsync(receipt, "--key", ReferenceLog.Vkey));
        Assert.Contains("unknown_key", _output.ToString(), StringComparison.Ordinal);
        File.WriteAllBytes(Path.ChangeExtension(receipt, ".tlog-proof"), [0xff, 0xfe]);
        Assert.Equal(1, await RunAsync(receipt));
        Assert.Contains("malformed_proof", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("receipt.json", "receipt_missing")]
    [InlineData("receipt.tlog-proof", "proof_missing")]
    [InlineData("log/vkey", "key_missing")]
    public async Task Verify_WithAFileMissing_IsIncomplete(string missing, string reason)
    {
        var (receipt, _) = await DownloadAsync();
        File.Delete(_store.PathOf(missing));
        Assert.Equal(2, await RunAsync(receipt));
        Assert.Contains($"INCOMPLETE ({reason})", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WithSomethingThatIsNoKeyOrNoFile_IsIncomplete()
    {
        var (receipt, _) = await DownloadAsync();
        Assert.Equal(2, await RunAsync(receipt, "--key", "a+b+c"));
        Assert.Contains("key_malformed", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync(_store.PathOf("log"), _store.PathOf("log")));
        Assert.Contains("cannot be read", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyLog_WholeThenTampered_TellsWhich()
    {
        await DownloadAsync();
        Assert.Equal(0, await RunAsync("--log"));
        Assert.Contains("VALID: All 3 receipts", _output.ToString(), StringComparison.Ordinal);
        await _store.TamperAsync("DELETE FROM receipts WHERE LeafIndex = 1");
        Assert.Equal(1, await RunAsync("--log"));
        Assert.Contains("INVALID (receipt_missing)", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyLog_WithoutDatabaseOrTables_IsIncomplete()
    {
        await DownloadAsync();
        Assert.Equal(2, await VerifyCommand.VerifyLogAsync(_store.Options.Data, "Data Source=none.db", null, _output, CancellationToken.None));
        Assert.Contains("log_missing", _output.ToString(), StringComparison.Ordinal);
        File.WriteAllText(_store.PathOf("other.db"), "this is not a database, but long enough to be read as one; SQLite looks at the first hundred bytes of it");
        Assert.Equal(2, await VerifyCommand.VerifyLogAsync(_store.Options.Data, "Data Source=other.db", null, _output, CancellationToken.None));
        Assert.Contains("log_unreadable", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--log", "file.json")]
    [InlineData("a", "b", "c")]
    [InlineData("a", "--key")]
    [InlineData("a", "--unknown")]
    public async Task Verify_WithWrongArguments_ShowsTheUsage(params string[] args)
    {
        Assert.Equal(64, await RunAsync(args));
        Assert.Contains("usage: verify", _error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _store.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    private Task<int> RunAsync(params string[] args) => VerifyCommand.RunAsync(
        args, _store.Options.Data, TestDatabase.IsSqlite ? "" : _store.Options.Database.ConnectionString, _output, _error, CancellationToken.None, _store.Options.Database.Provider);

    private async Task<(string Receipt, ReceiptLog Log)> DownloadAsync()
    {
        var log = await _store.OpenAsync();
        var receipts = await _store.AppendAsync(log, 3);
        var download = await _store.Queries(log).DownloadAsync(receipts[1].ReceiptId, CancellationToken.None);
        var path = _store.PathOf("receipt.json");
        File.WriteAllBytes(path, download!.Receipt.ToArray());
        File.WriteAllText(_store.PathOf("receipt.tlog-proof"), download.Proof);
        return (path, log);
    }
}
