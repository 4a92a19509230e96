using System.Globalization;
using System.Text.Json.Nodes;

namespace OmniAudit.Modules.Tools;

/// <summary>
/// Schemas short enough for <c>tools/list</c>, which every client loads whole before its first call. What is left out
/// narrows only, so every call and every answer that fits the full schema fits, error answers too. The full ones are in
/// docs/tools.md, and what a call gets wrong is told to it by the full one.
/// </summary>
internal static class ListedSchema
{
    /// <summary>Nobody gets by chance what is wrong by these; who does is told by the full schema.</summary>
    private static readonly string[] Bounds = ["minLength", "maxLength", "maxItems", "pattern", "contentMediaType"];

    /// <summary>Numbers outside such ranges are nobody's choice.</summary>
    private const long LargeNumber = 1_000;

    /// <summary>Enough to tell what sort of answer comes; the answer itself says the rest.</summary>
    private const int MostFields = 1;

    /// <summary>What says whether a write happened.</summary>
    private static readonly string[] OfWrites = ["status", "message"];

    /// <summary>The arguments without bounds of texts and lists, and without those of numbers that only say "positive" or "not absurd".</summary>
    public static JsonObject OfInput(JsonObject full)
    {
        var listed = (JsonObject)full.DeepClone();
        Loosen(listed);
        // What no tool takes is refused by name; that it is the same for all need not be said of each.
        listed.Remove("additionalProperties");
        return listed;
    }

    /// <summary>Names and types of the first fields at the top that every success has.</summary>
    /// <param name="always">The tool's own fields that are never missing from a success.</param>
    public static JsonObject OfOutput(JsonObject full, IReadOnlyCollection<string> always, bool isWrite)
    {
        var properties = new JsonObject();
        var own = 0;
        foreach (var (name, schema) in (JsonObject)full["properties"]!)
        {
            if ((always.Contains(name) && own++ < MostFields) || (isWrite && OfWrites.Contains(name, StringComparer.Ordinal))) properties[name] = TypeOf((JsonObject)schema!);
        }
        // An answer without such fields still has the error's: some clients reject a schema without properties.
        if (properties.Count == 0) properties["message"] = new JsonObject { ["type"] = "string" };
        var listed = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (isWrite) listed["required"] = full["required"]!.DeepClone();
        return listed;
    }

    private static void Loosen(JsonObject schema)
    {
        foreach (var bound in Bounds) schema.Remove(bound);
        if (Number(schema["minimum"]) is 0 or 1) schema.Remove("minimum");
        if (Number(schema["maximum"]) >= LargeNumber) schema.Remove("maximum");
        if (schema["items"] is JsonObject items) Loosen(items);
        foreach (var (_, property) in schema["properties"] as JsonObject ?? [])
        {
            Loosen((JsonObject)property!);
            // What is deeper than this, the argument's description says in fewer words.
            Flatten((JsonObject)property!);
        }
    }

    private static void Flatten(JsonObject schema)
    {
        if (schema["items"] is JsonObject { } items && items.ContainsKey("properties")) schema["items"] = new JsonObject { ["type"] = "object" };
        foreach (var inner in new[] { "properties", "required", "additionalProperties" }) schema.Remove(inner);
    }

    private static double? Number(JsonNode? bound) => bound is null ? null : double.Parse(bound.ToJsonString(), CultureInfo.InvariantCulture);

    private static JsonObject TypeOf(JsonObject schema)
    {
        var listed = new JsonObject { ["type"] = schema["type"]!.DeepClone() };
        if (schema["items"] is JsonObject items) listed["items"] = new JsonObject { ["type"] = items["type"]!.DeepClone() };
        return listed;
    }
}
