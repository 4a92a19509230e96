using System.Security.Cryptography;
using Amazon.Runtime;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>Reads an object once, forward, and compares its hash with its address before the last bytes are handed out.</summary>
/// <param name="length">The length the backend tells, 0 when it tells none; the check happens there, or at an earlier end.</param>
/// <param name="unavailable">Turns a broken read into the store's own exception.</param>
/// <param name="owner">Disposed with the stream.</param>
internal sealed class VerifyingStream(Stream inner, long length, string sha256, string reference, Func<Exception, Exception> unavailable, IDisposable owner) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;
    private bool _checked;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = inner.Read(buffer);
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw unavailable(e);
        }
        Check(buffer[..read], buffer.Length);
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw unavailable(e);
        }
        Check(buffer.Span[..read], buffer.Length);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            owner.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Check(ReadOnlySpan<byte> read, int wanted)
    {
        _hash.AppendData(read);
        _position += read.Length;
        var ended = (length > 0 && _position >= length) || (read.IsEmpty && wanted > 0);
        if (!ended || (_checked && read.IsEmpty)) return;
        _checked = true;
        var actual = Convert.ToHexStringLower(_hash.GetCurrentHash());
        if (actual != sha256) throw new ObjectCorruptException(reference, actual);
    }

    private static bool IsBroken(Exception e) => e is IOException or HttpRequestException or UnauthorizedAccessException or AmazonClientException;
}
