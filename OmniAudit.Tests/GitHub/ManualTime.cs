namespace OmniAudit.Tests.GitHub;

/// <summary>A clock and timers that stand still until a test moves them.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How long each timer has still to go.</summary>
    public IReadOnlyList<TimeSpan> Waiting
    {
        get { lock (_lock) return [.. _timers.Where(t => t.Due is not null).Select(t => t.Due!.Value - _now)]; }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        ManualTimer[] due;
        lock (_lock)
        {
            _now += by;
            due = [.. _timers.Where(t => t.Due <= _now).OrderBy(t => t.Due)];
            foreach (var timer in due) timer.Due = null;
        }
        foreach (var timer in due) timer.GoOff();
    }

    /// <summary>Waits until somebody waits for about so long, and moves the clock there.</summary>
    public async Task PassAsync(TimeSpan wait)
    {
        await Support.Eventually.TrueAsync(() => Task.FromResult(Waiting.Any(w => Math.Abs((w - wait).TotalSeconds) < 1)), $"somebody who waits for {wait}");
        Advance(Waiting.First(w => Math.Abs((w - wait).TotalSeconds) < 1));
    }

    private sealed class ManualTimer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? Due { get; set; }

        public void GoOff() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : owner._now + dueTime;
                if (!owner._timers.Contains(this)) owner._timers.Add(this);
            }
            return true;
        }

        public void Dispose()
        {
            lock (owner._lock) owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
