using System.Data.Common;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Storage.Secrets;

namespace OmniAudit.Modules.Storage;

/// <summary>The relational store on SQLite, and with it the other stores.</summary>
internal static class SqliteSetup
{
    /// <summary>
    /// Registers <see cref="Database"/>, <see cref="ObjectStore"/>, <see cref="SecretVault"/>, <see cref="ChangeFeed"/> and
    /// <see cref="StoragePreparation"/>, which must have run before any of them is used. Wants <see cref="OmniAuditOptions"/> as a singleton.
    /// </summary>
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddPooledDbContextFactory<OmniAuditDb>((provider, builder) => Configure(builder, provider.GetRequiredService<OmniAuditOptions>()));
        services.AddSingleton<Database>();
        services.AddSingleton<ChangeFeed>();
        services.AddSingleton<ChangeRelay>().AddHostedService(s => s.GetRequiredService<ChangeRelay>());
        services.AddSingleton(s => new ServerPresence(s.GetRequiredService<OmniAuditOptions>()));
        services.AddSingleton<ObjectStore>();
        services.AddSingleton<SecretVault>().AddSingleton<SealedKeyRing>();
        services.AddOptions<KeyManagementOptions>().Configure<SealedKeyRing>((keys, ring) => keys.XmlRepository = ring);
        services.AddSingleton<StoragePreparation>();
        return services;
    }

    public static void Configure(DbContextOptionsBuilder builder, OmniAuditOptions options) =>
        builder.UseSqlite(ConnectionString(options)).AddInterceptors(Pragmas.Instance);

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
        private const string Text = "PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA foreign_keys=ON;";

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
