namespace OmniAudit.Modules.AdminOps.Ingest.Http;

/// <summary>So many requests within a time, and no more: the oldest must have left the window. Also where a pause that Microsoft asked for is kept. Thread safe.</summary>
internal sealed class RequestPace(int requests, TimeSpan within, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<long> _sent = new();
    private long _pausedFrom;
    private TimeSpan _pause;

    /// <summary>Waits for its turn.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        while (Next() is { } wait) await Task.Delay(wait, time, cancellationToken);
    }

    /// <summary>Nobody sends anything for so long.</summary>
    public void Pause(TimeSpan pause)
    {
        lock (_lock)
        {
            if (_pause > TimeSpan.Zero && _pause - time.GetElapsedTime(_pausedFrom) > pause) return;
            (_pausedFrom, _pause) = (time.GetTimestamp(), pause);
        }
    }

    private TimeSpan? Next()
    {
        lock (_lock)
        {
            if (_pause > TimeSpan.Zero && _pause - time.GetElapsedTime(_pausedFrom) is var left && left > TimeSpan.Zero) return left;
            _pause = TimeSpan.Zero;
            while (_sent.TryPeek(out var oldest) && time.GetElapsedTime(oldest) >= within) _sent.Dequeue();
            if (_sent.Count < requests)
            {
                _sent.Enqueue(time.GetTimestamp());
                return null;
            }
            var wait = within - time.GetElapsedTime(_sent.Peek());
            return wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1);
        }
    }
}
