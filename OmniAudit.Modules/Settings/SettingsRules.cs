using System.Net;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace OmniAudit.Modules.Settings;

/// <summary>What no single setting can know: values that contradict each other, or miss each other.</summary>
/// <param name="nameOf">The name of a setting as the user wrote it, given its key.</param>
internal sealed class SettingsRules(OmniAuditOptions options, Func<string, string> nameOf)
{
    public IEnumerable<string> Errors() => [.. Network(), .. OAuth(), .. Oidc(), .. Storage(), .. Policy(), .. Webhooks(), .. GitHub(), .. AdminOps(), .. Model(), .. Observability()];

    private IEnumerable<string> Network()
    {
        var host = options.App.Host;
        var isAddress = IPAddress.TryParse(host.Trim('[', ']'), out var address);
        if (host != "localhost" && !isAddress) yield return $"{nameOf("APP_HOST")}: '{host}' is no IP address. Allowed: an IP address or localhost.";
        var loopback = host == "localhost" || (isAddress && IPAddress.IsLoopback(address!));
        if (options.Mcp.AuthMode == "none" && !loopback)
        {
            yield return $"{nameOf("MCP_AUTH_MODE")}: 'none' lets everyone call who can reach {nameOf("APP_HOST")} '{host}'. Allowed: api_key, oauth, or a loopback address such as 127.0.0.1 as {nameOf("APP_HOST")}.";
        }
        if (options.Mcp is { AuthMode: "none", ApiKey.Length: > 0 })
        {
            yield return $"{nameOf("MCP_API_KEY")}: is set, but {nameOf("MCP_AUTH_MODE")} is 'none' and no key is asked for. Allowed: set {nameOf("MCP_AUTH_MODE")} to api_key, or remove the key.";
        }
    }

    private IEnumerable<string> OAuth()
    {
        var mcp = options.Mcp;
        if (mcp is { AuthMode: "oauth", OAuthIssuer: "" }) yield return $"{nameOf("MCP_AUTH_MODE")}: 'oauth' needs {nameOf("MCP_OAUTH_ISSUER")}, whose tokens are taken.";
        if (mcp.AuthMode != "oauth")
        {
            // Whoever wrote these believes that they keep somebody out.
            foreach (var key in new[] { ("MCP_OAUTH_ISSUER", mcp.OAuthIssuer.Length), ("MCP_OAUTH_AUDIENCE", mcp.OAuthAudience.Length), ("MCP_OAUTH_GROUPS", mcp.OAuthGroups.Count) }.Where(k => k.Item2 > 0).Select(k => k.Item1))
                yield return $"{nameOf(key)}: is set, but {nameOf("MCP_AUTH_MODE")} is '{mcp.AuthMode}' and no tokens are taken. Allowed: set {nameOf("MCP_AUTH_MODE")} to oauth, or remove it.";
        }
        if (InTheClear(mcp.OAuthIssuer)) yield return $"{nameOf("MCP_OAUTH_ISSUER")}: '{mcp.OAuthIssuer}' would send the issuer's keys in the clear, where others can change them. Allowed: an https:// URL, or http:// to a loopback address.";
    }

    private IEnumerable<string> Oidc()
    {
        var oidc = options.Oidc;
        if (oidc.Authority.Length == 0)
        {
            foreach (var key in new[] { ("OIDC_CLIENT_ID", oidc.ClientId.Length), ("OIDC_CLIENT_SECRET", oidc.ClientSecret.Length), ("OIDC_ROLES", oidc.Roles.Count) }.Where(k => k.Item2 > 0).Select(k => k.Item1))
                yield return $"{nameOf(key)}: is set without {nameOf("OIDC_AUTHORITY")}, the provider's issuer URL.";
            yield break;
        }
        if (InTheClear(oidc.Authority)) yield return $"{nameOf("OIDC_AUTHORITY")}: '{oidc.Authority}' would send the client's secret and the issuer's keys in the clear. Allowed: an https:// URL, or http:// to a loopback address.";
        if (oidc.ClientId.Length == 0) yield return $"{nameOf("OIDC_AUTHORITY")}: needs {nameOf("OIDC_CLIENT_ID")}, this server's client id there.";
        if (oidc.Roles.Count == 0) yield return $"{nameOf("OIDC_AUTHORITY")}: needs {nameOf("OIDC_ROLES")}: nobody has a role, so nobody could sign in. For example admin=omni-admins, viewer=*.";
    }

