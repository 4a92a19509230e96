using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Sliding windows of one minute: at most so many calls in any 60 seconds, per bucket and per agent. Kept in memory; a restart begins anew, and each process counts for itself.</summary>
internal sealed class RateLimiter(OmniAuditOptions options, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Agents of tokens are as many as there are people: past so many windows the empty ones are forgotten.</summary>
    private const int ManyWindows = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<DateTimeOffset>> _taken = new(StringComparer.Ordinal);

    /// <summary>Takes a place; otherwise says how long until one is free.</summary>
    public bool TryTake(RateLimitBucket bucket, out TimeSpan retryAfter) => TryTake(bucket.ToString(), LimitOf(bucket), out retryAfter);

    /// <summary>Takes a place in an agent's own budget; otherwise says how long until one is free.</summary>
    /// <param name="subject">The agent's subject.</param>
    /// <param name="limit">Calls in any 60 seconds, over all tools.</param>
    public bool TryTake(string subject, int limit, out TimeSpan retryAfter)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (!_taken.TryGetValue(subject, out var taken))
            {
                if (_taken.Count >= ManyWindows) ForgetEmpty(now);
                _taken[subject] = taken = new Queue<DateTimeOffset>();
            }
            while (taken.TryPeek(out var oldest) && oldest <= now - Window) taken.Dequeue();
            if (taken.Count < limit)
            {
                taken.Enqueue(now);
                retryAfter = TimeSpan.Zero;
                return true;
            }
            // A budget that was made smaller is free again only when enough of the older calls have left the window.
            retryAfter = taken.Count == 0 ? Window : taken.ElementAt(taken.Count - Math.Max(limit, 1)) + Window - now;
            return false;
        }
    }

    public int LimitOf(RateLimitBucket bucket) => bucket == RateLimitBucket.Scans ? options.RateLimits.ScansPerMinute : options.RateLimits.WritesPerMinute;

    public static string SettingOf(RateLimitBucket bucket) => bucket == RateLimitBucket.Scans ? "SCAN_RATE_LIMIT_PER_MINUTE" : "GITHUB_WRITE_RATE_LIMIT_PER_MINUTE";

    private void ForgetEmpty(DateTimeOffset now)
    {
        foreach (var key in _taken.Where(t => t.Value.LastOrDefault() <= now - Window).Select(t => t.Key).ToList()) _taken.Remove(key);
    }
}
