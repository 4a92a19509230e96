using System.Diagnostics;
using Npgsql;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.Support;

/// <summary>A real PostgreSQL: the one that OMNIAUDIT_TEST_DATABASE names, or one of its own (scripts/postgres-for-tests.sh).</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private readonly List<string> _databases = [];
    private string? _directory;

    /// <summary>Null where there is one or one can be started.</summary>
    public static string? WhyNot { get; } =
        TestDatabase.Provider == DatabaseOptions.PostgreSql || Directory.Exists("/usr/lib/postgresql") ? null : "PostgreSQL is not installed; run scripts/install-test-tools.sh as root.";

    public NpgsqlConnectionStringBuilder Admin { get; private set; } = new(TestDatabase.Provider == DatabaseOptions.PostgreSql ? Environment.GetEnvironmentVariable("OMNIAUDIT_TEST_DATABASE") : "");

    public async Task InitializeAsync()
    {
        if (WhyNot is not null || Admin.Host is not null) return;
        var lines = (await RunAsync("start")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        (_directory, Admin) = (lines[0], new NpgsqlConnectionStringBuilder(lines[1]));
    }

    public async Task DisposeAsync()
    {
        if (_directory is not null) await RunAsync("stop", _directory);
        else foreach (var database in _databases) await AdminAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
    }

    /// <summary>An empty database.</summary>
    public async Task<NpgsqlConnectionStringBuilder> CreateAsync(string more = "")
    {
        var name = $"omniaudit_own_{Guid.NewGuid():N}";
        await AdminAsync($"CREATE DATABASE {name} {more}");
        _databases.Add(name);
        return new NpgsqlConnectionStringBuilder(Admin.ToString()) { Database = name };
    }

    public Task AdminAsync(string sql) => ExecuteAsync(Admin, sql);

    public static async Task ExecuteAsync(NpgsqlConnectionStringBuilder place, string sql)
    {
        await using var connection = new NpgsqlConnection(place.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> RunAsync(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(SourceTree.Root, "scripts", "postgres-for-tests.sh"), words) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        // The server that it starts keeps the script's standard streams: the end of the script is what counts.
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return process.ExitCode == 0 ? await output.WaitAsync(Eventually.Patience) : throw new InvalidOperationException(await errors.WaitAsync(Eventually.Patience));
    }
}

/// <summary>Needs <see cref="PostgresServer"/>.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.WhyNot;
}
