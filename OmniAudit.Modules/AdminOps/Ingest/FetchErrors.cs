namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>Why a source cannot be read, by classes that call for different deeds.</summary>
public static class FetchErrors
{
    /// <summary>The sign-in of the app is refused: secret, id, tenant or consent. Does not mend itself.</summary>
    public const string SignIn = "sign_in";
    /// <summary>The app lacks a permission, or the tenant a licence. Does not mend itself.</summary>
    public const string Permission = "permission";
    /// <summary>Auditing is switched off in the tenant. Does not mend itself.</summary>
    public const string AuditingDisabled = "auditing_disabled";
    /// <summary>Microsoft asks to wait.</summary>
    public const string Throttled = "throttled";
    /// <summary>No connection, no answer in time, or an error of the server.</summary>
    public const string Unavailable = "unavailable";
    /// <summary>The request is refused as wrong.</summary>
    public const string Rejected = "rejected";
    /// <summary>The answer is none: no JSON, too large, another host, a loop.</summary>
    public const string BadAnswer = "bad_answer";
    /// <summary>The server itself failed; its log says how.</summary>
    public const string Internal = "internal";
}

/// <summary>A source could not be read. The message is for people and holds nothing secret.</summary>
/// <param name="kind">One of <see cref="FetchErrors"/>.</param>
/// <param name="code">Microsoft's own code, such as AF20022 or AADSTS7000215; empty when it gave none.</param>
/// <param name="retryAfter">How long Microsoft asked to be left alone.</param>
internal sealed class FetchException(string kind, string message, string code = "", TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public string Kind { get; } = kind;
    public string Code { get; } = code;
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Trying again changes nothing.</summary>
    public bool IsPermanent => Kind is FetchErrors.SignIn or FetchErrors.Permission or FetchErrors.AuditingDisabled;
}
