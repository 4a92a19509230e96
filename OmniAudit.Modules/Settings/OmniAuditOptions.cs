namespace OmniAudit.Modules.Settings;

/// <summary>
/// Every setting, as one tree. Filled from appsettings.json, a .env file and environment variables
/// (<c>SettingsLoader</c> maps the names), checked as a whole before anything starts.
/// </summary>
public sealed class OmniAuditOptions
{
    /// <summary>The name and the address of this server.</summary>
    public AppOptions App { get; init; } = new();
    /// <summary>The data directory (OMNIAUDIT_DATA): database, objects, keys and exports unless placed elsewhere. Absolute once loaded.</summary>
    public string Data { get; set; } = "data";
    /// <summary>The relational store.</summary>
    public DatabaseOptions Database { get; init; } = new();
    /// <summary>The content-addressed object store.</summary>
    public ObjectStoreOptions ObjectStore { get; init; } = new();
    /// <summary>Where export_report may write (REPORTS_ROOT); default <c>exports</c> below the data directory.</summary>
    public string ReportsRoot { get; set; } = "";
    /// <summary>RELEASE_ASSET_ROOTS: the only directories whose files may be uploaded to releases; empty for <c>release-assets</c> in the data directory. Relative ones lie below that.</summary>
    public IReadOnlyList<string> ReleaseAssetRoots { get; set; } = [];
    /// <summary>What agents may reach.</summary>
    public PolicyOptions Policy { get; init; } = new();
    /// <summary>How writes are approved.</summary>
    public ApprovalOptions Approvals { get; init; } = new();
    /// <summary>The agents' endpoint.</summary>
    public McpOptions Mcp { get; init; } = new();
    /// <summary>Console sign-in at an OIDC provider.</summary>
    public OidcOptions Oidc { get; init; } = new();
    /// <summary>Calls per minute.</summary>
    public RateLimitOptions RateLimits { get; init; } = new();
    /// <summary>Site scans.</summary>
    public SiteLintOptions SiteLint { get; init; } = new();
    /// <summary>CI evidence.</summary>
    public EvidenceOptions Evidence { get; init; } = new();
    /// <summary>Microsoft 365 audit events.</summary>
    public AdminOpsOptions AdminOps { get; init; } = new();
    /// <summary>The language model that may be asked about audit events.</summary>
    public ModelOptions Ai { get; init; } = new();
    /// <summary>GitHub credentials.</summary>
    public GitHubOptions GitHub { get; init; } = new();
    /// <summary>Sealing of stored secrets.</summary>
    public SecretsOptions Secrets { get; init; } = new();
    /// <summary>The receipt log.</summary>
    public ReceiptsOptions Receipts { get; init; } = new();
    /// <summary>Events to other systems.</summary>
    public WebhookOptions Webhooks { get; init; } = new();
    /// <summary>Logs, metrics, traces.</summary>
    public ObservabilityOptions Observability { get; init; } = new();

    /// <summary>The absolute path of a setting that names a file or directory: relative ones lie below the data directory, an empty one takes its default there.</summary>
    internal string InData(string configured, string byDefault) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(configured.Length > 0 ? configured : byDefault, Path.GetFullPath(Data)));
}

/// <summary>APP_*.</summary>
public sealed class AppOptions
{
    /// <summary>APP_NAME.</summary>
    public string Name { get; set; } = "OmniAudit";
    /// <summary>APP_ENV, shown in the console's header.</summary>
    public string Env { get; set; } = "local";
    /// <summary>APP_HOST: the address to bind. Loopback unless said otherwise.</summary>
    public string Host { get; set; } = "127.0.0.1";
    /// <summary>APP_PORT; 0 takes a free port.</summary>
    public int Port { get; set; } = 8080;
    /// <summary>Extra host names under which the server is reached (a reverse proxy's name); loopback names and the bound address are always accepted.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];
    /// <summary>The address people type, for links; default from host and port.</summary>
    public string PublicUrl { get; set; } = "";
    /// <summary>OPERATOR_NAME: the first operator's user name.</summary>
    public string OperatorName { get; set; } = "operator";
}

