using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Nodes;

/// <summary>What may be used once, by whichever server it is shown to: remembered until it would be too old anyway.</summary>
public sealed class UsedOnce
{
    /// <summary>Past it nothing more is taken: a flood is not to fill the database.</summary>
    private const int Most = 50_000;

    private readonly Database _database;
    private readonly TimeProvider _time;

    internal UsedOnce(Database database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>True the first time; false for one that was used, or while too many are remembered.</summary>
    /// <param name="key">At most 100 characters.</param>
    /// <param name="until">From then on it is refused for its age, by whoever asks.</param>
    public Task<bool> TryUseAsync(string key, DateTimeOffset until, CancellationToken cancellationToken) => _database.WriteAsync(async db =>
    {
        var now = _time.GetUtcNow();
        await db.Set<UsedOnceRow>().Where(u => u.Until <= now).ExecuteDeleteAsync(cancellationToken);
        if (await db.Set<UsedOnceRow>().AnyAsync(u => u.Key == key, cancellationToken) || await db.Set<UsedOnceRow>().CountAsync(cancellationToken) >= Most) return false;
        db.Add(new UsedOnceRow { Key = key, Until = until });
        return true;
    }, cancellationToken);
}

internal sealed class UsedOnceRow : IEntityTypeConfiguration<UsedOnceRow>
{
    public string Key { get; set; } = "";
    public DateTimeOffset Until { get; set; }

    public void Configure(EntityTypeBuilder<UsedOnceRow> builder)
    {
        builder.ToTable("used_once").HasKey(u => u.Key);
        builder.Property(u => u.Key).HasMaxLength(100);
        builder.HasIndex(u => u.Until);
    }
}
