namespace OmniAudit.Tests.GitHub;

/// <summary>The system's clock, whose timers go off when the test says so and never else.</summary>
internal sealed class HandTimers : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<HandTimer> _timers = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HandTimer(callback, state, this);
        lock (_lock) _timers.Add(timer);
        return timer;
    }

    public void GoOff()
    {
        HandTimer[] due;
        lock (_lock) due = [.. _timers];
        foreach (var timer in due) timer.GoOff();
    }

    private sealed class HandTimer(TimerCallback callback, object? state, HandTimers owner) : ITimer
    {
        public void GoOff() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

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
