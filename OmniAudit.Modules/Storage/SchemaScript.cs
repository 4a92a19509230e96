using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Postgres;
using OmniAudit.Modules.Storage.SqlServer;

namespace OmniAudit.Modules.Storage;

/// <summary>The schema as a script, for those whose databases only an administrator changes. No database is needed.</summary>
public static class SchemaScript
{
    /// <summary>The engines that there is a script for.</summary>
    public static IReadOnlyList<string> Providers { get; } = [DatabaseOptions.PostgreSql, DatabaseOptions.SqlServer, DatabaseOptions.Sqlite];

    /// <summary>
    /// Brings a database of any earlier version, or an empty one, up to date, and changes nothing in one that is. It holds
    /// the lock that servers migrate under. SQLite has no conditions: its script is for an empty database only.
    /// </summary>
    public static string Of(string provider)
    {
        switch (provider)
        {
            case DatabaseOptions.PostgreSql:
                using (var db = DesignTimePostgresDb.Create())
                    return $"SELECT pg_advisory_lock({PostgresDb.SchemaLock});\n\n{Idempotent(db)}\nSELECT pg_advisory_unlock({PostgresDb.SchemaLock});\n";
            case DatabaseOptions.SqlServer:
                using (var db = DesignTimeSqlServerDb.Create())
                    return $"SET QUOTED_IDENTIFIER ON;\n{SqlServerDb.TakeSchemaLock};\nGO\n\n{Idempotent(db)}\nEXEC sp_releaseapplock @Resource = '{SqlServerDb.SchemaLock}', @LockOwner = 'Session';\nGO\n";
            case DatabaseOptions.Sqlite:
                using (var db = new DesignTimeDb().CreateDbContext([]))
                    return $"-- For an empty database: SQLite has no conditions that would leave out what is there.\n\n{db.GetService<IMigrator>().GenerateScript()}";
            default:
                throw new ArgumentOutOfRangeException(nameof(provider), provider, "There is no such engine.");
        }
    }

    private static string Idempotent(DbContext db) => db.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);
}
