using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.Tools;

/// <summary>
/// Enforces the keywords that <see cref="ToolSchema"/> writes, and says what is wrong by the wire's names. The MCP SDK
/// publishes schemas but does not enforce them.
/// </summary>
internal static class SchemaValidator
{
    /// <summary>Wrong arguments past this number are not listed one by one.</summary>
    private const int MaxErrors = 20;

    public static IReadOnlyList<FieldError> Validate(JsonObject schema, JsonElement value)
    {
        var errors = new List<FieldError>();
        try
        {
            Check(schema, value, "", errors);
        }
        catch (InvalidOperationException)
        {
            // System.Text.Json accepts an escaped half of a surrogate pair and throws when it is read as text.
            errors.Add(new FieldError("", "hold text that is not valid Unicode (half of a surrogate pair)."));
        }
        return errors.Count <= MaxErrors ? errors : [.. errors.Take(MaxErrors), new FieldError("", $"… and {errors.Count - MaxErrors} more.")];
    }

    private static void Check(JsonObject schema, JsonElement value, string path, List<FieldError> errors)
    {
        if (errors.Count > MaxErrors * 5) return;
        var type = schema["type"]?.GetValue<string>();
        if (type is not null && !IsOfType(type, value))
        {
            errors.Add(new FieldError(path, $"must be {Article(type)}, not {Describe(value)}."));
            return;
        }
        if (schema["enum"] is JsonArray allowed && !allowed.Any(a => a!.GetValue<string>() == value.GetString()))
            errors.Add(new FieldError(path, $"must be one of {string.Join(", ", allowed.Select(a => $"'{a}'"))}."));
        switch (value.ValueKind)
        {
            case JsonValueKind.String: CheckText(schema, value.GetString()!, path, errors); break;
            case JsonValueKind.Number: CheckNumber(schema, value, path, errors); break;
            case JsonValueKind.Array: CheckArray(schema, value, path, errors); break;
            case JsonValueKind.Object: CheckObject(schema, value, path, errors); break;
        }
    }

    private static void CheckText(JsonObject schema, string text, string path, List<FieldError> errors)
    {
        // JSON Schema counts characters as Unicode code points (2020-12 validation §6.3).
        var length = text.Length - text.Count(char.IsLowSurrogate);
        if (schema["minLength"] is { } min && length < min.GetValue<int>())
            errors.Add(new FieldError(path, min.GetValue<int>() == 1 ? "must not be empty." : $"must have at least {min} characters, has {length}."));
        if (schema["maxLength"] is { } max && length > max.GetValue<int>())
            errors.Add(new FieldError(path, $"must have at most {max} characters, has {length}."));
        if (schema["pattern"] is { } pattern && !Regex.IsMatch(text, WholeText(pattern.GetValue<string>()), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking))
            errors.Add(new FieldError(path, $"must match {pattern}."));
    }

    /// <summary>ECMA-262, whose patterns JSON Schema uses, ends a text at $; .NET's $ also allows a line feed after it.</summary>
    private static string WholeText(string pattern) => pattern.EndsWith('$') ? pattern[..^1] + @"\z" : pattern;

    private static void CheckNumber(JsonObject schema, JsonElement value, string path, List<FieldError> errors)
    {
        var number = value.GetDouble();
        // RFC 8785 writes numbers as IEEE doubles: past 2^53 the digits that are digested would not be those that were sent.
        if (Math.Abs(number) > 9007199254740991) errors.Add(new FieldError(path, $"must lie between -9007199254740991 and 9007199254740991, is {value.GetRawText()}."));
        if (schema["minimum"] is { } min && number < (double)min.GetValue<decimal>()) errors.Add(new FieldError(path, $"must be at least {min}, is {value.GetRawText()}."));
        if (schema["maximum"] is { } max && number > (double)max.GetValue<decimal>()) errors.Add(new FieldError(path, $"must be at most {max}, is {value.GetRawText()}."));
    }

    private static void CheckArray(JsonObject schema, JsonElement value, string path, List<FieldError> errors)
    {
        var count = value.GetArrayLength();
        if (schema["minItems"] is { } min && count < min.GetValue<int>()) errors.Add(new FieldError(path, $"must have at least {min} entries, has {count}."));
        if (schema["maxItems"] is { } max && count > max.GetValue<int>()) errors.Add(new FieldError(path, $"must have at most {max} entries, has {count}."));
        if (schema["items"] is not JsonObject items) return;
        var index = 0;
        foreach (var item in value.EnumerateArray()) Check(items, item, $"{path}[{index++}]", errors);
    }

    private static void CheckObject(JsonObject schema, JsonElement value, string path, List<FieldError> errors)
    {
        var properties = schema["properties"] as JsonObject;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            var field = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (!seen.Add(property.Name)) errors.Add(new FieldError(field, "is given twice."));
            else if (properties?[property.Name] is JsonObject child)
            {
                // An optional argument given as null is an argument not given: models often send both.
                if (property.Value.ValueKind == JsonValueKind.Null && !IsRequired(schema, property.Name)) continue;
                Check(child, property.Value, field, errors);
            }
            else if (schema["additionalProperties"] is JsonValue closed && !closed.GetValue<bool>())
                errors.Add(new FieldError(field, properties is { Count: > 0 } ? $"is not known here; known are {string.Join(", ", properties.Select(p => p.Key))}." : "is not known here; this tool takes no arguments."));
        }
        foreach (var name in (schema["required"] as JsonArray ?? []).Select(r => r!.GetValue<string>()).Where(n => !seen.Contains(n)))
            errors.Add(new FieldError(path.Length == 0 ? name : $"{path}.{name}", "is required."));
    }

    private static bool IsRequired(JsonObject schema, string name) =>
        (schema["required"] as JsonArray)?.Any(r => r!.GetValue<string>() == name) ?? false;

    private static bool IsOfType(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => true,
    };

    private static string Article(string type) => type is "object" or "array" or "integer" ? $"an {type}" : $"a {type}";

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Number => $"the number {value.GetRawText()}",
        JsonValueKind.String => "a string",
        JsonValueKind.Array => "an array",
        _ => "an object",
    };
}
