using System.Diagnostics;

namespace OmniAudit.Tests.Support;

/// <summary>Waits for a condition that other threads or processes bring about; where servers share a database, a death alone takes 25 s to be seen. A test that waits in vain fails with what it saw last.</summary>
public static class Eventually
{
    /// <summary>How long a test waits for anything. What has happened by then costs nothing; what has not is a fault on a busy machine too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<T> GetAsync<T>(Func<Task<T>> read, Func<T, bool> isIt, string what)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var seen = await read();
            if (isIt(seen)) return seen;
            if (clock.Elapsed > Patience) throw new TimeoutException($"{what}: not within {Patience}. Last seen: {seen}");
            using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            await pause.WaitForNextTickAsync();
        }
    }

    public static Task TrueAsync(Func<Task<bool>> condition, string what) => GetAsync(condition, seen => seen, what);
}
