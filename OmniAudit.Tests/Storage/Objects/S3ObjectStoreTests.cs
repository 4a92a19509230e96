using System.Text;
using Amazon.S3.Model;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Objects;

[Collection(S3Server.Name)]
public sealed class S3ObjectStoreTests(SwiftServer server)
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("a report");

    [S3Fact]
    public async Task PutAsync_ToS3_IsReadBackWithItsContentType()
    {
        var bucket = await server.CreateBucketAsync();
        await using var store = TestStore.Unprepared(o => server.Configure(o, bucket));
        var objects = store.Get<ObjectStore>();
        var stored = await objects.PutAsync(new MemoryStream(Text), "application/json", default);
        Assert.Equal($"s3://{bucket}/omniaudit/{stored.Sha256}", stored.Reference);
        Assert.Equal(stored, await objects.PutAsync(new MemoryStream(Text), "application/json", default));
        Assert.Equal(Text, await LocalObjectStoreTests.ReadAsync(objects, stored.Reference));
        Assert.True(await objects.ExistsAsync(stored.Reference, default));
        Assert.False(await objects.ExistsAsync($"s3://{bucket}/omniaudit/{new string('a', 64)}", default));
        Assert.Empty(Directory.GetFiles(store.Directory, "*", SearchOption.AllDirectories));
        using var client = server.Client();
        Assert.Equal("application/json", (await client.GetObjectMetadataAsync(bucket, $"omniaudit/{stored.Sha256}")).Headers.ContentType);
    }

    [S3Fact]
    public async Task PutAsync_EmptyAndLargeContentWithoutPrefix_AreReadBack()
    {
        var bucket = await server.CreateBucketAsync();
        await using var store = TestStore.Unprepared(o => { server.Configure(o, bucket); o.ObjectStore.Prefix = ""; });
        var objects = store.Get<ObjectStore>();
        var empty = await objects.PutAsync(Stream.Null, "text/plain", default);
        Assert.Equal($"s3://{bucket}/{empty.Sha256}", empty.Reference);
        Assert.True(await objects.ExistsAsync(empty.Reference, default));
        Assert.Empty(await LocalObjectStoreTests.ReadAsync(objects, empty.Reference));
        var content = new byte[20_000_000];
        new Random(1).NextBytes(content);
        var large = await objects.PutAsync(new MemoryStream(content), "", default);
        Assert.Equal(content, await LocalObjectStoreTests.ReadAsync(objects, large.Reference));
    }

    [S3Fact]
    public async Task OpenAsync_AfterASwitchEitherWay_ReadsBothKinds()
    {
        var bucket = await server.CreateBucketAsync();
        await using var store = TestStore.Unprepared();
        var local = await store.Get<ObjectStore>().PutAsync(new MemoryStream(Text), "", default);
        server.Configure(store.Options, bucket);
        await using var switched = store.SecondProcess();
        Assert.Equal(Text, await LocalObjectStoreTests.ReadAsync(switched.Get<ObjectStore>(), local.Reference));
        var remote = await switched.Get<ObjectStore>().PutAsync(new MemoryStream(Text), "", default);
        Assert.StartsWith("s3://", remote.Reference, StringComparison.Ordinal);
        store.Options.ObjectStore.Backend = "local";
        await using var back = store.SecondProcess();
        Assert.Equal(Text, await LocalObjectStoreTests.ReadAsync(back.Get<ObjectStore>(), remote.Reference));
        Assert.Equal(local, await back.Get<ObjectStore>().PutAsync(new MemoryStream(Text), "", default));
    }

    [S3Fact]
    public async Task OpenAsync_TamperedObject_Throws()
    {
        var bucket = await server.CreateBucketAsync();
        await using var store = TestStore.Unprepared(o => server.Configure(o, bucket));
        var objects = store.Get<ObjectStore>();
        var stored = await objects.PutAsync(new MemoryStream(Text), "", default);
        using var client = server.Client();
        foreach (var content in new[] { "a rEport", "a rep", "", "a report." })
        {
            await client.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = $"omniaudit/{stored.Sha256}", ContentBody = content, UseChunkEncoding = false });
            var error = await Assert.ThrowsAsync<ObjectCorruptException>(() => LocalObjectStoreTests.ReadAsync(objects, stored.Reference));
            Assert.Equal(stored.Reference, error.Reference);
        }
        await client.DeleteObjectAsync(bucket, $"omniaudit/{stored.Sha256}");
        await Assert.ThrowsAsync<ObjectMissingException>(() => objects.OpenAsync(stored.Reference, default));
        await objects.PutAsync(new MemoryStream(Text), "", default);
        Assert.Equal(Text, await LocalObjectStoreTests.ReadAsync(objects, stored.Reference));
    }

    [S3Fact]
    public async Task AnyCall_MissingBucket_NamesTheSetting()
    {
        await using var store = TestStore.Unprepared(o => server.Configure(o, "no-such-bucket"));
        await AssertUnavailableAsync(store.Get<ObjectStore>(), "no-such-bucket", "OBJECT_STORE_BUCKET: ");
    }

    [S3Fact]
    public async Task AnyCall_WrongSecret_NamesTheSettingAndNotTheSecret()
    {
        var bucket = await server.CreateBucketAsync();
        await using var store = TestStore.Unprepared(o => { server.Configure(o, bucket); o.ObjectStore.S3SecretAccessKey = "not-the-secret"; });
        var error = await AssertUnavailableAsync(store.Get<ObjectStore>(), bucket, "S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: ");
        Assert.DoesNotContain("not-the-secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyCall_ServerDown_NamesTheSetting()
    {
        await using var store = TestStore.Unprepared(o => { server.Configure(o, "bucket"); o.ObjectStore.S3EndpointUrl = "http://127.0.0.1:1"; });
        await AssertUnavailableAsync(store.Get<ObjectStore>(), "bucket", "S3_ENDPOINT_URL, S3_REGION_NAME: ");
    }

    [Fact]
    public async Task OpenAsync_ReferenceIntoAnotherBucket_IsRefusedUnasked()
    {
        await using var store = TestStore.Unprepared(o => { server.Configure(o, "ours"); o.ObjectStore.S3EndpointUrl = "http://127.0.0.1:1"; });
        var error = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => store.Get<ObjectStore>().OpenAsync($"s3://theirs/x/{new string('a', 64)}", default));
        Assert.Contains("another bucket", error.Message, StringComparison.Ordinal);
        await using var local = TestStore.Unprepared();
        error = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => local.Get<ObjectStore>().OpenAsync($"s3://theirs/x/{new string('a', 64)}", default));
        Assert.Contains("no bucket is configured", error.Message, StringComparison.Ordinal);
    }

    private static async Task<ObjectStoreUnavailableException> AssertUnavailableAsync(ObjectStore objects, string bucket, string begins)
    {
        var reference = $"s3://{bucket}/omniaudit/{new string('a', 64)}";
        Func<Task>[] calls =
        [
            () => objects.PutAsync(new MemoryStream(Text), "", default),
            () => objects.OpenAsync(reference, default),
            () => objects.ExistsAsync(reference, default),
            () => objects.CheckAsync(default),
        ];
        ObjectStoreUnavailableException? last = null;
        foreach (var call in calls)
        {
            last = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(call);
            Assert.StartsWith(begins, last.Message, StringComparison.Ordinal);
        }
        return last!;
    }
}
