using Microsoft.EntityFrameworkCore;
using Npgsql;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage.Postgres;

/// <summary>How PostgreSQL is connected to.</summary>
internal static class PostgresSetup
{
    /// <summary>The oldest version that is used: it has <c>pg_current_xact_id</c>.</summary>
    public const int OldestVersion = 13;

    public static void Configure(DbContextOptionsBuilder builder, OmniAuditOptions options) =>
        builder.UseNpgsql(ConnectionString(options)).AddInterceptors(PostgresText.Instance, PostgresLike.Instance);

    public static string ConnectionString(OmniAuditOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.Database.ConnectionString);
        connection.ApplicationName ??= "omniaudit";
        // Error details quote the rows' values, which may be what nobody should read in a log.
        connection.IncludeErrorDetail = false;
        return connection.ToString();
    }
}
