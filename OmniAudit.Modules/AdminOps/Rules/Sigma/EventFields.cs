using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>An event as rules see it: its own words, and the record's fields by path. Read when asked for, each once. For one thread.</summary>
internal sealed class EventFields(AuditEvent e, ReadOnlyMemory<byte> raw)
{
    /// <summary>More values of one field than this are not looked at: a record of a megabyte may repeat one without end.</summary>
    private const int MostValues = 1000;
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly IReadOnlyList<string?> None = [];

    private readonly Dictionary<string, IReadOnlyList<string?>> _byPath = new(StringComparer.OrdinalIgnoreCase);
    private JsonElement? _root;
    private string? _text, _targets;

    public AuditEvent Event => e;

    /// <summary>The record; undefined when it is not there or no JSON.</summary>
    public JsonElement Root => _root ??= Parse(raw);

    /// <summary>Every name and value of the record and of the event, one a line, and the record as it stands.</summary>
    public string Text => _text ??= AllText();

    /// <summary>Targets and changes as Graph writes targetResources, whichever source told of them.</summary>
    public string TargetsJson => _targets ??= JsonSerializer.Serialize(e.Targets.Select((t, i) => new
    {
        id = t.Id,
        displayName = t.Display,
        type = t.Type,
        userPrincipalName = t.Upn,
        modifiedProperties = i == 0 ? e.Changes.Select(c => new { displayName = c.Property, oldValue = c.Old, newValue = c.New }) : [],
    }), Compact);

    /// <summary>
    /// Values at a path, without regard to case. A list stands for each of its elements; in a list of names with values a name is a step of the path. An object or list is its compact JSON.
    /// Empty when there is no such field; null is a null in the record.
    /// </summary>
    public IReadOnlyList<string?> At(string path)
    {
        if (_byPath.TryGetValue(path, out var known)) return known;
        var found = None;
        if (Root.ValueKind == JsonValueKind.Object)
        {
            var values = new List<string?>();
            Walk(Root, path, values);
            found = values;
        }
        return _byPath[path] = found;
    }

    private static void Walk(JsonElement at, ReadOnlySpan<char> path, List<string?> into)
    {
        if (into.Count >= MostValues) return;
        if (at.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in at.EnumerateArray())
            {
                if (item.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) continue;
                Walk(item, path, into);
                if (item.ValueKind == JsonValueKind.Object && NamedValue(item, path)) AddNamed(item, into);
            }
            return;
        }
        if (at.ValueKind != JsonValueKind.Object) return;
        foreach (var property in at.EnumerateObject())
        {
            if (path.Equals(property.Name, StringComparison.OrdinalIgnoreCase)) Leaf(property.Value, into);
            else if (path.Length > property.Name.Length && path[property.Name.Length] == '.' && path.StartsWith(property.Name, StringComparison.OrdinalIgnoreCase)) Walk(property.Value, path[(property.Name.Length + 1)..], into);
        }
    }

    /// <summary>Is it <c>{Name: …, Value: …}</c>, as the Management API writes parameters and Graph additional details, of this name?</summary>
    private static bool NamedValue(JsonElement item, ReadOnlySpan<char> name)
    {
        foreach (var property in item.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.String && property.Name.ToLowerInvariant() is "name" or "key" && name.Equals(property.Value.GetString(), StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }

    private static void AddNamed(JsonElement item, List<string?> into)
    {
        foreach (var property in item.EnumerateObject())
        {
            if (property.Name.ToLowerInvariant() is "value" or "newvalue") Leaf(property.Value, into);
        }
    }

    private static void Leaf(JsonElement value, List<string?> into)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null: into.Add(null); break;
            case JsonValueKind.String:
                var text = value.GetString()!;
                into.Add(text);
                // Graph gives changed values as JSON in a string: "\"Global Administrator\"".
                if (text.Length > 1 && text[0] == '"' && text[^1] == '"') into.Add(text[1..^1]);
                break;
            case JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number: into.Add(value.GetRawText()); break;
            case JsonValueKind.Array or JsonValueKind.Object:
                into.Add(JsonSerializer.Serialize(value, Compact));
                if (value.ValueKind == JsonValueKind.Array)
                {
                    foreach (var item in value.EnumerateArray())
                    {
                        if (into.Count >= MostValues) return;
                        if (item.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object)) Leaf(item, into);
                    }
                }
                break;
        }
    }

    private string AllText()
    {
        var text = new StringBuilder(raw.Length + 512);
        foreach (var part in new[] { e.Operation, e.Service, e.Category, e.Actor.Display, e.Actor.Upn, e.Actor.Id, e.Actor.Ip, e.Actor.UserAgent, e.ResultRaw, e.ResultCode, e.ClientApp, e.Summary }) Line(text, part);
        foreach (var target in e.Targets) foreach (var part in new[] { target.Display, target.Upn, target.Id }) Line(text, part);
        foreach (var change in e.Changes) foreach (var part in new[] { change.Property, change.Old, change.New }) Line(text, part);
        if (Root.ValueKind == JsonValueKind.Object)
        {
            Line(text, JsonSerializer.Serialize(Root, Compact));
            Texts(Root, text);
        }
        return text.ToString();

        static void Texts(JsonElement at, StringBuilder into)
        {
            switch (at.ValueKind)
            {
                case JsonValueKind.Object: foreach (var property in at.EnumerateObject()) Texts(property.Value, into); break;
                case JsonValueKind.Array: foreach (var item in at.EnumerateArray()) Texts(item, into); break;
                case JsonValueKind.String: Line(into, at.GetString()); break;
            }
        }

        static void Line(StringBuilder into, string? part)
        {
            if (!string.IsNullOrEmpty(part)) into.Append(part).Append('\n');
        }
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> raw)
    {
        if (raw.IsEmpty) return default;
        try
        {
            var reader = new Utf8JsonReader(raw.Span, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>A number as rules write it.</summary>
    public static string N(long number) => number.ToString(CultureInfo.InvariantCulture);
}
