using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Reading the arguments and results of calls.</summary>
internal static class ToolArguments
{
    private static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement;

    /// <summary>
    /// Separates a write's own arguments, which are digested and executed, from the token and the key that only name a request.
    /// Optional arguments given as null are dropped: they say the same as absent ones and must have the same digest.
    /// </summary>
    public static (JsonElement Own, string? Token, string? Key) Split(CatalogTool tool, JsonElement arguments)
    {
        if (arguments.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return (Empty, null, null);
        if (arguments.ValueKind != JsonValueKind.Object) return (arguments, null, null);
        string[] names = tool.Risk == ToolRisk.Write ? [WriteContract.TokenArgument, WriteContract.KeyArgument] : [];
        var isNamed = names.Any(n => arguments.TryGetProperty(n, out _));
        var hasNull = arguments.EnumerateObject().Any(p => p.Value.ValueKind == JsonValueKind.Null);
        // Twice-given names must reach the validator as they are.
        if (!isNamed && !hasNull) return (arguments, null, null);
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var property in arguments.EnumerateObject())
            {
                if (names.Contains(property.Name))
                {
                    if (property.Value.ValueKind == JsonValueKind.Null) continue;
                    if (property.Value.ValueKind != JsonValueKind.String) throw new ToolRefusedException("invalid_arguments", $"{property.Name}: must be a string.", property.Name);
                    said[property.Name] = property.Value.GetString()!;
                    continue;
                }
                if (property.Value.ValueKind == JsonValueKind.Null && !IsRequired(tool.ArgumentsSchema, property.Name)) continue;
                property.WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        if (said.TryGetValue(WriteContract.KeyArgument, out var key) && (key.Trim().Length == 0 || key.Length > WriteContract.LongestKey || key.Any(char.IsControl)))
            throw new ToolRefusedException("invalid_arguments", $"{WriteContract.KeyArgument}: 1 to {WriteContract.LongestKey} characters without control characters.", WriteContract.KeyArgument);
        return (JsonDocument.Parse(buffer.ToArray()).RootElement, said.GetValueOrDefault(WriteContract.TokenArgument) is { Length: > 0 } token ? token : null, key);
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
