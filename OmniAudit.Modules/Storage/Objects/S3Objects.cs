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

    /// <returns>The reference.</returns>
    public async Task<string> PutAsync(Spool spool, string contentType, CancellationToken cancellationToken)
    {
        var key = KeyOf(spool.Sha256);
        // Written even when it is there: the content is the same by its name, and a damaged copy is mended. The signature
        // covers the content's hash, so a server that answers success has received these bytes.
        await Guarded(client => client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket,
            Key = key,
            InputStream = spool.Rewind(),
            AutoCloseStream = false,
            ContentType = contentType,
            UseChunkEncoding = false,
        }, cancellationToken), cancellationToken);
        return $"s3://{Bucket}/{key}";
    }

    public async Task<Stream> OpenAsync(string reference, ObjectAddress.S3 address, CancellationToken cancellationToken)
    {
        try
        {
            var response = await Guarded(client => client.GetObjectAsync(Bucket, address.Key, cancellationToken), cancellationToken);
            return new VerifyingStream(response.ResponseStream, response.ContentLength, address.Sha256, reference, Unreachable, response);
        }
        catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchKey")
        {
            throw new ObjectMissingException(reference, "is not in the bucket (OBJECT_STORE_BUCKET)", e);
        }
    }

    public async Task<bool> ExistsAsync(ObjectAddress.S3 address, CancellationToken cancellationToken)
    {
        try
        {
            // One byte by GET: the answer to HEAD has no body, and so cannot tell a missing object from a missing bucket.
            using var response = await Guarded(client => client.GetObjectAsync(
                new GetObjectRequest { BucketName = Bucket, Key = address.Key, ByteRange = new ByteRange(0, 0) }, cancellationToken), cancellationToken);
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

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        var nobody = new string('0', 64);
        return ExistsAsync(new ObjectAddress.S3(Bucket, KeyOf(nobody), nobody), cancellationToken);
    }

    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
    }

    private string KeyOf(string sha256) => options.Prefix.Trim('/') is { Length: > 0 } prefix ? $"{prefix}/{sha256}" : sha256;

    private static AmazonS3Client Connect(ObjectStoreOptions options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.S3ForcePathStyle,
            // Servers other than AWS do not know the newer checksum trailers.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 2,
            Timeout = TimeSpan.FromMinutes(5),
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