/// <summary>DATABASE_URL.</summary>
public sealed class DatabaseOptions
{
    /// <summary>A provider.</summary>
    public const string Sqlite = "sqlite", PostgreSql = "postgresql", SqlServer = "sqlserver";

    /// <summary><c>sqlite</c>, <c>postgresql</c> or <c>sqlserver</c>.</summary>
    public string Provider { get; set; } = Sqlite;
    /// <summary>An ADO.NET connection string of that provider; default <c>Data Source=omniaudit.db</c> in the data directory.</summary>
    public string ConnectionString { get; set; } = "";
    /// <summary>Several servers may use it at once.</summary>
    public bool IsShared => Provider != Sqlite;
}

/// <summary>OBJECT_STORE_* and S3_*.</summary>
public sealed class ObjectStoreOptions
{
    /// <summary><c>local</c> or <c>s3</c>: where new objects go. Older local references stay readable either way.</summary>
    public string Backend { get; set; } = "local";
    /// <summary>OBJECT_STORE_ROOT; default <c>objects</c> below the data directory.</summary>
    public string Root { get; set; } = "";
    /// <summary>OBJECT_STORE_BUCKET.</summary>
    public string Bucket { get; set; } = "";
    /// <summary>OBJECT_STORE_PREFIX.</summary>
    public string Prefix { get; set; } = "omniaudit";
    /// <summary>OBJECT_STORE_MAX_BYTES: the most that one object may have.</summary>
    public long MaxObjectBytes { get; set; } = 512L * 1024 * 1024;
    /// <summary>S3_ENDPOINT_URL; empty for AWS.</summary>
    public string S3EndpointUrl { get; set; } = "";
    /// <summary>S3_REGION_NAME.</summary>
    public string S3Region { get; set; } = "us-east-1";
    /// <summary>S3_FORCE_PATH_STYLE.</summary>
    public bool S3ForcePathStyle { get; set; }
    /// <summary>S3_ACCESS_KEY_ID.</summary>
    public string S3AccessKeyId { get; set; } = "";
    /// <summary>S3_SECRET_ACCESS_KEY.</summary>
    public string S3SecretAccessKey { get; set; } = "";
}

/// <summary>REPO_WRITE_ALLOWLIST, URL_ALLOWLIST, URL_DENYLIST.</summary>
public sealed class PolicyOptions
{
    /// <summary>Repositories (<c>owner/name</c>) that may be written to. Empty: none.</summary>
    public IReadOnlyList<string> RepoWriteAllowlist { get; set; } = [];
    /// <summary>Hosts (<c>example.com</c>, <c>*.example.com</c>) that may be visited; empty: every public host. An exact <c>host:port</c> is the only thing that opens a private or loopback target.</summary>
    public IReadOnlyList<string> UrlAllowlist { get; set; } = [];
    /// <summary>Hosts that may not be visited, even when allowed above.</summary>
    public IReadOnlyList<string> UrlDenylist { get; set; } = [];
}

/// <summary>WRITE_CONFIRMATION_* and APPROVAL*.</summary>
public sealed class ApprovalOptions
{
    /// <summary>APPROVALS_MODE: <c>human</c>, or <c>self</c>: writes that no rule names are confirmed by their caller.</summary>
    public string Mode { get; set; } = "human";
    /// <summary>APPROVAL_RULES: the first rule that covers a write decides whose approval it needs; these come before the console's.</summary>
    public IReadOnlyList<ApprovalRule> Rules { get; set; } = [];
    /// <summary>WRITE_CONFIRMATION_SECRET: keys the confirmation tokens; default a random one sealed in the store.</summary>
    public string Secret { get; set; } = "";
    /// <summary>WRITE_CONFIRMATION_TTL_SECONDS: how long a request waits for a decision.</summary>
    public int TtlSeconds { get; set; } = 600;
}

