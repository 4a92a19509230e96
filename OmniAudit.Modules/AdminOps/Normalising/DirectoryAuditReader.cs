using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>Graph's <c>directoryAudit</c> (learn.microsoft.com/graph/api/resources/directoryaudit).</summary>
internal static class DirectoryAuditReader
{
    public static void Read(RecordField record, RecordDraft draft)
    {
        draft.SourceId = record["id"].Text;
        draft.Time = record["activityDateTime"].Text;
        draft.Service = record["loggedByService"].Text ?? "Directory";
        draft.Category = record["category"].Text;
        draft.Operation = record["activityDisplayName"].Text ?? record["operationType"].Text;
        draft.ResultRaw = record["result"].Text;
        draft.Outcome = ResultWords.Meaning(draft.ResultRaw);
        draft.ResultCode = record["resultReason"].Text;
        draft.CorrelationId = record["correlationId"].Text;
        Initiator(record["initiatedBy"], draft);
        draft.UserAgent ??= record["userAgent"].Text;
        foreach (var detail in record["additionalDetails"].Items(100))
            if (detail["key"].Text is { } key && key.Equals("User-Agent", StringComparison.OrdinalIgnoreCase)) draft.UserAgent ??= detail["value"].Text;
        draft.LeftOut += Math.Max(0, record["targetResources"].Count - RecordDraft.MostTargets);
        foreach (var target in record["targetResources"].Items(RecordDraft.MostTargets))
        {
            draft.Target(target["id"].Text, target["type"].Text, target["displayName"].Text, target["userPrincipalName"].Text);
            Changes(target["modifiedProperties"], draft);
        }
    }

    /// <summary>A target's changes. Graph writes their values as JSON within the string.</summary>
    public static void Changes(RecordField properties, RecordDraft draft)
    {
        draft.LeftOut += Math.Max(0, properties.Count - 1000);
        foreach (var property in properties.Items(1000))
            draft.Change(property.First("displayName", "name"), Value(property["oldValue"]), Value(property["newValue"]));
    }

    /// <summary>A value without the quotes that JSON in a string has around it; lists and objects stay the JSON that they are.</summary>
    public static string? Value(RecordField value)
    {
        if (value.Any is not { } text) return null;
        var trimmed = text.AsSpan().Trim();
        if (trimmed.Length < 2 || trimmed[0] != '"' || trimmed[^1] != '"') return text;
        try
        {
            return JsonSerializer.Deserialize<string>(trimmed);
        }
        catch (JsonException)
        {
            // Only looks like it.
            return text;
        }
    }

    private static void Initiator(RecordField by, RecordDraft draft)
    {
        var (user, app) = (by["user"], by["app"]);
        if (user.First("userPrincipalName", "id", "displayName") is not null)
        {
            draft.ActorKind = ActorKinds.User;
            (draft.ActorId, draft.ActorUpn, draft.ActorDisplay) = (user["id"].Text, user["userPrincipalName"].Text, user["displayName"].Text);
        }
        else if (app.First("displayName", "servicePrincipalId", "appId", "servicePrincipalName") is not null)
        {
            draft.ActorKind = ActorKinds.App;
            (draft.ActorId, draft.ActorDisplay) = (app.First("servicePrincipalId", "appId"), app.First("displayName", "servicePrincipalName"));
        }
        draft.Address = user["ipAddress"].Text ?? app["ipAddress"].Text;
        draft.ClientApp = app["displayName"].Text;
    }
}
