namespace OmniAudit.Tests.Approvals;

/// <summary>The system's clock, moved by hand; timers run in real time, and those of one length can be let go off at once.</summary>
internal sealed class ImpatientTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<(TimeSpan Due, ITimer Timer)> _timers = [];
    private long _offsetTicks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _offsetTicks));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _offsetTicks, by.Ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Watched(System.CreateTimer(callback, state, dueTime, period), this);
        lock (_lock) _timers.Add((dueTime, timer));
        return timer;
    }

    /// <summary>Every live timer that was set for exactly this long is over.</summary>
    public void GoOff(TimeSpan due)
    {
        List<ITimer> over;
        lock (_lock) over = _timers.FindAll(t => t.Due == due).ConvertAll(t => t.Timer);
        foreach (var timer in over) timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private sealed class Watched(ITimer inner, ImpatientTime owner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

        public void Dispose()
        {
            Forget();
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Forget();
            return inner.DisposeAsync();
        }

        private void Forget()
        {
            lock (owner._lock) owner._timers.RemoveAll(t => ReferenceEquals(t.Timer, this));
        }
    }
}