/// <summary>MCP_*.</summary>
public sealed class McpOptions
{
    /// <summary>MCP_AUTH_MODE: <c>none</c> (loopback only), <c>api_key</c>, or <c>oauth</c> (access tokens, and keys beside them).</summary>
    public string AuthMode { get; set; } = "none";
    /// <summary>MCP_API_KEY: the key of the agent named <c>default</c>.</summary>
    public string ApiKey { get; set; } = "";
    /// <summary>MCP_TOOL_NAMES: <c>auto</c>, <c>dotted</c> or <c>underscore</c>: how tools are named to clients. Calls may use either spelling.</summary>
    public string ToolNames { get; set; } = "auto";
    /// <summary>MCP_OAUTH_ISSUER: whose access tokens are taken.</summary>
    public string OAuthIssuer { get; set; } = "";
    /// <summary>MCP_OAUTH_AUDIENCE: what a token's <c>aud</c> must name; empty for the address of /mcp.</summary>
    public string OAuthAudience { get; set; } = "";
    /// <summary>MCP_OAUTH_GROUPS: a token must name one of them; empty lets every token of the issuer in that is for this server.</summary>
    public IReadOnlyList<string> OAuthGroups { get; set; } = [];
    /// <summary>MCP_OAUTH_GROUPS_CLAIM: where a token names them.</summary>
    public string OAuthGroupsClaim { get; set; } = "groups";
}

/// <summary>OIDC_*.</summary>
public sealed class OidcOptions
{
    /// <summary>OIDC_AUTHORITY: the provider's issuer URL; empty for no sign-in of this kind.</summary>
    public string Authority { get; set; } = "";
    /// <summary>OIDC_CLIENT_ID.</summary>
    public string ClientId { get; set; } = "";
    /// <summary>OIDC_CLIENT_SECRET; empty for a public client.</summary>
    public string ClientSecret { get; set; } = "";
    /// <summary>OIDC_NAME: what the sign-in button calls the provider; empty for its host.</summary>
    public string Name { get; set; } = "";
    /// <summary>OIDC_SCOPES: what is asked for beside <c>openid</c>.</summary>
    public IReadOnlyList<string> Scopes { get; set; } = ["profile", "email"];
    /// <summary>OIDC_ROLE_CLAIM: the claim whose values <see cref="Roles"/> names.</summary>
    public string RoleClaim { get; set; } = "groups";
    /// <summary>OIDC_GROUPS_CLAIM: the claim whose values become the person's groups for approval rules.</summary>
    public string GroupsClaim { get; set; } = "groups";
    /// <summary>OIDC_ROLES: <c>role=value</c> each; the highest that fits counts, and without one there is no sign-in.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];
}

/// <summary>*_RATE_LIMIT_PER_MINUTE.</summary>
public sealed class RateLimitOptions
{
    /// <summary>SCAN_RATE_LIMIT_PER_MINUTE.</summary>
    public int ScansPerMinute { get; set; } = 10;
    /// <summary>GITHUB_WRITE_RATE_LIMIT_PER_MINUTE.</summary>
    public int WritesPerMinute { get; set; } = 30;
}

/// <summary>SITELINT_*.</summary>
public sealed class SiteLintOptions
{
    /// <summary>SITELINT_ASYNC_MODE: true answers a scan's job at once; false waits for its end, at most <see cref="InlineWaitSeconds"/>.</summary>
    public bool AsyncMode { get; set; }
    /// <summary>The bound of an inline wait, in seconds.</summary>
    public int InlineWaitSeconds { get; set; } = 45;
    /// <summary>The browser; default <c>/usr/bin/chromium</c> or the first of the usual names on PATH.</summary>
    public string ChromiumPath { get; set; } = "";
    /// <summary>Scans at work at once, on each server.</summary>
    public int MaxParallelScans { get; set; } = 2;
    /// <summary>Scans at work at once on all servers of the database together; 0: as many as each of them takes.</summary>
    public int MaxParallelScansOverall { get; set; }
    /// <summary>SITELINT_RETENTION_DAYS: scans older than this are deleted; 0 keeps them.</summary>
    public int RetentionDays { get; set; }
}

