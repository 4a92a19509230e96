using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.GitHub.Http;

/// <summary>
/// What GitHub said to any process of this database, so that one that was turned away holds back the others too. While the
/// database is away each knows its own: GitHub says it again.
/// </summary>
internal sealed class SharedBudget(Database database, TimeProvider time, ILogger<SharedBudget> log)
{
    // No names of GitHub's: those have letters, digits, '_' and '-' only.
    private const string Pause = ":pause";
    private const string NextWrite = ":write";

    /// <summary>What is known: limits, and until when GitHub wants to be left alone; null when that could not be read.</summary>
    public Task<(IReadOnlyList<GitHubLimit> Limits, DateTimeOffset PausedUntil)?> FindAsync(CancellationToken cancellationToken) => TryAsync(() => database.ReadAsync<(IReadOnlyList<GitHubLimit>, DateTimeOffset)?>(
        async db =>
        {
            var rows = await db.Set<GitHubBudgetRow>().ToListAsync(cancellationToken);
            return ([.. rows.Where(r => !r.Name.StartsWith(':')).Select(r => new GitHubLimit(r.Name, r.Limit, r.Remaining, r.Until, r.SeenAt))], rows.Find(r => r.Name == Pause)?.Until ?? DateTimeOffset.MinValue);
        }, cancellationToken));

    /// <summary>Tells the others. An answer of GitHub is not lost for it: it never fails.</summary>
    public Task TellAsync(GitHubLimit? limit, DateTimeOffset? pausedUntil) => TryAsync(() => database.WriteAsync<bool?>(
        async db =>
        {
            if (limit is not null) await SetAsync(db, new GitHubBudgetRow { Name = limit.Resource, Limit = limit.Limit, Remaining = limit.Remaining, Until = limit.ResetsAt, SeenAt = limit.SeenAt });
            if (pausedUntil is { } until) await SetAsync(db, new GitHubBudgetRow { Name = Pause, Until = until, SeenAt = time.GetUtcNow() });
            return true;
        }, CancellationToken.None));

    /// <summary>Takes the turn of a write: of all processes, one begins each <paramref name="between"/>.</summary>
    /// <returns>Zero when it may go, else how long until it is worth asking again.</returns>
    public async Task<TimeSpan> BeginWriteAsync(TimeSpan between, CancellationToken cancellationToken)
    {
        if (between <= TimeSpan.Zero) return TimeSpan.Zero;
        return await TryAsync(() => database.WriteAsync<TimeSpan?>(
            async db =>
            {
                var now = time.GetUtcNow();
                // A server whose clock is ahead is not to hold up the others for longer than a turn.
                if (await db.Set<GitHubBudgetRow>().FindAsync([NextWrite], cancellationToken) is { } row && row.Until > now) return row.Until - now < between ? row.Until - now : between;
                await SetAsync(db, new GitHubBudgetRow { Name = NextWrite, Until = now + between, SeenAt = now });
                return TimeSpan.Zero;
            }, cancellationToken)) ?? TimeSpan.Zero;
    }

    private static async Task SetAsync(OmniAuditDb db, GitHubBudgetRow row)
    {
        if (await db.Set<GitHubBudgetRow>().FindAsync(row.Name) is not { } known) db.Add(row);
        else if (row.SeenAt >= known.SeenAt) db.Entry(known).CurrentValues.SetValues(row);
    }

    private async Task<T?> TryAsync<T>(Func<Task<T?>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception away) when (away is DbException or DbUpdateException or CommitUnknownException or TimeoutException)
        {
            log.LogWarning(away, "GitHub's budget could not be shared with the other servers");
            return default;
        }
    }
}

/// <summary>One of GitHub's limits, a pause that it asked for, or the turn of the next write.</summary>
internal sealed class GitHubBudgetRow : IEntityTypeConfiguration<GitHubBudgetRow>
{
    public const int LongestName = 40;

    public string Name { get; set; } = "";
    public int Limit { get; set; }
    public int Remaining { get; set; }
    /// <summary>When the limit is full again, the pause over, the next write's turn.</summary>
    public DateTimeOffset Until { get; set; }
    public DateTimeOffset SeenAt { get; set; }

    public void Configure(EntityTypeBuilder<GitHubBudgetRow> builder)
    {
        builder.ToTable("github_budget").HasKey(r => r.Name);
        builder.Property(r => r.Name).HasMaxLength(LongestName);
    }
}
