using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage.Postgres;

/// <summary>Makes a database of a PostgreSQL server ready. The database must exist.</summary>
internal sealed class PostgresPreparation(IDbContextFactory<OmniAuditDb> factory, OmniAuditOptions options) : IDatabasePreparation
{
    private readonly NpgsqlConnectionStringBuilder _connection = new(PostgresSetup.ConnectionString(options));

    public async Task<IReadOnlyList<string>> PrepareAsync(StorageUse use, CancellationToken cancellationToken)
    {
        try
        {
            await using var db = await factory.CreateDbContextAsync(cancellationToken);
            await db.Database.OpenConnectionAsync(cancellationToken);
            await CheckServerAsync(db, cancellationToken);
            var applied = await MigrateAsync(db, cancellationToken);
            await CheckWritableAsync(db, cancellationToken);
            return applied;
        }
        catch (Exception e) when (e is not StorageStartException && (e as DbException ?? e as SocketException ?? e.InnerException) is (DbException or SocketException))
        {
            throw new StorageStartException($"DATABASE_URL: {Explain(e as DbException ?? e as SocketException ?? e.InnerException!)}", e);
        }
    }

    /// <summary>Who connects to what, without the password.</summary>
    private string Place => $"{_connection.Host}:{_connection.Port.ToString(CultureInfo.InvariantCulture)}";

    private async Task CheckServerAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        await using var command = db.Command("SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetInt32(0) / 10_000 is var version and < PostgresSetup.OldestVersion)
            throw new StorageStartException($"DATABASE_URL: the server at {Place} is PostgreSQL {version}. Use version {PostgresSetup.OldestVersion} or newer.");
        if (reader.GetString(1) is var encoding and not "UTF8")
            throw new StorageStartException($"DATABASE_URL: the database '{_connection.Database}' has the encoding {encoding}. Create one with: CREATE DATABASE {_connection.Database} ENCODING 'UTF8' TEMPLATE template0");
        if (reader.GetBoolean(2)) throw new StorageStartException($"DATABASE_URL: the server at {Place} is a standby and read-only. Name the primary.");
        if (reader.GetBoolean(3)) throw new StorageStartException($"DATABASE_URL: the database '{_connection.Database}' is read-only for '{_connection.Username}' (default_transaction_read_only). Name a user that may write.");
    }

    private static async Task<IReadOnlyList<string>> MigrateAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        // A lock of the connection, which migrating uses too; a process that dies gives it back with its connection.
        await using (var take = db.Command($"SELECT pg_advisory_lock({PostgresDb.SchemaLock})"))
        {
            take.CommandTimeout = 300;
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
                await using var give = db.Command($"SELECT pg_advisory_unlock({PostgresDb.SchemaLock})");
                await give.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    private async Task CheckWritableAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        await using var command = db.Command("SELECT has_table_privilege('secrets', 'INSERT') AND has_table_privilege('secrets', 'UPDATE') AND has_table_privilege('secrets', 'DELETE')");
        if (await command.ExecuteScalarAsync(cancellationToken) is not true)
            throw new StorageStartException($"DATABASE_URL: '{_connection.Username}' may not write in the database '{_connection.Database}'. Grant SELECT, INSERT, UPDATE and DELETE on its tables and USAGE on its sequences, or name a user that has them.");
    }

    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    private string Explain(Exception e) => e switch
    {
        PostgresException { SqlState: "28P01" } => $"the server at {Place} refused the password of '{_connection.Username}'. Correct it in the setting; a password in a URL is percent-encoded.",
        PostgresException { SqlState: "28000" } => $"the server at {Place} lets nobody in as '{_connection.Username}' from here. Correct the user, or pg_hba.conf on the server.",
        PostgresException { SqlState: "3D000" } => $"the server at {Place} has no database '{_connection.Database}'. Create it (CREATE DATABASE {_connection.Database}), or correct the name.",
        PostgresException { SqlState: "42501" } denied => $"'{_connection.Username}' may not do this in the database '{_connection.Database}': {denied.MessageText}. To change the schema, run ./run.sh migrate with a user that owns it.",
        PostgresException { SqlState: "25006" } => $"the database '{_connection.Database}' is read-only. Name the primary, and a user that may write.",
        PostgresException { SqlState: "53300" } => $"the server at {Place} has no connection left. Raise its max_connections, or set 'Maximum Pool Size' lower.",
        PostgresException { SqlState: "57P03" } => $"the server at {Place} is starting or stopping. Try again.",
        PostgresException told => $"the database '{_connection.Database}' at {Place} cannot be used: {told.MessageText} ({told.SqlState}).",
        NpgsqlException { InnerException: TimeoutException } => $"the server at {Place} did not answer in time. Check host, port and firewall.",
        _ => $"the server at {Place} cannot be reached: {(e.InnerException ?? e).Message}. Start it, or correct host and port.",
    };
}
