using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>Graph's <c>signIn</c> (learn.microsoft.com/graph/api/resources/signin): of people, and of service principals and managed identities.</summary>
internal static class SignInReader
{
    public static void Read(RecordField record, RecordDraft draft)
    {
        draft.SourceId = record["id"].Text;
        draft.Time = record["createdDateTime"].Text;
        draft.Service = "SignIn";
        draft.Operation = "Sign-in";
        draft.Category = Kinds(record["signInEventTypes"]) ?? (record["isInteractive"].Text == "false" ? "nonInteractiveUser" : null);
        var status = record["status"];
        draft.ResultRaw = status["errorCode"].Text;
        draft.Outcome = draft.ResultRaw is null ? EventOutcome.Unknown : status["errorCode"].Number == 0 ? EventOutcome.Success : EventOutcome.Failure;
        draft.ResultCode = draft.Outcome == EventOutcome.Failure ? status.First("failureReason", "additionalDetails") : null;
        if (draft.ResultCode == "Other.") draft.ResultCode = null;
        draft.CorrelationId = record["correlationId"].Text;
        var isApp = record["userPrincipalName"].Text is null && record.First("servicePrincipalName", "servicePrincipalId") is not null;
        draft.ActorKind = isApp ? ActorKinds.App : ActorKinds.User;
        draft.ActorUpn = isApp ? null : record["userPrincipalName"].Text;
        draft.ActorId = isApp ? record.First("servicePrincipalId", "appId") : record["userId"].Text;
        draft.ActorDisplay = isApp ? record.First("servicePrincipalName", "appDisplayName") : record["userDisplayName"].Text;
        draft.Address = record["ipAddress"].Text;
        draft.UserAgent = record["userAgent"].Text;
        draft.ClientApp = record["clientAppUsed"].Text;
        draft.Geo = Place(record["location"]);
        var risk = record.First("riskLevelDuringSignIn", "riskLevelAggregated");
        draft.Severity = risk is null or "none" or "hidden" ? null : risk;
        var app = record.First("appDisplayName", "appId");
        draft.Target(record["appId"].Text, "Application", app, null);
        if (record["resourceDisplayName"].Text is { } resource && resource != app) draft.Target(record["resourceId"].Text, "Resource", resource, null);
        if (record["deviceDetail"].First("displayName", "deviceId") is { } device) draft.Target(record["deviceDetail"]["deviceId"].Text, "Device", device, null);
        var who = draft.ActorDisplay ?? draft.ActorUpn ?? draft.ActorId ?? "Somebody";
        var from = draft.Address is null ? "" : $" from {draft.Address}{(draft.Geo is null ? "" : $" ({draft.Geo})")}";
        draft.Summary = $"{who} {(draft.Outcome == EventOutcome.Failure ? "could not sign in" : "signed in")}{(app is null ? "" : $" to {app}")}{from}";
    }

    /// <summary>A place as <c>Berlin, DE</c>; null when the record knows none.</summary>
    public static string? Place(RecordField location)
    {
        var (city, state, country) = (location["city"].Text, location["state"].Text, location["countryOrRegion"].Text);
        var parts = string.Join(", ", new[] { city ?? state, country }.Where(p => p is not null));
        return parts.Length > 0 ? parts : null;
    }

    private static string? Kinds(RecordField kinds)
    {
        var words = kinds.IsList ? string.Join(", ", kinds.Items(10).Select(k => k.Text).Where(k => k is not null)) : kinds.Text;
        return string.IsNullOrEmpty(words) ? null : words;
    }
}
