using System.Net.Http.Headers;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>
/// Content-addressed, immutable objects: reports, evidence, screenshots. New ones go to OBJECT_STORE_BACKEND. Reading begins
/// where the reference points and then looks into the other store: objects that were copied from one to the other are found
/// in both directions, and references are never rewritten.
/// </summary>
internal sealed class ObjectStore : IDisposable
{
    private readonly long _limit;
    private readonly LocalObjects _local;
    private readonly S3Objects? _s3;
    private readonly bool _toS3;
    private readonly string _spoolDirectory;

    /// <summary>The files, whichever backend is set; for the upkeep of the store.</summary>
    internal LocalObjects Local => _local;

    /// <summary>The bucket, whichever backend is set; null when none is configured. For the upkeep of the store.</summary>
    internal S3Objects? Remote => _s3;

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
        var reference = _toS3 ? await _s3!.PutAsync(spool.Rewind(), spool.Sha256, spool.Size, type, cancellationToken) : _local.Put(spool);
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
        if (address is ObjectAddress.S3 remote)
        {
            if (IsOurs(remote) && await _s3!.TryOpenAsync(reference, remote.Key, remote.Sha256, cancellationToken) is { } found) return found;
            if (_local.TryOpen(reference, remote) is { } kept) return kept;
            throw IsOurs(remote) ? new ObjectMissingException(reference, "is neither in the bucket (OBJECT_STORE_BUCKET) nor in the local object store (OBJECT_STORE_ROOT)") : Elsewhere(reference);
        }
        if (_local.TryOpen(reference, address) is { } file) return file;
        if (_s3 is null) throw new ObjectMissingException(reference, "is not in the local object store (OBJECT_STORE_ROOT)");
        return await _s3.TryOpenAsync(reference, _s3.KeyOf(address.Sha256), address.Sha256, cancellationToken)
            ?? throw new ObjectMissingException(reference, "is neither in the local object store (OBJECT_STORE_ROOT) nor in the bucket (OBJECT_STORE_BUCKET)");
    }

    /// <summary>Whether an object is stored under the reference; its content is not checked. False also for text that is no reference.</summary>
    /// <exception cref="ObjectStoreUnavailableException">The backend cannot be asked.</exception>
    public async Task<bool> ExistsAsync(string reference, CancellationToken cancellationToken)
    {
        if (ObjectAddress.TryParse(reference) is not { } address) return false;
        if (address is not ObjectAddress.S3 remote) return _local.Find(address) is not null || (_s3 is not null && await _s3.ExistsAsync(_s3.KeyOf(address.Sha256), cancellationToken));
        if (IsOurs(remote) && await _s3!.ExistsAsync(remote.Key, cancellationToken)) return true;
        return _local.Find(remote) is not null || (IsOurs(remote) ? false : throw Elsewhere(reference));
    }

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

    private bool IsOurs(ObjectAddress.S3 address) => _s3?.Bucket == address.Bucket;

    /// <summary>References also come from agents: the server's credentials open its own bucket and no other.</summary>
    private ObjectStoreUnavailableException Elsewhere(string reference) => new(_s3 is null
        ? $"OBJECT_STORE_BUCKET: the object '{reference}' lies in S3, but no bucket is configured. Set OBJECT_STORE_BUCKET and the S3_* settings again."
        : $"OBJECT_STORE_BUCKET: the object '{reference}' lies in another bucket than the configured '{_s3.Bucket}'.");
}
