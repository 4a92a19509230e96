using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>Objects in one bucket of an S3-speaking server.</summary>
internal sealed class S3Objects(ObjectStoreOptions options) : IDisposable
{
    private readonly Lazy<AmazonS3Client> _client = new(() => Connect(options));

    public string Bucket => options.Bucket;

    /// <param name="content">Seekable, at its beginning; it is read twice, once for its signature, and again for every retry.</param>
    /// <returns>The reference.</returns>
    public async Task<string> PutAsync(Stream content, string sha256, long size, string contentType, CancellationToken cancellationToken)
    {
        var key = KeyOf(sha256);
        // Written even when it is there: the content is the same by its name, a damaged copy is mended, and a sweep sees that
        // it is wanted. The signature covers the content's hash, so a server that answers success has received these bytes.
        if (size > S3Parts.Size)
        {
            await new S3Parts(options.Bucket, key, Guarded).PutAsync(content, size, contentType, cancellationToken);
            return $"s3://{Bucket}/{key}";
        }
        await Guarded(client => client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket,
            Key = key,
            InputStream = content,
            AutoCloseStream = false,
            ContentType = contentType,
            UseChunkEncoding = false,
        }, cancellationToken), cancellationToken);
        return $"s3://{Bucket}/{key}";
    }

    /// <returns>Null when the bucket has no such key.</returns>
    public async Task<Stream?> TryOpenAsync(string reference, string key, string sha256, CancellationToken cancellationToken)
    {
        try
        {
            var response = await Guarded(client => client.GetObjectAsync(Bucket, key, cancellationToken), cancellationToken);
            return new VerifyingStream(response.ResponseStream, response.ContentLength, sha256, reference,
                // The SDK compares with the bucket's own checksum, where there is one, and is the first to see damage.
                e => e is AmazonClientException ? new ObjectCorruptException(reference) : Unreachable(e), response);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchKey")
        {
            return null;
        }
    }

    public async Task<bool> ExistsAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            // One byte by GET: the answer to HEAD has no body, and so cannot tell a missing object from a missing bucket.
            using var response = await Guarded(client => client.GetObjectAsync(
                new GetObjectRequest { BucketName = Bucket, Key = key, ByteRange = new ByteRange(0, 0) }, cancellationToken), cancellationToken);
            return true;
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchKey")
        {
            return false;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == System.Net.HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return true; // an empty object
        }
    }

    /// <summary>Size and time of an object; null when the bucket has no such key (or there is no bucket: ask <see cref="CheckAsync"/> first).</summary>
    public Task<RemoteObject?> FindAsync(string sha256, CancellationToken cancellationToken) => Guarded(async client =>
    {
        try
        {
            var found = await client.GetObjectMetadataAsync(Bucket, KeyOf(sha256), cancellationToken);
            return new RemoteObject(sha256, found.ContentLength, Utc(found.LastModified));
        }
        catch (AmazonS3Exception e) when (e.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
    }, cancellationToken);

    /// <summary>Every object that lies directly below the prefix under nothing but its hash; other keys are none of ours.</summary>
    public async IAsyncEnumerable<RemoteObject> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = Bucket, Prefix = Prefix, Delimiter = "/" };
        ListObjectsV2Response page;
        do
        {
            page = await Guarded(client => client.ListObjectsV2Async(request, cancellationToken), cancellationToken);
            foreach (var item in page.S3Objects ?? [])
            {
                if (HashOf(item.Key) is { } sha256) yield return new RemoteObject(sha256, item.Size ?? 0, Utc(item.LastModified));
            }
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    /// <summary>
    /// Deletes an object that was stored before <paramref name="before"/>. It is asked for its time once more, just before: one that was stored again since it was
    /// listed stays. (S3 has no deletion on a condition that every server knows.)
    /// </summary>
    public async Task<bool> DeleteAsync(string sha256, DateTimeOffset before, CancellationToken cancellationToken)
    {
        if (await FindAsync(sha256, cancellationToken) is not { } found || found.Modified >= before) return false;
        await Guarded(client => client.DeleteObjectAsync(Bucket, KeyOf(sha256), cancellationToken), cancellationToken);
        return true;
    }

    /// <summary>Ends uploads in parts that were begun before and never finished: their parts take room and are seen nowhere.</summary>
    public async Task<int> AbortUploadsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var page = await Guarded(client => client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Bucket, Prefix = Prefix }, cancellationToken), cancellationToken);
        var stale = (page.MultipartUploads ?? []).Where(u => HashOf(u.Key) is not null && Utc(u.Initiated) < before).ToList();
        foreach (var upload in stale) await new S3Parts(Bucket, upload.Key, Guarded).AbandonAsync(upload.UploadId);
        return stale.Count;
    }

    public Task CheckAsync(CancellationToken cancellationToken) => ExistsAsync(KeyOf(new string('0', 64)), cancellationToken);

    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
    }

    /// <summary>The key under which this store writes an object.</summary>
    public string KeyOf(string sha256) => Prefix + sha256;

    private string Prefix => options.Prefix.Trim('/') is { Length: > 0 } prefix ? prefix + "/" : "";

    /// <summary>Null for keys that this store does not write: the bucket may hold other things, too.</summary>
    private string? HashOf(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) && ObjectAddress.TryParse($"local://sha256/{key[Prefix.Length..]}") is { Sha256: var sha256 } ? sha256 : null;

    /// <summary>Some servers leave it out: then it is now, and nothing is swept.</summary>
    private static DateTimeOffset Utc(DateTime? time) => time is { } known ? new DateTimeOffset(known.ToUniversalTime(), TimeSpan.Zero) : DateTimeOffset.MaxValue;

    private static AmazonS3Client Connect(ObjectStoreOptions options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.S3ForcePathStyle,
            // Servers other than AWS do not know the newer checksum trailers.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            // Answers of 5xx, resets and time-outs: three more times, each later than the last (about 4 s in all).
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = 3,
            // For one request, of which none carries more than a part.
            Timeout = TimeSpan.FromMinutes(2),
        };
        if (options.S3EndpointUrl.Length > 0)
        {
            config.ServiceURL = options.S3EndpointUrl;
            config.AuthenticationRegion = options.S3Region;
        }
        else
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.S3Region);
        }
        // Without a key the SDK's own chain decides (environment, profile, instance role).
        return options.S3AccessKeyId.Length > 0
            ? new AmazonS3Client(new BasicAWSCredentials(options.S3AccessKeyId, options.S3SecretAccessKey), config)
            : new AmazonS3Client(config);
    }

    private async Task<T> Guarded<T>(Func<AmazonS3Client, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(_client.Value);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchBucket")
        {
            throw new ObjectStoreUnavailableException($"OBJECT_STORE_BUCKET: the server at {Where} has no bucket '{Bucket}'. Create it or correct the name.", e);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is System.Net.HttpStatusCode.Forbidden or System.Net.HttpStatusCode.Unauthorized)
        {
            throw new ObjectStoreUnavailableException(
                $"S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: the server at {Where} refuses the access key for the bucket '{Bucket}' ({e.ErrorCode}).", e);
        }
        catch (AmazonServiceException e) when (e.ErrorCode != "NoSuchKey" && e.StatusCode != System.Net.HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw Unreachable(e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or AmazonClientException)
        {
            throw Unreachable(e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(e);
        }
    }

    private string Where => options.S3EndpointUrl.Length > 0 ? options.S3EndpointUrl : $"AWS ({options.S3Region})";

    private ObjectStoreUnavailableException Unreachable(Exception e) => new(
        $"S3_ENDPOINT_URL, S3_REGION_NAME: the object store at {Where} does not answer as it should: {(e.InnerException ?? e).Message}", e);
}

/// <summary>An object of the bucket.</summary>
internal sealed record RemoteObject(string Sha256, long Size, DateTimeOffset Modified);
