namespace OmniAudit.Web.Mcp;

/// <summary>
/// What the SDK writes its events to. Between events it sends a comment now and then, so that neither proxies nor clients
/// take a silent stream for a dead one; and it outlives a response: what is written while none is attached is dropped.
/// </summary>
internal sealed class McpEventStream : Stream
{
    /// <summary>Proxies commonly end a stream after 30 or 60 silent seconds.</summary>
    public static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);

    private static readonly byte[] Comment = ":\n\n"u8.ToArray();

    // One writer at a time; the SDK writes an event whole, so a comment stands between events.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ITimer _timer;
    private Stream? _body;
    private bool _closed;

    public McpEventStream(TimeProvider time, Stream? body = null)
    {
        _body = body;
        _timer = time.CreateTimer(_ => _ = KeepAliveAsync(), null, KeepAliveInterval, KeepAliveInterval);
    }

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>From here on events go to this response, whose headers are sent.</summary>
    public async Task AttachAsync(Stream body, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _body = body;
            await body.FlushAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Waits for a write that is under way: afterwards the response is not touched again.</summary>
    public async Task DetachAsync()
    {
        await _gate.WaitAsync();
        _body = null;
        _gate.Release();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_body is { } body) await body.WriteAsync(buffer, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_body is { } body) await body.FlushAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task KeepAliveAsync()
    {
        // Somebody writes: no comment is needed.
        if (!await _gate.WaitAsync(0)) return;
        try
        {
            if (_closed || _body is not { } body) return;
            await body.WriteAsync(Comment);
            await body.FlushAsync();
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client left; its request ends by itself.
        }
        finally
        {
            _gate.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _gate.WaitAsync();
        (_closed, _body) = (true, null);
        _gate.Release();
        await base.DisposeAsync();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Events are written asynchronously.");
    public override void Flush() => throw new NotSupportedException("Events are written asynchronously.");
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
