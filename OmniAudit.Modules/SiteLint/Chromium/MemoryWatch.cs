using System.Globalization;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>
/// Looks at the memory of a browser's process group (Linux; elsewhere it does nothing). When it passes the limit the largest renderer is
/// ended, which costs its page and not the browser.
/// </summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly int _group;
    private readonly long _limit;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private int _trips;

    /// <param name="limit">Bytes of private and shared memory, all processes together.</param>
    public MemoryWatch(int group, long limit, TimeProvider time)
    {
        (_group, _limit) = (group, limit);
        _watching = group > 1 && OperatingSystem.IsLinux() ? Task.Run(() => WatchAsync(time)) : Task.CompletedTask;
    }

    /// <summary>Half of what the machine has, within 1 to 3 GB.</summary>
    public static long DefaultLimit { get; } = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, 1L << 30, 3L << 30);

    /// <summary>How often a renderer was ended.</summary>
    public int Trips => Volatile.Read(ref _trips);

    public PageTrip Trip => new("availability/memory", "The page takes more memory than a visitor has",
        string.Create(CultureInfo.InvariantCulture, $"The browser had grown beyond {_limit / 1024 / 1024} MB; the page was ended."), "Look for scripts that keep allocating, and for very large documents and images.");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            var processes = ProcessGroup.Members(_group);
            if (processes.Sum(p => p.Memory) <= _limit) continue;
            var renderers = processes.Where(p => p.Renderer).ToList();
            if (renderers.Count == 0) continue;
            Interlocked.Increment(ref _trips);
            ProcessGroup.KillOne(renderers.MaxBy(p => p.Memory).Id);
        }
    }
}
