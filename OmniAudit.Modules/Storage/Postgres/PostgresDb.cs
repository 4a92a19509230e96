using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace OmniAudit.Modules.Storage.Postgres;

/// <summary>
/// The model on PostgreSQL. Every text is <c>text COLLATE "C"</c>: it compares and sorts by its bytes, as on SQLite and as
/// .NET's ordinal comparison does for ids and hashes, whatever the locale of the database. Lengths are what the code keeps
/// to; the column has none.
/// </summary>
internal sealed class PostgresDb(DbContextOptions<PostgresDb> options) : OmniAuditDb(options)
{
    /// <summary>"OmniAudi" in ASCII, the key of the lock that a write holds: advisory locks are numbers, and of one database.</summary>
    public const long WriteLock = 0x4F6D6E6941756469;

    /// <summary>The key of the lock that a change of the schema holds.</summary>
    public const long SchemaLock = WriteLock + 1;

    /// <summary>The key of the lock that every server shares while it runs.</summary>
    public const long ServerLock = WriteLock + 2;

    /// <summary>The key of the first of the locks that whoever does a duty holds.</summary>
    public const long DutyLock = WriteLock + 16;

    /// <summary>A write does no network or file work inside, so a pause this long means that its process hangs: the database then ends its transaction, so that others can write.</summary>
    private const int LongestPause = 60_000;

    // The number of a transaction tells after a lost connection what became of it.
    private static readonly string Lock = $"SELECT set_config('idle_in_transaction_session_timeout', '{LongestPause}', true), pg_advisory_xact_lock({WriteLock}), pg_current_xact_id()::text";

    private string _transaction = "";

    public override async Task TakeWriteLockAsync(CancellationToken cancellationToken)
    {
        _transaction = "";
        await using var command = Command(Lock);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        _transaction = reader.GetString(2);
    }

    public override async Task<bool?> FindFateAsync(DbException failure)
    {
        // The server's own word is that it did not commit; all but the one that an administrator has just cut the session off (class 57).
        if (failure is PostgresException { SqlState: var state } && !state.StartsWith("57", StringComparison.Ordinal)) return false;
        try
        {
            // A new one: those that lie idle may be as broken.
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database.GetConnectionString()) { Pooling = false }.ToString());
            await connection.OpenAsync();
            await using var ask = connection.CreateCommand();
            // The lost transaction, if the server has not noticed yet, still has the lock; once it is ours that one has ended.
            ask.CommandText = $"SELECT pg_advisory_lock({WriteLock}); SELECT pg_xact_status(@id::xid8); SELECT pg_advisory_unlock({WriteLock})";
            ask.CommandTimeout = (LongestPause / 1000) + 30;
            ask.Parameters.AddWithValue("id", _transaction);
            await using var reader = await ask.ExecuteReaderAsync();
            await reader.NextResultAsync();
            await reader.ReadAsync();
            return reader.IsDBNull(0) ? null : reader.GetString(0) switch { "committed" => true, "aborted" => false, _ => null };
        }
        catch (Exception e) when (DatabaseConflict.IsFailure(e))
        {
            return null;
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        modelBuilder.Entity<EventWordsRow>(words =>
        {
            words.ToTable("audit_event_words").HasKey(w => w.EventId);
            words.Property(w => w.EventId).ValueGeneratedNever();
            words.HasIndex(w => w.Words).HasMethod("gin");
        });
    }

    public override string Storable(string text) => PostgresText.Storable(text);

    /// <summary>By which words an audit event is found: what SQLite keeps in a full-text index.</summary>
    private sealed class EventWordsRow
    {
        public long EventId { get; set; }
        public NpgsqlTsVector Words { get; set; } = null!;
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<string>().HaveColumnType("text").UseCollation("C");
    }
}
