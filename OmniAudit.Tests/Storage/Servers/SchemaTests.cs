using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Infrastructure;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Postgres;
using OmniAudit.Modules.Storage.SqlServer;

namespace OmniAudit.Tests.Storage.Servers;

/// <summary>
/// The three models are one, and the scripts make all of it. No SQL Server is needed: what is not shown here is that one
/// accepts its script and behaves alike. With one, OMNIAUDIT_TEST_DATABASE runs the suites on it.
/// </summary>
public sealed class SchemaTests : IDisposable
{
    private readonly OmniAuditDb _sqlite = new DesignTimeDb().CreateDbContext([]);
    private readonly PostgresDb _postgres = DesignTimePostgresDb.Create();
    private readonly SqlServerDb _sqlServer = DesignTimeSqlServerDb.Create();

    public void Dispose()
    {
        _sqlite.Dispose();
        _postgres.Dispose();
        _sqlServer.Dispose();
    }

    [Fact]
    public void Models_OfAllEngines_HaveTheSameTablesColumnsKeysAndIndexes()
    {
        var sqlite = Facts(_sqlite).ToHashSet(StringComparer.Ordinal);
        Assert.True(sqlite.Count > 500, $"Only {sqlite.Count} facts were found.");
        Assert.Empty(sqlite.Except(Facts(_sqlServer)));
        Assert.Empty(Facts(_sqlServer).Except(sqlite));
        Assert.Empty(sqlite.Except(Facts(_postgres)));
        // What SQLite keeps in a full-text index, which no model has.
        Assert.All(Facts(_postgres).Except(sqlite), f => Assert.Contains("audit_event_words", f, StringComparison.Ordinal));
    }

    [Fact]
    public void Models_AllEngines_HaveMigrationsForAllOfThem()
    {
        foreach (var db in new DbContext[] { _sqlite, _postgres, _sqlServer }) Assert.False(db.Database.HasPendingModelChanges(), db.GetType().Name);
    }

    [Theory]
    [InlineData(DatabaseOptions.PostgreSql)]
    [InlineData(DatabaseOptions.SqlServer)]
    [InlineData(DatabaseOptions.Sqlite)]
    public void Script_OfEachEngine_MakesEveryTableIndexAndConstraint(string provider)
    {
        var script = SchemaScript.Of(provider);
        DbContext db = provider switch { DatabaseOptions.PostgreSql => _postgres, DatabaseOptions.SqlServer => _sqlServer, _ => _sqlite };
        var (tables, indexes, constraints) = (Made(script, "TABLE"), Made(script, "INDEX"), Regex.Matches(script, """CONSTRAINT ["\[]?(\w+)["\]]?""", RegexOptions.NonBacktracking).Select(m => m.Groups[1].Value).ToHashSet());
        foreach (var type in db.Model.GetEntityTypes())
        {
            Assert.Contains(type.GetTableName()!, tables);
            Assert.Contains(type.FindPrimaryKey()!.GetName()!, constraints);
            Assert.All(type.GetForeignKeys(), f => Assert.Contains(f.GetConstraintName()!, constraints));
            Assert.All(type.GetIndexes(), i => Assert.Contains(i.GetDatabaseName()!, indexes));
        }
    }

    [Theory]
    [InlineData(DatabaseOptions.PostgreSql, """IF NOT EXISTS\(SELECT 1 FROM "__EFMigrationsHistory" WHERE "MigrationId" = '\d+_\w+'\)""")]
    [InlineData(DatabaseOptions.SqlServer, """IF NOT EXISTS \(\s*SELECT \* FROM \[__EFMigrationsHistory\]\s*WHERE \[MigrationId\] = N'\d+_\w+'""")]
    public void Script_OfAServer_ChangesNothingTheSecondTime(string provider, string condition)
    {
        var script = SchemaScript.Of(provider);
        // Every statement that makes or fills something stands behind a condition of its own.
        var deeds = Regex.Count(script, @"^[ ]+(EXEC\(N')?(CREATE (UNIQUE |NONCLUSTERED )*(TABLE(?! [\[""]__EF)|INDEX)|INSERT INTO|ALTER TABLE)", RegexOptions.Multiline, TimeSpan.FromSeconds(10));
        Assert.True(deeds > 80, $"Only {deeds} statements were found.");
        Assert.Equal(deeds, Regex.Count(script, condition, RegexOptions.NonBacktracking));
        Assert.Empty(Regex.Matches(script, "^(CREATE (UNIQUE )?INDEX|INSERT INTO|ALTER TABLE)", RegexOptions.Multiline | RegexOptions.NonBacktracking));
    }

    [Fact]
    public void SqlServer_KeysAndIndexes_FitItsBounds()
    {
        foreach (var type in _sqlServer.GetService<IDesignTimeModel>().Model.GetEntityTypes())
        {
            foreach (var key in type.GetKeys())
                Assert.True(SqlServerDb.BytesOf(key.Properties) <= (key.IsClustered() == true ? SqlServerDb.LongestClusteredKey : SqlServerDb.LongestKey), $"{type.GetTableName()}: the key has {SqlServerDb.BytesOf(key.Properties)} bytes");
            foreach (var index in type.GetIndexes()) Assert.True(SqlServerDb.BytesOf(index.Properties) <= SqlServerDb.LongestKey, $"{index.GetDatabaseName()} has {SqlServerDb.BytesOf(index.Properties)} bytes");
        }
    }

    [Fact]
    public void Texts_OnServers_CompareByTheirBytes()
    {
        Assert.DoesNotContain(Texts(_postgres), p => p.GetColumnType() != "text" || p.GetCollation() != "C");
        Assert.DoesNotContain(Texts(_sqlServer), p => p.GetCollation() != SqlServerDb.Collation);
        static IEnumerable<IProperty> Texts(DbContext db) => db.GetService<IDesignTimeModel>().Model.GetEntityTypes().SelectMany(t => t.GetProperties()).Where(p => p.ClrType == typeof(string));
    }

    private static HashSet<string> Made(string script, string what) =>
        Regex.Matches(script, $"""CREATE (?:UNIQUE )?{what} (?:IF NOT EXISTS )?["\[]?(\w+)["\]]?""", RegexOptions.NonBacktracking).Select(m => m.Groups[1].Value).ToHashSet();

    private static IEnumerable<string> Facts(DbContext db)
    {
        foreach (var type in db.Model.GetEntityTypes())
        {
            var table = type.GetTableName()!;
            foreach (var p in type.GetProperties()) yield return $"{table}.{p.Name} {(p.IsNullable ? "may be null" : "")} {(p.IsConcurrencyToken ? "token" : "")} {p.ValueGenerated}";
            yield return $"{table} key {Names(type.FindPrimaryKey()!.Properties)}";
            foreach (var i in type.GetIndexes()) yield return $"{table} {(i.IsUnique ? "unique" : "")} index {Names(i.Properties)}";
            foreach (var f in type.GetForeignKeys()) yield return $"{table} {Names(f.Properties)} to {f.PrincipalEntityType.GetTableName()} {f.DeleteBehavior}";
        }
    }

    private static string Names(IEnumerable<IReadOnlyProperty> properties) => string.Join(',', properties.Select(p => p.Name));
}
