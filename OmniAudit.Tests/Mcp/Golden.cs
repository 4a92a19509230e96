using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>Messages as they were once and are to stay, below Golden/; ids, times, addresses and sealed texts are replaced. OMNIAUDIT_WRITE_DOCS=1 writes them anew.</summary>
internal static partial class Golden
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void AssertSame(string name, JsonNode messages)
    {
        var text = Normal(messages) + "\n";
        var file = SourceTree.At("OmniAudit.Tests", "Mcp", "Golden", name + ".json");
        if (SourceTree.WritesDocs) File.WriteAllText(file, text);
        else Assert.Equal(File.ReadAllText(file), text);
    }

    public static string Normal(JsonNode messages)
    {
        var text = messages.ToJsonString(Readable);
        text = SealedState().Replace(text, "\"requestState\": \"<sealed>\"");
        text = Time().Replace(text, "<time>");
        text = Address().Replace(text, "http://host");
        // How many notes the probe has is the other tests' business.
        text = Count().Replace(text, "${1}1");
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        return Identifier().Replace(text, id => known.TryGetValue(id.Value, out var word) ? word : known[id.Value] = $"{id.Value[..3]}_{known.Keys.Count(k => k.StartsWith(id.Value[..4], StringComparison.Ordinal)) + 1}");
    }

    [GeneratedRegex(@"\b(?:apr|cft|rcp|job|cal)_[0-9a-z]{20,}(?:_[0-9a-f]+)?\b", RegexOptions.NonBacktracking)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"(count\\?"":\s?)\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Count();

    [GeneratedRegex(@"""requestState"": ""[^""]+""", RegexOptions.NonBacktracking)]
    private static partial Regex SealedState();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)", RegexOptions.NonBacktracking)]
    private static partial Regex Time();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Address();
}
