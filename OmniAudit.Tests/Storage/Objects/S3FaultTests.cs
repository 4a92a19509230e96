using Amazon.S3.Model;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Objects;

/// <summary>A server that answers badly for a while, and one that stays away.</summary>
[Collection(S3Server.Name)]
public sealed class S3FaultTests(SwiftServer swift) : IAsyncLifetime
{
    private const int Large = (40 << 20) + 123;

    private FaultyS3 _server = null!;
    private TestStore _store = null!;

    public async Task InitializeAsync()
    {
        _server = await FaultyS3.StartAsync();
        _store = TestStore.Unprepared(o => _server.Configure(o));
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _server.DisposeAsync();
    }

    private ObjectStore Objects => _store.Get<ObjectStore>();

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(0)]
    public async Task SmallObject_BadAnswersAtFirst_IsStoredAndReadAllTheSame(int status)
    {
        var content = Content(100_000);
        _server.Break("PUT /ours/", status, times: 2);
        var stored = await Objects.PutAsync(new MemoryStream(content), "text/csv", default);
        Assert.Equal(content, _server.Find($"omniaudit/{stored.Sha256}"));
        Assert.Equal(3, _server.Requests.Count);
        _server.Break("GET /ours/", status, times: 2);
        Assert.Equal(content, await LocalObjectStoreTests.ReadAsync(Objects, stored.Reference));
    }

    [Fact]
    public async Task SmallObject_ServersOwnChecksumDoesNotMatch_IsDamaged()
    {
        var stored = await Objects.PutAsync(new MemoryStream(Content(1000)), "", default);
        _server.WrongChecksums = true;
        await Assert.ThrowsAsync<ObjectCorruptException>(() => LocalObjectStoreTests.ReadAsync(Objects, stored.Reference));
    }

    [Fact]
    public async Task SmallObject_ServerStaysBroken_IsGivenUpAndNamesTheSetting()
    {
        _server.Break("PUT /ours/", 503, times: 1000);
        var error = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Objects.PutAsync(new MemoryStream(Content(10)), "", default));
        Assert.Equal("S3_ENDPOINT_URL, S3_REGION_NAME", error.Settings);
        Assert.Equal(4, _server.Requests.Count);
    }

    [Fact]
    public async Task LargeObject_PartsGoWrongAtFirst_IsStoredWhole()
    {
        var content = Content(Large);
        _server.Break("partNumber=2", 503, times: 1);
        _server.Break("partNumber=3", 0, times: 1);
        _server.Break("uploads", 500, times: 1);
        var stored = await Objects.PutAsync(new MemoryStream(content), "application/zip", default);
        Assert.Equal(content, _server.Find($"omniaudit/{stored.Sha256}"));
        Assert.Equal("application/zip", _server.TypeOf($"omniaudit/{stored.Sha256}"));
        Assert.Equal(0, _server.Uploads);
        Assert.Equal(content, await LocalObjectStoreTests.ReadAsync(Objects, stored.Reference));
    }

    [Fact]
    public async Task LargeObject_APartIsRefused_LeavesNoParts()
    {
        _server.Break("partNumber=2", 503, times: 1000);
        await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => Objects.PutAsync(new MemoryStream(Content(Large)), "", default));
        Assert.Equal(0, _server.Uploads);
        Assert.Empty(_server.Keys);
        Assert.Contains(_server.Requests, r => r.StartsWith("DELETE ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LargeObject_CancelledBetweenParts_LeavesNoParts()
    {
        using var cancelled = new CancellationTokenSource();
        _server.Break("partNumber=2", 503, times: 1, cancelled.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Objects.PutAsync(new MemoryStream(Content(Large)), "", cancelled.Token));
        Assert.Equal(0, _server.Uploads);
        Assert.Empty(_server.Keys);
    }

    /// <summary>The server has put the parts together, and its answer is lost.</summary>
    [Fact]
    public async Task LargeObject_AnswerToTheEndIsLost_IsFoundToBeThere()
    {
        var content = Content(Large);
        _server.Lose("POST", "uploadId=");
        var stored = await Objects.PutAsync(new MemoryStream(content), "", default);
        Assert.Equal(content, _server.Find($"omniaudit/{stored.Sha256}"));
    }

    [S3Fact]
    public async Task LargeObject_OnARealServer_IsStoredInPartsAndReadBack()
    {
        var bucket = await swift.CreateBucketAsync();
        await using var store = TestStore.Unprepared(o => swift.Configure(o, bucket));
        var objects = store.Get<ObjectStore>();
        var content = Content(Large);
        var stored = await objects.PutAsync(new MemoryStream(content), "application/zip", default);
        Assert.Equal(content, await LocalObjectStoreTests.ReadAsync(objects, stored.Reference));
        using var client = swift.Client();
        var found = await client.GetObjectMetadataAsync(bucket, $"omniaudit/{stored.Sha256}");
        Assert.Equal((Large, "application/zip"), ((int)found.ContentLength, found.Headers.ContentType));
        Assert.Empty((await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket })).MultipartUploads ?? []);
    }

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }
}
