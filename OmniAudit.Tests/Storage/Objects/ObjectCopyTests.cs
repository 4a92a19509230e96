using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Objects;

/// <summary>From files to a bucket, with nothing lost on the way.</summary>
[Collection(S3Server.Name)]
public sealed class ObjectCopyTests(SwiftServer swift)
{
    private static async Task<(bool Well, string Words)> CopyAsync(TestStore store)
    {
        await using var output = new StringWriter(CultureInfo.InvariantCulture);
        return (await new ObjectCopy(store.Get<ObjectStore>()).RunAsync(output, UpkeepProgress.None, default), output.ToString());
    }

    private static async Task<List<string>> FillAsync(TestStore store, int count, int large = 0)
    {
        var references = new List<string>();
        for (var i = 0; i < count; i++) references.Add((await store.Get<ObjectStore>().PutAsync(new MemoryStream(Encoding.UTF8.GetBytes($"object {i}")), "", default)).Reference);
        if (large > 0) references.Add((await store.Get<ObjectStore>().PutAsync(new MemoryStream(new byte[large]), "", default)).Reference);
        return references;
    }

    [S3Fact]
    public async Task Copy_ToARealServer_IsReadAfterTheFilesAreGone()
    {
        var bucket = await swift.CreateBucketAsync();
        await using var store = TestStore.Unprepared();
        var references = await FillAsync(store, 12, large: 20 << 20);
        swift.Configure(store.Options, bucket);
        store.Options.ObjectStore.Backend = "local";
        await using var switched = store.SecondProcess();

        var (well, words) = await CopyAsync(switched);
        Assert.True(well && words.StartsWith("13 copied (20 MiB), 0 there already, 0 damaged", StringComparison.Ordinal), words);
        (well, words) = await CopyAsync(switched);
        Assert.True(well && words.StartsWith("0 copied (0 KiB), 13 there already, 0 damaged", StringComparison.Ordinal), words);

        Directory.Delete(Path.Combine(store.Directory, "objects"), recursive: true);
        store.Options.ObjectStore.Backend = "s3";
        await using var remote = store.SecondProcess();
        foreach (var reference in references) Assert.Equal(reference[^64..], Convert.ToHexStringLower(SHA256.HashData(await LocalObjectStoreTests.ReadAsync(remote.Get<ObjectStore>(), reference))));
    }

    [Fact]
    public async Task Copy_DamagedFile_IsToldAndLeftOut()
    {
        await using var server = await FaultyS3.StartAsync();
        await using var store = TestStore.Unprepared(o => server.Configure(o, "local"));
        var references = await FillAsync(store, 3);
        var damaged = Path.Combine(store.Directory, "objects", "sha256", references[1][^64..][..2], references[1][^64..]);
        await File.WriteAllTextAsync(damaged, "object X");
        // The original's own names are objects, too; what is none is left alone.
        var legacy = Convert.ToHexStringLower(SHA256.HashData("old"u8));
        await File.WriteAllTextAsync(Path.Combine(store.Directory, "objects", legacy + ".json"), "old");
        await File.WriteAllTextAsync(Path.Combine(store.Directory, "objects", "notes.txt"), "not an object");

        var (well, words) = await CopyAsync(store);

        Assert.False(well);
        Assert.Contains($"damaged\t{damaged}", words, StringComparison.Ordinal);
        Assert.Contains("3 copied (1 KiB), 0 there already, 1 damaged and not copied.", words, StringComparison.Ordinal);
        Assert.Equal(new[] { references[0][^64..], references[2][^64..], legacy }.Select(s => $"omniaudit/{s}").Order(StringComparer.Ordinal), server.Keys);
        Assert.Equal("old"u8.ToArray(), await LocalObjectStoreTests.ReadAsync(store.Get<ObjectStore>(), $"local://sha256/{legacy}"));
    }

    /// <summary>Of another size is not there: it is what a copy that broke off, or somebody else, left.</summary>
    [Fact]
    public async Task Copy_BrokenOff_GoesOnWhereItStopped()
    {
        await using var server = await FaultyS3.StartAsync();
        await using var store = TestStore.Unprepared(o => server.Configure(o, "local"));
        var references = await FillAsync(store, 20);
        server.Put($"omniaudit/{references[0][^64..]}", "obj"u8.ToArray());
        server.Break("PUT ", 503, times: 100);
        var error = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => CopyAsync(store));
        Assert.Contains("S3_ENDPOINT_URL", error.Settings, StringComparison.Ordinal);
        server.Mend();
        var before = server.Keys.Count;
        var (well, words) = await CopyAsync(store);
        Assert.True(well && words.Contains($"{20 - before + 1} copied", StringComparison.Ordinal), words);
        Assert.Equal(20, server.Keys.Count);
        Assert.Equal("object 0"u8.ToArray(), server.Find($"omniaudit/{references[0][^64..]}"));
    }

    [Fact]
    public async Task Copy_WithoutABucket_IsRefusedAndNamesTheSetting()
    {
        await using var store = TestStore.Unprepared();
        var error = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => CopyAsync(store));
        Assert.Equal("OBJECT_STORE_BUCKET", error.Settings);
        await using var server = await FaultyS3.StartAsync();
        await using var wrong = TestStore.Unprepared(o => { server.Configure(o, "local"); o.ObjectStore.Bucket = "theirs"; });
        await FillAsync(wrong, 1);
        Assert.Equal("OBJECT_STORE_BUCKET", (await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => CopyAsync(wrong))).Settings);
    }
}
