using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Sliding windows of one minute, one per bucket: at most so many calls in any 60 seconds.</summary>
internal sealed class RateLimiter(OmniAuditOptions options, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<RateLimitBucket, Queue<DateTimeOffset>> _taken = [];

    /// <summary>Takes a place; otherwise says how long until one is free.</summary>
    public bool TryTake(RateLimitBucket bucket, out TimeSpan retryAfter)
    {
        var limit = LimitOf(bucket);
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (!_taken.TryGetValue(bucket, out var taken)) _taken[bucket] = taken = new Queue<DateTimeOffset>();
            while (taken.TryPeek(out var oldest) && oldest <= now - Window) taken.Dequeue();
            if (taken.Count < limit)
            {
                taken.Enqueue(now);
                retryAfter = TimeSpan.Zero;
                return true;
            }
            retryAfter = taken.Count == 0 ? Window : taken.Peek() + Window - now;
            return false;
        }
    }

    public int LimitOf(RateLimitBucket bucket) => bucket == RateLimitBucket.Scans ? options.RateLimits.ScansPerMinute : options.RateLimits.WritesPerMinute;

    public static string SettingOf(RateLimitBucket bucket) => bucket == RateLimitBucket.Scans ? "SCAN_RATE_LIMIT_PER_MINUTE" : "GITHUB_WRITE_RATE_LIMIT_PER_MINUTE";
}
