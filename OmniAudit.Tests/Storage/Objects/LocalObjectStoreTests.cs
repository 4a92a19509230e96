using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Objects;

public sealed class LocalObjectStoreTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("a report");

    [Fact]
    public async Task PutAsync_Content_IsReadBackUnderItsHash()
    {
        await using var store = TestStore.Unprepared();
        var objects = store.Get<ObjectStore>();
        var content = RandomNumberGenerator.GetBytes(300_000);
        var stored = await objects.PutAsync(new MemoryStream(content), "application/zip", default);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), stored.Sha256);
        Assert.Equal($"local://sha256/{stored.Sha256}", stored.Reference);
        Assert.Equal(content.Length, stored.Size);
        Assert.Equal(content, await ReadAsync(objects, stored.Reference));
        Assert.True(await objects.ExistsAsync(stored.Reference, default));
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Directory, "objects", "spool")));
    }

    [Fact]
    public async Task PutAsync_SameContentTwentyTimesAtOnce_GivesOneFile()
    {
        await using var store = TestStore.Unprepared();
        var objects = store.Get<ObjectStore>();
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => objects.PutAsync(new MemoryStream(Text), "text/plain", default))));
        Assert.Single(all.Distinct());
        Assert.Single(Directory.GetFiles(Path.Combine(store.Directory, "objects"), "*", SearchOption.AllDirectories));
        Assert.Equal(Text, await ReadAsync(objects, all[0].Reference));
    }

    [Fact]
    public async Task PutAsync_EmptyContent_IsAnObject()
    {
        await using var store = TestStore.Unprepared();
        var objects = store.Get<ObjectStore>();
        var stored = await objects.PutAsync(Stream.Null, "text/plain", default);
        Assert.Empty(await ReadAsync(objects, stored.Reference));
    }

    [Fact]
    public async Task PutAsync_OverTheLimit_StoresNothing()
    {
        await using var store = TestStore.Unprepared(o => o.ObjectStore.MaxObjectBytes = 1000);
        var objects = store.Get<ObjectStore>();
        await objects.PutAsync(new MemoryStream(new byte[1000]), "", default);
        var error = await Assert.ThrowsAsync<ObjectTooLargeException>(() => objects.PutAsync(new MemoryStream(new byte[1001]), "", default));
        Assert.Contains("OBJECT_STORE_MAX_BYTES", error.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(store.Directory, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task PutAsync_SourceBreaksOff_LeavesNothing()
    {
        await using var store = TestStore.Unprepared();
        await Assert.ThrowsAsync<HttpRequestException>(() => store.Get<ObjectStore>().PutAsync(new BreakingStream(100_000), "", default));
        Assert.Empty(Directory.GetFiles(store.Directory, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task PutAsync_RenameFails_SaysSoAndLeavesNothing()
    {
        await using var store = TestStore.Unprepared();
        var taken = Path.Combine(store.Directory, "objects", "sha256");
        Directory.CreateDirectory(Path.GetDirectoryName(taken)!);
        await File.WriteAllTextAsync(taken, "a file where a directory should be");
        var error = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.Get<ObjectStore>().PutAsync(new MemoryStream(Text), "", default));
        Assert.Contains("OBJECT_STORE_ROOT", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(store.Directory, "objects", "spool")));
    }

    [Fact]
    public async Task SweepSpool_LeftoverOfAKilledWrite_WasNoObjectAndGoes()
    {
        await using var store = TestStore.Unprepared();
        var objects = store.Get<ObjectStore>();
        var sha = Convert.ToHexStringLower(SHA256.HashData(Text));
        var spool = Path.Combine(store.Directory, "objects", "spool");
        Directory.CreateDirectory(spool);
        var leftover = Path.Combine(spool, $"{Guid.NewGuid():N}.tmp"); // killed after the write, before the rename
        await File.WriteAllBytesAsync(leftover, Text);
        Assert.False(await objects.ExistsAsync($"local://sha256/{sha}", default));
        Assert.Equal(0, objects.SweepSpool(new DateTimeOffset(File.GetLastWriteTimeUtc(leftover))));
        Assert.Equal(1, objects.SweepSpool(new DateTimeOffset(File.GetLastWriteTimeUtc(leftover)).AddSeconds(1)));
        Assert.False(File.Exists(leftover));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task OpenAsync_TruncatedFile_Throws(int length)
    {
        await using var store = TestStore.Unprepared();
        var objects = store.Get<ObjectStore>();
        var stored = await objects.PutAsync(new MemoryStream(Text), "", default);
        await File.WriteAllBytesAsync(FileOf(store, stored), Text[..length]);
        var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => ReadAsync(objects, stored.Reference));
        Assert.Contains(stored.Reference, error.Message, StringComparison.Ordinal);
        // Storing the same content again mends it.
        await objects.PutAsync(new MemoryStream(Text), "", default);
        Assert.Equal(Text, await ReadAsync(objects, stored.Reference));
    }

    [Fact]
    public async Task OpenAsync_ChangedByte_ThrowsBeforeTheLastByteIsHandedOut()
    {
        await using var store = TestStore.Unprepared();
        var objects = store.Get<ObjectStore>();
        var stored = await objects.PutAsync(new MemoryStream(Text), "", default);
        var changed = Text.ToArray();
        changed[0] ^= 1;
        await File.WriteAllBytesAsync(FileOf(store, stored), changed);
        await using var stream = await objects.OpenAsync(stored.Reference, default);
        // Reads exactly the length and never asks for the end.
        await Assert.ThrowsAsync<ObjectCorruptException>(async () => await stream.ReadExactlyAsync(new byte[Text.Length]));
        await using var again = await objects.OpenAsync(stored.Reference, default);
        Assert.Throws<ObjectCorruptException>(() => again.CopyTo(Stream.Null));
    }

    [Fact]
    public async Task OpenAsync_NothingStored_NamesTheReference()
    {
        await using var store = TestStore.Unprepared();
        var reference = $"local://sha256/{new string('a', 64)}";
        var error = await Assert.ThrowsAsync<ObjectMissingException>(() => store.Get<ObjectStore>().OpenAsync(reference, default));
        Assert.Equal(reference, error.Reference);
        Assert.Contains(reference, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("local://sha256/abc")]
    [InlineData("local://sha256/../../etc/passwd")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("s3://bucket/no-hash")]
    public async Task OpenAsync_NoReference_IsMissing(string text)
    {
        await using var store = TestStore.Unprepared();
        await Assert.ThrowsAsync<ObjectMissingException>(() => store.Get<ObjectStore>().OpenAsync(text, default));
        Assert.False(await store.Get<ObjectStore>().ExistsAsync(text, default));
    }

    [Fact]
    public async Task OpenAsync_PathOfThePythonOriginal_IsReadBelowTheRootOnly()
    {
        await using var store = TestStore.Unprepared(o => o.ObjectStore.Root = "store");
        var objects = store.Get<ObjectStore>();
        var name = Convert.ToHexStringLower(SHA256.HashData(Text)) + ".json";
        var root = Path.Combine(store.Directory, "store");
        Directory.CreateDirectory(Path.Combine(root, "reports"));
        await File.WriteAllBytesAsync(Path.Combine(root, "reports", name), Text);
        await File.WriteAllBytesAsync(Path.Combine(store.Directory, name), Text);

        Assert.Equal(Text, await ReadAsync(objects, Path.Combine(root, "reports", name)));
        Assert.Equal(Text, await ReadAsync(objects, $"reports/{name}"));
        Assert.Equal(Text, await ReadAsync(objects, $"./store/reports/{name}"));
        foreach (var outside in new[] { Path.Combine(store.Directory, name), $"../{name}", $"reports/../../{name}", $"{root}/../{name}" })
        {
            await Assert.ThrowsAsync<ObjectMissingException>(() => objects.OpenAsync(outside, default));
        }
    }

    [Fact]
    public async Task OpenAsync_LinkBelowTheRoot_IsRefused()
    {
        await using var store = TestStore.Unprepared();
        var objects = store.Get<ObjectStore>();
        var name = Convert.ToHexStringLower(SHA256.HashData(Text));
        var root = Path.Combine(store.Directory, "objects");
        var outside = Path.Combine(store.Directory, "outside");
        Directory.CreateDirectory(root);
        Directory.CreateDirectory(outside);
        await File.WriteAllBytesAsync(Path.Combine(outside, name), Text);
        File.CreateSymbolicLink(Path.Combine(root, name), Path.Combine(outside, name));
        Directory.CreateSymbolicLink(Path.Combine(root, "linked"), outside);
        Assert.False(await objects.ExistsAsync(name, default));
        Assert.False(await objects.ExistsAsync($"linked/{name}", default));
    }

    [Fact]
    public async Task CheckAsync_RootThatCannotBeWritten_NamesTheSetting()
    {
        await using var store = TestStore.Unprepared(o => o.ObjectStore.Root = "/proc/objects");
        var error = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.Get<ObjectStore>().CheckAsync(default));
        Assert.StartsWith("OBJECT_STORE_ROOT: ", error.Message, StringComparison.Ordinal);
        await using var good = TestStore.Unprepared();
        await good.Get<ObjectStore>().CheckAsync(default);
    }

    internal static async Task<byte[]> ReadAsync(ObjectStore objects, string reference)
    {
        await using var stream = await objects.OpenAsync(reference, default);
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }

    private static string FileOf(TestStore store, StoredObject stored) =>
        Path.Combine(store.Directory, "objects", "sha256", stored.Sha256[..2], stored.Sha256);

    /// <summary>A download that breaks off.</summary>
    private sealed class BreakingStream(int length) : MemoryStream(new byte[length])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is var read and > 0 ? read : throw new HttpRequestException("broken off");
    }
}
