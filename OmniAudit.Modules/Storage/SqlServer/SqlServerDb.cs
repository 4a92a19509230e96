using System.Data.Common;
using Microsoft.Data.SqlClient;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace OmniAudit.Modules.Storage.SqlServer;

/// <summary>
/// The model on SQL Server. Every text is <c>nvarchar</c> under <c>Latin1_General_100_BIN2</c>: it compares and sorts by its
/// code units. A text of a key or an index has a length, because those hold at most 900 bytes (the clustered one) or 1,700;
/// others have none. Bytes are never padded (<c>varbinary</c>).
/// </summary>
internal sealed class SqlServerDb(DbContextOptions<SqlServerDb> options) : OmniAuditDb(options)
{
    public const string Collation = "Latin1_General_100_BIN2";
    public const string WriteLock = "omniaudit-write", SchemaLock = "omniaudit-schema";

    /// <summary>Takes the lock of the schema for a session. sp_getapplock says by its answer, and not by an error, that it was not given.</summary>
    public const string TakeSchemaLock = $"DECLARE @locked int; EXEC @locked = sp_getapplock @Resource = '{SchemaLock}', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 300000; IF @locked < 0 BEGIN; THROW 50001, 'Another process changes the schema; its lock was not given within five minutes.', 1; END";

    public const int LongestClusteredKey = 900, LongestKey = 1700;

    /// <summary>The lengths, in characters, of indexed texts that the model gives none.</summary>
    private static readonly Dictionary<string, int> Lengths = new(StringComparer.Ordinal)
    {
        ["State"] = 40, ["Status"] = 40, ["Tool"] = 100, ["Viewport"] = 40, ["IdempotencyKey"] = 200, ["Subject"] = 200, ["RequestedBy"] = 200,
        ["Mark"] = 200, ["Tag"] = 300, ["Profile"] = 100, ["Rule"] = 500, ["Site"] = 400, ["TargetKey"] = 200,
    };

    private const string Lock = $"EXEC @answer = sp_getapplock @Resource = '{WriteLock}', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 25000";

    public override async Task TakeWriteLockAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(Lock);
        var answer = new SqlParameter("@answer", System.Data.SqlDbType.Int) { Direction = System.Data.ParameterDirection.Output };
        command.Parameters.Add(answer);
        await command.ExecuteNonQueryAsync(cancellationToken);
        // 0 and 1: granted, at once or after waiting. Below: timed out, cancelled, deadlock victim.
        if ((int)answer.Value! < 0) throw new TimeoutException($"The database's write lock was not given within 25 seconds (sp_getapplock: {answer.Value}).");
    }

    /// <summary>The server's own word is that it did not commit; without one nobody knows, as SQL Server keeps no record of ended transactions.</summary>
    public override Task<bool?> FindFateAsync(DbException failure) => Task.FromResult<bool?>(failure is SqlException { Class: < 20, Number: > 50 } ? false : null);

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<string>().UseCollation(Collation);
        configurationBuilder.Properties<byte[]>().AreFixedLength(false);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        foreach (var type in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in type.GetProperties())
            {
                if (property.ClrType == typeof(string)) property.SetMaxLength(LengthOf(type, property));
                if (property.ClrType == typeof(byte[])) property.SetIsFixedLength(false);
            }
            foreach (var key in type.GetKeys()) key.SetIsClustered(BytesOf(key.Properties) <= LongestClusteredKey);
        }
    }

    /// <summary>The most bytes that a key or an index of these columns has.</summary>
    public static int BytesOf(IEnumerable<IReadOnlyProperty> columns) => columns.Sum(BytesOf);

    private static int BytesOf(IReadOnlyProperty column)
    {
        var type = Nullable.GetUnderlyingType(column.ClrType) ?? column.ClrType;
        if (type == typeof(string)) return 2 * (column.GetMaxLength() ?? 4000);
        if (type == typeof(byte[])) return column.GetMaxLength() ?? 8000;
        return type == typeof(bool) ? 1 : type == typeof(int) || type.IsEnum ? 4 : 8;
    }

    private static int? LengthOf(IMutableEntityType type, IMutableProperty property)
    {
        if (!property.IsKey() && !property.IsIndex() && !property.IsForeignKey()) return null;
        if (property.GetMaxLength() is { } length) return length;
        if (Lengths.TryGetValue(property.Name, out length)) return length;
        if (property.Name.EndsWith("Id", StringComparison.Ordinal) || property.Name.EndsWith("Sha256", StringComparison.Ordinal)) return 64;
        if (property.Name.EndsWith("Subject", StringComparison.Ordinal)) return Lengths["Subject"];
        throw new InvalidOperationException($"{type.GetTableName()}.{property.Name} is indexed: say in {nameof(SqlServerDb)} how long it may be.");
    }
}
