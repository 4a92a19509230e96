using System.Collections;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Physical;

namespace OmniAudit.Modules.Settings;

/// <summary>
/// Fills <see cref="OmniAuditOptions"/> from the environment, .env files and appsettings.json, in this order of rank, and
/// checks all of it before anything starts. The names are listed in docs/settings.md.
/// </summary>
public static class SettingsLoader
{
    /// <summary>
    /// Loads this process's settings: its environment, <c>.env</c> in the current directory and then beside the program,
    /// and beside the program <c>appsettings.json</c> and <c>appsettings.&lt;ASPNETCORE_ENVIRONMENT&gt;.json</c>. Never throws for what a user wrote.
    /// </summary>
    public static SettingsResult Load()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment[(string)variable.Key] = (string?)variable.Value ?? "";
        var kind = environment.GetValueOrDefault("ASPNETCORE_ENVIRONMENT") ?? environment.GetValueOrDefault("DOTNET_ENVIRONMENT") ?? "Production";
        try
        {
            var appsettings = new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory)
                .AddJsonFile("appsettings.json", optional: true).AddJsonFile($"appsettings.{kind}.json", optional: true).Build();
            return Load(appsettings, environment, Environment.CurrentDirectory, AppContext.BaseDirectory);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            return new SettingsResult([$"appsettings.json: is not valid JSON: {(e.InnerException ?? e).Message}"]);
        }
    }

    /// <summary>Loads settings from what is given.</summary>
    /// <param name="appsettings">The content of appsettings.json, and of nothing else: environment variables in it would lose their rank.</param>
    /// <param name="environment">Environment variables; others than ours are passed over.</param>
    /// <param name="directories">Where .env files may stand, the first ranking highest; the first is also where a relative OMNIAUDIT_DATA begins.</param>
    public static SettingsResult Load(IConfiguration appsettings, IReadOnlyDictionary<string, string> environment, params IReadOnlyList<string> directories)
    {
        var errors = new List<string>();
        var sources = new SettingsSources(appsettings, environment, DotEnv(directories, errors));
        var options = new OmniAuditOptions();
        var written = new Dictionary<string, Written>(StringComparer.Ordinal);
        var refused = new List<string>();
        foreach (var setting in SettingsTable.All)
        {
            if (sources.Find(setting, errors) is not { } found) continue;
            written[setting.Key] = found;
            if (setting.Apply(options, found.Value)) continue;
            refused.Add($"{found.Name}:");
            errors.Add($"{found.Name}: {(setting.Secret || setting.HideInErrors ? "the value" : $"'{found.Value}'")} is not allowed. Allowed: {setting.Allowed}.");
        }
        errors.AddRange(sources.Unknown());
        options.Data = Path.GetFullPath(options.Data, directories.Count > 0 ? Path.GetFullPath(directories[0]) : Environment.CurrentDirectory);
        // A value that was refused above is not judged against others: its error stands already.
        errors.AddRange(new SettingsRules(options, key => written.TryGetValue(key, out var found) ? found.Name : key).Errors()
            .Where(e => !refused.Exists(name => e.StartsWith(name, StringComparison.Ordinal))));
        if (errors.Count > 0) return new SettingsResult(errors);
        Complete(options);
        return new SettingsResult(options, [.. SettingsTable.All.Select(s => Describe(s, options, written.GetValueOrDefault(s.Key)?.Source ?? SettingSource.Default))]);
    }

    private static SettingValue Describe(Setting setting, OmniAuditOptions options, SettingSource source)
    {
        var value = setting.Read(options);
        return new SettingValue(setting.Key, setting.Path, setting.Secret && value.Length > 0 ? "(set)" : value, source, setting.Description);
    }

    private static Dictionary<string, string> DotEnv(IReadOnlyList<string> directories, List<string> errors)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var directory in directories.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).Where(Directory.Exists))
        {
            // The provider would leave out names that begin with a dot.
            using var files = new PhysicalFileProvider(directory, ExclusionFilters.None);
            var file = files.GetFileInfo(".env");
            if (!file.Exists || file.IsDirectory) continue;
            try
            {
                using var reader = new StreamReader(file.CreateReadStream());
                foreach (var (key, value) in DotEnvFile.Parse(reader.ReadToEnd(), Path.Combine(directory, ".env"), errors)) values.TryAdd(key, value);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                errors.Add($"{Path.Combine(directory, ".env")}: cannot be read: {e.Message}");
            }
        }
        return values;
    }

    /// <summary>Paths become absolute, and what follows from other settings is filled in.</summary>
    private static void Complete(OmniAuditOptions options)
    {
        options.ObjectStore.Root = options.InData(options.ObjectStore.Root, "objects");
        options.ReportsRoot = options.InData(options.ReportsRoot, "exports");
        options.Secrets.MasterKeyFile = options.InData(options.Secrets.MasterKeyFile, "master.key");
        if (options.GitHub.AppPrivateKeyFile.Length > 0) options.GitHub.AppPrivateKeyFile = options.InData(options.GitHub.AppPrivateKeyFile, "");
        if (options.Database.Provider == DatabaseOptions.Sqlite)
        {
            var database = new SqliteConnectionStringBuilder(options.Database.ConnectionString);
            database.DataSource = options.InData(database.DataSource, "omniaudit.db");
            options.Database.ConnectionString = database.ToString();
        }
        if (options.App.PublicUrl.Length > 0)
        {
            options.App.PublicUrl = options.App.PublicUrl.TrimEnd('/');
        }
        else if (options.App.Port != 0)
        {
            // People cannot type the wildcard addresses.
            var host = options.App.Host is "0.0.0.0" or "::" or "[::]" ? "localhost" : options.App.Host;
            options.App.PublicUrl = new UriBuilder("http", host, options.App.Port).Uri.ToString().TrimEnd('/');
        }
    }
}
