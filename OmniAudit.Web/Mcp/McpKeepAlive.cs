namespace OmniAudit.Web.Mcp;

/// <summary>
/// An event stream that sends a comment whenever nothing was sent for a while, so that proxies keep it and a client that
/// is gone is noticed. The SDK writes each event whole, so a comment never falls into one.
/// </summary>
internal sealed class McpKeepAlive : Stream
{
    /// <summary>Below the idle limits of common proxies (60 s and 30 s).</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    private static readonly ReadOnlyMemory<byte> Comment = ":\n\n"u8.ToArray();

    private readonly Stream _inner;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ITimer _timer;
    private bool _ended;

    public McpKeepAlive(Stream inner, TimeProvider time)
    {
        _inner = inner;
        _timer = time.CreateTimer(_ => _ = CommentAsync(), null, Interval, Interval);
    }

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _timer.Change(Interval, Interval);
            await _inner.WriteAsync(buffer, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await _inner.FlushAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Writes are asynchronous.");
    public override void Flush() => throw new NotSupportedException("Writes are asynchronous.");
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Ends the comments; the stream below is its owner's. Returns when none is being written.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _turn.WaitAsync();
        _ended = true;
        _turn.Release();
        await base.DisposeAsync();
    }

    private async Task CommentAsync()
    {
        // A write in progress says enough.
        if (!await _turn.WaitAsync(TimeSpan.Zero)) return;
        try
        {
            if (_ended) return;
            await _inner.WriteAsync(Comment);
            await _inner.FlushAsync();
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // The request notices on its own.
        }
        finally
        {
            _turn.Release();
        }
    }
}
