namespace OmniAudit.Modules.Settings;

/// <summary>Every setting. A test checks that no property of <see cref="OmniAuditOptions"/> is left out.</summary>
internal static class SettingsTable
{
    private const string HostName = @"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?";
    private const string Port = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
    internal const string Hosts = @"(?:\*\.)?" + HostName + @"(?::" + Port + @")?|\[[0-9A-Fa-f:.]+\](?::" + Port + ")?";
    internal const string HostsAllowed = "hosts: example.com, *.example.com, 10.1.2.3:8443, [::1]:8080; no scheme and no path";

    private const string Claim = @"[^\s,]{1,200}";
    private const string ClaimAllowed = "a claim's name, without spaces and commas";

    public static IReadOnlyList<Setting> All { get; } =
    [
        Setting.Text("APP_NAME", "App:Name", "The name of this server.", o => o.App.Name, (o, v) => o.App.Name = v),
        Setting.Text("APP_ENV", "App:Env", "The environment's name, shown in the console's header.", o => o.App.Env, (o, v) => o.App.Env = v),
        Setting.Text("APP_HOST", "App:Host", "The address to bind. Other machines reach the server only when this is not a loopback address, and then MCP_AUTH_MODE must not be none.",
            o => o.App.Host, (o, v) => o.App.Host = v, "an IP address or localhost", @"localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?"),
        Setting.Number("APP_PORT", "App:Port", "The port; 0 takes a free one.", o => o.App.Port, (o, v) => o.App.Port = (int)v, 0, 65535),
        Setting.Many("APP_ALLOWED_HOSTS", "App:AllowedHosts", "Further host names under which the server is reached, such as a reverse proxy's. Requests for other names are refused.",
            o => o.App.AllowedHosts, (o, v) => o.App.AllowedHosts = v, "host names: console.example.com, console.example.com:8443", HostName + "(?::" + Port + ")?"),
        Setting.Url("APP_PUBLIC_URL", "App:PublicUrl", "The address people type, for links in tool answers and notices.", o => o.App.PublicUrl, (o, v) => o.App.PublicUrl = v) with { DefaultText = "from APP_HOST and APP_PORT" },
        new("OPERATOR_NAME", "App:OperatorName", "The user name of the first operator, created at the first start.", NameRule.Allowed,
            (o, v) => { o.App.OperatorName = v.ToLowerInvariant(); return NameRule.Accepts(o.App.OperatorName); }, o => o.App.OperatorName),

        new("OMNIAUDIT_DATA", "Data", "The data directory: database, objects, keys and exports unless placed elsewhere. Created for the owner only.",
            "a path; a relative one lies below the current directory", (o, v) => { o.Data = v; return !v.Contains('\0', StringComparison.Ordinal); }, o => o.Data),
        Setting.Choice("DATABASE_PROVIDER", "Database:Provider", "The kind of database that an ADO.NET connection string speaks of.", o => o.Database.Provider, (o, v) => o.Database.Provider = v, "sqlite", "postgresql", "sqlserver"),
        // After the provider, which a URL overrides.
        new("DATABASE_URL", "Database:ConnectionString", "The database. A SQLite file for one server (relative paths lie below the data directory); a database of a PostgreSQL server (13 or newer) or SQL Server (2019 or newer), which several servers may share.", DatabaseUrl.Allowed, ApplyDatabase, ReadDatabase) { HideInErrors = true, DefaultText = "`omniaudit.db` in the data directory" },

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

        Setting.Many("RELEASE_ASSET_ROOTS", "ReleaseAssetRoots", "The only directories whose files releasebutler.create_release uploads. Relative ones lie below the data directory.", o => o.ReleaseAssetRoots, (o, v) => o.ReleaseAssetRoots = v,
            "directories, without commas in their names", "[^,\\0]{1,1000}") with { DefaultText = "`release-assets` in the data directory" },
        Setting.Many("REPO_WRITE_ALLOWLIST", "Policy:RepoWriteAllowlist", "Repositories that may be written to, after approval. Empty: none.", o => o.Policy.RepoWriteAllowlist, (o, v) => o.Policy.RepoWriteAllowlist = v,
            "repositories: owner/name", "[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}"),
        Setting.Many("URL_ALLOWLIST", "Policy:UrlAllowlist", "Hosts that scans may visit. Empty: every public host. An exact host:port is the only thing that opens a private or loopback target, for scans, for webhooks and for where GitHub redirects downloads.",
            o => o.Policy.UrlAllowlist, (o, v) => o.Policy.UrlAllowlist = v, HostsAllowed, Hosts),
        Setting.Many("URL_DENYLIST", "Policy:UrlDenylist", "Hosts that scans may not visit, even when allowed.", o => o.Policy.UrlDenylist, (o, v) => o.Policy.UrlDenylist = v, HostsAllowed, Hosts),
        Setting.Hidden("WRITE_CONFIRMATION_SECRET", "Approvals:Secret", "Keys the confirmation tokens.", o => o.Approvals.Secret, (o, v) => o.Approvals.Secret = v, "at least 16 characters", v => v.Length >= 16) with { DefaultText = "made at the first start and kept sealed" },
        Setting.Choice("APPROVALS_MODE", "Approvals:Mode", "human: a person approves every write. self: a write that no rule names is confirmed by its caller repeating the call with the token, without any person; every receipt of it says so.",
            o => o.Approvals.Mode, (o, v) => o.Approvals.Mode = v, "human", "self"),
        new("APPROVAL_RULES", "Approvals:Rules", "Whose approval which writes need; the first rule that covers a write counts, and these come before the console's. A write that none covers needs one person.",
            "a comma-separated list of rules: " + ApprovalRule.Allowed, ApplyRules, o => string.Join(", ", o.Approvals.Rules)) { List = true, DefaultText = "none" },
        Setting.Number("WRITE_CONFIRMATION_TTL_SECONDS", "Approvals:TtlSeconds", "How long a write waits for a decision, in seconds.", o => o.Approvals.TtlSeconds, (o, v) => o.Approvals.TtlSeconds = (int)v, 10, 7 * 24 * 3600),

        Setting.Choice("MCP_AUTH_MODE", "Mcp:AuthMode", "Whether agents must show who they are: none (for a loopback APP_HOST only), by a key, or by an access token of MCP_OAUTH_ISSUER or a key (oauth).", o => o.Mcp.AuthMode, (o, v) => o.Mcp.AuthMode = v, "none", "api_key", "oauth"),
        Setting.Hidden("MCP_API_KEY", "Mcp:ApiKey", "The key of the agent named default. Further agents get keys of their own from `agents add`.", o => o.Mcp.ApiKey, (o, v) => o.Mcp.ApiKey = v, "at least 16 characters", v => v.Length >= 16),
        Setting.Choice("MCP_TOOL_NAMES", "Mcp:ToolNames", "How tools are named to clients: dotted (core.health), underscore (core_health), or auto: dotted, and underscore to clients known to reject dots. Calls may use either.", o => o.Mcp.ToolNames, (o, v) => o.Mcp.ToolNames = v, "auto", "dotted", "underscore"),
        Setting.Url("MCP_OAUTH_ISSUER", "Mcp:OAuthIssuer", "The issuer of access tokens for /mcp, with discovery at /.well-known/openid-configuration below it (docs/identity.md). Plain http:// is for a loopback address only.", o => o.Mcp.OAuthIssuer, (o, v) => o.Mcp.OAuthIssuer = v),
        Setting.Text("MCP_OAUTH_AUDIENCE", "Mcp:OAuthAudience", "What a token's aud must name, where the issuer cannot put the address of /mcp there.", o => o.Mcp.OAuthAudience, (o, v) => o.Mcp.OAuthAudience = v, "up to 400 characters without spaces", @"\S{1,400}") with { DefaultText = "APP_PUBLIC_URL and /mcp" },
        Setting.Many("MCP_OAUTH_GROUPS", "Mcp:OAuthGroups", "Groups or roles, one of which a token must name. Empty: every token of the issuer that is for this server.", o => o.Mcp.OAuthGroups, (o, v) => o.Mcp.OAuthGroups = v, "names of up to 200 characters", "[^,]{1,200}"),
        Setting.Text("MCP_OAUTH_GROUPS_CLAIM", "Mcp:OAuthGroupsClaim", "The claim of a token that names them; a path such as realm_access.roles reaches into objects.", o => o.Mcp.OAuthGroupsClaim, (o, v) => o.Mcp.OAuthGroupsClaim = v, ClaimAllowed, Claim),

        Setting.Url("OIDC_AUTHORITY", "Oidc:Authority", "The issuer URL of the provider at which people may sign in to the console (docs/identity.md). Plain http:// is for a loopback address only.", o => o.Oidc.Authority, (o, v) => o.Oidc.Authority = v),
        Setting.Text("OIDC_CLIENT_ID", "Oidc:ClientId", "This server's client id there. Its redirect URI is APP_PUBLIC_URL and /signin/oidc, after sign-out APP_PUBLIC_URL and /signin.", o => o.Oidc.ClientId, (o, v) => o.Oidc.ClientId = v, "up to 400 characters without spaces", @"\S{1,400}"),
        Setting.Hidden("OIDC_CLIENT_SECRET", "Oidc:ClientSecret", "The client's secret; none for a public client.", o => o.Oidc.ClientSecret, (o, v) => o.Oidc.ClientSecret = v, "any text"),
        Setting.Text("OIDC_NAME", "Oidc:Name", "What the sign-in page calls the provider.", o => o.Oidc.Name, (o, v) => o.Oidc.Name = v, "up to 60 characters", ".{1,60}") with { DefaultText = "the host of OIDC_AUTHORITY" },
        Setting.Many("OIDC_SCOPES", "Oidc:Scopes", "What is asked for beside openid; some providers want a scope of its own for groups.", o => o.Oidc.Scopes, (o, v) => o.Oidc.Scopes = v, "scopes", @"[\x21\x23-\x2B\x2D-\x5B\x5D-\x7E]{1,200}"),
        Setting.Many("OIDC_ROLES", "Oidc:Roles", "Which value of OIDC_ROLE_CLAIM gives which role in the console. The highest that fits counts, at every sign-in; whom none fits cannot sign in.", o => o.Oidc.Roles, (o, v) => o.Oidc.Roles = v,
            "role=value with the roles viewer, operator, approver, admin, for example admin=omni-admins, approver=omni-approvers, viewer=* (* is everyone)", "(?:viewer|operator|approver|admin) ?= ?[^,=]{1,200}"),
        Setting.Text("OIDC_ROLE_CLAIM", "Oidc:RoleClaim", "The claim of the id_token, or else of the userinfo endpoint, that OIDC_ROLES is about; a path such as realm_access.roles reaches into objects.", o => o.Oidc.RoleClaim, (o, v) => o.Oidc.RoleClaim = v, ClaimAllowed, Claim),
        Setting.Text("OIDC_GROUPS_CLAIM", "Oidc:GroupsClaim", "The claim whose values become the person's groups, which approval rules name.", o => o.Oidc.GroupsClaim, (o, v) => o.Oidc.GroupsClaim = v, ClaimAllowed, Claim),
        Setting.Number("SCAN_RATE_LIMIT_PER_MINUTE", "RateLimits:ScansPerMinute", "Scans that may be submitted per minute.", o => o.RateLimits.ScansPerMinute, (o, v) => o.RateLimits.ScansPerMinute = (int)v, 1, 10000),
        Setting.Number("GITHUB_WRITE_RATE_LIMIT_PER_MINUTE", "RateLimits:WritesPerMinute", "Writes that may be submitted per minute.", o => o.RateLimits.WritesPerMinute, (o, v) => o.RateLimits.WritesPerMinute = (int)v, 1, 10000),

        Setting.Flag("SITELINT_ASYNC_MODE", "SiteLint:AsyncMode", "true answers a scan's job at once; false waits for its end within a bound.", o => o.SiteLint.AsyncMode, (o, v) => o.SiteLint.AsyncMode = v),
        Setting.Number("SITELINT_INLINE_WAIT_SECONDS", "SiteLint:InlineWaitSeconds", "The bound of that wait, in seconds.", o => o.SiteLint.InlineWaitSeconds, (o, v) => o.SiteLint.InlineWaitSeconds = (int)v, 1, 600),
        Setting.Number("SITELINT_MAX_PARALLEL_SCANS", "SiteLint:MaxParallelScans", "Scans at work at once, on each server.", o => o.SiteLint.MaxParallelScans, (o, v) => o.SiteLint.MaxParallelScans = (int)v, 1, 32),
        Setting.Number("SITELINT_MAX_PARALLEL_SCANS_OVERALL", "SiteLint:MaxParallelScansOverall", "Scans at work at once on all servers of one database together; 0: as many as each of them takes.", o => o.SiteLint.MaxParallelScansOverall, (o, v) => o.SiteLint.MaxParallelScansOverall = (int)v, 0, 1000),
        Setting.Number("SITELINT_RETENTION_DAYS", "SiteLint:RetentionDays", "Scans older than this many days are deleted once a day, with their pictures; 0 keeps them (docs/operations.md, Retention).", o => o.SiteLint.RetentionDays, (o, v) => o.SiteLint.RetentionDays = (int)v, 0, 36500),
        Setting.File("CHROMIUM_PATH", "SiteLint:ChromiumPath", "The browser's program.", o => o.SiteLint.ChromiumPath, (o, v) => o.SiteLint.ChromiumPath = v, "the headless shell where it is installed, else the first Chromium or Chrome found") with { Allowed = "an absolute path" },
        Setting.Number("EVIDENCE_RETENTION_DAYS", "Evidence:RetentionDays", "CI evidence older than this many days is deleted once a day, with the findings and triage drafts made of it; 0 keeps it (docs/operations.md, Retention).", o => o.Evidence.RetentionDays, (o, v) => o.Evidence.RetentionDays = (int)v, 0, 36500),

        Setting.Url("GITHUB_API_URL", "GitHub:ApiUrl", "GitHub's REST API. For GitHub Enterprise Server: https://HOST/api/v3. Plain http:// is for a loopback address only.", o => o.GitHub.ApiUrl, (o, v) => o.GitHub.ApiUrl = v),
        Setting.Url("GITHUB_UPLOAD_URL", "GitHub:UploadUrl", "Where release assets are uploaded. Nothing is uploaded elsewhere, whatever a release says.", o => o.GitHub.UploadUrl, (o, v) => o.GitHub.UploadUrl = v) with { DefaultText = "from GITHUB_API_URL: https://uploads.github.com, or https://HOST/api/uploads" },
        // AdminOps: the store
        Setting.Flag("ADMINOPS_SUBSTRING_INDEX", "AdminOps:SubstringIndex", "Index every three characters of new audit events, so that any part of a record is found quickly. Doubles the room that events take.", o => o.AdminOps.SubstringIndex, (o, v) => o.AdminOps.SubstringIndex = v),
        Setting.Number("ADMINOPS_RETENTION_DAYS", "AdminOps:RetentionDays", "Audit events older than this many days are deleted; 0 keeps them.", o => o.AdminOps.RetentionDays, (o, v) => o.AdminOps.RetentionDays = (int)v, 0, 36500),
        Setting.Number("ADMINOPS_MAX_GIGABYTES", "AdminOps:MaxGigabytes", "The oldest audit events are deleted while the database holds more than this; 0 for no bound.", o => o.AdminOps.MaxGigabytes, (o, v) => o.AdminOps.MaxGigabytes = (int)v, 0, 100_000),
        Setting.Text("ADMINOPS_HOLD_TAG", "AdminOps:HoldTag", "Audit events with this tag are never deleted.", o => o.AdminOps.HoldTag, (o, v) => o.AdminOps.HoldTag = v, "1 to 50 characters, lower case", "[^A-Z,\\s][^A-Z,]{0,48}"),

        Setting.Choice("GITHUB_AUTH_MODE", "GitHub:AuthMode", "How this server signs in to GitHub: with a personal access token, or as a GitHub App's installation (docs/github.md).", o => o.GitHub.AuthMode, (o, v) => o.GitHub.AuthMode = v, "pat", "app"),
        Setting.Hidden("GITHUB_PAT", "GitHub:Pat", "The personal access token.", o => o.GitHub.Pat, (o, v) => o.GitHub.Pat = v, "a token without spaces", v => !v.Any(char.IsWhiteSpace)),
        Setting.Text("GITHUB_APP_ID", "GitHub:AppId", "The app's client id, or its number.", o => o.GitHub.AppId, (o, v) => o.GitHub.AppId = v, "letters, digits and .", "[A-Za-z0-9.]{1,100}"),
        Setting.Text("GITHUB_APP_INSTALLATION_ID", "GitHub:AppInstallationId", "The installation's id.", o => o.GitHub.AppInstallationId, (o, v) => o.GitHub.AppInstallationId = v, "digits", "[0-9]{1,20}"),
        Setting.Hidden("GITHUB_APP_PRIVATE_KEY", "GitHub:AppPrivateKey", "The app's private key, as PEM text; \\n may stand for the ends of lines.", o => o.GitHub.AppPrivateKey, (o, v) => o.GitHub.AppPrivateKey = v.Replace("\\n", "\n", StringComparison.Ordinal),
            "PEM text that begins with -----BEGIN", v => v.TrimStart().StartsWith("-----BEGIN ", StringComparison.Ordinal)),
        Setting.File("GITHUB_APP_PRIVATE_KEY_FILE", "GitHub:AppPrivateKeyFile", "A file with the app's private key, in place of GITHUB_APP_PRIVATE_KEY. Read whenever a token is asked for: a new key needs no restart.",
            o => o.GitHub.AppPrivateKeyFile, (o, v) => o.GitHub.AppPrivateKeyFile = v, "none"),

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

        // AdminOps: ask and explain
        Setting.Flag("AI_FEATURES_ENABLED", "Ai:Enabled", "Let a language model explain audit events and answer questions about them (docs/adminops-ask.md). Without it both are answered from the store alone, and nothing is sent.",
            o => o.Ai.Enabled, (o, v) => o.Ai.Enabled = v),
        Setting.Flag("AI_PSEUDONYMS", "Ai:Pseudonyms", "Put tokens such as USER_1 in place of names, ids, addresses and changed values before anything is sent to the model, and the names back into its answer.",
            o => o.Ai.Pseudonyms, (o, v) => o.Ai.Pseudonyms = v),
        Setting.Hidden("LLM_API_KEY", "Ai:ApiKey", "The key of the model's server. Servers that want none take any text.", o => o.Ai.ApiKey, (o, v) => o.Ai.ApiKey = v,
            "up to 2,000 characters of ASCII without spaces", v => v.Length <= 2000 && v.All(c => c is > ' ' and <= '~')),
        Setting.Url("LLM_BASE_URL", "Ai:BaseUrl", "The model's server: OpenAI, Azure OpenAI (known by azure or cognitiveservices in the address), or one that is compatible. /chat/completions is added. Plain http:// is for a loopback address only.",
            o => o.Ai.BaseUrl, (o, v) => o.Ai.BaseUrl = v),
        Setting.Text("LLM_MODEL", "Ai:Name", "The model; for Azure the deployment.", o => o.Ai.Name, (o, v) => o.Ai.Name = v, "letters, digits and . _ : / @ -", "[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}"),
        Setting.Number("LLM_TIMEOUT_SECONDS", "Ai:TimeoutSeconds", "How long the model has for its whole answer, in seconds.", o => o.Ai.TimeoutSeconds, (o, v) => o.Ai.TimeoutSeconds = (int)v, 1, 600),
        Setting.Text("LLM_API_VERSION", "Ai:ApiVersion", "The api-version of Azure OpenAI, such as 2024-10-21.", o => o.Ai.ApiVersion, (o, v) => o.Ai.ApiVersion = v, "letters, digits and -", "[A-Za-z0-9-]{1,40}"),

        // AdminOps: ingest
        Setting.Text("ADMINOPS_TENANT_ID", "AdminOps:TenantId", "The Microsoft 365 tenant whose audit events are read (docs/adminops-ingest.md).", o => o.AdminOps.TenantId, (o, v) => o.AdminOps.TenantId = v.ToLowerInvariant(), "a GUID", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
        Setting.Text("ADMINOPS_CLIENT_ID", "AdminOps:ClientId", "The app registration there that reads them.", o => o.AdminOps.ClientId, (o, v) => o.AdminOps.ClientId = v, "up to 100 characters without spaces", @"\S{1,100}"),
        Setting.Hidden("ADMINOPS_CLIENT_SECRET", "AdminOps:ClientSecret", "Its client secret.", o => o.AdminOps.ClientSecret, (o, v) => o.AdminOps.ClientSecret = v, "any text"),
        Setting.Many("ADMINOPS_SOURCES", "AdminOps:Sources", "Which sources are read by the clock. Empty: none; files can be imported all the same.", o => o.AdminOps.Sources, (o, v) => o.AdminOps.Sources = v, "directory, signin, intune, unified", "directory|signin|intune|unified"),
        Setting.Many("ADMINOPS_CONTENT_TYPES", "AdminOps:ContentTypes", "What of the unified audit log is read. DLP.All needs the permission ActivityFeed.ReadDlp.", o => o.AdminOps.ContentTypes, (o, v) => o.AdminOps.ContentTypes = v,
            "Audit.AzureActiveDirectory, Audit.Exchange, Audit.SharePoint, Audit.General, DLP.All", @"Audit\.(?:AzureActiveDirectory|Exchange|SharePoint|General)|DLP\.All"),
        Setting.Many("ADMINOPS_SIGNIN_KINDS", "AdminOps:SignInKinds", "Which sign-ins are read. All but interactiveUser are read from Graph's beta.", o => o.AdminOps.SignInKinds, (o, v) => o.AdminOps.SignInKinds = v,
            "interactiveUser, nonInteractiveUser, servicePrincipal, managedIdentity", "interactiveUser|nonInteractiveUser|servicePrincipal|managedIdentity"),
        Setting.Url("ADMINOPS_LOGIN_URL", "AdminOps:LoginUrl", "Where tokens come from; another one for sovereign clouds. Plain http:// is for a loopback address only.", o => o.AdminOps.LoginUrl, (o, v) => o.AdminOps.LoginUrl = v),
        Setting.Url("ADMINOPS_GRAPH_URL", "AdminOps:GraphUrl", "Microsoft Graph. Tokens for it go to no other host.", o => o.AdminOps.GraphUrl, (o, v) => o.AdminOps.GraphUrl = v),
        Setting.Url("ADMINOPS_MANAGEMENT_URL", "AdminOps:ManagementUrl", "The Office 365 Management Activity API: for GCC https://manage-gcc.office.com, GCC High https://manage.office365.us, DoD https://manage.protection.apps.mil. Tokens for it go to no other host.", o => o.AdminOps.ManagementUrl, (o, v) => o.AdminOps.ManagementUrl = v),
        Setting.Number("ADMINOPS_INTERVAL_MINUTES", "AdminOps:IntervalMinutes", "How often each source is read, in minutes.", o => o.AdminOps.IntervalMinutes, (o, v) => o.AdminOps.IntervalMinutes = (int)v, 1, 1440),
        Setting.Number("ADMINOPS_SETTLE_MINUTES", "AdminOps:SettleMinutes", "A time counts as read to its end when it was read so many minutes after it; sooner, it is read again.", o => o.AdminOps.SettleMinutes, (o, v) => o.AdminOps.SettleMinutes = (int)v, 0, 1440),
        Setting.Number("ADMINOPS_OVERLAP_MINUTES", "AdminOps:OverlapMinutes", "How many minutes before that end are read again each time.", o => o.AdminOps.OverlapMinutes, (o, v) => o.AdminOps.OverlapMinutes = (int)v, 0, 1440),
        Setting.Number("ADMINOPS_RECONCILE_HOURS", "AdminOps:ReconcileHours", "How many hours back a reconciling pass reads everything again, for what came later still; there is one every quarter of them.", o => o.AdminOps.ReconcileHours, (o, v) => o.AdminOps.ReconcileHours = (int)v, 1, 160),

        Setting.Flag("OTEL_ENABLED", "Observability:OtelEnabled", "Send traces and metrics over OTLP/HTTP.", o => o.Observability.OtelEnabled, (o, v) => o.Observability.OtelEnabled = v),
        Setting.Url("OTEL_EXPORTER_OTLP_ENDPOINT", "Observability:OtlpEndpoint", "Where traces and metrics go.", o => o.Observability.OtlpEndpoint, (o, v) => o.Observability.OtlpEndpoint = v),
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
        (options.Database.Provider != DatabaseOptions.Sqlite && options.Database.ConnectionString.Length > 0) || options.Database.ConnectionString.Contains("password", StringComparison.OrdinalIgnoreCase) ? "(set)" : options.Database.ConnectionString;

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
