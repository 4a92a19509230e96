using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Postgres;
using OmniAudit.Modules.Storage.SqlServer;

namespace OmniAudit.Modules.Storage;

/// <summary>What <c>dotnet ef migrations add</c> uses: the model, on a database that is never opened.</summary>
internal sealed class DesignTimeDb : IDesignTimeDbContextFactory<OmniAuditDb>
{
    public OmniAuditDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<OmniAuditDb>().UseSqlite("Data Source=:memory:").Options);
}

/// <summary>The same with <c>--context PostgresDb -o Storage/Migrations/Postgres</c>.</summary>
internal sealed class DesignTimePostgresDb : IDesignTimeDbContextFactory<PostgresDb>
{
    public PostgresDb CreateDbContext(string[] args) => Create();

    public static PostgresDb Create()
    {
        var builder = new DbContextOptionsBuilder<PostgresDb>();
        PostgresSetup.Configure(builder, new OmniAuditOptions { Database = { Provider = DatabaseOptions.PostgreSql, ConnectionString = "Host=localhost;Database=none" } });
        return new PostgresDb(builder.Options);
    }
}

/// <summary>The same with <c>--context SqlServerDb -o Storage/Migrations/SqlServer</c>.</summary>
internal sealed class DesignTimeSqlServerDb : IDesignTimeDbContextFactory<SqlServerDb>
{
    public SqlServerDb CreateDbContext(string[] args) => Create();

    public static SqlServerDb Create()
    {
        var builder = new DbContextOptionsBuilder<SqlServerDb>();
        SqlServerSetup.Configure(builder, new OmniAuditOptions { Database = { Provider = DatabaseOptions.SqlServer, ConnectionString = "Server=localhost;Database=none" } });
        return new SqlServerDb(builder.Options);
    }
}
