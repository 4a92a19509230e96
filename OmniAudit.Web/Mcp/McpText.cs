using System.Collections.Frozen;
using System.Text;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Mcp;

/// <summary>
/// Text from sites, repositories and other agents reaches models through results. What a person would not see in it
/// (zero-width, direction-changing, tag and control characters: the usual carriers of hidden instructions) is made visible
/// as ⟦U+200B⟧, in every message that leaves and here only. What is stored, digested and executed stays as it is.
/// </summary>
internal static class McpText
{
    /// <summary>Escapes of the console that hide nothing from a model: layout, and what is merely unusual.</summary>
    private static readonly FrozenSet<string> Harmless = new[] { "line end", "carriage return", "tab", "space of another kind", "stacked mark", "unassigned", "half a character", "blank pattern" }.ToFrozenSet(StringComparer.Ordinal);

    public static void MarkInvisible(JsonRpcMessage message)
    {
        switch (message)
        {
            case JsonRpcResponse response: response.Result = Marked(response.Result); break;
            case JsonRpcNotification notification: notification.Params = Marked(notification.Params); break;
            case JsonRpcRequest request: request.Params = Marked(request.Params); break;
            case JsonRpcError { Error: { } error }: error.Message = Marked(error.Message); break;
        }
    }

    /// <summary>The text with every run of characters that hide replaced by a mark that names it.</summary>
    public static string Marked(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        var segments = FaithfulSegments.Of(text);
        StringBuilder? marked = null;
        for (var i = 0; i < segments.Count; i++)
        {
            if (!Hides(segments, i))
            {
                marked?.Append(segments[i].Source);
                continue;
            }
            marked ??= new StringBuilder().AppendJoin("", segments.Take(i).Select(s => s.Source));
            var more = 0;
            while (i + more + 1 < segments.Count && Hides(segments, i + more + 1)) more++;
            marked.Append('⟦').Append(segments[i].Shown).Append(more == 0 ? "" : $" and {more} more that do not show").Append('⟧');
            i += more;
        }
        return marked?.ToString() ?? text;
    }

    private static bool Hides(IReadOnlyList<FaithfulSegment> segments, int i)
    {
        if (segments[i].Meaning is not { } meaning || Harmless.Contains(meaning)) return false;
        // One joiner or emoji selector between letters that are not Latin belongs to the script or the emoji; several in a row carry data.
        var belongs = segments[i].Source is "\u200C" or "\u200D" or "\uFE0E" or "\uFE0F";
        return !(belongs && IsLetterBeyondAscii(segments, i - 1, last: true) && (segments[i].Source is "\uFE0E" or "\uFE0F" || IsLetterBeyondAscii(segments, i + 1, last: false)));
    }

    private static bool IsLetterBeyondAscii(IReadOnlyList<FaithfulSegment> segments, int i, bool last)
    {
        // After an emoji's selector its joiner may follow.
        if (last && i > 0 && segments[i].Source is "\uFE0F") i--;
        return i >= 0 && i < segments.Count && !segments[i].IsEscape && (last ? segments[i].Source[^1] : segments[i].Source[0]) > '\u00FF';
    }

    /// <summary>Changes values in place; names are ours.</summary>
    private static JsonNode? Marked(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToArray())
                {
                    var marked = Marked(value);
                    if (!ReferenceEquals(marked, value)) members[name] = marked;
                }
                break;
            case JsonArray items:
                for (var i = 0; i < items.Count; i++)
                {
                    var marked = Marked(items[i]);
                    if (!ReferenceEquals(marked, items[i])) items[i] = marked;
                }
                break;
            case JsonValue value when value.TryGetValue(out string? text) && Marked(text) is var shown && !ReferenceEquals(shown, text): return JsonValue.Create(shown);
        }
        return node;
    }
}
