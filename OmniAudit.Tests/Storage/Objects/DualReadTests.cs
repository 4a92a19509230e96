using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Objects;

/// <summary>References outlive the place of their objects.</summary>
public sealed class DualReadTests : IAsyncLifetime
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("a report");
    private static readonly string Sha = Convert.ToHexStringLower(SHA256.HashData(Text));

    private FaultyS3 _server = null!;

    public async Task InitializeAsync() => _server = await FaultyS3.StartAsync();

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    [Theory]
    [InlineData("local")]
    [InlineData("s3")]
    public async Task LocalReference_WhoseFileIsGone_IsReadFromTheBucketUnderItsHash(string backend)
    {
        await using var store = TestStore.Unprepared(o => _server.Configure(o, backend));
        var objects = store.Get<ObjectStore>();
        _server.Put($"omniaudit/{Sha}", Text);
        var name = $"reports/{Sha}.json"; // as the Python original wrote it
        foreach (var reference in new[] { $"local://sha256/{Sha}", name })
        {
            Assert.Equal(Text, await LocalObjectStoreTests.ReadAsync(objects, reference));
            Assert.True(await objects.ExistsAsync(reference, default));
        }
        _server.Put($"omniaudit/{Sha}", "something else"u8.ToArray());
        await Assert.ThrowsAsync<ObjectCorruptException>(() => LocalObjectStoreTests.ReadAsync(objects, $"local://sha256/{Sha}"));
        _server.Remove($"omniaudit/{Sha}");
        Assert.Contains("neither", (await Assert.ThrowsAsync<ObjectMissingException>(() => objects.OpenAsync($"local://sha256/{Sha}", default))).Message, StringComparison.Ordinal);
        Assert.False(await objects.ExistsAsync($"local://sha256/{Sha}", default));
    }

    [Fact]
    public async Task BucketReference_WhoseObjectIsGone_IsReadFromTheFiles()
    {
        await using var store = TestStore.Unprepared(o => _server.Configure(o));
        var objects = store.Get<ObjectStore>();
        var stored = await objects.PutAsync(new MemoryStream(Text), "", default);
        Assert.Equal($"s3://ours/omniaudit/{Sha}", stored.Reference);
        store.Options.ObjectStore.Backend = "local";
        await using (var local = store.SecondProcess()) await local.Get<ObjectStore>().PutAsync(new MemoryStream(Text), "", default);
        _server.Remove($"omniaudit/{Sha}");

        Assert.Equal(Text, await LocalObjectStoreTests.ReadAsync(objects, stored.Reference));
        Assert.True(await objects.ExistsAsync(stored.Reference, default));
        await File.WriteAllTextAsync(Path.Combine(store.Directory, "objects", "sha256", Sha[..2], Sha), "a rEport");
        await Assert.ThrowsAsync<ObjectCorruptException>(() => LocalObjectStoreTests.ReadAsync(objects, stored.Reference));
        Directory.Delete(Path.Combine(store.Directory, "objects"), recursive: true);
        await Assert.ThrowsAsync<ObjectMissingException>(() => objects.OpenAsync(stored.Reference, default));
        Assert.False(await objects.ExistsAsync(stored.Reference, default));
    }

    [Fact]
    public async Task BucketReference_WithoutABucketConfigured_IsReadFromTheFilesOrNamesTheSetting()
    {
        await using var store = TestStore.Unprepared();
        var (objects, reference) = (store.Get<ObjectStore>(), $"s3://theirs/x/{Sha}");
        Assert.Equal("OBJECT_STORE_BUCKET", (await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => objects.OpenAsync(reference, default))).Settings);
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => objects.ExistsAsync(reference, default));
        await objects.PutAsync(new MemoryStream(Text), "", default);
        Assert.Equal(Text, await LocalObjectStoreTests.ReadAsync(objects, reference));
        Assert.True(await objects.ExistsAsync(reference, default));
    }

    [Fact]
    public async Task LocalFile_IsReadWithoutAskingTheBucket()
    {
        await using var store = TestStore.Unprepared(o => _server.Configure(o, "local"));
        var stored = await store.Get<ObjectStore>().PutAsync(new MemoryStream(Text), "", default);
        Assert.Equal(Text, await LocalObjectStoreTests.ReadAsync(store.Get<ObjectStore>(), stored.Reference));
        Assert.Empty(_server.Requests);
    }
}
