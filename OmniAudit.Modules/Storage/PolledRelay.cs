using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Logging;

namespace OmniAudit.Modules.Storage;

/// <summary>
/// Tells the other processes of the database what this one has committed, and hears what they have, where the database itself
/// calls nobody: rows that each looks for. Hints, like the feed they come from and go to.
/// </summary>
internal sealed class PolledRelay(Database database, ChangeFeed changes, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    /// <summary>Of one look; the rest is found by the next.</summary>
    private const int Most = 1000;

    private readonly string _process = Guid.NewGuid().ToString("N");

    /// <summary>Tells this process's changes until cancelled.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        using var told = new ChangesToTell(changes);
        while (await told.NextAsync(cancellationToken) is { } batch)
        {
            await TryAsync(() => database.WriteAsync(
                async db =>
                {
                    var now = time.GetUtcNow();
                    var old = now - Kept;
                    await db.Set<ChangeRow>().Where(c => c.At < old).ExecuteDeleteAsync(cancellationToken);
                    db.AddRange(batch.Where(c => c.Id.Length <= ChangeRow.LongestSubject).Select(c => new ChangeRow { Process = _process, Topic = c.Topic, Subject = c.Id, At = now }));
                }, cancellationToken));
            // Each telling is a write of its own: what comes meanwhile goes together.
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Hears the others until cancelled.</summary>
    public async Task ListenAsync(CancellationToken cancellationToken)
    {
        long? heard = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            await TryAsync(async () =>
            {
                // Writes are one at a time, so that numbers become visible in their order.
                heard ??= await database.ReadAsync(db => db.Set<ChangeRow>().MaxAsync(c => (long?)c.Number, cancellationToken), cancellationToken) ?? 0;
                var rows = await database.ReadAsync(db => db.Set<ChangeRow>().Where(c => c.Number > heard).OrderBy(c => c.Number).Take(Most).ToListAsync(cancellationToken), cancellationToken);
                if (rows.Count > 0) heard = rows[^1].Number;
                foreach (var row in rows.Where(r => r.Process != _process)) changes.Publish(new Change(row.Topic, row.Subject, Elsewhere: true));
            });
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
        catch (Exception away) when (away is DbException or DbUpdateException or CommitUnknownException)
        {
            log.LogDebug(away, "Changes could not be told to, or heard from, the other servers");
        }
    }
}

/// <summary>A change that the other processes are told of, for a minute.</summary>
internal sealed class ChangeRow : IEntityTypeConfiguration<ChangeRow>
{
    public const int LongestSubject = 200;

    public long Number { get; set; }
    public string Process { get; set; } = "";
    public string Topic { get; set; } = "";
    /// <summary>What changed: its id.</summary>
    public string Subject { get; set; } = "";
    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<ChangeRow> builder)
    {
        builder.ToTable("changes").HasKey(c => c.Number);
        builder.Property(c => c.Process).HasMaxLength(32);
        builder.Property(c => c.Topic).HasMaxLength(50);
        builder.Property(c => c.Subject).HasMaxLength(LongestSubject);
        builder.HasIndex(c => c.At);
    }
}
