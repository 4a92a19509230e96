using System.Globalization;
using System.Text.Json;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>
/// A place in a record that may hold anything or not be there: every question has an answer. Names are looked up as written, then without regard to case
/// (PowerShell exports begin them with a capital).
/// </summary>
internal readonly struct RecordField(JsonElement element)
{
    public RecordField this[string name]
    {
        get
        {
            if (element.ValueKind != JsonValueKind.Object) return default;
            if (element.TryGetProperty(name, out var exact)) return new RecordField(exact);
            // The same letter in the other case: the only difference that is met, and cheap to rule out.
            var other = char.IsAsciiLetterLower(name[0]) ? char.ToUpperInvariant(name[0]) : char.ToLowerInvariant(name[0]);
            return element.TryGetProperty(string.Concat([other], name.AsSpan(1)), out var capital) ? new RecordField(capital) : default;
        }
    }

    public bool Exists => element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    public bool IsList => element.ValueKind == JsonValueKind.Array;

    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>A text, number or truth value as text, trimmed; null for anything else and for blank text.</summary>
    public string? Text => Plain is { } text && text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    /// <summary>A text as it is, blank or not; a number or truth value as JSON writes it; null for anything else.</summary>
    public string? Plain => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };

    /// <summary>As <see cref="Plain"/>, and lists and objects as their JSON.</summary>
    public string? Any => element.ValueKind is JsonValueKind.Array or JsonValueKind.Object ? element.GetRawText() : Plain;

    /// <summary>A whole number, also one in a text; null for anything else.</summary>
    public int? Number => int.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A list's entries, or the thing itself where one was written without its list; at most so many.</summary>
    public IEnumerable<RecordField> Items(int most) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().Take(most).Select(e => new RecordField(e)),
        JsonValueKind.Object => [this],
        _ => [],
    };

    /// <summary>How many entries a list has; 0 for anything else.</summary>
    public int Count => element.ValueKind == JsonValueKind.Array ? element.GetArrayLength() : 0;

    /// <summary>The first of several fields that has a text.</summary>
    public string? First(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (this[name].Text is { } text) return text;
        return null;
    }
}
