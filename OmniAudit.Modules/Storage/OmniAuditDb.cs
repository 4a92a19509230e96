using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace OmniAudit.Modules.Storage;

/// <summary>
/// The one relational store. Each module describes its own rows in an <see cref="IEntityTypeConfiguration{TEntity}"/> beside them.
/// This is the model on SQLite; a subclass for each other engine says only what that engine wants said differently, and gives
/// EF Core a set of migrations of its own.
/// </summary>
internal class OmniAuditDb : DbContext
{
    public OmniAuditDb(DbContextOptions<OmniAuditDb> options) : base(options) { }

    /// <summary>For the other engines.</summary>
    protected OmniAuditDb(DbContextOptions options) : base(options) { }

    /// <summary>
    /// The first statement of every write's transaction: until it ends, no other write of any process begins. SQLite needs
    /// none, as its transactions lock the file when they begin.
    /// </summary>
    public virtual Task TakeWriteLockAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What became of the transaction whose commit threw: true when it is committed all the same, false when it certainly is not, null when nobody knows.</summary>
    public virtual Task<bool?> FindFateAsync(DbException failure) => Task.FromResult<bool?>(false);

    /// <summary>A command of the transaction, or outside of one when there is none.</summary>
    public DbCommand Command(string text)
    {
        var command = Database.GetDbConnection().CreateCommand();
        command.Transaction = Database.CurrentTransaction?.GetDbTransaction();
        command.CommandText = text;
        return command;
    }

    /// <summary>A text as this engine can store it.</summary>
    public virtual string Storable(string text) => text;

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(OmniAuditDb).Assembly);

    /// <summary>Times are stored as Unix milliseconds (UTC): they sort and compare alike on every engine.</summary>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();

    private sealed class UnixMilliseconds() : Microsoft.EntityFrameworkCore.Storage.ValueConversion.ValueConverter<DateTimeOffset, long>(
        time => time.ToUnixTimeMilliseconds(),
        milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}
