using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Import;

/// <summary>Whose record it is, by the fields that only its source has.</summary>
internal static class SourceGuess
{
    private static readonly string[] Unified = ["CreationTime", "RecordType", "Workload", "OrganizationId", "UserKey"];

    /// <returns>One of <see cref="EventSources"/>; null for a record of none.</returns>
    public static string? Of(JsonElement record)
    {
        if (Has(record, "riskEventType") || Has(record, "riskType")) return EventSources.Risk;
        if (Has(record, "activityDisplayName") || Has(record, "initiatedBy")) return EventSources.Directory;
        if (Has(record, "createdDateTime") && (Has(record, "appDisplayName") || Has(record, "status") || Has(record, "userPrincipalName") || Has(record, "servicePrincipalName"))) return EventSources.SignIn;
        if (Has(record, "activityDateTime") && (Has(record, "componentName") || Has(record, "activityOperationType") || Has(record, "activityResult"))) return EventSources.Intune;
        return Has(record, "Operation") && Unified.Any(f => Has(record, f)) ? EventSources.Unified : null;
    }

    /// <summary>PowerShell's Search-UnifiedAuditLog wraps the record as text.</summary>
    public static string? Wrapped(JsonElement record) => record.TryGetProperty("AuditData", out var data) && data.ValueKind == JsonValueKind.String ? data.GetString() : null;

    private static bool Has(JsonElement record, string name) =>
        record.TryGetProperty(name, out _) || record.TryGetProperty(string.Concat([char.IsLower(name[0]) ? char.ToUpperInvariant(name[0]) : char.ToLowerInvariant(name[0])], name.AsSpan(1)), out _);
}
