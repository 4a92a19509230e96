using System.Text.RegularExpressions;

namespace OmniAudit.Modules.GitHub.Archives;

/// <summary>Which names of entries are taken. Nothing is ever written under them; but people and agents will read them as paths.</summary>
internal static partial class ZipNames
{
    private const int Longest = 1024;

    /// <summary>Why not, as a word and a sentence; null when the name is one.</summary>
    public static (string Reason, string Message)? Problem(string name)
    {
        if (name.Length is 0 or > Longest) return ("bad_name", $"Its name is empty or has more than {Longest} characters.");
        if (name.Contains('\0', StringComparison.Ordinal)) return ("nul_in_name", "Its name holds a NUL character.");
        if (name.Any(char.IsControl)) return ("control_in_name", "Its name holds control characters.");
        var path = Normalised(name);
        if (path.StartsWith('/')) return ("absolute_name", "Its name is an absolute path.");
        if (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0])) return ("drive_name", "Its name begins with a drive.");
        var parts = path.TrimEnd('/').Split('/');
        if (parts.Any(p => p is "..")) return ("traversal", "Its name leads out of the archive (..).");
        if (parts.Any(p => p is "" or ".")) return ("bad_name", "Its name holds an empty part or a dot.");
        return parts.FirstOrDefault(p => Reserved().IsMatch(p)) is not null ? ("reserved_name", "Its name is a device's on Windows.") : null;
    }

    /// <summary>With slashes: some packers write backslashes.</summary>
    public static string Normalised(string name) => name.Replace('\\', '/');

    /// <summary>For the manifest.</summary>
    public static string Shown(string name) => new([.. (name.Length <= 300 ? name : name[..299] + "…").Select(c => char.IsControl(c) ? '\uFFFD' : c)]);

    [GeneratedRegex(@"^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³]) *(?:\..*)?$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();
}
