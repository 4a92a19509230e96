using System.Text.RegularExpressions;

namespace OmniAudit.Modules.SiteLint.Crawl;

/// <summary>What an address says about itself before anyone visits it: whether it is a page, whether following it could change something, whether it looks endless.</summary>
internal static partial class PageAddress
{
    private const int MostSegments = 12;
    private const int MostRepeats = 3;
    private const int MostParameters = 8;
    private const int LongestQuery = 400;
    private const int LongestPath = 1_000;

    private static readonly string[] FileEndings =
    [
        ".pdf", ".zip", ".gz", ".tgz", ".bz2", ".7z", ".rar", ".tar", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".ico", ".mp3", ".ogg", ".wav", ".mp4", ".webm", ".mov",
        ".avi", ".mkv", ".css", ".js", ".mjs", ".map", ".json", ".xml", ".rss", ".atom", ".txt", ".csv", ".ics", ".exe", ".msi", ".dmg", ".pkg", ".deb", ".rpm", ".iso", ".apk", ".jar", ".doc", ".docx", ".xls", ".xlsx",
        ".ppt", ".pptx", ".odt", ".ods", ".epub", ".woff", ".woff2", ".ttf", ".eot", ".wasm",
    ];

    private static readonly HashSet<string> UnsafeWords = new(
        ["logout", "logoff", "signout", "signoff", "delete", "destroy", "remove", "unsubscribe", "deactivate", "revoke", "purge", "uninstall", "addtocart"], StringComparer.OrdinalIgnoreCase);

    private static readonly string[] UnsafePairs = ["log out", "log off", "sign out", "sign off", "end session", "add to cart"];

    /// <summary>By the ending of its path it is a file to download, not a page.</summary>
    public static bool IsFile(string pathAndQuery)
    {
        var path = pathAndQuery.Split('?', ';')[0];
        return FileEndings.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Following it could sign the visitor out, delete something or buy something: a path segment of at most three words, or a query
    /// value or name, holds such a word. Longer segments are titles (<c>how-to-delete-old-files</c>).
    /// </summary>
    public static bool IsUnsafe(string pathAndQuery)
    {
        var mark = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var parts = (mark < 0 ? pathAndQuery : pathAndQuery[..mark]).Split('/').Concat(mark < 0 ? [] : pathAndQuery[(mark + 1)..].Split('&', '='));
        return parts.Any(part =>
        {
            var words = Words().Matches(Decoded(part)).Select(m => m.Value.ToLowerInvariant()).ToList();
            return words.Count <= 3 && (words.Exists(UnsafeWords.Contains) || UnsafePairs.Contains(string.Join(' ', words)) || UnsafePairs.Any(p => $" {string.Join(' ', words)} ".Contains($" {p} ", StringComparison.Ordinal)));
        });
    }

    /// <summary>Looks made by a program that never ends: too deep, too long, the same segments or parameters over and over.</summary>
    public static bool IsTrap(string pathAndQuery)
    {
        var mark = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? pathAndQuery : pathAndQuery[..mark];
        if (path.Length > LongestPath) return true;
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length > MostSegments || segments.GroupBy(s => s).Any(g => g.Count() >= MostRepeats)) return true;
        if (mark < 0) return false;
        var query = pathAndQuery[(mark + 1)..];
        var names = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')[0]).ToList();
        return query.Length > LongestQuery || names.Count > MostParameters || names.GroupBy(n => n).Any(g => g.Count() > MostRepeats);
    }

    /// <summary>Equal for addresses that differ by a session's id or by where the visitor came from only.</summary>
    public static string WithoutSession(string pathAndQuery)
    {
        var mark = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = PathSession().Replace(mark < 0 ? pathAndQuery : pathAndQuery[..mark], "");
        if (mark < 0) return path;
        var kept = pathAndQuery[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries).Where(p => !SessionName().IsMatch(p.Split('=')[0])).ToList();
        return kept.Count == 0 ? path : path + "?" + string.Join('&', kept);
    }

    private static string Decoded(string text)
    {
        try
        {
            return Uri.UnescapeDataString(text);
        }
        catch (UriFormatException)
        {
            return text;
        }
    }

    // Words of camel case stand apart too: /deleteItem.
    [GeneratedRegex(@"[A-Z]?[a-z]+|[A-Z]+", RegexOptions.NonBacktracking)]
    private static partial Regex Words();

    [GeneratedRegex(@";(jsessionid|phpsessid|sid)=[^/?;]*", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex PathSession();

    [GeneratedRegex(@"^(jsessionid|phpsessid|aspsessionid\w*|sid|sessid|sessionid|session_id|cfid|cftoken|utm_\w+|gclid|fbclid|msclkid|mc_cid|mc_eid|_ga)$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex SessionName();
}
