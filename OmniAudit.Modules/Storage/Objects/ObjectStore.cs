using System.Net.Http.Headers;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>
/// Content-addressed, immutable objects: reports, evidence, screenshots. New ones go to OBJECT_STORE_BACKEND; reading
/// follows the reference's own form, so references of the other backend stay readable after a switch, in both directions.
/// </summary>
internal sealed class ObjectStore : IDisposable
{
    private readonly long _limit;
    private readonly LocalObjects _local;
    private readonly S3Objects? _s3;
    private readonly bool _toS3;
    private readonly string _spoolDirectory;

    public ObjectStore(OmniAuditOptions options)
    {
        _limit = options.ObjectStore.MaxObjectBytes;
        _local = new LocalObjects(options.InData(options.ObjectStore.Root, "objects"), options.InData("", ""));
        _toS3 = options.ObjectStore.Backend == "s3";
        _s3 = options.ObjectStore.Bucket.Length > 0 ? new S3Objects(options.ObjectStore) : null;
        if (_toS3 && _s3 is null) throw new ObjectStoreUnavailableException("OBJECT_STORE_BUCKET: OBJECT_STORE_BACKEND=s3 needs the name of a bucket.");
        // Local objects are renamed into place, so they are spooled on the same file system.
        _spoolDirectory = _toS3 ? options.InData("", "spool") : _local.SpoolDirectory;
    }

    /// <summary>
    /// Stores the content, from its current position to its end, and returns once it is durable. The same content again
    /// gives the same reference. Local objects have no content type of their own: keep it in the row that holds the reference.
    /// </summary>
    /// <param name="contentType">A media type; empty for application/octet-stream.</param>
    /// <exception cref="FormatException">The content type is no media type.</exception>
    /// <exception cref="ObjectTooLargeException">Longer than OBJECT_STORE_MAX_BYTES.</exception>
    /// <exception cref="ObjectStoreUnavailableException">The backend cannot be written; nothing was stored.</exception>
    public async Task<StoredObject> PutAsync(Stream content, string contentType, CancellationToken cancellationToken)
    {
        // Checked for every backend, so that the switch to S3 brings no surprise.
        using var span = Span("object put", _toS3);
        var type = MediaTypeHeaderValue.Parse(contentType.Length > 0 ? contentType : "application/octet-stream").ToString();
        await using var spool = await Spool.FillAsync(content, _spoolDirectory, _limit, durable: !_toS3, cancellationToken);
        var reference = _toS3 ? await _s3!.PutAsync(spool, type, cancellationToken) : _local.Put(spool);
        return new StoredObject(reference, spool.Sha256, spool.Size);
    }

    /// <summary>
    /// Opens an object for one forward read. The content is checked against its address on the way: the read that would
    /// hand out its last bytes throws instead when they are not what was stored.
    /// </summary>
    /// <exception cref="ObjectMissingException">Nothing is stored under the reference, or it is none.</exception>
    /// <exception cref="ObjectCorruptException">Thrown by the stream: the content does not match its address.</exception>
    /// <exception cref="ObjectStoreUnavailableException">The backend cannot be read; may also be thrown by the stream.</exception>
    public async Task<Stream> OpenAsync(string reference, CancellationToken cancellationToken)
    {
        var address = ObjectAddress.TryParse(reference) ?? throw new ObjectMissingException(reference, "is not a reference of the object store");
        using var span = Span("object open", address is ObjectAddress.S3);
        return address is ObjectAddress.S3 remote
            ? await S3For(reference, remote).OpenAsync(reference, remote, cancellationToken)
            : _local.Open(reference, address);
    }

    /// <summary>Whether an object is stored under the reference; its content is not checked. False also for text that is no reference.</summary>
    /// <exception cref="ObjectStoreUnavailableException">The backend cannot be asked.</exception>
    public async Task<bool> ExistsAsync(string reference, CancellationToken cancellationToken) => ObjectAddress.TryParse(reference) switch
    {
        null => false,
        ObjectAddress.S3 remote => await S3For(reference, remote).ExistsAsync(remote, cancellationToken),
        var address => _local.Find(address) is not null,
    };

    /// <summary>Asks the backend for new objects whether it works, for the health page.</summary>
    /// <exception cref="ObjectStoreUnavailableException">It does not; the message names the setting to look at.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (_toS3) await _s3!.CheckAsync(cancellationToken);
        else _local.Check();
    }

    /// <summary>Deletes what writes that never ended (a kill, a power cut) left in the spool before <paramref name="before"/>. Such files were never objects.</summary>
    public int SweepSpool(DateTimeOffset before) => Spool.Sweep(_spoolDirectory, before);

    public void Dispose() => _s3?.Dispose();

    private static System.Diagnostics.Activity? Span(string name, bool isS3) =>
        Spans.StartWithin(name, System.Diagnostics.ActivityKind.Client)?.SetTag("omniaudit.object_store", isS3 ? "s3" : "local");

    private S3Objects S3For(string reference, ObjectAddress.S3 address)
    {
        if (_s3 is null) throw new ObjectStoreUnavailableException($"OBJECT_STORE_BUCKET: the object '{reference}' lies in S3, but no bucket is configured. Set OBJECT_STORE_BUCKET and the S3_* settings again.");
        // References also come from agents: the server's credentials open its own bucket and no other.
        return address.Bucket == _s3.Bucket ? _s3 : throw new ObjectStoreUnavailableException(
            $"OBJECT_STORE_BUCKET: the object '{reference}' lies in another bucket than the configured '{_s3.Bucket}'.");
    }
}
