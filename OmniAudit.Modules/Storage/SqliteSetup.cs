using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage;

/// <summary>The relational store on SQLite.</summary>
internal static class SqliteSetup
{
    public static void Configure(DbContextOptionsBuilder builder, OmniAuditOptions options) =>
        // A list is one parameter: as one for each value, which is the default, the statement is made and read anew for each length of list.
        builder.UseSqlite(ConnectionString(options), sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter)).AddInterceptors(Pragmas.Instance);

    /// <summary>The file of the database; a relative one lies below the data directory.</summary>
    public static string DatabaseFile(OmniAuditOptions options) =>
        options.InData(new SqliteConnectionStringBuilder(options.Database.ConnectionString).DataSource, "omniaudit.db");

    public static string ConnectionString(OmniAuditOptions options) =>
        new SqliteConnectionStringBuilder(options.Database.ConnectionString) { DataSource = DatabaseFile(options) }.ToString();

    /// <summary>What SQLite keeps per connection. Write-ahead logging is kept by the file itself; see <see cref="StoragePreparation"/>.</summary>
    private sealed class Pragmas : DbConnectionInterceptor
    {
        public static readonly Pragmas Instance = new();

        // FULL: a commit is on disk when it returns. The timeout lets the server and a verb beside it take turns as writers.
        // Checkpoints at 32 MB rather than 4, with a cache of 16 MB rather than 2: pages that many batches of events write are written back once.
        private const string Text = "PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=8000;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Text;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Text;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
