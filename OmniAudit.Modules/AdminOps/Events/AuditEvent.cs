namespace OmniAudit.Modules.AdminOps.Events;

/// <summary>One thing that somebody or something did in a Microsoft 365 tenant, in the same words whichever source told it. The untouched record is kept beside it.</summary>
/// <param name="Tenant">The tenant's id, lower case; empty when the record does not say.</param>
/// <param name="Source">One of <see cref="EventSources"/>.</param>
/// <param name="SourceId">The source's own id; unique within tenant and source. For a record without one, its SHA-256.</param>
/// <param name="Time">When it happened, in UTC to the millisecond. Never outside <see cref="EventId"/>'s range: see <see cref="Doubts"/>.</param>
/// <param name="Service">For example Exchange, SharePoint, AzureActiveDirectory, Directory, SignIn, Intune.</param>
/// <param name="RecordType">The Management API's record type; null for other sources.</param>
/// <param name="Category">The source's category, or the record type's name.</param>
/// <param name="Operation">As the source wrote it.</param>
/// <param name="Outcome">What really came of it, which the source's own result field does not always say.</param>
/// <param name="ResultRaw">The source's own result field, as written; null when it has none.</param>
/// <param name="ResultCode">An error code or reason.</param>
/// <param name="CorrelationId">What ties records of one act together.</param>
/// <param name="ClientApp">The program it was done with.</param>
/// <param name="Geo">A place, as the source names it, such as <c>Berlin, DE</c>.</param>
/// <param name="Summary">One sentence: who did what to whom, and how it ended.</param>
/// <param name="Severity">The source's own severity or risk level, lower case; null when it has none.</param>
/// <param name="Doubts">What was wrong with the record and how it was read all the same; empty for a sound one.</param>
public sealed record AuditEvent(
    string Tenant,
    string Source,
    string SourceId,
    DateTimeOffset Time,
    string Service,
    int? RecordType,
    string? Category,
    string Operation,
    EventOutcome Outcome,
    string? ResultRaw,
    string? ResultCode,
    EventActor Actor,
    IReadOnlyList<EventTarget> Targets,
    IReadOnlyList<EventChange> Changes,
    string? CorrelationId,
    string? ClientApp,
    string? Geo,
    string Summary,
    string? Severity,
    IReadOnlyList<string> Doubts)
{
    /// <summary>The operation without what differs by accident: trimmed, without a full stop at its end. Filters, counts and rules go by it, without regard to case.</summary>
    public string OperationNorm => Norm(Operation);

    /// <summary>An operation's name without what differs by accident.</summary>
    internal static string Norm(string operation) => operation.Trim().TrimEnd('.').TrimEnd();
}

/// <summary>Who did it.</summary>
/// <param name="Kind">One of <see cref="ActorKinds"/>.</param>
/// <param name="Id">The directory's id of it.</param>
/// <param name="Upn">The sign-in name, as written.</param>
/// <param name="Ip">The address alone, without port and brackets; null when the record has none or no valid one.</param>
public sealed record EventActor(string Kind, string? Id, string? Upn, string? Display, string? Ip, int? Port, string? UserAgent)
{
    /// <summary>What the actor is known by: the sign-in name, else the id, else the display name, in lower case; empty when nobody is named.</summary>
    public string Key => KeyOf(Upn, Id, Display);

    internal static string KeyOf(string? upn, string? id, string? display) => (upn ?? id ?? display ?? "").Trim().ToLowerInvariant();

    /// <summary>What people are shown.</summary>
    public string Name => Display ?? Upn ?? Id ?? "";
}

/// <summary>What it was done to.</summary>
public sealed record EventTarget(string? Id, string? Type, string? Display, string? Upn)
{
    /// <summary>What people are shown.</summary>
    public string Name => Display ?? Upn ?? Id ?? "";
}

/// <summary>A property before and after, as text. A value that the source gives as JSON in a string is that JSON without the outer quotes.</summary>
public sealed record EventChange(string Property, string? Old, string? New);

/// <summary>The values of <see cref="AuditEvent.Source"/>.</summary>
public static class EventSources
{
    /// <summary>Graph's directoryAudits.</summary>
    public const string Directory = "directory";
    /// <summary>Graph's signIns.</summary>
    public const string SignIn = "signin";
    /// <summary>Graph's deviceManagement/auditEvents.</summary>
    public const string Intune = "intune";
    /// <summary>The Office 365 Management Activity API, and exports of the unified audit log.</summary>
    public const string Unified = "unified";
    /// <summary>Graph's riskDetections.</summary>
    public const string Risk = "risk";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Directory, SignIn, Intune, Unified, Risk];
}

/// <summary>The values of <see cref="EventActor.Kind"/>.</summary>
public static class ActorKinds
{
    /// <summary>A person.</summary>
    public const string User = "user";
    /// <summary>An application or service principal.</summary>
    public const string App = "app";
    /// <summary>Microsoft's own services, or nobody named.</summary>
    public const string System = "system";
}

/// <summary>What came of it.</summary>
public enum EventOutcome
{
    /// <summary>The record does not say.</summary>
    Unknown = 0,
    /// <summary>Done.</summary>
    Success = 1,
    /// <summary>Not done.</summary>
    Failure = 2,
    /// <summary>Done in part.</summary>
    Partial = 3,
}

/// <summary>A record as it came in, with how it was read.</summary>
/// <param name="Raw">The record's own bytes, exactly as the source wrote them.</param>
internal sealed record IncomingEvent(AuditEvent Event, ReadOnlyMemory<byte> Raw);
