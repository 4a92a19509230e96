using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>
/// Recognises an element in another scan, or on another page. <see cref="What"/> is its own opening tag without what changes by itself (numbers, hashes,
/// tokens, inline styles) and without its text; <see cref="Where"/> is its selector as it was seen. An element that moved keeps the first, one whose
/// content was edited keeps the second.
/// </summary>
/// <param name="What">16 hex digits; empty when the evidence is no element.</param>
/// <param name="Where">8 hex digits.</param>
/// <param name="Telling">The tag says enough (an id, a class, a target) to know the element again on other pages.</param>
internal sealed partial record ElementMark(string What, string Where, bool Telling)
{
    // What tells two elements of one kind apart. Everything else on a tag (state, style, data of scripts) changes by itself.
    private static readonly HashSet<string> Kept =
        new(StringComparer.Ordinal) { "id", "class", "name", "type", "role", "href", "src", "alt", "title", "for", "rel", "lang", "aria-label", "aria-labelledby", "action", "placeholder", "http-equiv", "content", "property" };

    public static ElementMark Of(string selector, string evidence)
    {
        var where = Hash(selector, 8);
        if (Tag().Match(evidence) is not { Success: true } tag) return new ElementMark("", where, false);
        var name = tag.Groups["name"].Value.ToLowerInvariant();
        var parts = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Match attribute in Attribute().Matches(tag.Groups["rest"].Value))
        {
            var key = attribute.Groups["name"].Value.ToLowerInvariant();
            if (!Kept.Contains(key)) continue;
            var value = attribute.Groups["quoted"] is { Success: true } quoted ? quoted.Value : attribute.Groups["bare"].Value;
            if (key is "href" or "src" or "action") value = Address(value);
            else if (key is "class") value = string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Steady).Where(c => c.Length > 0).Distinct().Order(StringComparer.Ordinal));
            parts.Add($"{key}={Steady(value)}");
        }
        return new ElementMark(Hash($"{name} {string.Join('\u0001', parts)}", 16), where, parts.Any(p => !p.StartsWith("type=", StringComparison.Ordinal) && !p.EndsWith('=')));
    }

    /// <summary>As it is stored: <c>what.where</c>.</summary>
    public override string ToString() => $"{What}.{Where}";

    /// <summary>The reverse of <see cref="ToString"/>; never throws.</summary>
    public static (string What, string Where) Split(string text) => text.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? (text[..dot], text[(dot + 1)..]) : (text, "");

    private static string Address(string value)
    {
        var end = value.AsSpan().IndexOfAny('?', '#');
        // A link to nothing but a fragment or a query is told apart by it.
        return end <= 0 ? value : value[..end];
    }

    /// <summary>Without numbers and without what builds and servers make up: hashes, ids, nonces.</summary>
    private static string Steady(string text) => Digits().Replace(Random().Replace(text, "*"), "#");

    private static string Hash(string text, int digits) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..digits];

    [GeneratedRegex(@"^\s*<(?<name>[a-zA-Z][\w:-]*)(?<rest>[^>]*)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Tag();

    [GeneratedRegex(@"(?<name>[^\s""'<>/=]+)(\s*=\s*(""(?<quoted>[^""]*)""?|'(?<quoted>[^']*)'?|(?<bare>[^\s""'=<>`]+)))?", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Attribute();

    [GeneratedRegex(@"\b[0-9a-fA-F]*[0-9][0-9a-fA-F]{5,}\b|\b[0-9a-fA-F]{4,}[0-9][0-9a-fA-F]*\b", RegexOptions.NonBacktracking)]
    private static partial Regex Random();

    [GeneratedRegex(@"\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Digits();
}