/// <summary>EVIDENCE_*.</summary>
public sealed class EvidenceOptions
{
    /// <summary>EVIDENCE_RETENTION_DAYS: evidence older than this is deleted, with its findings and drafts; 0 keeps it.</summary>
    public int RetentionDays { get; set; }
}

/// <summary>GITHUB_*.</summary>
public sealed class GitHubOptions
{
    /// <summary>GITHUB_API_URL: the REST API; of GitHub Enterprise Server <c>https://host/api/v3</c>.</summary>
    public string ApiUrl { get; set; } = "https://api.github.com";
    /// <summary>GITHUB_UPLOAD_URL: where release assets are uploaded; empty for what follows from <see cref="ApiUrl"/>.</summary>
    public string UploadUrl { get; set; } = "";
    /// <summary>GITHUB_AUTH_MODE: <c>pat</c> or <c>app</c>.</summary>
    public string AuthMode { get; set; } = "pat";
    /// <summary>GITHUB_PAT.</summary>
    public string Pat { get; set; } = "";
    /// <summary>GITHUB_APP_ID: the client id, or the number.</summary>
    public string AppId { get; set; } = "";
    /// <summary>GITHUB_APP_INSTALLATION_ID.</summary>
    public string AppInstallationId { get; set; } = "";
    /// <summary>GITHUB_APP_PRIVATE_KEY (PEM).</summary>
    public string AppPrivateKey { get; set; } = "";
    /// <summary>GITHUB_APP_PRIVATE_KEY_FILE: a file with it, read anew whenever a token is asked for.</summary>
    public string AppPrivateKeyFile { get; set; } = "";
}

/// <summary>ENVELOPE_MASTER_KEY_FILE.</summary>
public sealed class SecretsOptions
{
    /// <summary>The file with the master key; default <c>master.key</c> in the data directory, created with mode 0600.</summary>
    public string MasterKeyFile { get; set; } = "";
}

/// <summary>The receipt log's identity.</summary>
public sealed class ReceiptsOptions
{
    /// <summary>The log's origin: a schema-less URL that stays the same for the log's whole life (C2SP tlog-checkpoint). Default: chosen once at first start and kept.</summary>
    public string Origin { get; set; } = "";
    /// <summary>RECEIPTS_PUBLIC: whether anyone may read the log below /log, without signing in.</summary>
    public bool Public { get; set; }
}

/// <summary>WEBHOOK_*.</summary>
public sealed class WebhookOptions
{
    /// <summary>WEBHOOK_URLS: where events go. A path or query may hold a secret; show hosts only.</summary>
    public IReadOnlyList<string> Urls { get; set; } = [];
    /// <summary>WEBHOOK_SECRET: keys the signatures; <c>whsec_</c> and base64, or any text of at least 24 characters.</summary>
    public string Secret { get; set; } = "";
}

/// <summary>OTEL_*, LOG_FORMAT, PROMETHEUS_ENABLED.</summary>
public sealed class ObservabilityOptions
{
    /// <summary>OTEL_ENABLED.</summary>
    public bool OtelEnabled { get; set; }
    /// <summary>OTEL_EXPORTER_OTLP_ENDPOINT.</summary>
    public string OtlpEndpoint { get; set; } = "";
    /// <summary>LOG_FORMAT: <c>json</c> or <c>plain</c>.</summary>
    public string LogFormat { get; set; } = "json";
    /// <summary>PROMETHEUS_ENABLED: serve /metrics.</summary>
    public bool PrometheusEnabled { get; set; } = true;
}
