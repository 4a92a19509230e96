using System.Text.Json;
using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A JSON value for reading: names and values, whole, with nothing hidden.</summary>
public sealed partial class JsonValueView
{
    [Parameter, EditorRequired] public JsonElement Value { get; set; }

    /// <summary>The value's JSON Schema, where there is one: it says which texts are Markdown.</summary>
    [Parameter] public JsonElement? Schema { get; set; }

    private JsonElement? ItemSchema => Member(Schema, "items");

    private JsonElement? SchemaOf(string name) => Member(Member(Schema, "properties"), name);

    private static bool IsMarkdown(JsonElement? schema) => Member(schema, "contentMediaType") is { ValueKind: JsonValueKind.String } type && type.GetString() == "text/markdown";

    private static JsonElement? Member(JsonElement? schema, string name) =>
        schema is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var member) ? member : null;
}
