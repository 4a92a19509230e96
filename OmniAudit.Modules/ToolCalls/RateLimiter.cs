using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Sliding windows of one minute: at most so many calls in any 60 seconds, per bucket and per agent. Counted in the database: over all servers and processes, and over a restart.</summary>
internal sealed class RateLimiter(Database database, OmniAuditOptions options, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Takes a place.</summary>
    /// <returns>Null, or how long until one is free.</returns>
    public Task<TimeSpan?> TakeAsync(RateLimitBucket bucket, CancellationToken cancellationToken) => TakeAsync(bucket.ToString(), LimitOf(bucket), cancellationToken);

    /// <summary>Takes a place in an agent's own budget.</summary>
    /// <param name="subject">The agent's subject.</param>
    /// <param name="limit">Calls in any 60 seconds, over all tools.</param>
    /// <returns>Null, or how long until one is free.</returns>
    public async Task<TimeSpan?> TakeAsync(string subject, int limit, CancellationToken cancellationToken)
    {
        // Whoever asks too much is told so without waiting for those who write, or letting them wait.
        if (await database.ReadAsync(db => WaitAsync(db, subject, limit, cancellationToken), cancellationToken) is { } wait) return wait;
        return await database.WriteAsync(async db =>
        {
            var before = time.GetUtcNow() - Window;
            await db.Set<RateMarkRow>().Where(r => r.At <= before).ExecuteDeleteAsync(cancellationToken);
            if (await WaitAsync(db, subject, limit, cancellationToken) is { } full) return full;
            db.Add(new RateMarkRow { Subject = subject, At = time.GetUtcNow() });
            return (TimeSpan?)null;
        }, cancellationToken);
    }

    private async Task<TimeSpan?> WaitAsync(OmniAuditDb db, string subject, int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var before = now - Window;
        var taken = await db.Set<RateMarkRow>().Where(r => r.Subject == subject && r.At > before).OrderBy(r => r.At).Select(r => r.At).ToListAsync(cancellationToken);
        if (taken.Count < limit) return null;
        // A budget that was made smaller is free again only when enough of the older calls have left the window.
        return taken.Count == 0 ? Window : taken[taken.Count - Math.Max(limit, 1)] + Window - now;
    }

    public int LimitOf(RateLimitBucket bucket) => bucket == RateLimitBucket.Scans ? options.RateLimits.ScansPerMinute : options.RateLimits.WritesPerMinute;

    public static string SettingOf(RateLimitBucket bucket) => bucket == RateLimitBucket.Scans ? "SCAN_RATE_LIMIT_PER_MINUTE" : "GITHUB_WRITE_RATE_LIMIT_PER_MINUTE";
}

/// <summary>One call that counts, for a minute.</summary>
internal sealed class RateMarkRow : IEntityTypeConfiguration<RateMarkRow>
{
    public long MarkId { get; set; }
    /// <summary>The bucket, or the agent.</summary>
    public string Subject { get; set; } = "";
    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<RateMarkRow> builder)
    {
        builder.ToTable("rate_marks").HasKey(r => r.MarkId);
        builder.Property(r => r.Subject).HasMaxLength(300);
        builder.HasIndex(r => new { r.Subject, r.At });
        builder.HasIndex(r => r.At);
    }
}
