namespace OmniAudit.Modules.Resources;

/// <summary>A search's words, and how they are matched.</summary>
internal static class SearchWords
{
    private const int Most = 10;

    /// <summary>The words of a query, each once.</summary>
    /// <returns>Empty when it holds none; at most ten.</returns>
    public static IReadOnlyList<string> Of(string query) =>
        [.. query.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(w => w.Any(char.IsLetterOrDigit)).Distinct(StringComparer.OrdinalIgnoreCase).Take(Most)];

    /// <summary>The pattern that finds the word anywhere, for LIKE with <c>\</c> as its escape character.</summary>
    public static string Pattern(string word) =>
        $"%{word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";

    /// <summary>True when every word is in one of the texts.</summary>
    public static bool AllIn(IReadOnlyList<string> words, params IReadOnlyList<string?> texts) =>
        words.All(w => texts.Any(t => t?.Contains(w, StringComparison.OrdinalIgnoreCase) is true));
}
