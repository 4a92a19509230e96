using System.Text.Json.Nodes;

namespace OmniAudit.Modules.Tools;

/// <summary>
/// The fields of an answer that is an error. Clients check error answers against the output schema too (the npm SDK
/// drops those that do not fit), so every schema allows them, and nothing a failed call lacks can be required.
/// </summary>
internal static class ErrorContract
{
    public static void ExtendOutput(JsonObject schema)
    {
        if (schema["properties"] is not JsonObject properties) schema["properties"] = properties = [];
        foreach (var name in new[] { "error", "message", "reference" })
        {
            if (!properties.ContainsKey(name)) properties[name] = new JsonObject { ["type"] = "string" };
        }
        properties["errors"] = new JsonObject
        {
            ["type"] = "array",
            ["items"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { ["field"] = new JsonObject { ["type"] = "string" }, ["message"] = new JsonObject { ["type"] = "string" } },
                ["additionalProperties"] = false,
            },
        };
        // A write's answers all have a status and a message; of others only what succeeded has the tool's own fields.
        if (!properties.ContainsKey(WriteContract.TokenArgument)) schema.Remove("required");
    }
}
