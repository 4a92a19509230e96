using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OmniAudit.Web.Components.Controls;

/// <summary>What a person types an argument into.</summary>
internal enum ToolFieldKind
{
    Text = 1,
    Choice = 2,
    Flag = 3,
    Number = 4,
    /// <summary>One entry a line.</summary>
    Lines = 5,
    /// <summary>Anything else, as JSON.</summary>
    Json = 6,
}

/// <summary>One argument of a tool's input schema, and what was typed for it.</summary>
internal sealed class ToolFormField
{
    /// <summary>The arguments of writes that only name a request; the console shows the request itself instead.</summary>
    private const string TokenArgument = "confirmation_token";
    private const string KeyArgument = "idempotency_key";

    private readonly string? _itemType;

    private ToolFormField(string name, JsonElement schema, bool required)
    {
        Name = name;
        Required = required;
        Description = Text(schema, "description") ?? "";
        Choices = schema.TryGetProperty("enum", out var values) ? [.. values.EnumerateArray().Select(v => v.ToString())] : [];
        Default = schema.TryGetProperty("default", out var standard) ? standard.ToString() : null;
        if (schema.TryGetProperty("items", out var items)) _itemType = Text(items, "type");
        IsLong = !schema.TryGetProperty("maxLength", out var longest) ? name is "body" or "notes" or "description" : longest.GetInt32() > 4000;
        Kind = Text(schema, "type") switch
        {
            "string" when Choices.Count > 0 => ToolFieldKind.Choice,
            "string" => ToolFieldKind.Text,
            "boolean" => ToolFieldKind.Flag,
            "integer" or "number" => ToolFieldKind.Number,
            "array" when _itemType is "string" or "integer" or "number" => ToolFieldKind.Lines,
            _ => ToolFieldKind.Json,
        };
    }

    public string Name { get; }
    public bool Required { get; }
    public string Description { get; }
    public ToolFieldKind Kind { get; private set; }
    public IReadOnlyList<string> Choices { get; }
    /// <summary>What the tool takes when nothing is given.</summary>
    public string? Default { get; }
    public bool IsLong { get; private set; }
    public string Value { get; set; } = "";

    public static IReadOnlyList<ToolFormField> Of(JsonElement schema)
    {
        if (!schema.TryGetProperty("properties", out var properties)) return [];
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet(StringComparer.Ordinal) : [];
        var isWrite = properties.TryGetProperty(TokenArgument, out _);
        var fields = properties.EnumerateObject().Where(p => !isWrite || p.Name is not (TokenArgument or KeyArgument)).Select(p => new ToolFormField(p.Name, p.Value, required.Contains(p.Name)));
        return [.. fields.OrderByDescending(f => f.Required)];
    }

    /// <summary>Shows an argument as it was given. What the field's own form would change (a list entry with a line end in it) is shown as JSON instead.</summary>
    public void Fill(JsonElement value)
    {
        Value = Kind switch
        {
            ToolFieldKind.Lines when value.ValueKind == JsonValueKind.Array => string.Join('\n', value.EnumerateArray().Select(v => v.ToString())),
            ToolFieldKind.Json => value.GetRawText(),
            ToolFieldKind.Flag => value.ValueKind == JsonValueKind.True ? "true" : "false",
            _ => value.ToString(),
        };
        IsLong |= Value.Length > 120 || Value.Contains('\n', StringComparison.Ordinal);
        if (Kind != ToolFieldKind.Lines || (ToNode() is { } node && JsonElement.DeepEquals(JsonSerializer.SerializeToElement(node), value))) return;
        (Kind, Value) = (ToolFieldKind.Json, value.GetRawText());
    }

    /// <summary>The arguments as a call carries them. What does not parse is sent as it was typed: the call's own check says what is wrong with it, in one wording for people and agents.</summary>
    public static JsonElement Arguments(IEnumerable<ToolFormField> fields)
    {
        var arguments = new JsonObject();
        foreach (var field in fields)
        {
            if (field.ToNode() is { } node) arguments[field.Name] = node;
        }
        return JsonSerializer.SerializeToElement(arguments);
    }

    private JsonNode? ToNode()
    {
        if (Value.Length == 0) return null;
        return Kind switch
        {
            ToolFieldKind.Flag => Value == "true",
            ToolFieldKind.Number => Number(Value),
            ToolFieldKind.Lines => Lines(),
            ToolFieldKind.Json => Parsed(),
            _ => Value.ReplaceLineEndings("\n"),
        };
    }

    private JsonArray? Lines()
    {
        var lines = Value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? null : new JsonArray([.. lines.Select(l => _itemType == "string" ? JsonValue.Create(l) : Number(l))]);
    }

    private JsonNode? Parsed()
    {
        try
        {
            return JsonNode.Parse(Value);
        }
        catch (JsonException)
        {
            return Value;
        }
    }

    private static JsonNode Number(string text) =>
        long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
        : text;

    private static string? Text(JsonElement schema, string name) =>
        schema.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
