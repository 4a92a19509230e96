namespace OmniAudit.Tests.Support;

/// <summary>The system's clock, moved by hand. Timers keep running in real time.</summary>
public sealed class TestTime : TimeProvider
{
    private long _offsetTicks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _offsetTicks));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _offsetTicks, by.Ticks);
}
