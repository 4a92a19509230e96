using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Finds host names that look like others: punycode, letters outside a–z, letters of several scripts in one name.</summary>
internal static partial class HostWarnings
{
    /// <summary>One sentence per suspicious host, each host once.</summary>
    public static IReadOnlyList<string> Find(string text)
    {
        var warnings = new List<string>();
        foreach (var host in Hosts().Matches(text).Select(m => m.Groups["host"].Value.TrimEnd('.')).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (Judge(host) is { } warning) warnings.Add(warning);
        }
        return warnings;
    }

    private static string? Judge(string host)
    {
        if (host.Split('.').Any(label => label.StartsWith("xn--", StringComparison.OrdinalIgnoreCase)))
            return $"{host} is a punycode name{(Readable(host) is { } readable ? $"; a browser may show it as {readable}" : "")}.";
        if (Ascii.IsValid(host)) return null;
        var scripts = host.EnumerateRunes().Where(Rune.IsLetter).Select(ScriptOf).Distinct(StringComparer.Ordinal).ToList();
        return scripts.Count > 1
            ? $"{host} mixes letters of {string.Join(" and ", scripts)}: it may look like another name."
            : $"{host} has letters outside a–z: it may look like another name.";
    }

    private static string? Readable(string host)
    {
        try
        {
            return new IdnMapping().GetUnicode(host) is { } readable && readable != host ? readable : null;
        }
        catch (ArgumentException)
        {
            // Not valid punycode; the warning stands without the reading.
            return null;
        }
    }

    private static string ScriptOf(Rune letter) => letter.Value switch
    {
        < 0x250 => "Latin",
        >= 0x370 and < 0x400 => "Greek",
        >= 0x400 and < 0x530 => "Cyrillic",
        >= 0x530 and < 0x590 => "Armenian",
        >= 0x590 and < 0x600 => "Hebrew",
        >= 0x600 and < 0x780 => "Arabic",
        >= 0x13A0 and < 0x1400 => "Cherokee",
        >= 0xFF00 and < 0xFFF0 => "full width",
        >= 0x1D400 and < 0x1D800 => "mathematical signs",
        _ => "another script",
    };

    // A host after a scheme, or a dotted name of two or more labels.
    [GeneratedRegex(@"(?:[a-z][a-z0-9+.-]*://(?:[^\s/?#@""]*@)?(?<host>[^\s/?#:""'<>\\]+))|(?<host>[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.[\p{L}-]{2,})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Hosts();
}
