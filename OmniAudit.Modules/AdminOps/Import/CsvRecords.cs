using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Import;

/// <summary>
/// What the rows of a CSV file are: an export of the unified log carries each record whole in its column AuditData; exports of the Entra portal carry columns, of which the
/// record that Graph would give is made, as far as they go.
/// </summary>
internal sealed class CsvRecords
{
    private readonly Dictionary<string, int> _columns;
    private readonly IReadOnlyList<string> _header;

    private CsvRecords(string source, IReadOnlyList<string> header, Dictionary<string, int> columns) => (Source, _header, _columns) = (source, header, columns);

    public string Source { get; }

    /// <summary>Null when the header is none that is known.</summary>
    public static CsvRecords? Of(IReadOnlyList<string> header)
    {
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < header.Count; i++) columns.TryAdd(header[i].Trim().TrimStart('\uFEFF').Trim('"'), i);
        var source = columns.ContainsKey("AuditData") ? EventSources.Unified
            : columns.ContainsKey("Request ID") && columns.Keys.Any(c => c.StartsWith("Date", StringComparison.OrdinalIgnoreCase)) ? EventSources.SignIn
            : columns.ContainsKey("Activity") && (columns.ContainsKey("Service") || columns.ContainsKey("Category")) ? EventSources.Directory : null;
        return source is null ? null : new CsvRecords(source, header, columns);
    }

    /// <returns>The record, or what is wrong with the row.</returns>
    public (byte[] Raw, string? Problem) Record(IReadOnlyList<string> row)
    {
        if (Source != EventSources.Unified) return (Encoding.UTF8.GetBytes((Source == EventSources.SignIn ? SignIn(row) : Directory(row)).ToJsonString()), null);
        var data = Cell(row, "AuditData");
        return data is null ? ([], "Its column AuditData is empty.") : (Encoding.UTF8.GetBytes(data), null);
    }

    private string? Cell(IReadOnlyList<string> row, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (_columns.TryGetValue(name, out var at) && at < row.Count && row[at].Trim() is { Length: > 0 } text) return text;
        return null;
    }

    private JsonObject SignIn(IReadOnlyList<string> row)
    {
        var status = Cell(row, "Status");
        var code = Cell(row, "Sign-in error code", "Error code");
        var number = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : status is "Success" ? 0 : status is "Failure" or "Interrupted" ? 1 : (int?)null;
        var location = Cell(row, "Location")?.Split(',', StringSplitOptions.TrimEntries);
        return Without(new JsonObject
        {
            ["id"] = Cell(row, "Request ID"), ["createdDateTime"] = Cell(row, "Date (UTC)", "Date"), ["correlationId"] = Cell(row, "Correlation ID"), ["userId"] = Cell(row, "User ID"), ["userDisplayName"] = Cell(row, "User"),
            ["userPrincipalName"] = Cell(row, "Username"), ["appDisplayName"] = Cell(row, "Application"), ["appId"] = Cell(row, "Application ID", "Application ID "), ["resourceDisplayName"] = Cell(row, "Resource"),
            ["servicePrincipalName"] = Cell(row, "Service principal name"), ["servicePrincipalId"] = Cell(row, "Service principal ID"), ["ipAddress"] = Cell(row, "IP address"), ["clientAppUsed"] = Cell(row, "Client app"),
            ["userAgent"] = Cell(row, "User agent"), ["conditionalAccessStatus"] = Cell(row, "Conditional Access"),
            ["status"] = new JsonObject { ["errorCode"] = number, ["failureReason"] = Cell(row, "Failure reason") },
            ["location"] = location is { Length: > 0 } ? new JsonObject { ["city"] = location[0], ["state"] = location.Length > 2 ? location[1] : null, ["countryOrRegion"] = location.Length > 1 ? location[^1] : null } : null,
        }, row);
    }

    private JsonObject Directory(IReadOnlyList<string> row)
    {
        var by = new JsonObject();
        var isApp = string.Equals(Cell(row, "ActorType"), "Application", StringComparison.OrdinalIgnoreCase) || Cell(row, "ActorServicePrincipalId", "ActorServicePrincipalName") is not null;
        if (isApp) by["app"] = new JsonObject { ["displayName"] = Cell(row, "ActorDisplayName", "ActorServicePrincipalName"), ["servicePrincipalId"] = Cell(row, "ActorServicePrincipalId", "ActorObjectId") };
        else by["user"] = new JsonObject { ["id"] = Cell(row, "ActorObjectId"), ["displayName"] = Cell(row, "ActorDisplayName"), ["userPrincipalName"] = Cell(row, "ActorUserPrincipalName", "Initiated By (Actor)", "Initiated by (actor)"), ["ipAddress"] = Cell(row, "IPAddress", "IP Address") };
        var targets = new JsonArray();
        for (var t = 1; t <= 20; t++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"Target{t}");
            if (Cell(row, $"{name}DisplayName", $"{name}ObjectId", $"{name}UserPrincipalName") is null) continue;
            var changes = new JsonArray();
            for (var p = 1; p <= 50 && Cell(row, $"{name}ModifiedProperty{p}Name") is { } property; p++)
                changes.Add(new JsonObject { ["displayName"] = property, ["oldValue"] = Cell(row, $"{name}ModifiedProperty{p}OldValue"), ["newValue"] = Cell(row, $"{name}ModifiedProperty{p}NewValue") });
            targets.Add(new JsonObject { ["type"] = Cell(row, $"{name}Type"), ["displayName"] = Cell(row, $"{name}DisplayName"), ["id"] = Cell(row, $"{name}ObjectId"), ["userPrincipalName"] = Cell(row, $"{name}UserPrincipalName"), ["modifiedProperties"] = changes });
        }
        if (targets.Count == 0 && Cell(row, "Target(s)") is { } some) targets.Add(new JsonObject { ["displayName"] = some });
        return Without(new JsonObject
        {
            ["id"] = Cell(row, "Id"), ["activityDateTime"] = Cell(row, "Date (UTC)", "Date"), ["correlationId"] = Cell(row, "CorrelationId", "Correlation ID"), ["loggedByService"] = Cell(row, "Service"), ["category"] = Cell(row, "Category"),
            ["activityDisplayName"] = Cell(row, "Activity"), ["result"] = Cell(row, "Result", "Status"), ["resultReason"] = Cell(row, "ResultReason", "Status reason"), ["initiatedBy"] = by, ["targetResources"] = targets, ["userAgent"] = Cell(row, "User Agent", "UserAgent"),
        }, row);
    }

    /// <summary>Without what the row does not say; with the row itself, so that nothing is lost.</summary>
    private JsonObject Without(JsonObject record, IReadOnlyList<string> row)
    {
        foreach (var empty in record.Where(f => f.Value is null).Select(f => f.Key).ToList()) record.Remove(empty);
        var csv = new JsonObject();
        for (var i = 0; i < row.Count && i < _header.Count; i++)
            if (row[i].Trim().Length > 0) csv[_header[i].Trim().TrimStart('\uFEFF')] = row[i];
        record["csv"] = csv;
        return record;
    }
}
