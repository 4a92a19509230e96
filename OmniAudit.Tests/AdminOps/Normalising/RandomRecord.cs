using System.Text.Json;
using System.Text.Json.Nodes;

namespace OmniAudit.Tests.AdminOps.Normalising;

/// <summary>JSON objects that have the sources' field names and anything at all in them, the same ones for the same seed.</summary>
internal sealed class RandomRecord(int seed)
{
    private static readonly string[] Names =
    [
        "id", "Id", "activityDateTime", "createdDateTime", "CreationTime", "activityDisplayName", "Operation", "result", "ResultStatus", "status", "errorCode", "failureReason", "initiatedBy", "user", "app",
        "userPrincipalName", "displayName", "targetResources", "modifiedProperties", "oldValue", "newValue", "resources", "actor", "Actor", "Target", "ID", "Type", "UserId", "UserType", "ClientIP", "RecordType",
        "ModifiedProperties", "Parameters", "OperationProperties", "ExtendedProperties", "Name", "Value", "OldValue", "NewValue", "location", "city", "countryOrRegion", "ObjectId", "Members", "Item", "AffectedItems",
        "Workload", "OrganizationId", "correlationId", "LogonError", "ErrorNumber", "riskEventType", "riskLevel", "ipAddress", "additionalDetails", "key", "value", "signInEventTypes", "deviceDetail",
    ];

    private static readonly string[] Texts = ["", " ", "x", "\0", "\"", "\"a\"", "[", "2026-03-01T10:00:00Z", "0001-01-01", "-", "192.0.2.1:1", "[::1]:2", ":", "[", "%", "a@b", "ServicePrincipal_", "NT AUTHORITY\\SYSTEM", "/Date(99999999999999999999)/", "/Date(-1)/", "50126", "True", "\uD83D\uDE00", "User_0b9a"];

    private readonly Random _random = new(seed);

    public string Next() => Object(0).ToJsonString(new JsonSerializerOptions { MaxDepth = 64 });

    private JsonObject Object(int depth)
    {
        var record = new JsonObject();
        for (var left = _random.Next(depth == 0 ? 25 : 6); left > 0; left--) record[Names[_random.Next(Names.Length)]] = Any(depth + 1);
        return record;
    }

    private JsonNode? Any(int depth) => _random.Next(depth > 4 ? 6 : 9) switch
    {
        0 => null,
        1 => JsonValue.Create(_random.Next(2) == 0),
        2 => JsonValue.Create(_random.NextInt64(long.MinValue, long.MaxValue)),
        3 => JsonValue.Create(_random.Next(100)),
        4 or 5 => JsonValue.Create(_random.Next(20) == 0 ? new string('y', _random.Next(20_000)) : Texts[_random.Next(Texts.Length)]),
        6 or 7 => Object(depth),
        _ => new JsonArray([.. Enumerable.Range(0, _random.Next(5)).Select(_ => Any(depth + 1))]),
    };
}
