using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace OmniAudit.Modules.SiteLint.Fence;

/// <summary>One socket of the fence, with the clocks and byte budgets that every read passes.</summary>
internal sealed class FenceConnection(Socket socket, FenceLimits limits, FenceBudget budget) : IDisposable
{
    private byte[] _buffered = [];
    private long _bytes;

    public Socket Socket { get; } = socket;

    /// <summary>Reads up to and without the empty line. Null when the peer ends first; bytes behind the head stay for <see cref="ReadAsync"/>.</summary>
    public async Task<byte[]?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        clock.CancelAfter(limits.HeadTime);
        var data = _buffered;
        var chunk = new byte[8192];
        while (true)
        {
            var end = data.AsSpan().IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                _buffered = data[(end + 4)..];
                return data[..end];
            }
            if (data.Length > limits.HeadBytes) throw new FenceLimitException($"a message head is larger than {limits.HeadBytes} bytes");
            var read = await Socket.ReceiveAsync(chunk, SocketFlags.None, clock.Token);
            if (read == 0) return null;
            Count(read);
            data = [.. data, .. chunk.AsSpan(0, read)];
        }
    }

    /// <summary>Copies to the other side until this side ends, or until <paramref name="exactly"/> bytes are through.</summary>
    public async Task CopyToAsync(FenceConnection other, long? exactly, CancellationToken cancellationToken)
    {
        var left = exactly ?? long.MaxValue;
        var buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
        try
        {
            while (left > 0)
            {
                var read = await ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
                if (read == 0) return;
                left -= read;
                await other.SendAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        clock.CancelAfter(limits.IdleTime);
        while (!bytes.IsEmpty) bytes = bytes[await Socket.SendAsync(bytes, SocketFlags.None, clock.Token)..];
    }

    /// <summary>Answers in the fence's own name and ends the sending side.</summary>
    public async Task AnswerAsync(int status, string reason, string mark, string message, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(message);
        var head = string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} {reason}\r\n{FilteringProxy.MarkHeader}: {mark}\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        await SendAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body], cancellationToken);
        Socket.Shutdown(SocketShutdown.Send);
    }

    public void Dispose() => Socket.Dispose();

    private async Task<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        if (_buffered.Length > 0)
        {
            var take = Math.Min(_buffered.Length, target.Length);
            _buffered.AsMemory(0, take).CopyTo(target);
            _buffered = _buffered[take..];
            return take;
        }
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        clock.CancelAfter(limits.IdleTime);
        var read = await Socket.ReceiveAsync(target, SocketFlags.None, clock.Token);
        Count(read);
        return read;
    }

    private void Count(int bytes)
    {
        if ((_bytes += bytes) > limits.ConnectionBytes) throw new FenceLimitException($"one connection carried more than {limits.ConnectionBytes} bytes");
        budget.Spend(bytes);
    }
}

/// <summary>The bytes that all connections of a job share, and those of the page that is being looked at.</summary>
internal sealed class FenceBudget(long total, long page)
{
    private long _spent;
    private long _ofPage;

    /// <summary>The next page begins with its full allowance, whatever the last one did.</summary>
    public void StartPage() => Interlocked.Exchange(ref _ofPage, 0);

    public void Spend(int bytes)
    {
        if (Interlocked.Add(ref _spent, bytes) > total) throw new FenceLimitException($"the scan moved more than {total} bytes");
        if (Interlocked.Add(ref _ofPage, bytes) > page) throw new FenceLimitException($"one page moved more than {page} bytes");
    }
}

/// <summary>A page used more of the network than a scan grants; the connection is closed.</summary>
internal sealed class FenceLimitException(string message) : Exception(message);
