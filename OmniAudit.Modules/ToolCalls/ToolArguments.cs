using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Reading the arguments and results of calls.</summary>
internal static class ToolArguments
{
    private static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement;

    /// <summary>
    /// Separates a write's own arguments, which are digested and executed, from the token that only names a request.
    /// Optional arguments given as null are dropped: they say the same as absent ones and must have the same digest.
    /// </summary>
    public static (JsonElement Own, string? Token) Split(CatalogTool tool, JsonElement arguments)
    {
        if (arguments.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return (Empty, null);
        if (arguments.ValueKind != JsonValueKind.Object) return (arguments, null);
        var hasToken = tool.Risk == ToolRisk.Write && arguments.TryGetProperty(WriteContract.TokenArgument, out _);
        var hasNull = arguments.EnumerateObject().Any(p => p.Value.ValueKind == JsonValueKind.Null);
        // Twice-given names must reach the validator as they are.
        if (!hasToken && !hasNull) return (arguments, null);
        string? token = null;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in arguments.EnumerateObject())
            {
                if (hasToken && property.Name == WriteContract.TokenArgument)
                {
                    if (property.Value.ValueKind == JsonValueKind.Null) continue;
                    if (property.Value.ValueKind != JsonValueKind.String) throw new ToolRefusedException("invalid_arguments", $"{WriteContract.TokenArgument}: must be a string.", WriteContract.TokenArgument);
                    token = property.Value.GetString();
                    continue;
                }
                if (property.Value.ValueKind == JsonValueKind.Null && !IsRequired(tool.ArgumentsSchema, property.Name)) continue;
                property.WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        return (JsonDocument.Parse(buffer.ToArray()).RootElement, string.IsNullOrEmpty(token) ? null : token);
    }

    public static ToolOutcome.Refused Refuse(IReadOnlyList<FieldError> errors) => new(
        "invalid_arguments",
        "Nothing was done. " + string.Join(' ', errors.Select(e => e.Field.Length == 0 ? $"The arguments: {e.Message}" : $"{e.Field}: {e.Message}")),
        errors);

    public static string? TextOf(JsonElement result, string name) =>
        result.ValueKind == JsonValueKind.Object && result.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>What the audit log remembers of a result: the thing it made or named.</summary>
    public static string? OutputRefOf(JsonElement result) =>
        TextOf(result, "report_ref") ?? TextOf(result, "result_ref") ?? TextOf(result, "job_id") ?? TextOf(result, "path");

    private static bool IsRequired(JsonObject schema, string name) => (schema["required"] as JsonArray)?.Any(r => r!.GetValue<string>() == name) ?? false;
}
