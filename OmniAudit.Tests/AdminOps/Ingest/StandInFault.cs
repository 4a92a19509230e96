namespace OmniAudit.Tests.AdminOps.Ingest;

/// <summary>What the stand-in does instead of answering, for the next requests whose address holds a text.</summary>
/// <param name="Route">Part of path and query, such as <c>/directoryAudits</c>.</param>
/// <param name="Status">0 breaks the connection off.</param>
/// <param name="RetryAfter">The header, in seconds; null for none.</param>
/// <param name="Skip">So many requests of the route go well before.</param>
internal sealed record StandInFault(string Route, int Status, string Body = "", int Times = 1, int? RetryAfter = null, int Skip = 0)
{
    public static StandInFault Af429(string route, int times = 1) => new(route, 403, """{"error":{"code":"AF429","message":"Too many requests. Method=GetBlob, PublisherId=x"}}""", times);
    public static StandInFault Throttled(string route, int? retryAfter, int times = 1) => new(route, 429, """{"error":{"code":"TooManyRequests","message":"Too many requests"}}""", times, retryAfter);
    public static StandInFault Af(string route, int status, string code, int times = 1) => new(route, status, $$$"""{"error":{"code":"{{{code}}}","message":"as documented"}}""", times);
    public static StandInFault Broken(string route, int times = 1) => new(route, 0, Times: times);
}

/// <summary>How a listed blob fares.</summary>
internal enum BlobFault
{
    None = 0,
    /// <summary>AF20050.</summary>
    Missing,
    /// <summary>AF20051, though the listing says it lives.</summary>
    Expired,
    /// <summary>The listing says that it has expired.</summary>
    ListedExpired,
    /// <summary>AF20052.</summary>
    Invalid,
    /// <summary>HTML with status 200.</summary>
    NotJson,
    /// <summary>The listing names another host.</summary>
    Elsewhere,
}

/// <summary>A blob of the Management Activity API.</summary>
internal sealed record StandInBlob(string ContentType, string Id, DateTimeOffset Created, DateTimeOffset Visible, IReadOnlyList<StandInEvent> Events)
{
    public BlobFault Fault { get; set; }
}
