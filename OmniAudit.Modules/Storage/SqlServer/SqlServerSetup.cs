using Microsoft.Data.SqlClient;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage.SqlServer;

/// <summary>How SQL Server is connected to.</summary>
internal static class SqlServerSetup
{
    /// <summary>The oldest version that is used: SQL Server 2019, which EF Core writes its SQL for.</summary>
    public const int OldestVersion = 15;

    public static void Configure(DbContextOptionsBuilder builder, OmniAuditOptions options) => builder.UseSqlServer(ConnectionString(options)).AddInterceptors(SqlServerLike.Instance);

    public static string ConnectionString(OmniAuditOptions options)
    {
        var connection = new SqlConnectionStringBuilder(options.Database.ConnectionString);
        if (!connection.ShouldSerialize("Application Name")) connection.ApplicationName = "omniaudit";
        return connection.ToString();
    }
}
