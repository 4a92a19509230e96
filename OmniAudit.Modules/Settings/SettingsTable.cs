namespace OmniAudit.Modules.Settings;

/// <summary>Every setting. A test checks that no property of <see cref="OmniAuditOptions"/> is left out.</summary>
internal static class SettingsTable
{
    private const string HostName = @"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?";
    private const string Port = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
    internal const string Hosts = @"(?:\*\.)?" + HostName + @"(?::" + Port + @")?|\[[0-9A-Fa-f:.]+\](?::" + Port + ")?";
    internal const string HostsAllowed = "hosts: example.com, *.example.com, 10.1.2.3:8443, [::1]:8080; no scheme and no path";

    public static IReadOnlyList<Setting> All { get; } =
    [
        Setting.Text("APP_NAME", "App:Name", "The name of this server.", o => o.App.Name, (o, v) => o.App.Name = v),
        Setting.Text("APP_ENV", "App:Env", "The environment's name, shown in the console's header.", o => o.App.Env, (o, v) => o.App.Env = v),
        Setting.Text("APP_HOST", "App:Host", "The address to bind. Other machines reach the server only when this is not a loopback address, and then MCP_AUTH_MODE must be api_key.",
            o => o.App.Host, (o, v) => o.App.Host = v, "an IP address or localhost", @"localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?"),
        Setting.Number("APP_PORT", "App:Port", "The port; 0 takes a free one.", o => o.App.Port, (o, v) => o.App.Port = (int)v, 0, 65535),
        Setting.Many("APP_ALLOWED_HOSTS", "App:AllowedHosts", "Further host names under which the server is reached, such as a reverse proxy's. Requests for other names are refused.",
            o => o.App.AllowedHosts, (o, v) => o.App.AllowedHosts = v, "host names: console.example.com, console.example.com:8443", HostName + "(?::" + Port + ")?"),
        Setting.Url("APP_PUBLIC_URL", "App:PublicUrl", "The address people type, for links in tool answers and notices.", o => o.App.PublicUrl, (o, v) => o.App.PublicUrl = v) with { DefaultText = "from APP_HOST and APP_PORT" },
        new("OPERATOR_NAME", "App:OperatorName", "The user name of the first operator, created at the first start.", NameRule.Allowed,
            (o, v) => { o.App.OperatorName = v.ToLowerInvariant(); return NameRule.Accepts(o.App.OperatorName); }, o => o.App.OperatorName),

        new("OMNIAUDIT_DATA", "Data", "The data directory: database, objects, keys and exports unless placed elsewhere. Created for the owner only.",
            "a path; a relative one lies below the current directory", (o, v) => { o.Data = v; return !v.Contains('\0', StringComparison.Ordinal); }, o => o.Data),
        Setting.Choice("DATABASE_PROVIDER", "Database:Provider", "The kind of database that an ADO.NET connection string speaks of. Only sqlite is available in this version.", o => o.Database.Provider, (o, v) => o.Database.Provider = v, "sqlite", "postgresql", "sqlserver"),
        // After the provider, which a URL overrides.
        new("DATABASE_URL", "Database:ConnectionString", "The database. Relative paths lie below the data directory.", DatabaseUrl.Allowed, ApplyDatabase, ReadDatabase) { HideInErrors = true, DefaultText = "`omniaudit.db` in the data directory" },

        Setting.Choice("OBJECT_STORE_BACKEND", "ObjectStore:Backend", "Where new objects go. Objects of the other backend stay readable.", o => o.ObjectStore.Backend, (o, v) => o.ObjectStore.Backend = v, "local", "s3"),
        Setting.File("OBJECT_STORE_ROOT", "ObjectStore:Root", "The directory of the local object store.", o => o.ObjectStore.Root, (o, v) => o.ObjectStore.Root = v, "`objects` in the data directory"),
        Setting.Text("OBJECT_STORE_BUCKET", "ObjectStore:Bucket", "The bucket; must exist.", o => o.ObjectStore.Bucket, (o, v) => o.ObjectStore.Bucket = v,
            "3 to 63 of a-z 0-9 . - beginning and ending with a letter or digit", "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
        Setting.Text("OBJECT_STORE_PREFIX", "ObjectStore:Prefix", "What stands before an object's name in the bucket.", o => o.ObjectStore.Prefix, (o, v) => o.ObjectStore.Prefix = v,
            "letters, digits and . _ - separated by single slashes; / for none", "/|/?[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*/?"),
        Setting.Number("OBJECT_STORE_MAX_BYTES", "ObjectStore:MaxObjectBytes", "The most bytes that one object may have.", o => o.ObjectStore.MaxObjectBytes, (o, v) => o.ObjectStore.MaxObjectBytes = v, 1024, 5L * 1024 * 1024 * 1024),
        Setting.Url("S3_ENDPOINT_URL", "ObjectStore:S3EndpointUrl", "The S3 server.", o => o.ObjectStore.S3EndpointUrl, (o, v) => o.ObjectStore.S3EndpointUrl = v) with { DefaultText = "AWS" },
        Setting.Text("S3_REGION_NAME", "ObjectStore:S3Region", "The region.", o => o.ObjectStore.S3Region, (o, v) => o.ObjectStore.S3Region = v, "letters, digits and -", "[A-Za-z0-9-]{1,40}"),
        Setting.Flag("S3_FORCE_PATH_STYLE", "ObjectStore:S3ForcePathStyle", "Put the bucket in the path and not in the host name; most servers other than AWS need it.", o => o.ObjectStore.S3ForcePathStyle, (o, v) => o.ObjectStore.S3ForcePathStyle = v),
        Setting.Text("S3_ACCESS_KEY_ID", "ObjectStore:S3AccessKeyId", "The access key. Without one the AWS SDK's usual places are searched.", o => o.ObjectStore.S3AccessKeyId, (o, v) => o.ObjectStore.S3AccessKeyId = v),
        Setting.Hidden("S3_SECRET_ACCESS_KEY", "ObjectStore:S3SecretAccessKey", "The access key's secret.", o => o.ObjectStore.S3SecretAccessKey, (o, v) => o.ObjectStore.S3SecretAccessKey = v, "any text"),
        Setting.File("REPORTS_ROOT", "ReportsRoot", "The only directory that sitelint.export_report writes to.", o => o.ReportsRoot, (o, v) => o.ReportsRoot = v, "`exports` in the data directory"),

        Setting.Many("REPO_WRITE_ALLOWLIST", "Policy:RepoWriteAllowlist", "Repositories that may be written to, after approval. Empty: none.", o => o.Policy.RepoWriteAllowlist, (o, v) => o.Policy.RepoWriteAllowlist = v,
            "repositories: owner/name", "[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}"),
        Setting.Many("URL_ALLOWLIST", "Policy:UrlAllowlist", "Hosts that scans may visit. Empty: every public host. An exact host:port is the only thing that opens a private or loopback target, for scans and for webhooks.",
            o => o.Policy.UrlAllowlist, (o, v) => o.Policy.UrlAllowlist = v, HostsAllowed, Hosts),
        Setting.Many("URL_DENYLIST", "Policy:UrlDenylist", "Hosts that scans may not visit, even when allowed.", o => o.Policy.UrlDenylist, (o, v) => o.Policy.UrlDenylist = v, HostsAllowed, Hosts),
        Setting.Hidden("WRITE_CONFIRMATION_SECRET", "Approvals:Secret", "Keys the confirmation tokens.", o => o.Approvals.Secret, (o, v) => o.Approvals.Secret = v, "at least 16 characters", v => v.Length >= 16) with { DefaultText = "made at the first start and kept sealed" },
        Setting.Choice("APPROVALS_MODE", "Approvals:Mode", "human: a person approves every write. self: a write that no rule names is confirmed by its caller repeating the call with the token, without any person; every receipt of it says so.",
            o => o.Approvals.Mode, (o, v) => o.Approvals.Mode = v, "human", "self"),
        new("APPROVAL_RULES", "Approvals:Rules", "Whose approval which writes need; the first rule that covers a write counts, and these come before the console's. A write that none covers needs one person.",
            "a comma-separated list of rules: " + ApprovalRule.Allowed, ApplyRules, o => string.Join(", ", o.Approvals.Rules)) { List = true, DefaultText = "none" },
        Setting.Number("WRITE_CONFIRMATION_TTL_SECONDS", "Approvals:TtlSeconds", "How long a write waits for a decision, in seconds.", o => o.Approvals.TtlSeconds, (o, v) => o.Approvals.TtlSeconds = (int)v, 10, 7 * 24 * 3600),

        Setting.Choice("MCP_AUTH_MODE", "Mcp:AuthMode", "Whether agents must show a key. none is for a loopback APP_HOST only.", o => o.Mcp.AuthMode, (o, v) => o.Mcp.AuthMode = v, "none", "api_key"),
        Setting.Hidden("MCP_API_KEY", "Mcp:ApiKey", "The key of the agent named default. Further agents get keys of their own from `agents add`.", o => o.Mcp.ApiKey, (o, v) => o.Mcp.ApiKey = v, "at least 16 characters", v => v.Length >= 16),
        Setting.Choice("MCP_TOOL_NAMES", "Mcp:ToolNames", "How tools are named to clients: dotted (core.health), underscore (core_health), or auto: dotted, and underscore to clients known to reject dots. Calls may use either.", o => o.Mcp.ToolNames, (o, v) => o.Mcp.ToolNames = v, "auto", "dotted", "underscore"),
        Setting.Number("SCAN_RATE_LIMIT_PER_MINUTE", "RateLimits:ScansPerMinute", "Scans that may be submitted per minute.", o => o.RateLimits.ScansPerMinute, (o, v) => o.RateLimits.ScansPerMinute = (int)v, 1, 10000),
        Setting.Number("GITHUB_WRITE_RATE_LIMIT_PER_MINUTE", "RateLimits:WritesPerMinute", "Writes that may be submitted per minute.", o => o.RateLimits.WritesPerMinute, (o, v) => o.RateLimits.WritesPerMinute = (int)v, 1, 10000),

        Setting.Flag("SITELINT_ASYNC_MODE", "SiteLint:AsyncMode", "true answers a scan's job at once; false waits for its end within a bound.", o => o.SiteLint.AsyncMode, (o, v) => o.SiteLint.AsyncMode = v),
        Setting.Number("SITELINT_INLINE_WAIT_SECONDS", "SiteLint:InlineWaitSeconds", "The bound of that wait, in seconds.", o => o.SiteLint.InlineWaitSeconds, (o, v) => o.SiteLint.InlineWaitSeconds = (int)v, 1, 600),
        Setting.Number("SITELINT_MAX_PARALLEL_SCANS", "SiteLint:MaxParallelScans", "Scans at work at once.", o => o.SiteLint.MaxParallelScans, (o, v) => o.SiteLint.MaxParallelScans = (int)v, 1, 32),
        Setting.File("CHROMIUM_PATH", "SiteLint:ChromiumPath", "The browser's program.", o => o.SiteLint.ChromiumPath, (o, v) => o.SiteLint.ChromiumPath = v, "the first of the usual places") with { Allowed = "an absolute path" },

        Setting.Url("GITHUB_API_URL", "GitHub:ApiUrl", "GitHub's REST API. For GitHub Enterprise Server: https://HOST/api/v3. Plain http:// is for a loopback address only.", o => o.GitHub.ApiUrl, (o, v) => o.GitHub.ApiUrl = v),
        Setting.Choice("GITHUB_AUTH_MODE", "GitHub:AuthMode", "How this server signs in to GitHub. app is not available in this version: calls are refused.", o => o.GitHub.AuthMode, (o, v) => o.GitHub.AuthMode = v, "pat", "app"),
        Setting.Hidden("GITHUB_PAT", "GitHub:Pat", "The personal access token.", o => o.GitHub.Pat, (o, v) => o.GitHub.Pat = v, "a token without spaces", v => !v.Any(char.IsWhiteSpace)),
        Setting.Text("GITHUB_APP_ID", "GitHub:AppId", "The app's id or client id.", o => o.GitHub.AppId, (o, v) => o.GitHub.AppId = v, "letters, digits and .", "[A-Za-z0-9.]{1,100}"),
        Setting.Text("GITHUB_APP_INSTALLATION_ID", "GitHub:AppInstallationId", "The installation's id.", o => o.GitHub.AppInstallationId, (o, v) => o.GitHub.AppInstallationId = v, "digits", "[0-9]{1,20}"),
        Setting.Hidden("GITHUB_APP_PRIVATE_KEY", "GitHub:AppPrivateKey", "The app's private key, as PEM text; \\n may stand for the ends of lines.", o => o.GitHub.AppPrivateKey, (o, v) => o.GitHub.AppPrivateKey = v.Replace("\\n", "\n", StringComparison.Ordinal),
            "PEM text that begins with -----BEGIN", v => v.TrimStart().StartsWith("-----BEGIN ", StringComparison.Ordinal)),

        Setting.File("ENVELOPE_MASTER_KEY_FILE", "Secrets:MasterKeyFile", "The file with the master key that seals stored secrets; created with mode 0600 when there are none yet. Back it up apart from the database.",
            o => o.Secrets.MasterKeyFile, (o, v) => o.Secrets.MasterKeyFile = v, "`master.key` in the data directory"),
        Setting.Text("RECEIPTS_ORIGIN", "Receipts:Origin", "The name of the receipt log, for its whole life.", o => o.Receipts.Origin, (o, v) => o.Receipts.Origin = v,
            "a URL without a scheme, such as audit.example.com/log1, without spaces and +", @"[A-Za-z0-9][A-Za-z0-9._~/:-]{0,199}") with { DefaultText = "made at the first start and kept" },
        Setting.Flag("RECEIPTS_PUBLIC", "Receipts:Public", "Let anyone read the whole receipt log below /log (c2sp.org/tlog-tiles), without signing in: who asked for what, who decided, when.",
            o => o.Receipts.Public, (o, v) => o.Receipts.Public = v),

        new("WEBHOOK_URLS", "Webhooks:Urls", "Where events about approvals are sent (docs/webhooks.md). Pages show their hosts only.", WebhookUrls.Allowed,
            (o, v) => WebhookUrls.TryParse(v) is { } urls && (o.Webhooks.Urls = urls) is not null, o => WebhookUrls.Shown(o.Webhooks.Urls)) { List = true, HideInErrors = true },
        Setting.Hidden("WEBHOOK_SECRET", "Webhooks:Secret", "Keys the signatures of events, so that receivers know them to be this server's.", o => o.Webhooks.Secret, (o, v) => o.Webhooks.Secret = v,
            "whsec_ and the base64 form of at least 24 bytes, or any other text of at least 24 characters", WebhookUrls.IsSecret),

        Setting.Flag("OTEL_ENABLED", "Observability:OtelEnabled", "Send traces over OTLP/HTTP.", o => o.Observability.OtelEnabled, (o, v) => o.Observability.OtelEnabled = v),
        Setting.Url("OTEL_EXPORTER_OTLP_ENDPOINT", "Observability:OtlpEndpoint", "Where traces go.", o => o.Observability.OtlpEndpoint, (o, v) => o.Observability.OtlpEndpoint = v),
        Setting.Choice("LOG_FORMAT", "Observability:LogFormat", "The form of log lines.", o => o.Observability.LogFormat, (o, v) => o.Observability.LogFormat = v, "json", "plain"),
        Setting.Flag("PROMETHEUS_ENABLED", "Observability:PrometheusEnabled", "Serve /metrics.", o => o.Observability.PrometheusEnabled, (o, v) => o.Observability.PrometheusEnabled = v),
    ];

    private static bool ApplyRules(OmniAuditOptions options, string text)
    {
        var rules = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(t => ApprovalRule.Parse(t).Rule).ToList();
        if (rules.Contains(null) || rules.DistinctBy(r => r!.Name).Count() != rules.Count) return false;
        options.Approvals.Rules = rules!;
        return true;
    }

    private static string ReadDatabase(OmniAuditOptions options) =>
        options.Database.ConnectionString.Contains("password", StringComparison.OrdinalIgnoreCase) ? "(set)" : options.Database.ConnectionString;

    private static bool ApplyDatabase(OmniAuditOptions options, string text)
    {
        if (DatabaseUrl.TryParse(text) is { } parsed)
        {
            (options.Database.Provider, options.Database.ConnectionString) = parsed;
            return true;
        }
        options.Database.ConnectionString = text;
        return !text.Contains("://", StringComparison.Ordinal) && text.Contains('=', StringComparison.Ordinal);
    }
}
