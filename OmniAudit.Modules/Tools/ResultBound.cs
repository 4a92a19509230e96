using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OmniAudit.Modules.Tools;

/// <summary>
/// The last resort that keeps an answer small enough for an agent's context. Tools page and cut on their own; what is too
/// long nevertheless loses the ends of its longest texts and lists here, and its message says which. Types stay as they
/// were and nothing is added but <c>message</c>, which every answer may have: it still fits its schema.
/// </summary>
public static class ResultBound
{
    /// <summary>Characters of JSON: about 6,000 to 8,000 tokens.</summary>
    public const int MaxLength = 24_000;

    private const int ShortestText = 200;
    private const int MostSteps = 200;
    private const int MessageRoom = 700;

    /// <summary>How results are written.</summary>
    public static JsonSerializerOptions Writing { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The result itself when it is short enough, else a copy that is.</summary>
    /// <param name="most">Characters, at least 2,000.</param>
    public static JsonElement Fit(JsonElement result, int most = MaxLength)
    {
        if (result.ValueKind != JsonValueKind.Object || JsonSerializer.Serialize(result, Writing).Length <= most) return result;
        var whole = JsonObject.Create(result)!;
        var cuts = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var step = 0; step < MostSteps; step++)
        {
            var excess = whole.ToJsonString(Writing).Length + MessageRoom - most;
            if (excess <= 0) return Say(whole, cuts);
            if (Longest(whole, "") is not var (node, path, _)) break;
            if (node is JsonArray list) cuts[path] = CutList(list, excess, cuts.GetValueOrDefault(path));
            else cuts[path] = CutText(node, excess, cuts.GetValueOrDefault(path));
        }
        // Many small things: only the short facts at the top are kept.
        foreach (var name in whole.Where(p => p.Value is not JsonValue value || value.ToString().Length > ShortestText).Select(p => p.Key).ToList())
        {
            whole.Remove(name);
            cuts[name] = "left out";
        }
        return Say(whole, cuts);
    }

    private static string CutList(JsonArray list, int excess, string? before)
    {
        var total = before is null ? list.Count : int.Parse(before.AsSpan(before.LastIndexOf(' ') + 1), System.Globalization.CultureInfo.InvariantCulture);
        for (var freed = 0; list.Count > 0 && freed < excess;)
        {
            freed += (list[^1]?.ToJsonString(Writing).Length ?? 4) + 1;
            list.RemoveAt(list.Count - 1);
        }
        return $"{list.Count} of {total}";
    }

    private static string CutText(JsonNode node, int excess, string? before)
    {
        var text = node.GetValue<string>();
        var total = before is null ? text.Length : int.Parse(before.AsSpan(before.LastIndexOf(' ') + 1), System.Globalization.CultureInfo.InvariantCulture);
        var keep = Math.Max(ShortestText, text.Length - Math.Max(excess, text.Length / 4) - 1);
        if (char.IsHighSurrogate(text[keep - 1])) keep--;
        node.ReplaceWith(text[..keep] + "…");
        return $"{keep} characters of {total}";
    }

    /// <summary>The longest text or list below, whichever costs most; a list of long texts gives way to the texts when one alone makes out half of it. Every node is written once a level.</summary>
    private static (JsonNode Node, string Path, int Cost)? Longest(JsonNode? node, string path)
    {
        switch (node)
        {
            case JsonObject whole:
                (JsonNode Node, string Path, int Cost)? found = null;
                foreach (var (name, child) in whole)
                {
                    if (Longest(child, path.Length == 0 ? name : $"{path}.{name}") is { } one && (found is null || one.Cost > found.Value.Cost)) found = one;
                }
                return found;
            case JsonArray { Count: > 0 } list:
                var cost = Cost(list);
                for (var i = 0; i < list.Count; i++)
                {
                    if (list[i] is { } item && Cost(item) * 2 > cost && Longest(item, $"{path}[{i}]") is { } within) return within;
                }
                return (list, path, cost);
            case JsonValue value when value.TryGetValue<string>(out var text) && text.Length > ShortestText + 1: return (value, path, Cost(value));
            default: return null;
        }
    }

    private static int Cost(JsonNode node) => node.ToJsonString(Writing).Length;

    private static JsonElement Say(JsonObject whole, Dictionary<string, string> cuts)
    {
        var named = string.Join(", ", cuts.Take(5).Select(c => $"{(c.Key.Length <= 60 ? c.Key : c.Key[..59] + "…")} ({c.Value})")) + (cuts.Count > 5 ? $" and {cuts.Count - 5} more" : "");
        var own = whole["message"] is JsonValue value && value.TryGetValue<string>(out var said) ? said + " " : "";
        whole["message"] = $"{own}Cut for size: {named}. Ask for less, or for the next part.";
        return JsonSerializer.SerializeToElement(whole, Writing);
    }
}
