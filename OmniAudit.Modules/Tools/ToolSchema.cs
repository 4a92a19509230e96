using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace OmniAudit.Modules.Tools;

/// <summary>
/// JSON schemas made from a record and its attributes. Only what every known client accepts is written: no unions with
/// null, no bare <c>true</c>, no references, objects closed, arrays with items.
/// </summary>
internal static class ToolSchema
{
    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, node) => Describe(context, node),
    };

    /// <summary>The closed object schema of <paramref name="type"/>.</summary>
    public static JsonObject For(Type type)
    {
        var schema = (JsonObject)Plain(ToolJson.Options.GetJsonSchemaAsNode(type, Exporter))!;
        // A tool without arguments still says so: some clients reject an object schema that has no properties member.
        schema["properties"] ??= new JsonObject();
        return schema;
    }

    /// <summary>Adds what the attributes on the property say.</summary>
    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema || context.PropertyInfo is null) return node;
        foreach (var attribute in context.PropertyInfo.AttributeProvider?.GetCustomAttributes(inherit: true) ?? [])
        {
            switch (attribute)
            {
                case DescriptionAttribute description: schema["description"] = description.Description; break;
                case RegularExpressionAttribute pattern: Text(schema)["pattern"] = "^(?:" + pattern.Pattern.TrimStart('^').TrimEnd('$') + ")$"; break;
                case StringLengthAttribute length:
                    if (length.MinimumLength > 0) schema["minLength"] = length.MinimumLength;
                    schema["maxLength"] = length.MaximumLength;
                    break;
                case MinLengthAttribute min: schema[IsArray(schema) ? "minItems" : "minLength"] = min.Length; break;
                case MaxLengthAttribute max: schema[IsArray(schema) ? "maxItems" : "maxLength"] = max.Length; break;
                case RangeAttribute range:
                    schema["minimum"] = JsonValue.Create(Convert.ToDecimal(range.Minimum));
                    schema["maximum"] = JsonValue.Create(Convert.ToDecimal(range.Maximum));
                    break;
                case AllowedValuesAttribute allowed: Text(schema)["enum"] = new JsonArray([.. allowed.Values.Where(v => v is not null).Select(v => JsonValue.Create(v!.ToString()))]); break;
                case MediaTypeAttribute media: schema["contentMediaType"] = media.MediaType; break;
                case DefaultValueAttribute { Value: not null } value: schema["default"] = JsonSerializer.SerializeToNode(value.Value, ToolJson.Options); break;
            }
        }
        return schema;
    }

    /// <summary>A list's text rules (pattern, allowed values) are its items' rules.</summary>
    private static JsonObject Text(JsonObject schema) => IsArray(schema) && schema["items"] is JsonObject items ? items : schema;

    private static bool IsArray(JsonObject schema) => schema["type"] switch
    {
        JsonValue value => value.GetValue<string>() == "array",
        JsonArray types => types.Any(t => t!.GetValue<string>() == "array"),
        _ => false,
    };

    private static JsonNode? Plain(JsonNode? node)
    {
        if (node is JsonValue value && value.TryGetValue<bool>(out _)) return new JsonObject();
        if (node is not JsonObject schema) return node;
        if (schema["type"] is JsonArray types)
        {
            var named = types.Select(t => t!.GetValue<string>()).Where(t => t != "null").ToList();
            // Numbers may come as ["string","integer"] when reading from strings is allowed; the first real type is ours.
            schema["type"] = named.Count == 1 ? named[0] : named.First(t => t != "string");
        }
        if (schema["enum"] is JsonArray values)
        {
            for (var i = values.Count - 1; i >= 0; i--) if (values[i] is null) values.RemoveAt(i);
            schema["type"] ??= "string";
        }
        if (schema["default"] is null) schema.Remove("default");
        if (schema["items"] is { } items) schema["items"] = Plain(items.DeepClone());
        if (schema["additionalProperties"] is JsonObject map) schema["additionalProperties"] = Plain(map.DeepClone());
        if (schema["properties"] is JsonObject properties)
        {
            foreach (var name in properties.Select(p => p.Key).ToList()) properties[name] = Plain(properties[name]!.DeepClone());
            if (!schema.ContainsKey("additionalProperties")) schema["additionalProperties"] = false;
        }
        return schema;
    }

    /// <summary>True when a property is always present in a result: it is not nullable.</summary>
    public static bool IsAlwaysPresent(PropertyInfo property) =>
        property.PropertyType.IsValueType
            ? Nullable.GetUnderlyingType(property.PropertyType) is null
            : new NullabilityInfoContext().Create(property).ReadState == NullabilityState.NotNull;

    /// <summary>The schema of a result: what is never null is required.</summary>
    public static JsonObject ForResult(Type type)
    {
        var schema = For(type);
        Require(schema, type);
        return schema;
    }

    private static void Require(JsonObject schema, Type type)
    {
        if (schema["properties"] is not JsonObject properties) return;
        var required = new JsonArray();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            if (properties[name] is not JsonObject child) continue;
            if (IsAlwaysPresent(property)) required.Add(name);
            var childType = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (child["items"] is JsonObject items && ElementType(childType) is { } element) Require(items, element);
            else if (child["properties"] is not null) Require(child, childType);
        }
        if (required.Count > 0) schema["required"] = required; else schema.Remove("required");
    }

    private static Type? ElementType(Type type) =>
        type.IsArray ? type.GetElementType() : type.IsGenericType ? type.GetGenericArguments()[0] : null;
}

/// <summary>What kind of text an argument is, for whoever shows it (JSON Schema <c>contentMediaType</c>), for example <c>text/markdown</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MediaTypeAttribute(string mediaType) : Attribute
{
    public string MediaType { get; } = mediaType;
}
