using System.Diagnostics;

namespace OmniAudit.Tests.Support;

/// <summary>Waits for a condition that other threads or processes bring about. A test that waits in vain fails with what it saw last.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<T> GetAsync<T>(Func<Task<T>> read, Func<T, bool> isIt, string what, TimeSpan? patience = null)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var seen = await read();
            if (isIt(seen)) return seen;
            if (clock.Elapsed > (patience ?? Patience)) throw new TimeoutException($"{what}: not within {patience ?? Patience}. Last seen: {seen}");
            using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            await pause.WaitForNextTickAsync();
        }
    }

    public static Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null) => GetAsync(condition, seen => seen, what, patience);
}
