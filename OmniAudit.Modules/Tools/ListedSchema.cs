using System.Text.Json.Nodes;

namespace OmniAudit.Modules.Tools;

/// <summary>
/// An output schema short enough for <c>tools/list</c>, which every client loads whole before its first call: names and
/// types of the fields at the top. Left out is what narrows only (descriptions, what lies deeper, that there is nothing
/// else), so every answer of the full schema fits, error answers too. The full one is in docs/tools.md.
/// </summary>
internal static class ListedSchema
{
    /// <summary>Fields of a write that its status says already, or that only an error has.</summary>
    private static readonly string[] Implied = ["error", "message", "reference", "errors"];

    public static JsonObject Of(JsonObject full, bool isWrite)
    {
        var properties = new JsonObject();
        foreach (var (name, schema) in (JsonObject)full["properties"]!)
        {
            if (!Implied.Contains(name, StringComparer.Ordinal) || (isWrite && name == "message")) properties[name] = TypeOf((JsonObject)schema!);
        }
        // An answer without fields of its own still has the error's: some clients reject a schema without properties.
        if (properties.Count == 0) properties["message"] = new JsonObject { ["type"] = "string" };
        var listed = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (isWrite) listed["required"] = full["required"]!.DeepClone();
        return listed;
    }

    private static JsonObject TypeOf(JsonObject schema)
    {
        var listed = new JsonObject { ["type"] = schema["type"]!.DeepClone() };
        if (schema["items"] is JsonObject items) listed["items"] = new JsonObject { ["type"] = items["type"]!.DeepClone() };
        if (schema["enum"] is { } values) listed["enum"] = values.DeepClone();
        return listed;
    }
}
