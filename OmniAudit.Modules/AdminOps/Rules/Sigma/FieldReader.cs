using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>How a rule's field is read from an event.</summary>
/// <param name="Values">Empty: the event has no such field.</param>
/// <param name="Needs">How much of the event is looked at.</param>
/// <param name="Operations">Operations beside those compared with that can have a value here; null when the field is not the operation.</param>
/// <param name="Known">The log source is documented to have it, or any name can be there.</param>
internal sealed record FieldReader(string Name, Func<EventFields, IReadOnlyList<string?>> Values, EventPart Needs, IReadOnlyList<string>? Operations, bool Known)
{
    /// <summary>Its values are the names that an actor is indexed by, and no others.</summary>
    public bool IsActor { get; init; }
}

/// <summary>How much of an event is looked at; each has what is before it.</summary>
internal enum EventPart
{
    /// <summary>What <see cref="Store.EventRow.Brief"/> reads.</summary>
    Brief,
    /// <summary>All that was read from its record.</summary>
    Whole,
    /// <summary>The record itself.</summary>
    Record,
}

/// <summary>Which words a rule speaks, by its log source.</summary>
internal enum SigmaDialect
{
    /// <summary>Ours: <c>event.…</c>, and paths of the record.</summary>
    Own,
    /// <summary>Azure auditlogs.</summary>
    Audit,
    /// <summary>Azure signinlogs.</summary>
    SignIn,
    /// <summary>Azure riskdetection.</summary>
    Risk,
    /// <summary>Microsoft 365, the unified audit log.</summary>
    M365,
}

/// <summary>
/// Finds fields. Rules call the same thing by many names, most of which no record ever had: Sentinel's, Graph's, those of one author. Each name is its alias here and the record's own field of
/// that name, with and without <c>properties.</c>; case does not matter.
/// </summary>
internal static class FieldReaders
{
    /// <summary>Records of alerts have the alert's name where rules look for the operation.</summary>
    private static readonly string[] AlertOperations = ["AlertTriggered", "AlertEntityGenerated", "AlertUpdated"];

