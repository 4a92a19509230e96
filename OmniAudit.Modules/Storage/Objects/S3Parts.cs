using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>Calls the server; what goes wrong comes out as the store's own exception.</summary>
internal delegate Task<bool> GuardedCall(Func<AmazonS3Client, Task<bool>> call, CancellationToken cancellationToken);

/// <summary>The upload of one large object in parts: a connection that breaks costs one part and not the whole.</summary>
internal sealed class S3Parts(string bucket, string key, GuardedCall guarded)
{
    /// <summary>Longer objects go in parts of so many bytes. S3 wants at least 5 MiB, and at most 10,000 parts.</summary>
    public const long Size = 16L << 20;

    private static readonly TimeSpan AbandonLimit = TimeSpan.FromSeconds(30);

    /// <summary>The object appears whole, or not at all. When it fails, its parts are taken back; what a kill leaves, the next sweep takes back.</summary>
    public async Task PutAsync(Stream content, long size, string contentType, CancellationToken cancellationToken)
    {
        var upload = "";
        await guarded(async client =>
        {
            upload = (await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = bucket, Key = key, ContentType = contentType }, cancellationToken)).UploadId;
            return true;
        }, cancellationToken);
        try
        {
            var parts = new List<PartETag>();
            for (var at = 0L; at < size; at += Size) parts.Add(await PutPartAsync(upload, parts.Count + 1, content, at, Math.Min(Size, size - at), cancellationToken));
            await guarded(client => CompleteAsync(client, upload, parts, size, cancellationToken), cancellationToken);
        }
        catch
        {
            await AbandonAsync(upload);
            throw;
        }
    }

    /// <summary>Takes the parts back. Never throws: it is tried again by the next sweep.</summary>
    public async Task AbandonAsync(string upload)
    {
        // Not the caller's token: one that was cancelled leaves parts, too.
        using var limit = new CancellationTokenSource(AbandonLimit);
        try
        {
            await guarded(async client =>
            {
                await client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload }, limit.Token);
                return true;
            }, limit.Token);
        }
        catch (Exception e) when (e is ObjectStoreUnavailableException or OperationCanceledException)
        {
            // What made the upload fail mostly keeps this from working, and is what the caller must hear of.
        }
    }

    private async Task<PartETag> PutPartAsync(string upload, int number, Stream content, long at, long length, CancellationToken cancellationToken)
    {
        var tag = "";
        await guarded(async client =>
        {
            content.Position = at;
            var done = await client.UploadPartAsync(new UploadPartRequest
            {
                BucketName = bucket, Key = key, UploadId = upload, PartNumber = number, InputStream = content, PartSize = length, UseChunkEncoding = false,
            }, cancellationToken);
            tag = done.ETag;
            return true;
        }, cancellationToken);
        return new PartETag(number, tag);
    }

    private async Task<bool> CompleteAsync(AmazonS3Client client, string upload, List<PartETag> parts, long size, CancellationToken cancellationToken)
    {
        try
        {
            await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload, PartETags = parts }, cancellationToken);
        }
        catch (AmazonServiceException e) when (e.ErrorCode == "NoSuchUpload")
        {
            // The answer to the first try was lost, and it had worked: then the object is there.
            if ((await client.GetObjectMetadataAsync(bucket, key, cancellationToken)).ContentLength != size) throw;
        }
        return true;
    }
}