    private IEnumerable<string> AdminOps()
    {
        var o = options.AdminOps;
        if (o.Sources.Count > 0)
        {
            foreach (var key in new[] { ("ADMINOPS_TENANT_ID", o.TenantId), ("ADMINOPS_CLIENT_ID", o.ClientId), ("ADMINOPS_CLIENT_SECRET", o.ClientSecret) }.Where(k => k.Item2.Length == 0).Select(k => k.Item1))
                yield return $"{nameOf("ADMINOPS_SOURCES")}: needs {nameOf(key)}. Allowed: set it, or leave {nameOf("ADMINOPS_SOURCES")} empty.";
        }
        if (options.Database.Provider == DatabaseOptions.SqlServer && o.Sources.Count > 0)
            yield return $"{nameOf("ADMINOPS_SOURCES")}: audit events are kept on SQLite and PostgreSQL only, and {nameOf("DATABASE_URL")} names a SQL Server. Allowed: leave it empty, or use PostgreSQL.";
        foreach (var (key, url) in new[] { ("ADMINOPS_LOGIN_URL", o.LoginUrl), ("ADMINOPS_GRAPH_URL", o.GraphUrl), ("ADMINOPS_MANAGEMENT_URL", o.ManagementUrl) }.Where(u => InTheClear(u.Item2)))
            yield return $"{nameOf(key)}: '{url}' would send the secret and tokens in the clear. Allowed: an https:// URL, or http:// to a loopback address.";
    }

    private static bool InTheClear(string address) => Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == "http" && !url.IsLoopback;

