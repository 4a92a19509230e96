namespace OmniAudit.Modules.SiteLint.Crawl;

/// <summary>
/// Patterns over paths: <c>*</c> is anything within a segment, <c>**</c> anything at all, <c>/**</c> at the end also the path before it.
/// A pattern that holds a <c>?</c> is compared with path and query, any other with the path alone.
/// </summary>
internal static class PathGlob
{
    public const int MaxLength = 200;

    /// <summary>What is wrong with a pattern, in words; null when nothing is.</summary>
    public static string? Problem(string pattern) =>
        pattern.Length is 0 or > MaxLength ? $"must have 1 to {MaxLength} characters"
        : pattern[0] is not ('/' or '*') ? "must begin with / or *, for example /docs/**"
        : pattern.Any(c => c <= ' ') ? "must not hold blanks"
        : null;

    public static bool MatchesAny(IReadOnlyList<string> patterns, string pathAndQuery) => patterns.Any(p => Matches(p, pathAndQuery));

    /// <param name="pathAndQuery">From the first slash on.</param>
    public static bool Matches(string pattern, string pathAndQuery)
    {
        var text = pattern.Contains('?', StringComparison.Ordinal) ? pathAndQuery : pathAndQuery.Split('?')[0];
        if (pattern.EndsWith("/**", StringComparison.Ordinal) && Matches(pattern.AsSpan(0, pattern.Length - 3), text)) return true;
        return Matches(pattern, text.AsSpan());
    }

    /// <summary>Every pair of positions is looked at once at most: no pattern can make it slow.</summary>
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        var reachable = new bool[text.Length + 1];
        reachable[0] = true;
        for (var p = 0; p < pattern.Length; p++)
        {
            var deep = pattern[p] == '*' && p + 1 < pattern.Length && pattern[p + 1] == '*';
            if (pattern[p] == '*')
            {
                for (var t = 0; t < text.Length; t++) reachable[t + 1] |= reachable[t] && (deep || text[t] is not ('/' or '?'));
                if (deep) p++;
                continue;
            }
            for (var t = text.Length; t > 0; t--) reachable[t] = reachable[t - 1] && text[t - 1] == pattern[p];
            reachable[0] = false;
        }
        return reachable[text.Length];
    }
}
