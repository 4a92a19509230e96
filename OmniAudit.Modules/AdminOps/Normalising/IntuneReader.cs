using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>Graph's Intune <c>auditEvent</c> (learn.microsoft.com/graph/api/resources/intune-auditing-auditevent).</summary>
internal static class IntuneReader
{
    public static void Read(RecordField record, RecordDraft draft)
    {
        draft.SourceId = record["id"].Text;
        draft.Time = record["activityDateTime"].Text;
        draft.Service = "Intune";
        draft.Category = record.First("category", "componentName");
        draft.Operation = record.First("displayName", "activityType", "activity");
        draft.ResultRaw = record["activityResult"].Text;
        draft.Outcome = ResultWords.Meaning(draft.ResultRaw);
        draft.CorrelationId = record["correlationId"].Text;
        var actor = record["actor"];
        var app = actor.First("applicationDisplayName", "servicePrincipalName");
        var upn = actor["userPrincipalName"].Text;
        draft.ActorKind = upn is not null || actor["userId"].Text is not null && app is null ? ActorKinds.User : app is not null ? ActorKinds.App : ActorKinds.System;
        draft.ActorUpn = upn;
        draft.ActorId = draft.ActorKind == ActorKinds.App ? actor["applicationId"].Text : actor["userId"].Text;
        draft.ActorDisplay = draft.ActorKind == ActorKinds.App ? app : null;
        draft.Address = actor["ipAddress"].Text;
        draft.ClientApp = actor["applicationDisplayName"].Text;
        draft.LeftOut += Math.Max(0, record["resources"].Count - RecordDraft.MostTargets);
        foreach (var resource in record["resources"].Items(RecordDraft.MostTargets))
        {
            draft.Target(resource["resourceId"].Text, resource.First("auditResourceType", "type"), resource["displayName"].Text, null);
            DirectoryAuditReader.Changes(resource["modifiedProperties"], draft);
        }
    }
}