    private IEnumerable<string> Storage()
    {
        var trouble = options.Database.Provider switch
        {
            DatabaseOptions.PostgreSql => PostgresTrouble(),
            DatabaseOptions.SqlServer => SqlServerTrouble(),
            _ => SqliteTrouble(),
        };
        if (trouble is not null) yield return $"{nameOf("DATABASE_URL")}: {trouble} Allowed: {DatabaseUrl.Allowed}.";
        var store = options.ObjectStore;
        if (store is { Backend: "s3", Bucket: "" }) yield return $"{nameOf("OBJECT_STORE_BACKEND")}: 's3' needs {nameOf("OBJECT_STORE_BUCKET")}.";
        if (store is { S3AccessKeyId.Length: > 0, S3SecretAccessKey: "" }) yield return $"{nameOf("S3_ACCESS_KEY_ID")}: is set without {nameOf("S3_SECRET_ACCESS_KEY")}. Allowed: both or neither.";
        if (store is { S3AccessKeyId: "", S3SecretAccessKey.Length: > 0 }) yield return $"{nameOf("S3_SECRET_ACCESS_KEY")}: is set without {nameOf("S3_ACCESS_KEY_ID")}. Allowed: both or neither.";

        var reports = options.InData(options.ReportsRoot, "exports");
        foreach (var (key, path) in new[]
        {
            ("OMNIAUDIT_DATA", options.InData("", "")),
            ("OBJECT_STORE_ROOT", options.InData(store.Root, "objects")),
            ("ENVELOPE_MASTER_KEY_FILE", options.InData(options.Secrets.MasterKeyFile, "master.key")),
        })
        {
            if (path == reports || path.StartsWith(reports.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                yield return $"{nameOf("REPORTS_ROOT")}: '{options.ReportsRoot}' contains {nameOf(key)} '{path}', which an export could overwrite. Allowed: a directory of its own.";
            }
        }
    }

    private string? PostgresTrouble()
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(options.Database.ConnectionString);
            return builder.Host is not { Length: > 0 } ? "names no host of a PostgreSQL server." : builder.Database is not { Length: > 0 } ? "names no database." : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            return "the connection string has a keyword or value that PostgreSQL's driver (Npgsql) does not know.";
        }
    }

    private string? SqlServerTrouble()
    {
        try
        {
            var builder = new SqlConnectionStringBuilder(options.Database.ConnectionString);
            return builder.DataSource.Length == 0 ? "names no SQL Server." : builder.InitialCatalog.Length == 0 ? "names no database." : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            return "the connection string has a keyword or value that SQL Server's driver does not know.";
        }
    }

    private string? SqliteTrouble()
    {
        if (options.Database.ConnectionString.Length == 0) return null;
        try
        {
            var builder = new SqliteConnectionStringBuilder(options.Database.ConnectionString);
            if (builder.DataSource.Length == 0) return "the connection string has no Data Source.";
            return builder.DataSource == ":memory:" || builder.Mode == SqliteOpenMode.Memory ? "a database in memory would be lost at the end; approvals and receipts must be kept." : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return "the connection string has a keyword or value that SQLite does not know.";
        }
    }

    private IEnumerable<string> Policy() =>
        options.Policy.UrlAllowlist.Intersect(options.Policy.UrlDenylist, StringComparer.OrdinalIgnoreCase)
            .Select(entry => $"{nameOf("URL_ALLOWLIST")}: '{entry}' stands in {nameOf("URL_DENYLIST")} too. Allowed: in one of them.");

    private IEnumerable<string> Webhooks()
    {
        if (options.Webhooks is { Urls.Count: > 0, Secret: "" })
            yield return $"{nameOf("WEBHOOK_URLS")}: needs {nameOf("WEBHOOK_SECRET")}, which signs what is sent. Make one: echo whsec_$(openssl rand -base64 32).";
        foreach (var url in options.Webhooks.Urls.Select(u => new Uri(u)).Where(u => u.Scheme == "http" && !u.IsLoopback))
        {
            if (!options.Policy.UrlAllowlist.Contains($"{url.Host}:{url.Port}", StringComparer.OrdinalIgnoreCase))
                yield return $"{nameOf("WEBHOOK_URLS")}: '{url.GetLeftPart(UriPartial.Authority)}' is not encrypted. Allowed: https://, or http:// to a loopback address or a host:port of {nameOf("URL_ALLOWLIST")} (here {url.Host}:{url.Port}).";
        }
    }

    private IEnumerable<string> GitHub()
    {
        var gitHub = options.GitHub;
        // The token would cross the network for everyone to read.
        foreach (var (key, url) in new[] { ("GITHUB_API_URL", gitHub.ApiUrl), ("GITHUB_UPLOAD_URL", gitHub.UploadUrl) }.Where(u => InTheClear(u.Item2)))
            yield return $"{nameOf(key)}: '{url}' would send the token in the clear. Allowed: an https:// URL, or http:// to a loopback address.";
        if (gitHub is { AppPrivateKey.Length: > 0, AppPrivateKeyFile.Length: > 0 })
            yield return $"{nameOf("GITHUB_APP_PRIVATE_KEY_FILE")}: is set, and {nameOf("GITHUB_APP_PRIVATE_KEY")} too. Allowed: one of them.";
        if (gitHub.AuthMode != "app") yield break;
        var missing = new[] { ("GITHUB_APP_ID", gitHub.AppId), ("GITHUB_APP_INSTALLATION_ID", gitHub.AppInstallationId), ("GITHUB_APP_PRIVATE_KEY", gitHub.AppPrivateKey + gitHub.AppPrivateKeyFile) }
            .Where(v => v.Item2.Length == 0).Select(v => nameOf(v.Item1)).ToList();
        if (missing.Count > 0) yield return $"{nameOf("GITHUB_AUTH_MODE")}: 'app' needs {string.Join(", ", missing)}.";
    }

    private IEnumerable<string> Model()
    {
        var model = options.Ai;
        if (InTheClear(model.BaseUrl)) yield return $"{nameOf("LLM_BASE_URL")}: '{model.BaseUrl}' would send the key and what is asked in the clear. Allowed: an https:// URL, or http:// to a loopback address.";
        if (model is { IsAzure: true, ApiVersion: "", ApiKey.Length: > 0 } && !model.BaseUrl.Contains("/openai/v1", StringComparison.OrdinalIgnoreCase))
            yield return $"{nameOf("LLM_BASE_URL")}: Azure OpenAI needs {nameOf("LLM_API_VERSION")}, for example 2024-10-21. Allowed: set it, or use an address that ends with /openai/v1.";
    }

    private IEnumerable<string> Observability()
    {
        if (options.Observability is { OtelEnabled: true, OtlpEndpoint: "" }) yield return $"{nameOf("OTEL_ENABLED")}: 'true' needs {nameOf("OTEL_EXPORTER_OTLP_ENDPOINT")}, for example http://localhost:4318.";
    }
}
