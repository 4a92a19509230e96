using System.Globalization;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>Numbers in text, in figures and in words, so that they can be compared: <c>1,204</c>, <c>01204</c> and <c>1204</c> are one.</summary>
internal static partial class ModelNumbers
{
    private static readonly Dictionary<string, string> InWords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["two"] = "2", ["three"] = "3", ["four"] = "4", ["five"] = "5", ["six"] = "6", ["seven"] = "7", ["eight"] = "8", ["nine"] = "9", ["ten"] = "10", ["eleven"] = "11", ["twelve"] = "12", ["twice"] = "2",
        ["dozen"] = "12", ["dozens"] = "dozens", ["twenty"] = "20", ["thirty"] = "30", ["forty"] = "40", ["fifty"] = "50", ["hundred"] = "100", ["hundreds"] = "hundreds", ["thousand"] = "1000", ["thousands"] = "thousands",
        ["million"] = "1000000", ["millions"] = "millions",
    };

    public static IEnumerable<string> In(string text)
    {
        foreach (Match match in Form().Matches(text))
        {
            if (InWords.TryGetValue(match.Value, out var figure)) yield return figure;
            else if (char.IsAsciiDigit(match.Value[0])) yield return Bare(match.Value);
        }
    }

    /// <summary>How a count is compared.</summary>
    public static string Of(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Bare(string figures)
    {
        var digits = figures.Replace(",", "", StringComparison.Ordinal).TrimStart('0');
        return digits.Length == 0 ? "0" : digits;
    }

    /// <summary>Thousands in groups, digits, or a word.</summary>
    [GeneratedRegex(@"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+|[A-Za-z]+", RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
