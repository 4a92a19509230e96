using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Postgres;
using OmniAudit.Modules.Storage.SqlServer;

namespace OmniAudit.Tests.Support;

/// <summary>
/// The engine that this run tests on: OMNIAUDIT_TEST_DATABASE, <c>sqlite</c> by default, or an administrator's connection
/// string of a PostgreSQL server (with Host=) or a SQL Server (with Server=). On a server every data directory has a database
/// of its own, which follows from the directory's path, so that a process that is started on the directory finds it.
/// </summary>
internal static partial class TestDatabase
{
    /// <summary>For a test of what SQLite alone has: <c>[Trait(TestDatabase.SqliteOnly, "because …")]</c>. test.sh leaves those out on other engines.</summary>
    public const string SqliteOnly = "SqliteOnly";

    private static readonly string Admin = Environment.GetEnvironmentVariable("OMNIAUDIT_TEST_DATABASE") is { Length: > 0 } text ? text : DatabaseOptions.Sqlite;
    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);

    public static string Provider { get; } = Admin == DatabaseOptions.Sqlite ? DatabaseOptions.Sqlite : Admin.Contains("Host=", StringComparison.OrdinalIgnoreCase) ? DatabaseOptions.PostgreSql : DatabaseOptions.SqlServer;

    public static bool IsSqlite => Provider == DatabaseOptions.Sqlite;

    /// <summary>Points the options at the database of their data directory, which is made where there is none. One that names a database is left as it is.</summary>
    /// <param name="prepared">With the schema; else empty.</param>
    public static async Task AssignAsync(OmniAuditOptions options, bool prepared = true)
    {
        if (IsSqlite || options.Database.ConnectionString.Length > 0) return;
        var name = NameOf(options.Data);
        (options.Database.Provider, options.Database.ConnectionString) = (Provider, ConnectionString(name));
        if (await ExistsAsync(name)) return;
        await CreateAsync(name, prepared ? await Template.Value : null);
        // SQL Server has no templates.
        if (prepared && Provider == DatabaseOptions.SqlServer) await MigrateAsync(options);
    }

    /// <summary>The settings that point a process at the database of its data directory.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Settings(string data) => IsSqlite ? [] :
        [new("DATABASE_PROVIDER", Provider), new("DATABASE_URL", ConnectionString(NameOf(data)))];

    /// <summary>Removes the database of a data directory, whoever is connected.</summary>
    public static async Task DropAsync(string data)
    {
        if (!IsSqlite) await DropNamedAsync(NameOf(data));
    }

    /// <summary>Closes the idle connections to this database, and no other test's.</summary>
    public static void ClosePool(OmniAuditOptions options)
    {
        if (options.Database.Provider == DatabaseOptions.PostgreSql) using (var connection = new NpgsqlConnection(PostgresSetup.ConnectionString(options))) NpgsqlConnection.ClearPool(connection);
        else if (options.Database.Provider == DatabaseOptions.SqlServer) using (var connection = new SqlConnection(SqlServerSetup.ConnectionString(options))) SqlConnection.ClearPool(connection);
        else using (var connection = new SqliteConnection(SqliteSetup.ConnectionString(options))) SqliteConnection.ClearPool(connection);
    }

    /// <summary>A copy of a data directory's database beside it, under the name of another directory.</summary>
    public static async Task CopyAsync(string data, string other)
    {
        // An idle connection is one too many for copying.
        await AdminAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{NameOf(data)}'");
        await CreateAsync(NameOf(other), NameOf(data));
    }

    /// <summary>What someone with access to the database can do. Columns and bytes are written as SQLite takes them.</summary>
    public static async Task<int> ExecuteAsync(OmniAuditOptions options, string sql)
    {
        await using var db = StorageSetup.Contexts(options).CreateDbContext();
        await db.Database.OpenConnectionAsync();
        await using var command = db.Command(IsSqlite ? sql : InPostgres(sql));
        return await command.ExecuteNonQueryAsync();
    }

    private static string InPostgres(string sql)
    {
        sql = Regex.Replace(sql, @"CAST\(replace\(CAST\((\w+) AS TEXT\), ('[^']*'), ('[^']*')\) AS BLOB\)", "convert_to(replace(convert_from($1, 'UTF8'), $2, $3), 'UTF8')", RegexOptions.NonBacktracking);
        sql = Regex.Replace(sql, @"CAST\(('[^']*') AS BLOB\)", "convert_to($1, 'UTF8')", RegexOptions.NonBacktracking);
        sql = Regex.Replace(sql, @"zeroblob\((\d+)\)", "decode(repeat('00', $1), 'hex')", RegexOptions.NonBacktracking);
        sql = Regex.Replace(sql, @"\((\d+) << 56\)", "($1::bigint << 56)", RegexOptions.NonBacktracking).Replace("char(10)", "chr(10)", StringComparison.Ordinal);
        return Bytes().Replace(Column().Replace(sql, "\"$0\""), "'\\x$1'::bytea");
    }

    private static string NameOf(string data) => "omniaudit_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(data))).AsSpan(0, 10));

    private static string ConnectionString(string name) => Provider == DatabaseOptions.PostgreSql
        ? new NpgsqlConnectionStringBuilder(Admin) { Database = name, MaxPoolSize = 20 }.ToString()
        : new SqlConnectionStringBuilder(Admin) { InitialCatalog = name }.ToString();

    /// <summary>Once for a version of the schema, also among processes.</summary>
    private static async Task<string> MakeTemplateAsync()
    {
        if (Provider != DatabaseOptions.PostgreSql) return "";
        // Not pooled: a connection in the pool keeps its locks until it is used again.
        await using var lone = new NpgsqlConnection(Admin + ";Pooling=false");
        await lone.OpenAsync();
        await using (var turn = new NpgsqlCommand("SELECT pg_advisory_lock(1)", lone)) await turn.ExecuteNonQueryAsync();
        using var model = DesignTimePostgresDb.Create();
        var name = "omniaudit_template_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(typeof(OmniAuditDb).Assembly.ManifestModule.ModuleVersionId.ToString())).AsSpan(0, 6));
        if (await ExistsAsync(name)) return name;
        await CreateAsync(name + "_new", null);
        var options = new OmniAuditOptions { Database = { Provider = Provider, ConnectionString = ConnectionString(name + "_new") } };
        await MigrateAsync(options);
        ClosePool(options);
        // Under its name only when it is whole.
        await AdminAsync($"ALTER DATABASE {name}_new RENAME TO {name}");
        return name;
    }

    private static async Task MigrateAsync(OmniAuditOptions options)
    {
        await using var db = StorageSetup.Contexts(options).CreateDbContext();
        await db.Database.MigrateAsync();
    }

    private static Task<object?> CreateAsync(string name, string? template) => AdminAsync(
        Provider == DatabaseOptions.PostgreSql ? $"CREATE DATABASE {name}{(template is null ? "" : $" TEMPLATE {template}")}" : $"CREATE DATABASE {name}; ALTER DATABASE {name} SET READ_COMMITTED_SNAPSHOT ON");

    private static Task<object?> DropNamedAsync(string name) => AdminAsync(
        Provider == DatabaseOptions.PostgreSql ? $"DROP DATABASE IF EXISTS {name} WITH (FORCE)" : $"IF DB_ID('{name}') IS NOT NULL BEGIN ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE {name} END");

    private static async Task<bool> ExistsAsync(string name) => await AdminAsync(
        Provider == DatabaseOptions.PostgreSql ? $"SELECT 1 FROM pg_database WHERE datname = '{name}'" : $"SELECT 1 FROM sys.databases WHERE name = '{name}'") is not null;

    private static async Task<object?> AdminAsync(string sql)
    {
        await using System.Data.Common.DbConnection connection = Provider == DatabaseOptions.PostgreSql ? new NpgsqlConnection(Admin) : new SqlConnection(Admin);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 120;
        return await command.ExecuteScalarAsync();
    }

    [GeneratedRegex("""(?<!["'\w])[A-Z][a-z]\w*(?!["'\w])""", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Column();

    [GeneratedRegex("""\bx'([0-9A-Fa-f]*)'""", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Bytes();
}