    /// <summary>Fields of Graph's directoryAudit and signIn, and of riskDetection, by their first step.</summary>
    private static readonly HashSet<string> AuditFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "id", "category", "correlationId", "result", "resultReason", "activityDisplayName", "activityDateTime", "loggedByService", "operationType", "initiatedBy", "targetResources", "additionalDetails", "userAgent",
        "operationName", "activityType", "status", "message", "target", "username", "userPrincipalName", "ipAddress", "callerIpAddress", "actor", "operation", "resultDescription", "resultType", "identity", "tenantId",
    };
    private static readonly HashSet<string> SignInFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "id", "createdDateTime", "userDisplayName", "userPrincipalName", "userId", "appId", "appDisplayName", "ipAddress", "clientAppUsed", "correlationId", "conditionalAccessStatus", "originalRequestId", "isInteractive",
        "tokenIssuerName", "tokenIssuerType", "processingTimeInMilliseconds", "riskDetail", "riskLevelAggregated", "riskLevelDuringSignIn", "riskState", "riskEventTypes", "riskEventTypes_v2", "resourceDisplayName", "resourceId",
        "resourceTenantId", "homeTenantId", "homeTenantName", "authenticationMethodsUsed", "authenticationRequirement", "authenticationRequirementPolicies", "signInIdentifier", "signInIdentifierType", "servicePrincipalName",
        "servicePrincipalId", "userType", "flaggedForReview", "isTenantRestricted", "autonomousSystemNumber", "crossTenantAccessType", "uniqueTokenIdentifier", "incomingTokenType", "authenticationProtocol", "status",
        "deviceDetail", "location", "mfaDetail", "appliedConditionalAccessPolicies", "authenticationContextClassReferences", "authenticationProcessingDetails", "networkLocationDetails", "authenticationDetails", "userAgent",
        "sessionLifetimePolicies", "signInEventTypes", "federatedCredentialId", "originalTransferMethod", "sessionId", "message", "errorCode", "failureReason", "resultType", "resultDescription", "clientApp", "username",
        "operationName", "operation", "callerIpAddress", "activityDetails", "category", "additionalDetails", "riskEventType",
    };
    private static readonly HashSet<string> RiskFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "id", "requestId", "correlationId", "riskType", "riskEventType", "riskState", "riskLevel", "riskDetail", "source", "detectionTimingType", "activity", "tokenIssuerType", "ipAddress", "location", "activityDateTime",
        "detectedDateTime", "lastUpdatedDateTime", "userId", "userDisplayName", "userPrincipalName", "additionalInfo",
    };

    public static FieldReader Find(SigmaDialect dialect, string field)
    {
        var name = field.Trim();
        if (name.StartsWith("event.", StringComparison.OrdinalIgnoreCase) && Own(name[6..].ToLowerInvariant()) is { } own) return own with { Name = field };
        var bare = name.StartsWith("properties.", StringComparison.OrdinalIgnoreCase) ? name["properties.".Length..] : name;
        if (name.StartsWith("raw.", StringComparison.OrdinalIgnoreCase)) (name, bare) = (name[4..], name[4..]);
        var alias = Alias(dialect, bare.ToLowerInvariant());
        if (alias is { Operations: not null }) return alias with { Name = field };
        IReadOnlyList<string?> Raw(EventFields e)
        {
            var here = e.At(bare);
            return here.Count > 0 || ReferenceEquals(bare, name) ? here : e.At(name);
        }
        if (alias is null) return new FieldReader(field, Raw, EventPart.Record, null, IsKnown(dialect, bare));
        return new FieldReader(field, e => Join(alias.Values(e), Raw(e)), EventPart.Record, null, Known: true);
    }

    private static bool IsKnown(SigmaDialect dialect, string field)
    {
        var first = field.Split('.', 2)[0];
        return dialect switch
        {
            SigmaDialect.Audit => AuditFields.Contains(first),
            SigmaDialect.SignIn => SignInFields.Contains(first),
            SigmaDialect.Risk => RiskFields.Contains(first),
            _ => true,
        };
    }

    private static IReadOnlyList<string?> Join(IReadOnlyList<string?> one, IReadOnlyList<string?> other) => one.Count == 0 ? other : other.Count == 0 ? one : [.. one, .. other];

    private static FieldReader Of(Func<EventFields, IReadOnlyList<string?>> values, bool raw = false) => new("", values, raw ? EventPart.Record : EventPart.Whole, null, Known: true);

    private static FieldReader OfText(Func<AuditEvent, string?> value) => Of(e => value(e.Event) is { } text ? [text] : []);

    private static FieldReader OfBrief(Func<AuditEvent, string?> value) => OfText(value) with { Needs = EventPart.Brief };

    private static readonly FieldReader Operation = new("", e => e.Event.Operation == e.Event.OperationNorm ? [e.Event.Operation] : [e.Event.Operation, e.Event.OperationNorm], EventPart.Brief, [], Known: true);

    private static string Word(EventOutcome outcome) => outcome.ToString().ToLowerInvariant();

    private static FieldReader? Alias(SigmaDialect dialect, string name) => (dialect, name) switch
    {
        (SigmaDialect.Audit, "operationname" or "activitydisplayname" or "activitytype" or "message" or "operation") => Operation,
        (SigmaDialect.Audit, "status" or "result") => Of(e => [Word(e.Event.Outcome), e.Event.ResultRaw ?? "", e.Event.ResultCode ?? ""]),
        (SigmaDialect.Audit, "resultreason" or "resultdescription") => OfText(e => e.ResultCode),
        (SigmaDialect.Audit, "loggedbyservice") => OfText(e => e.Service),
        (SigmaDialect.Audit, "category") => OfText(e => e.Category),
        (SigmaDialect.Audit, "targetresources" or "target" or "targetresources.modifiedproperties") => Of(e => [e.TargetsJson, .. name == "target" ? Targets(e) : []]),
        (SigmaDialect.Audit, "targetresources.type") => Of(e => [.. e.Event.Targets.Select(t => t.Type).OfType<string>()]),
        (SigmaDialect.Audit, "targetresources.displayname") => Of(e => [.. e.Event.Targets.Select(t => t.Display).OfType<string>()]),
        (SigmaDialect.Audit, "targetresources.userprincipalname") => Of(e => [.. e.Event.Targets.Select(t => t.Upn).OfType<string>()]),
        (SigmaDialect.Audit, "targetresources.id") => Of(e => [.. e.Event.Targets.Select(t => t.Id).OfType<string>()]),
        (SigmaDialect.Audit, "targetresources.modifiedproperties.displayname") => Of(e => [.. e.Event.Changes.Select(c => c.Property)]),
        (SigmaDialect.Audit, "targetresources.modifiedproperties.newvalue") => Of(e => [.. e.Event.Changes.Select(c => c.New).OfType<string>()]),
        (SigmaDialect.Audit, "targetresources.modifiedproperties.oldvalue") => Of(e => [.. e.Event.Changes.Select(c => c.Old).OfType<string>()]),
        (SigmaDialect.Audit, "initiatedby" or "username" or "actor" or "identity" or "initiatedby.user.userprincipalname" or "userprincipalname") => Of(e => Actor(e)),
        (SigmaDialect.SignIn, "operationname" or "operation") => Operation,
        (SigmaDialect.SignIn, "resulttype" or "errorcode" or "status.errorcode") => Of(e => [.. ErrorCodes(e)], raw: true),
        (SigmaDialect.SignIn, "resultdescription" or "failurereason" or "status.failurereason") => Of(e => [.. e.At("status.failureReason"), .. e.At("LogonError")], raw: true),
        (SigmaDialect.SignIn, "status") => Of(e => [Word(e.Event.Outcome), .. e.At("status.errorCode"), .. e.At("status.failureReason"), .. e.At("status.additionalDetails")], raw: true),
        (SigmaDialect.SignIn, "clientapp" or "clientappused") => OfText(e => e.ClientApp),
        (SigmaDialect.SignIn, "message") => Of(e => e.At("authenticationProtocol"), raw: true),
        (SigmaDialect.SignIn, "username" or "userprincipalname") => OfText(e => e.Actor.Upn),
        (SigmaDialect.SignIn or SigmaDialect.Audit, "useragent") => OfText(e => e.Actor.UserAgent),
        (SigmaDialect.SignIn or SigmaDialect.Audit or SigmaDialect.Risk, "ipaddress" or "calleripaddress") => OfText(e => e.Actor.Ip),
        (SigmaDialect.SignIn, "location") => OfText(e => e.Geo),
        (SigmaDialect.Risk, "riskeventtype" or "risktype") => Of(e => [e.Event.Operation, .. e.At("riskEventType"), .. e.At("riskType")], raw: true),
        (SigmaDialect.M365, "eventsource" or "workload") => OfText(e => e.Service),
        (SigmaDialect.M365, "eventname") => new FieldReader("", e => [e.Event.Operation, e.Event.OperationNorm, .. e.At("Name")], EventPart.Record, AlertOperations, Known: true),
        (SigmaDialect.M365, "operation") => Operation,
        (SigmaDialect.M365, "status") => Of(e => [e.Event.Outcome == EventOutcome.Unknown ? "success" : Word(e.Event.Outcome)]),
        (SigmaDialect.M365, "payload") => Of(e => [.. e.At("Parameters"), .. e.At("Data")], raw: true),
        (SigmaDialect.M365, "userid") => OfText(e => e.Actor.Upn ?? e.Actor.Id),
        (SigmaDialect.M365, "clientip" or "clientipaddress") => OfText(e => e.Actor.Ip),
        _ => null,
    };

    private static IEnumerable<string?> ErrorCodes(EventFields e)
    {
        foreach (var value in e.At("status.errorCode").Concat(e.At("ErrorNumber")).Concat(e.At("ErrorCode"))) yield return value;
        if (e.Event.ResultCode is { } code) yield return code;
        if (e.Event.Outcome == EventOutcome.Success) yield return "0";
    }

    private static IReadOnlyList<string?> Actor(EventFields e) => [.. new[] { e.Event.Actor.Upn, e.Event.Actor.Id, e.Event.Actor.Display }.OfType<string>()];

    private static IReadOnlyList<string?> Targets(EventFields e) => [.. e.Event.Targets.SelectMany(t => new[] { t.Upn, t.Id, t.Display }).OfType<string>()];

    /// <summary>What the form of simple rules and our own Sigma call <c>event.…</c>.</summary>
    private static FieldReader? Own(string name) => name switch
    {
        "operation" => Operation,
        "source" => OfBrief(e => e.Source),
        "tenant" => OfBrief(e => e.Tenant),
        "service" => OfBrief(e => e.Service),
        "category" => OfText(e => e.Category),
        "outcome" => OfBrief(e => Word(e.Outcome)),
        "result" => OfBrief(e => e.ResultRaw),
        "code" => OfText(e => e.ResultCode),
        "actor" => Of(Actor) with { Needs = EventPart.Brief, IsActor = true },
        "actor_key" => OfBrief(e => e.Actor.Key),
        "actor_kind" => OfBrief(e => e.Actor.Kind),
        "target" => Of(Targets),
        "changed" => Of(e => [.. e.Event.Changes.Select(c => c.Property)]),
        "old" => Of(e => [.. e.Event.Changes.Select(c => c.Old)]),
        "new" => Of(e => [.. e.Event.Changes.Select(c => c.New)]),
        "ip" => OfBrief(e => e.Actor.Ip),
        "user_agent" => OfText(e => e.Actor.UserAgent),
        "client_app" => OfText(e => e.ClientApp),
        "geo" => OfText(e => e.Geo),
        "record_type" => OfBrief(e => e.RecordType is { } type ? EventFields.N(type) : null),
        "correlation_id" => OfText(e => e.CorrelationId),
        "severity" => OfText(e => e.Severity),
        "summary" => OfText(e => e.Summary),
        "time" => OfBrief(e => e.Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")),
        "word" => Of(e => [e.Text], raw: true),
        _ => null,
    };
}
