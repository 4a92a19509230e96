using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>Graph's <c>riskDetection</c> (learn.microsoft.com/graph/api/resources/riskdetection). A finding, not a deed: it neither succeeds nor fails.</summary>
internal static class RiskReader
{
    public static void Read(RecordField record, RecordDraft draft)
    {
        draft.SourceId = record["id"].Text;
        draft.Time = record.First("activityDateTime", "detectedDateTime");
        draft.Service = record["source"].Text ?? "IdentityProtection";
        draft.Category = record["activity"].Text;
        draft.Operation = record.First("riskEventType", "riskType");
        draft.ResultRaw = record["riskState"].Text;
        draft.ResultCode = record["riskDetail"].Text is { } detail and not "none" ? detail : null;
        draft.CorrelationId = record.First("correlationId", "requestId");
        draft.Severity = record["riskLevel"].Text;
        (draft.ActorId, draft.ActorUpn, draft.ActorDisplay) = (record["userId"].Text, record["userPrincipalName"].Text, record["userDisplayName"].Text);
        draft.ActorKind = record.First("userPrincipalName", "userId", "userDisplayName") is null ? ActorKinds.System : ActorKinds.User;
        draft.Address = record["ipAddress"].Text;
        draft.Geo = SignInReader.Place(record["location"]);
        draft.Target(draft.ActorId, "User", draft.ActorDisplay, draft.ActorUpn);
        var from = draft.Address is null ? "" : $" from {draft.Address}{(draft.Geo is null ? "" : $" ({draft.Geo})")}";
        draft.Summary = $"Risk{(draft.Severity is null ? "" : $" ({draft.Severity})")} for {draft.ActorDisplay ?? draft.ActorUpn ?? draft.ActorId ?? "somebody"}: {draft.Operation ?? "unknown"}{from}";
    }
}
