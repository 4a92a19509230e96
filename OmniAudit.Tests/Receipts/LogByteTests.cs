using OmniAudit.Tests.Support;
using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

/// <summary>Every single byte that the log keeps, changed: nothing of it is only decoration.</summary>
[Trait(TestDatabase.SqliteOnly, "because it writes bytes into texts, which other engines do not let in")]
public sealed class LogByteTests : IDisposable
{
    private readonly ReceiptStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task VerifyLog_WithAnyByteOfThePublishedCheckpointFlipped_IsNotValid()
    {
        await _store.AppendAsync(await _store.OpenAsync(), 3);
        var bytes = await File.ReadAllBytesAsync(_store.CheckpointPath);
        var key = VerifierKey.Parse((await File.ReadAllTextAsync(_store.VkeyPath)).TrimEnd());
        for (var at = 0; at < bytes.Length; at++)
        {
            var changed = bytes.ToArray();
            changed[at] ^= (byte)(1 << (at % 8));
            var result = await _store.Database.ReadAsync(db => new LogVerifier(db, key).VerifyAsync(Encoding.UTF8.GetString(changed), CancellationToken.None), CancellationToken.None);
            Assert.True(result.Verdict != Verdict.Valid, $"byte {at} of the checkpoint: {result.Message}");
        }
        Assert.Equal(Verdict.Valid, (await _store.VerifyLogAsync()).Verdict);
    }

    [Theory]
    [InlineData("receipts", "Bytes", "LeafIndex = 2")]
    [InlineData("log_nodes", "Hash", "Position = 2")]
    [InlineData("log_nodes", "Hash", "Position = (1 << 56)")]
    [InlineData("log_checkpoints", "Root", "Size = 3")]
    [InlineData("log_checkpoints", "CAST(Note AS BLOB)", "Size = 3")]
    public async Task VerifyLog_WithAnyByteOfAStoredRowFlipped_IsInvalid(string table, string column, string where)
    {
        await _store.AppendAsync(await _store.OpenAsync(), 3);
        var text = column.StartsWith("CAST", StringComparison.Ordinal);
        var name = text ? "Note" : column;
#pragma warning disable EF1002 // Fixed names of the test's own rows.
        var kept = await _store.Database.ReadAsync(
            db => db.Database.SqlQueryRaw<byte[]>($"SELECT {column} AS Value FROM {table} WHERE {where}").SingleAsync(), CancellationToken.None);
#pragma warning restore EF1002
        for (var at = 0; at < kept.Length; at++)
        {
            var changed = kept.ToArray();
            changed[at] ^= 1;
            await WriteAsync(changed);
            var result = await _store.VerifyLogAsync();
            Assert.True(result.Verdict == Verdict.Invalid, $"byte {at} of {table}.{name}: {result.Message}");
        }
        await WriteAsync(kept);
        Assert.Equal(Verdict.Valid, (await _store.VerifyLogAsync()).Verdict);

        Task WriteAsync(byte[] bytes) => _store.TamperAsync($"UPDATE {table} SET {name} = {(text ? $"CAST(x'{Convert.ToHexString(bytes)}' AS TEXT)" : $"x'{Convert.ToHexString(bytes)}'")} WHERE {where}");
    }
}
