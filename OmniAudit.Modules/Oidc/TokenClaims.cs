using System.Text.Json;

namespace OmniAudit.Modules.Oidc;

/// <summary>Reads what an issuer says about somebody.</summary>
internal static class TokenClaims
{
    /// <summary>The claim as one text; null when it is missing, empty or something else.</summary>
    public static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>The claim as a list: an array of texts, or one text. The name may be a path into objects (<c>realm_access.roles</c>) when there is no claim of exactly that name.</summary>
    public static IReadOnlyList<string> List(JsonElement claims, string name) => Find(claims, name) switch
    {
        { ValueKind: JsonValueKind.String } one when one.GetString() is { Length: > 0 } text => [text],
        { ValueKind: JsonValueKind.Array } many => [.. many.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!).Where(v => v.Length > 0).Take(2000)],
        _ => [],
    };

    public static bool Has(JsonElement claims, string name) => Find(claims, name) is not null;

    private static JsonElement? Find(JsonElement claims, string name)
    {
        if (claims.TryGetProperty(name, out var exact)) return exact;
        var value = claims;
        foreach (var part in name.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(part, out value)) return null;
        }
        return value;
    }
}
