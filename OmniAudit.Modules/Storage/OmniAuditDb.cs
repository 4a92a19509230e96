using Microsoft.EntityFrameworkCore;

namespace OmniAudit.Modules.Storage;

/// <summary>The one relational store. Each module describes its own rows in an <see cref="IEntityTypeConfiguration{TEntity}"/> beside them.</summary>
internal sealed class OmniAuditDb(DbContextOptions<OmniAuditDb> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(OmniAuditDb).Assembly);

    /// <summary>Times are stored as Unix milliseconds (UTC): they sort and compare alike on every engine.</summary>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();

    private sealed class UnixMilliseconds() : Microsoft.EntityFrameworkCore.Storage.ValueConversion.ValueConverter<DateTimeOffset, long>(
        time => time.ToUnixTimeMilliseconds(),
        milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}
