using System.Globalization;
using Microsoft.Data.SqlClient;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage.SqlServer;

/// <summary>Makes a database of a SQL Server ready. The database must exist.</summary>
internal sealed class SqlServerPreparation(IDbContextFactory<OmniAuditDb> factory, OmniAuditOptions options) : IDatabasePreparation
{
    private readonly SqlConnectionStringBuilder _connection = new(SqlServerSetup.ConnectionString(options));

    public async Task<IReadOnlyList<string>> PrepareAsync(StorageUse use, CancellationToken cancellationToken)
    {
        try
        {
            await using var db = await factory.CreateDbContextAsync(cancellationToken);
            await db.Database.OpenConnectionAsync(cancellationToken);
            await CheckServerAsync(db, cancellationToken);
            var applied = await MigrateAsync(db, cancellationToken);
            return applied;
        }
        catch (Exception e) when (e is not StorageStartException && (e as SqlException ?? e.InnerException) is SqlException failure)
        {
            throw new StorageStartException($"DATABASE_URL: {Explain(failure)}", e);
        }
    }

    private async Task CheckServerAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        await using var command = db.Command("""
            SELECT CAST(SERVERPROPERTY('ProductMajorVersion') AS int), is_read_committed_snapshot_on, CAST(CASE WHEN is_read_only = 1 OR DATABASEPROPERTYEX(name, 'Updateability') = 'READ_ONLY' THEN 1 ELSE 0 END AS bit),
                   CAST(CASE WHEN SERVERPROPERTY('EngineEdition') IN (5, 8) THEN 1 ELSE 0 END AS bit)
            FROM sys.databases WHERE database_id = DB_ID()
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        // Azure SQL counts its versions otherwise, and is always new.
        if (!reader.GetBoolean(3) && reader.GetInt32(0) < SqlServerSetup.OldestVersion)
            throw new StorageStartException($"DATABASE_URL: the server '{_connection.DataSource}' is older than SQL Server 2019 (its version is {reader.GetInt32(0).ToString(CultureInfo.InvariantCulture)}). Use 2019 or newer.");
        if (reader.GetBoolean(2)) throw new StorageStartException($"DATABASE_URL: the database '{_connection.InitialCatalog}' is read-only. Name the primary replica, or make the database writable.");
        if (!reader.GetBoolean(1))
            throw new StorageStartException($"DATABASE_URL: in the database '{_connection.InitialCatalog}' readers would wait for writers. Run once: ALTER DATABASE [{_connection.InitialCatalog}] SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE");
    }

    private static async Task<IReadOnlyList<string>> MigrateAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        await using (var take = db.Command(SqlServerDb.TakeSchemaLock))
        {
            take.CommandTimeout = 330;
            await take.ExecuteNonQueryAsync(cancellationToken);
        }
        try
        {
            var applied = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
            StoragePreparation.RefuseNewer(applied, known);
            if (applied.Count == known.Count) return [];
            await db.Database.MigrateAsync(cancellationToken);
            return [.. known.Except(applied, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        }
        finally
        {
            if (db.Database.GetDbConnection().State == System.Data.ConnectionState.Open)
            {
                await using var give = db.Command($"EXEC sp_releaseapplock @Resource = '{SqlServerDb.SchemaLock}', @LockOwner = 'Session'");
                await give.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    // https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
    private string Explain(SqlException e) => e.Number switch
    {
        18456 => $"the server '{_connection.DataSource}' refused the user '{_connection.UserID}' or its password. Correct them; a password in a URL is percent-encoded.",
        4060 or 911 => $"the server '{_connection.DataSource}' has no database '{_connection.InitialCatalog}' that '{_connection.UserID}' may open. Create it, or correct the name.",
        229 or 230 or 262 or 916 or 2760 => $"'{_connection.UserID}' may not do this in the database '{_connection.InitialCatalog}': {e.Message} To change the schema, run ./run.sh migrate with a user that owns it.",
        3906 => $"the database '{_connection.InitialCatalog}' is read-only. Name the primary replica, or make the database writable.",
        -2 or 2 or 53 or 258 or 10060 or 10061 or 11001 or 0 or -1 => $"the server '{_connection.DataSource}' cannot be reached: {e.Message} Start it, or correct host and port.",
        _ => $"the database '{_connection.InitialCatalog}' of '{_connection.DataSource}' cannot be used: {e.Message}",
    };
}
