using System.Net;
using System.Net.Http.Headers;

namespace OmniAudit.Modules.GitHub.Http;

/// <summary>Knows whether its bytes were asked for: until then the server cannot have understood the request.</summary>
internal sealed class WatchedContent : HttpContent
{
    private readonly Stream _content;
    private readonly long _length;
    private volatile bool _wasBegun;

    public WatchedContent(byte[] json)
        : this(new MemoryStream(json, writable: false), json.Length, "application/json; charset=utf-8") { }

    /// <param name="content">Read once, from where it stands; stays open.</param>
    /// <param name="length">Exactly what it holds: another number of bytes breaks the request off.</param>
    public WatchedContent(Stream content, long length, string mediaType)
    {
        (_content, _length) = (content, length);
        Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
    }

    public bool WasBegun => _wasBegun;

    /// <summary>Called after every piece that was sent.</summary>
    public Action? Progress { get; set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _wasBegun = true;
        var buffer = new byte[(int)Math.Clamp(_length, 1, 128 * 1024)];
        for (var left = _length; left > 0;)
        {
            var count = await _content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellationToken);
            if (count == 0) throw new IOException("the content ended before its announced length");
            await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            left -= count;
            Progress?.Invoke();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
