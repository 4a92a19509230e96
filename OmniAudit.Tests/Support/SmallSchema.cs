using System.Text.Json;
using System.Text.Json.Nodes;

namespace OmniAudit.Tests.Support;

/// <summary>Checks the keywords that generated schemas use: type, properties, required, items, additionalProperties, enum, $ref into the document. Anything else fails.</summary>
internal static class SmallSchema
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "title", "description", "default", "format", "type", "properties", "required", "items", "additionalProperties", "enum", "$ref", "pattern",
    };

    public static List<string> Check(JsonNode schema, JsonNode? value)
    {
        var faults = new List<string>();
        Check(schema, schema, value, "", faults);
        return faults;
    }

    private static void Check(JsonNode root, JsonNode schema, JsonNode? value, string at, List<string> faults)
    {
        if (schema is not JsonObject rules) return; // true
        if (rules["$ref"] is { } reference)
        {
            var target = root;
            foreach (var step in reference.GetValue<string>().TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries)) target = target is JsonArray list ? list[int.Parse(step)]! : target[step]!;
            Check(root, target, value, at, faults);
        }
        foreach (var (name, _) in rules) if (!Known.Contains(name)) throw new NotSupportedException(name);
        if (rules["type"] is { } type && !(type is JsonArray several ? several : [type.DeepClone()]).Any(t => Is(t!.GetValue<string>(), value)))
        {
            faults.Add($"{at}: type");
            return;
        }
        if (rules["enum"] is JsonArray allowed && !allowed.Any(a => JsonNode.DeepEquals(a, value))) faults.Add($"{at}: enum");
        if (value is JsonObject members)
        {
            foreach (var name in rules["required"]?.AsArray().Select(r => r!.GetValue<string>()) ?? []) if (!members.ContainsKey(name)) faults.Add($"{at}/{name}: required");
            foreach (var (name, member) in members)
            {
                if (rules["properties"]?[name] is { } own) Check(root, own, member, $"{at}/{name}", faults);
                else if (rules["additionalProperties"] is { } other) Check(root, other, member, $"{at}/{name}", faults);
            }
        }
        if (value is JsonArray items && rules["items"] is { } each)
        {
            for (var i = 0; i < items.Count; i++) Check(root, each, items[i], $"{at}/{i}", faults);
        }
    }

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) => true,
        ("integer", JsonValueKind.Number) => value!.GetValue<JsonElement>().TryGetInt64(out _),
        _ => false,
    };
}
