using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>Who did it, in the unified audit log. UserId is a sign-in name, a GUID, or the name of an account of Microsoft's.</summary>
internal static class UnifiedActor
{
    private const string Principal = "ServicePrincipal_";

    private static readonly string[] SystemPrefixes = ["NT AUTHORITY\\", "NT SERVICE\\", "S-1-5-18", "SHAREPOINT\\system", "Microsoft"];
    private static readonly string[] SystemNames = ["SYSTEM", "Not Available", "SecurityComplianceAlerts", "SecurityComplianceInsights", "SupervisoryReview", "Unknown", "Anonymous"];

    /// <summary>UserType: the numbers, and the names that exports write in their place.</summary>
    private static string? KindOf(string? userType) => userType switch
    {
        "3" or "DcAdmin" or "DCAdmin" or "4" or "System" or "7" or "CustomPolicy" or "8" or "SystemPolicy" => ActorKinds.System,
        "5" or "Application" or "6" or "ServicePrincipal" => ActorKinds.App,
        "0" or "Regular" or "2" or "Admin" or "9" or "PartnerTechnician" or "10" or "Guest" => ActorKinds.User,
        _ => null,
    };

    public static void Read(RecordField record, RecordDraft draft)
    {
        var id = record.First("UserId", "UserIds");
        var kind = KindOf(record["UserType"].Text);
        var known = UnifiedIdentity.Of(record["Actor"]);
        if (id is null && known is null)
        {
            draft.ActorKind = kind ?? ActorKinds.System;
            draft.ActorId = record["UserKey"].Text;
            return;
        }
        var key = record["UserKey"].Text;
        if (id is null)
        {
            (draft.ActorId, draft.ActorUpn, draft.ActorDisplay) = (known!.Id, known.Upn, known.Name);
            draft.ActorKind = kind ?? (known.IsApp ? ActorKinds.App : ActorKinds.User);
        }
        else if (id.StartsWith(Principal, StringComparison.Ordinal) || known is { IsApp: true })
        {
            draft.ActorKind = ActorKinds.App;
            draft.ActorId = known?.Id ?? (id.StartsWith(Principal, StringComparison.Ordinal) ? id[Principal.Length..] : id);
            draft.ActorDisplay = known?.Name ?? (draft.ActorId == id || id.StartsWith(Principal, StringComparison.Ordinal) ? null : id);
        }
        else if (IsSystem(id))
        {
            draft.ActorKind = ActorKinds.System;
            draft.ActorDisplay = id;
        }
        else if (id.Contains('@', StringComparison.Ordinal))
        {
            // app@sharepoint: SharePoint's own name for every app.
            var isApp = kind == ActorKinds.App || id.Equals("app@sharepoint", StringComparison.OrdinalIgnoreCase);
            draft.ActorKind = isApp ? ActorKinds.App : kind == ActorKinds.System ? ActorKinds.System : ActorKinds.User;
            draft.ActorUpn = id;
            draft.ActorId = known?.Id ?? (Guid.TryParse(key, out _) ? key : null);
            draft.ActorDisplay = known?.Name is { } name && !name.Equals(id, StringComparison.OrdinalIgnoreCase) ? name : null;
        }
        else if (Guid.TryParse(id, out _))
        {
            draft.ActorKind = kind ?? ActorKinds.User;
            (draft.ActorId, draft.ActorUpn, draft.ActorDisplay) = (id, known?.Upn, known?.Name ?? record["UserDisplayName"].Text);
        }
        else
        {
            draft.ActorKind = kind ?? ActorKinds.User;
            (draft.ActorId, draft.ActorUpn, draft.ActorDisplay) = (known?.Id, known?.Upn, id);
        }
    }

    private static bool IsSystem(string id) =>
        SystemPrefixes.Any(p => id.StartsWith(p, StringComparison.OrdinalIgnoreCase)) && !id.Contains('@', StringComparison.Ordinal) || SystemNames.Contains(id, StringComparer.OrdinalIgnoreCase);
}

/// <summary>One identity out of a list of its names (IdentityTypeValuePair: 0 claim, 1 name, 2 other, 3 PUID, 4 SPN, 5 UPN).</summary>
internal sealed record UnifiedIdentity(string? Id, string? Kind, string? Name, string? Upn)
{
    /// <summary>As AAD writes it in "other": <c>User_8c1e…</c>.</summary>
    public bool IsApp => Kind is "ServicePrincipal" or "Application";

    /// <summary>Null when nothing is in it.</summary>
    public static UnifiedIdentity? Of(RecordField names)
    {
        string? id = null, kind = null, name = null, upn = null;
        foreach (var entry in names.Items(40))
        {
            if (entry["ID"].Text is not { } value) continue;
            switch (entry["Type"].Text)
            {
                case "1" or "Name": name ??= value; break;
                case "5" or "UPN": upn ??= value; break;
                case "2" or "Other" when value.IndexOf('_', StringComparison.Ordinal) is > 0 and var at && Guid.TryParse(value.AsSpan(at + 1), out _):
                    (kind, id) = (value[..at], value[(at + 1)..]);
                    break;
                case "2" or "Other" when Guid.TryParse(value, out _): id ??= value; break;
                case "2" or "Other" when value.Length < 40 && value.All(char.IsAsciiLetter): kind ??= value; break;
                case "4" or "SPN": kind ??= "ServicePrincipal"; break;
            }
        }
        // A name that is a sign-in name is one, whatever its type says.
        if (upn is null && name is not null && name.Contains('@', StringComparison.Ordinal)) (upn, name) = (name, null);
        return id is null && name is null && upn is null ? null : new UnifiedIdentity(id, kind, name, upn);
    }
}
