using System.Text;
using Microsoft.Extensions.Configuration;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Tests.Settings;

public sealed class SettingsLoaderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("omniaudit-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private SettingsResult Load(string appsettings = "{}", string dotEnv = "", params (string Key, string Value)[] environment)
    {
        File.WriteAllText(Path.Combine(_directory, ".env"), dotEnv);
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(appsettings))).Build();
        return SettingsLoader.Load(configuration, environment.ToDictionary(e => e.Key, e => e.Value), _directory);
    }

    private string OnlyError(params (string Key, string Value)[] environment) => Assert.Single(Load(environment: environment).Errors);

    [Fact]
    public void Load_NothingSet_GivesSafeDefaultsBelowTheDataDirectory()
    {
        var options = Load().Options;
        var data = Path.Combine(_directory, "data");
        Assert.Equal(data, options.Data);
        Assert.Equal("127.0.0.1", options.App.Host);
        Assert.Equal("http://127.0.0.1:8080", options.App.PublicUrl);
        Assert.Equal(Path.Combine(data, "objects"), options.ObjectStore.Root);
        Assert.Equal(Path.Combine(data, "exports"), options.ReportsRoot);
        Assert.Equal(Path.Combine(data, "master.key"), options.Secrets.MasterKeyFile);
        Assert.Equal($"Data Source={Path.Combine(data, "omniaudit.db")}", options.Database.ConnectionString);
        Assert.Equal(Path.Combine(data, "omniaudit.db"), SqliteSetup.DatabaseFile(options));
        Assert.Empty(options.Policy.RepoWriteAllowlist);
    }

    [Fact]
    public void Load_SetInThreePlaces_EnvironmentWinsThenDotEnvThenAppsettings()
    {
        const string appsettings = """{ "App": { "Port": 1, "Name": "json", "Env": "json" }, "RateLimits": { "ScansPerMinute": 3 } }""";
        var result = Load(appsettings, "APP_PORT=2\nAPP_NAME='from .env'\nAPP_ENV=", ("APP_PORT", "4"), ("RateLimits__ScansPerMinute", "5"));
        Assert.Equal((4, "from .env", "json", 5), (result.Options.App.Port, result.Options.App.Name, result.Options.App.Env, result.Options.RateLimits.ScansPerMinute));
        var sources = result.Describe().ToDictionary(v => v.Key, v => v.Source);
        Assert.Equal(SettingSource.Environment, sources["APP_PORT"]);
        Assert.Equal(SettingSource.DotEnv, sources["APP_NAME"]);
        Assert.Equal(SettingSource.Appsettings, sources["APP_ENV"]);
        Assert.Equal(SettingSource.Environment, sources["SCAN_RATE_LIMIT_PER_MINUTE"]);
        Assert.Equal(SettingSource.Default, sources["APP_HOST"]);
    }

    [Fact]
    public void Load_TwoDotEnvFiles_TheFirstDirectoryRanksHigher()
    {
        var beside = Directory.CreateDirectory(Path.Combine(_directory, "app")).FullName;
        File.WriteAllText(Path.Combine(_directory, ".env"), "APP_PORT=1");
        File.WriteAllText(Path.Combine(beside, ".env"), "APP_PORT=2\nAPP_NAME=beside");
        var options = SettingsLoader.Load(new ConfigurationBuilder().Build(), new Dictionary<string, string>(), _directory, beside).Options;
        Assert.Equal((1, "beside"), (options.App.Port, options.App.Name));
    }

    [Fact]
    public void Load_Lists_ComeAsTextOrArrayOrNumberedVariables()
    {
        var options = Load("""{ "Policy": { "RepoWriteAllowlist": ["o/a", "o/b"], "UrlDenylist": "a.example,b.example" } }""", "", ("URL_ALLOWLIST", " example.com , *.example.org,127.0.0.1:8080,[::1]:9 ,"), ("App__AllowedHosts__1", "two.example"), ("App__AllowedHosts__0", "one.example")).Options;
        Assert.Equal(["o/a", "o/b"], options.Policy.RepoWriteAllowlist);
        Assert.Equal(["a.example", "b.example"], options.Policy.UrlDenylist);
        Assert.Equal(["example.com", "*.example.org", "127.0.0.1:8080", "[::1]:9"], options.Policy.UrlAllowlist);
        Assert.Equal(["one.example", "two.example"], options.App.AllowedHosts);
    }

    [Theory]
    [InlineData("APP_PORT", "eighty", "APP_PORT: 'eighty' is not allowed. Allowed: a whole number from 0 to 65535.")]
    [InlineData("APP_PORT", "65536", "APP_PORT: '65536' is not allowed. Allowed: a whole number from 0 to 65535.")]
    [InlineData("app_port", "-1", "app_port: '-1' is not allowed. Allowed: a whole number from 0 to 65535.")]
    [InlineData("App__Port", "x", "App__Port: 'x' is not allowed. Allowed: a whole number from 0 to 65535.")]
    [InlineData("APP_HOST", "my-server", "APP_HOST: 'my-server' is not allowed. Allowed: an IP address or localhost.")]
    [InlineData("APP_HOST", "999.1.1.1", "APP_HOST: '999.1.1.1' is no IP address.")]
    [InlineData("APP_PUBLIC_URL", "console.example.com", "APP_PUBLIC_URL: 'console.example.com' is not allowed. Allowed: an http:// or https:// URL")]
    [InlineData("OPERATOR_NAME", "Jane Doe", "OPERATOR_NAME: 'Jane Doe' is not allowed. Allowed: 1 to 64 of")]
    [InlineData("SITELINT_ASYNC_MODE", "maybe", "SITELINT_ASYNC_MODE: 'maybe' is not allowed. Allowed: true, false.")]
    [InlineData("LOG_FORMAT", "xml", "LOG_FORMAT: 'xml' is not allowed. Allowed: json, plain.")]
    [InlineData("OBJECT_STORE_BACKEND", "S3", "OBJECT_STORE_BACKEND: 'S3' is not allowed. Allowed: local, s3.")]
    [InlineData("OBJECT_STORE_BACKEND", "s3", "OBJECT_STORE_BACKEND: 's3' needs OBJECT_STORE_BUCKET.")]
    [InlineData("OBJECT_STORE_BUCKET", "Bad_Bucket", "OBJECT_STORE_BUCKET: 'Bad_Bucket' is not allowed.")]
    [InlineData("OBJECT_STORE_PREFIX", "a//b", "OBJECT_STORE_PREFIX: 'a//b' is not allowed.")]
    [InlineData("S3_ACCESS_KEY_ID", "key", "S3_ACCESS_KEY_ID: is set without S3_SECRET_ACCESS_KEY.")]
    [InlineData("S3_ENDPOINT_URL", "localhost:9000", "S3_ENDPOINT_URL: 'localhost:9000' is not allowed.")]
    [InlineData("MCP_AUTH_MODE", "token", "MCP_AUTH_MODE: 'token' is not allowed. Allowed: none, api_key, oauth.")]
    [InlineData("WRITE_CONFIRMATION_TTL_SECONDS", "1", "WRITE_CONFIRMATION_TTL_SECONDS: '1' is not allowed. Allowed: a whole number from 10 to 604800.")]
    [InlineData("REPO_WRITE_ALLOWLIST", "owner/name,justname", "REPO_WRITE_ALLOWLIST: 'owner/name,justname' is not allowed.")]
    [InlineData("URL_ALLOWLIST", "https://example.com", "URL_ALLOWLIST: 'https://example.com' is not allowed.")]
    [InlineData("URL_ALLOWLIST", "example.com:70000", "URL_ALLOWLIST: 'example.com:70000' is not allowed.")]
    [InlineData("GITHUB_API_URL", "http://github.example.com/api/v3", "GITHUB_API_URL: 'http://github.example.com/api/v3' would send the token in the clear.")]
    [InlineData("GITHUB_UPLOAD_URL", "http://github.example.com/api/uploads", "GITHUB_UPLOAD_URL: 'http://github.example.com/api/uploads' would send the token in the clear.")]
    [InlineData("LLM_BASE_URL", "http://llm.example.com/v1", "LLM_BASE_URL: 'http://llm.example.com/v1' would send the key and what is asked in the clear.")]
    [InlineData("LLM_API_KEY", "two words", "LLM_API_KEY: the value is not allowed.")]
    [InlineData("GITHUB_API_URL", "api.github.com", "GITHUB_API_URL: 'api.github.com' is not allowed.")]
    [InlineData("GITHUB_AUTH_MODE", "app", "GITHUB_AUTH_MODE: 'app' needs GITHUB_APP_ID, GITHUB_APP_INSTALLATION_ID, GITHUB_APP_PRIVATE_KEY.")]
    [InlineData("OTEL_ENABLED", "true", "OTEL_ENABLED: 'true' needs OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector", "OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' is not allowed.")]
    [InlineData("DATABASE_URL", "sqlite:///:memory:", "DATABASE_URL: a database in memory would be lost")]
    [InlineData("DATABASE_URL", "Data Source=a;Colour=red", "DATABASE_URL: the connection string has a keyword or value")]
    [InlineData("DATABASE_URL", "omniaudit.db", "DATABASE_URL: the value is not allowed.")]
    [InlineData("WEBHOOK_URLS", "https://hooks.example.com/x", "WEBHOOK_URLS: needs WEBHOOK_SECRET, which signs what is sent. Make one: echo whsec_")]
    [InlineData("WEBHOOK_URLS", "hooks.example.com", "WEBHOOK_URLS: the value is not allowed. Allowed: a comma-separated list of up to 16 https:// URLs")]
    [InlineData("WEBHOOK_URLS", "https://me:pw@hooks.example.com", "WEBHOOK_URLS: the value is not allowed.")]
    [InlineData("WEBHOOK_SECRET", "too short to be secret.", "WEBHOOK_SECRET: the value is not allowed. Allowed: whsec_ and the base64 form of at least 24 bytes")]
    [InlineData("WEBHOOK_SECRET", "whsec_not+base64!not+base64!not+base64", "WEBHOOK_SECRET: the value is not allowed.")]
    [InlineData("WEBHOOK_SECRET", "whsec_dG9vIHNob3J0", "WEBHOOK_SECRET: the value is not allowed.")]
    [InlineData("MCP_AUTH_MODE", "oauth", "MCP_AUTH_MODE: 'oauth' needs MCP_OAUTH_ISSUER")]
    [InlineData("MCP_OAUTH_ISSUER", "https://id.example", "MCP_OAUTH_ISSUER: is set, but MCP_AUTH_MODE is 'none'")]
    [InlineData("MCP_OAUTH_AUDIENCE", "omni", "MCP_OAUTH_AUDIENCE: is set, but MCP_AUTH_MODE is 'none'")]
    [InlineData("MCP_OAUTH_GROUPS", "bots", "MCP_OAUTH_GROUPS: is set, but MCP_AUTH_MODE is 'none'")]
    [InlineData("MCP_OAUTH_ISSUER", "id.example", "MCP_OAUTH_ISSUER: 'id.example' is not allowed.")]
    [InlineData("OIDC_CLIENT_ID", "omni", "OIDC_CLIENT_ID: is set without OIDC_AUTHORITY")]
    [InlineData("OIDC_CLIENT_SECRET", "topsecret", "OIDC_CLIENT_SECRET: is set without OIDC_AUTHORITY")]
    [InlineData("OIDC_ROLES", "viewer=*", "OIDC_ROLES: is set without OIDC_AUTHORITY")]
    [InlineData("OIDC_ROLES", "owner=x", "OIDC_ROLES: 'owner=x' is not allowed. Allowed: a comma-separated list of role=value")]
    [InlineData("OIDC_AUTHORITY", "http://id.example", "OIDC_AUTHORITY: 'http://id.example' would send the client's secret")]
    [InlineData("OIDC_AUTHORITY", "https://id.example", "OIDC_AUTHORITY: needs OIDC_CLIENT_ID")]
    [InlineData("REPORTS_ROOT", ".", "REPORTS_ROOT: '.' contains OMNIAUDIT_DATA")]
    [InlineData("OBJECT_STORE_ROOT", "exports/objects", "REPORTS_ROOT: '' contains OBJECT_STORE_ROOT")]
    public void Load_WrongValue_NamesKeyValueAndRemedy(string key, string value, string begins)
    {
        var errors = Load(environment: (key, value)).Errors;
        Assert.StartsWith(begins, errors[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.168.1.5")]
    [InlineData("::")]
    public void Load_OpenToTheNetworkWithoutKeys_IsRefused(string host)
    {
        Assert.StartsWith("MCP_AUTH_MODE: 'none' lets everyone call", OnlyError(("APP_HOST", host)), StringComparison.Ordinal);
        Assert.Empty(Load(environment: [("APP_HOST", host), ("MCP_AUTH_MODE", "api_key")]).Errors);
    }

    [Fact]
    public void Load_OidcAndOAuth_TakeAnIssuerOverTlsOrOnThisMachine()
    {
        (string, string)[] With(string issuer) => [("MCP_AUTH_MODE", "oauth"), ("MCP_OAUTH_ISSUER", issuer), ("OIDC_AUTHORITY", issuer), ("OIDC_CLIENT_ID", "omni"), ("OIDC_ROLES", "admin=omni-admins, viewer=*")];
        Assert.Empty(Load(environment: With("https://id.example/realms/one")).Errors);
        Assert.Empty(Load(environment: With("http://127.0.0.1:9000")).Errors);
        Assert.Equal(2, Load(environment: With("http://id.example")).Errors.Count);
        Assert.Equal(["admin=omni-admins", "viewer=*"], Load(environment: With("https://id.example")).Options.Oidc.Roles);
        Assert.Contains("nobody could sign in", Assert.Single(Load(environment: With("https://id.example")[..^1]).Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    public void Load_LoopbackWithoutKeys_IsAllowed(string host) => Assert.Empty(Load(environment: ("APP_HOST", host)).Errors);

    [Theory]
    [InlineData("https://github.example.com/api/v3")]
    [InlineData("http://127.0.0.1:4000")]
    [InlineData("http://localhost:4000")]
    public void Load_GitHubOverTlsOrOnThisMachine_IsAllowed(string url) => Assert.Empty(Load(environment: ("GITHUB_API_URL", url)).Errors);

    [Theory]
    [InlineData("http://hooks.example.com/secret-path", "", false)]
    [InlineData("http://hooks.example.com/secret-path", "hooks.example.com", false)]
    [InlineData("http://hooks.example.com/secret-path", "hooks.example.com:80", true)]
    [InlineData("http://127.0.0.1:9000/secret-path", "", true)]
    [InlineData("http://localhost:9000/secret-path, https://hooks.example.com/secret-path?key=1", "", true)]
    public void Load_WebhookOverHttp_OnlyToLoopbackOrAllowedAndThePathIsNeverShown(string urls, string allowlist, bool accepted)
    {
        var result = Load(environment: [("WEBHOOK_URLS", urls), ("WEBHOOK_SECRET", "a text of at least 24 characters"), ("URL_ALLOWLIST", allowlist)]);

        Assert.Equal(accepted, result.Errors.Count == 0);
        Assert.DoesNotContain("secret-path", string.Join('\n', [.. result.Errors, .. result.Describe().Select(v => v.Value)]), StringComparison.Ordinal);
        if (!accepted) Assert.StartsWith("WEBHOOK_URLS: 'http://hooks.example.com' is not encrypted.", Assert.Single(result.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_KeyThatNobodyAsksFor_IsRefused() =>
        Assert.StartsWith("MCP_API_KEY: is set, but MCP_AUTH_MODE is 'none'", OnlyError(("MCP_API_KEY", "0123456789abcdef")), StringComparison.Ordinal);

    [Fact]
    public void Load_HostBothAllowedAndDenied_IsRefused() =>
        Assert.StartsWith("URL_ALLOWLIST: 'EXAMPLE.com' stands in URL_DENYLIST too", OnlyError(("URL_ALLOWLIST", "a.example,EXAMPLE.com"), ("URL_DENYLIST", "example.com")), StringComparison.Ordinal);

    [Fact]
    public void Load_ManyErrors_TellsAllOfThemWhereTheyStand()
    {
        var errors = Load("""{ "App": { "Port": "x", "Prot": 1 }, "Observability": { "LogFormat": ["json"] }, "ObjectStor": { "Root": "x" }, "Logging": { "LogLevel": {} } }""",
            "SCAN_RATE_LIMIT_PER_MINUTE=none\nMCP_AUTH_MOD=api_key\nnonsense\nHOME=/root\nMcp__Key=x", ("MCP_AUTH_MODE", "password"), ("APP_PROT", "not ours to judge")).Errors;
        Assert.Equal(
        [
            $"{Path.Combine(_directory, ".env")} line 3: expected KEY=VALUE, the key made of letters, digits and _.",
            "App:Port (appsettings.json): 'x' is not allowed. Allowed: a whole number from 0 to 65535.",
            "MCP_AUTH_MODE: 'password' is not allowed. Allowed: none, api_key, oauth.",
            "SCAN_RATE_LIMIT_PER_MINUTE (.env): 'none' is not allowed. Allowed: a whole number from 1 to 10000.",
            "Observability:LogFormat (appsettings.json): must be a single value. Allowed: json, plain.",
            "App:Prot (appsettings.json): there is no such setting. Did you mean App:Port? Known in App: Name, Env, Host, Port, AllowedHosts, PublicUrl, OperatorName.",
            "ObjectStor (appsettings.json): there is no such section. Did you mean ObjectStore?",
            "Mcp__Key (.env): there is no such setting.",
            "MCP_AUTH_MOD (.env): there is no such setting. Did you mean MCP_AUTH_MODE?",
        ], errors);
        Assert.Throws<InvalidOperationException>(() => Load(environment: ("APP_PORT", "x")).Options);
    }

    [Theory]
    [InlineData("MCP_API_KEY", "topsecret")]
    [InlineData("WRITE_CONFIRMATION_SECRET", "topsecret")]
    [InlineData("GITHUB_APP_PRIVATE_KEY", "topsecret")]
    [InlineData("GITHUB_PAT", "topsecret with space")]
    [InlineData("DATABASE_URL", "postgresql://user:topsecret@host")]
    [InlineData("DATABASE_URL", "mysql://user:topsecret@host/db")]
    [InlineData("DATABASE_URL", "Data Source=x;Passwort=topsecret")]
    public void Load_WrongSecret_IsNotRepeated(string key, string value)
    {
        var error = OnlyError(("MCP_AUTH_MODE", "api_key"), (key, value));
        Assert.StartsWith(key + ": ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_Secrets_AreMasked()
    {
        var secrets = SettingsTable.All.Where(s => s.Secret).Select(s => (s.Key, Value: s.Key == "GITHUB_APP_PRIVATE_KEY" ? "-----BEGIN topsecret" : "topsecret-0123456789-0123456789")).ToArray();
        var result = Load(environment: [.. secrets, ("MCP_AUTH_MODE", "api_key"), ("S3_ACCESS_KEY_ID", "id"), ("OIDC_AUTHORITY", "https://id.example"), ("OIDC_CLIENT_ID", "omni"), ("OIDC_ROLES", "viewer=*")]);
        Assert.Empty(result.Errors);
        Assert.DoesNotContain(result.Describe(), v => v.Value.Contains("topsecret", StringComparison.Ordinal));
        Assert.All(secrets, s => Assert.Equal("(set)", result.Describe().Single(v => v.Key == s.Key).Value));
        Assert.Contains("GITHUB_PAT", secrets.Select(s => s.Key));
    }

    [Theory]
    [InlineData("sqlite:///audit.db", "{data}/audit.db")]
    [InlineData("sqlite:///./sub/audit.db", "{data}/sub/audit.db")]
    [InlineData("sqlite:////var/lib/audit%20one.db", "/var/lib/audit one.db")]
    [InlineData("sqlite+aiosqlite:///audit.db", "{data}/audit.db")]
    [InlineData("Data Source=audit.db", "{data}/audit.db")]
    public void Load_DatabaseUrl_BecomesAnAbsoluteFile(string url, string file)
    {
        var options = Load(environment: ("DATABASE_URL", url)).Options;
        Assert.Equal(file.Replace("{data}", options.Data, StringComparison.Ordinal), SqliteSetup.DatabaseFile(options));
    }

    [Theory]
    [InlineData("postgresql://u:p%40ss@db.example:5433/audit?sslmode=verify-full", "postgresql", "host=db.example;port=5433;username=u;database=audit;password=p@ss;ssl mode=verifyfull")]
    [InlineData("postgresql+psycopg://db/audit", "postgresql", "host=db;database=audit")]
    [InlineData("mssql+pyodbc://sa:x@db:1433/audit?driver=ODBC+Driver+18", "sqlserver", "server=db,1433;user id=sa;database=audit;password=x")]
    public void TryParse_ServerUrl_GivesProviderAndConnectionString(string url, string provider, string connectionString)
    {
        var parsed = DatabaseUrl.TryParse(url)!.Value;
        Assert.Equal(provider, parsed.Provider);
        Assert.Equal(connectionString, parsed.ConnectionString, ignoreCase: true);
        var options = Load(environment: ("DATABASE_URL", url)).Options;
        Assert.Equal((provider, parsed.ConnectionString), (options.Database.Provider, options.Database.ConnectionString));
    }

    [Theory]
    [InlineData("postgresql", "Host=x;Database=y;Username=u;Password=topsecret")]
    [InlineData("sqlserver", "Server=x;Database=y;User ID=u;Password=topsecret")]
    public void Load_ProviderAndConnectionString_AreTaken(string provider, string connectionString)
    {
        var result = Load(environment: [("DATABASE_PROVIDER", provider), ("DATABASE_URL", connectionString)]);
        Assert.Equal((provider, connectionString), (result.Options.Database.Provider, result.Options.Database.ConnectionString));
        Assert.Equal("(set)", result.Describe().Single(v => v.Key == "DATABASE_URL").Value);
    }

    [Theory]
    [InlineData("postgresql", "Host=x", "names no database.")]
    [InlineData("postgresql", "Database=y", "names no host of a PostgreSQL server.")]
    [InlineData("postgresql", "", "names no host of a PostgreSQL server.")]
    [InlineData("postgresql", "Host=x;Database=y;Colour=red", "the connection string has a keyword or value that PostgreSQL's driver (Npgsql) does not know.")]
    [InlineData("sqlserver", "Server=x", "names no database.")]
    [InlineData("sqlserver", "Database=y", "names no SQL Server.")]
    [InlineData("sqlserver", "Server=x;Database=y;Colour=red", "the connection string has a keyword or value that SQL Server's driver does not know.")]
    public void Load_ServerThatIsNotWholeNamed_IsRefused(string provider, string connectionString, string says) =>
        Assert.StartsWith($"DATABASE_URL: {says} Allowed: ", connectionString.Length == 0 ? OnlyError(("DATABASE_PROVIDER", provider)) : OnlyError(("DATABASE_PROVIDER", provider), ("DATABASE_URL", connectionString)), StringComparison.Ordinal);

    [Fact]
    public void Load_PrivateKeyOnOneLine_GetsItsLinesBack() => Assert.Equal("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
        Load(environment: ("GITHUB_APP_PRIVATE_KEY", @"-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----")).Options.GitHub.AppPrivateKey);

    [Fact]
    public void Table_EveryProperty_IsASetting()
    {
        var properties = typeof(OmniAuditOptions).GetProperties().SelectMany(p =>
            p.PropertyType.Namespace == typeof(OmniAuditOptions).Namespace ? p.PropertyType.GetProperties().Where(c => c.CanWrite).Select(c => $"{p.Name}:{c.Name}") : [p.Name]);
        Assert.Equal(properties.Order(), SettingsTable.All.Select(s => s.Path).Order());
        Assert.Distinct(SettingsTable.All.Select(s => s.Key));
    }

    [Fact]
    public void Table_EverySetting_ReadsBackWhatItTookAndOnlyThat()
    {
        foreach (var setting in SettingsTable.All)
        {
            var defaults = SettingsTable.All.ToDictionary(s => s.Key, s => s.Read(new OmniAuditOptions()));
            var options = new OmniAuditOptions();
            var value = new[] { "sqlite:///x.db", "s3", "app", "api_key", "plain", "postgresql", "31", "77777", "https://x.example/y", "127.0.0.9", "o/r", "host.example", "-----BEGIN x", "some-text-0123456789-0123456789", "true", "false", "self", "dotted", "name=x", "admin=x", "11111111-2222-3333-4444-555555555555", "intune", "DLP.All", "servicePrincipal" }
                .First(v => setting.Apply(new OmniAuditOptions(), v) && Apply(v) != defaults[setting.Key]);
            Assert.True(setting.Apply(options, value));
            foreach (var other in SettingsTable.All.Where(o => o != setting)) Assert.Equal(defaults[other.Key], other.Read(options));

            string Apply(string text)
            {
                var fresh = new OmniAuditOptions();
                setting.Apply(fresh, text);
                return setting.Read(fresh);
            }
        }
    }

    [Fact]
    public void Load_OfThisProcess_ReadsTheShippedAppsettings() => Assert.Empty(SettingsLoader.Load().Errors);
}
