using System.Text.RegularExpressions;
using OmniAudit.Modules.SiteLint.Fence;

namespace OmniAudit.Modules.SiteLint.Links;

/// <summary>How an origin answers for an address that cannot exist. A site that says 200 to that may say 200 to dead links too ("soft 404").</summary>
internal sealed partial class SoftNotFound
{
    public const int BodyBytes = 64 * 1024;

    /// <summary>Made up once and always the same: the same scan asks the same things.</summary>
    private const string NoSuchPath = "/omniaudit-there-is-no-such-page-6f1c9b";

    /// <summary>From here on two pages count as the same: the share of three-word runs that both have.</summary>
    private const double Alike = 0.9;

    private readonly string _finalUrl;
    private readonly bool _moved;
    private readonly bool _shell;
    private readonly HashSet<string> _words;

    private SoftNotFound(bool suspicious, string finalUrl, bool moved, bool shell, HashSet<string> words) =>
        (Suspicious, _finalUrl, _moved, _shell, _words) = (suspicious, finalUrl, moved, shell, words);

    /// <summary>A good status proves nothing here.</summary>
    public bool Suspicious { get; }

    public static async Task<SoftNotFound> ProbeAsync(FencedHttp http, string origin, CancellationToken cancellationToken)
    {
        var answer = await http.SendAsync(HttpMethod.Get, origin + NoSuchPath, BodyBytes, cancellationToken);
        if (answer.Status is not (>= 200 and < 300)) return new SoftNotFound(false, "", false, false, []);
        var moved = answer.FinalUrl != origin + NoSuchPath;
        var words = Words(answer.Text);
        // One page for every address: an application that draws itself in the browser. Its answers tell nothing about its links.
        var home = moved ? null : await http.SendAsync(HttpMethod.Get, origin + "/", BodyBytes, cancellationToken);
        return new SoftNotFound(true, answer.FinalUrl, moved, home is { Status: >= 200 and < 300 } && Likeness(words, Words(home.Text)) >= Alike, words);
    }

    /// <param name="answer">With a good status and its body.</param>
    public LinkVerdict Judge(string url, FencedAnswer answer)
    {
        if (_moved)
        {
            if (answer.FinalUrl != _finalUrl || url == _finalUrl) return LinkVerdict.Of(answer.Status);
            return SignIn().IsMatch(_finalUrl)
                ? new LinkVerdict(LinkState.Unverified, answer.Status, "leads to the sign-in page")
                : new LinkVerdict(LinkState.Broken, answer.Status, "soft 404: leads where an address that does not exist leads");
        }
        if (_shell) return LinkVerdict.Of(answer.Status);
        return Likeness(_words, Words(answer.Text)) >= Alike ? new LinkVerdict(LinkState.Broken, answer.Status, "soft 404: looks like an address that does not exist") : LinkVerdict.Of(answer.Status);
    }

    /// <summary>Runs of three words of what a reader would see, numbers left out.</summary>
    private static HashSet<string> Words(string html)
    {
        var text = Markup().Replace(Unseen().Replace(html, " "), " ");
        var words = Word().Matches(text).Select(m => m.Value.ToLowerInvariant()).Where(w => !NoSuchPath.Contains(w, StringComparison.Ordinal)).Take(4000).ToList();
        return words.Count < 3 ? [string.Join(' ', words)] : Enumerable.Range(0, words.Count - 2).Select(i => $"{words[i]} {words[i + 1]} {words[i + 2]}").ToHashSet(StringComparer.Ordinal);
    }

    private static double Likeness(HashSet<string> a, HashSet<string> b) => a.Count + b.Count == 0 ? 1 : (double)a.Intersect(b, StringComparer.Ordinal).Count() / a.Union(b, StringComparer.Ordinal).Count();

    [GeneratedRegex(@"<(script|style|template|noscript)\b[^>]*>[^<]*(<[^/][^<]*)*", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Unseen();

    [GeneratedRegex("<[^>]*>", RegexOptions.NonBacktracking)]
    private static partial Regex Markup();

    [GeneratedRegex(@"\p{L}+", RegexOptions.NonBacktracking)]
    private static partial Regex Word();

    [GeneratedRegex("log-?in|sign-?in|/auth|/sso|/oauth", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex SignIn();
}
