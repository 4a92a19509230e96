using System.Globalization;
using System.Text.Json;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>Reads from JSON of tools whatever types its values have: a missing or odd value is empty, never an exception.</summary>
internal static class JsonValues
{
    /// <summary>The first of <paramref name="names"/> that holds a string, number or Boolean, as text; empty otherwise.</summary>
    public static string Str(this JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (element.Prop(name) is { ValueKind: JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } value && value.Text() is { Length: > 0 } text) return text;
        return "";
    }

    /// <summary>A scalar's text; of anything else its JSON.</summary>
    public static string Text(this JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return "";
        if (value.ValueKind != JsonValueKind.String) return value.GetRawText();
        try
        {
            return value.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // Not UTF-8, or half of a surrogate pair.
            return value.GetRawText().Trim('"');
        }
    }

    public static JsonElement? Prop(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The value at nested properties.</summary>
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> names)
    {
        JsonElement? value = element;
        foreach (var name in names) value = value?.Prop(name);
        return value;
    }

    /// <summary>The elements of a list; none when it is no list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement? list) => list is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : Enumerable.Empty<JsonElement>();

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => element.Prop(name).Items();

    /// <summary>Names and values of an object; none when it is no object.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> Members(this JsonElement? element)
    {
        if (element is not { ValueKind: JsonValueKind.Object } whole) yield break;
        foreach (var property in whole.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException)
            {
                continue;
            }
            yield return (name, property.Value);
        }
    }

    public static int Int(this JsonElement element, params ReadOnlySpan<string> names)
    {
        var number = element.Num(names);
        return number is >= int.MinValue and <= int.MaxValue ? (int)number : 0;
    }

    /// <summary>A number, or a string that is one; 0 otherwise.</summary>
    public static double Num(this JsonElement element, params ReadOnlySpan<string> names) =>
        double.TryParse(element.Str(names), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : 0;

    public static bool Is(this JsonElement element, string name) => element.Prop(name) is { ValueKind: JsonValueKind.True };

    /// <summary>Lines and columns from 1.</summary>
    public static SourceSpan Span(this JsonElement element, string line, string column, string endLine, string endColumn) =>
        new(element.Int(line), element.Int(column), element.Int(endLine), element.Int(endColumn));
}

/// <summary>A range as it was read; <see cref="Range"/> is null without a line.</summary>
internal readonly record struct SourceSpan(int Line, int Column, int EndLine, int EndColumn)
{
    public Findings.SourceRange? Range => Line > 0 ? new Findings.SourceRange(Line, Math.Max(0, Column), Math.Max(0, EndLine), Math.Max(0, EndColumn)) : null;
}
