namespace OmniAudit.Modules.Settings;

/// <summary>ADMINOPS_*: Microsoft 365 audit events.</summary>
public sealed class AdminOpsOptions
{
    /// <summary>ADMINOPS_TENANT_ID: the tenant's GUID.</summary>
    public string TenantId { get; set; } = "";
    /// <summary>ADMINOPS_CLIENT_ID: the app registration that reads.</summary>
    public string ClientId { get; set; } = "";
    /// <summary>ADMINOPS_CLIENT_SECRET.</summary>
    public string ClientSecret { get; set; } = "";
    /// <summary>ADMINOPS_SOURCES: which sources are read by the clock: directory, signin, intune, unified.</summary>
    public IReadOnlyList<string> Sources { get; set; } = [];
    /// <summary>ADMINOPS_CONTENT_TYPES: what of the unified audit log is read.</summary>
    public IReadOnlyList<string> ContentTypes { get; set; } = ["Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General"];
    /// <summary>ADMINOPS_SIGNIN_KINDS: which sign-ins are read; all but interactiveUser need Graph's beta.</summary>
    public IReadOnlyList<string> SignInKinds { get; set; } = ["interactiveUser"];
    /// <summary>ADMINOPS_LOGIN_URL: where tokens come from.</summary>
    public string LoginUrl { get; set; } = "https://login.microsoftonline.com";
    /// <summary>ADMINOPS_GRAPH_URL.</summary>
    public string GraphUrl { get; set; } = "https://graph.microsoft.com";
    /// <summary>ADMINOPS_MANAGEMENT_URL: the Office 365 Management Activity API.</summary>
    public string ManagementUrl { get; set; } = "https://manage.office.com";
    /// <summary>ADMINOPS_INTERVAL_MINUTES: how often each source is read.</summary>
    public int IntervalMinutes { get; set; } = 5;
    /// <summary>ADMINOPS_SETTLE_MINUTES: a time counts as read to its end when it was read so long after it.</summary>
    public int SettleMinutes { get; set; } = 15;
    /// <summary>ADMINOPS_OVERLAP_MINUTES: how much before that end is read again each time.</summary>
    public int OverlapMinutes { get; set; } = 30;
    /// <summary>ADMINOPS_RECONCILE_HOURS: how far back everything is read again four times in that span, for what came later still.</summary>
    public int ReconcileHours { get; set; } = 24;
    /// <summary>ADMINOPS_SUBSTRING_INDEX: index every three characters of new events, so that any part of a record is found quickly.</summary>
    public bool SubstringIndex { get; set; }
    /// <summary>ADMINOPS_RETENTION_DAYS: events older than this are deleted; 0 keeps them.</summary>
    public int RetentionDays { get; set; } = 365;
    /// <summary>ADMINOPS_MAX_GIGABYTES: the oldest events are deleted while the database holds more; 0 for no bound.</summary>
    public int MaxGigabytes { get; set; }
    /// <summary>ADMINOPS_HOLD_TAG: events with this tag are never deleted.</summary>
    public string HoldTag { get; set; } = "legal-hold";
}

/// <summary>AI_* and LLM_*.</summary>
public sealed class ModelOptions
{
    /// <summary>AI_FEATURES_ENABLED: nothing is sent to any model without it.</summary>
    public bool Enabled { get; set; }
    /// <summary>AI_PSEUDONYMS: names, addresses and ids leave as tokens.</summary>
    public bool Pseudonyms { get; set; } = true;
    /// <summary>LLM_API_KEY.</summary>
    public string ApiKey { get; set; } = "";
    /// <summary>LLM_BASE_URL.</summary>
    public string BaseUrl { get; set; } = "https://api.openai.com/v1";
    /// <summary>LLM_MODEL; for Azure the deployment.</summary>
    public string Name { get; set; } = "gpt-4o-mini";
    /// <summary>LLM_TIMEOUT_SECONDS, for the whole answer.</summary>
    public int TimeoutSeconds { get; set; } = 30;
    /// <summary>LLM_API_VERSION, for Azure.</summary>
    public string ApiVersion { get; set; } = "";

    /// <summary>Azure OpenAI, which wants another header and a version in the address.</summary>
    internal bool IsAzure => BaseUrl.Contains("azure", StringComparison.OrdinalIgnoreCase) || BaseUrl.Contains("cognitiveservices", StringComparison.OrdinalIgnoreCase);
}
