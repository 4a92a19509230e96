using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Postgres;
using OmniAudit.Modules.Storage.SqlServer;

namespace OmniAudit.Modules.Storage;

/// <summary>Where the database is, for the scheduler, which keeps tables of its own in it.</summary>
public static class DatabasePlace
{
    /// <summary>As the product itself connects; holds the password.</summary>
    public static string ConnectionString(OmniAuditOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Database.Provider switch
        {
            DatabaseOptions.PostgreSql => PostgresSetup.ConnectionString(options),
            DatabaseOptions.SqlServer => SqlServerSetup.ConnectionString(options),
            _ => SqliteSetup.ConnectionString(options),
        };
    }
}
