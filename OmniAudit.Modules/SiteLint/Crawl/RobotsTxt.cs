namespace OmniAudit.Modules.SiteLint.Crawl;

/// <summary>A robots.txt as RFC 9309 reads it: groups by product token, the longest matching rule wins, allow wins a tie.</summary>
internal sealed class RobotsTxt
{
    /// <summary>RFC 9309 §2.5 asks for at least 500 KiB; what is beyond is not read.</summary>
    public const int MostBytes = 512 * 1024;
    private const int MostRules = 5_000;

    private readonly Dictionary<string, List<Rule>> _groups = new(StringComparer.OrdinalIgnoreCase);

    private RobotsTxt() { }

    /// <summary>The sitemaps it names, as written, in order, at most 50.</summary>
    public IReadOnlyList<string> Sitemaps { get; private init; } = [];

    /// <summary>Lines that are neither rules, groups, sitemaps, comments nor empty, by number from 1: what an author should look at. The first twenty.</summary>
    public IReadOnlyList<int> WrongLines { get; private init; } = [];

    /// <summary>Everything is allowed: there is no robots.txt, or the server answered 4xx (RFC 9309 §2.3.1.3).</summary>
    public static RobotsTxt AllowAll { get; } = new();

    /// <summary>Nothing is allowed: the server failed (5xx or no answer, RFC 9309 §2.3.1.4), so nobody knows.</summary>
    public static RobotsTxt DenyAll { get; } = Parse("User-agent: *\nDisallow: /");

    public static RobotsTxt Parse(string text)
    {
        var sitemaps = new List<string>();
        var wrong = new List<int>();
        var robots = new RobotsTxt { Sitemaps = sitemaps, WrongLines = wrong };
        var agents = new List<string>();
        var (inRules, rules, number) = (false, 0, 0);
        // A line ends with CR, LF or both (RFC 9309 §2.2).
        foreach (var raw in text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            var line = raw.Split('#')[0].Trim();
            if (line.Length == 0) continue;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (field, value) = colon < 0 ? (line, "") : (line[..colon].TrimEnd().ToLowerInvariant(), line[(colon + 1)..].Trim());
            switch (field)
            {
                case "user-agent" when value.Length > 0:
                    // Several lines in a row name one group; the first after a rule begins the next.
                    if (inRules) agents.Clear();
                    inRules = false;
                    agents.Add(TokenOf(value));
                    robots.GroupOf(agents[^1]);
                    break;
                case "allow" or "disallow":
                    inRules = true;
                    // An empty path matches nothing (RFC 9309 §2.2.2); a rule outside a group belongs to nobody.
                    if (value.Length == 0) break;
                    if (agents.Count == 0) Note();
                    else if (rules++ < MostRules) foreach (var agent in agents) robots.GroupOf(agent).Add(new Rule(Escape(value), field == "allow"));
                    break;
                case "sitemap" when value.Length > 0:
                    if (sitemaps.Count < 50) sitemaps.Add(value);
                    break;
                case "crawl-delay" or "host" or "clean-param" or "noindex":
                    // Known to some crawlers, not part of the standard; they change nothing here.
                    break;
                default: Note(); break;
            }
        }
        return robots;

        void Note()
        {
            if (wrong.Count < 20) wrong.Add(number);
        }
    }

    /// <param name="agent">The product token, for example <c>OmniAudit</c>.</param>
    /// <param name="pathAndQuery">From the first slash on, percent-encoded as in a request.</param>
    public bool Allows(string agent, string pathAndQuery)
    {
        if (pathAndQuery == "/robots.txt") return true;
        var rules = _groups.GetValueOrDefault(TokenOf(agent)) ?? _groups.GetValueOrDefault("*");
        if (rules is null) return true;
        var path = Escape(pathAndQuery);
        Rule? best = null;
        foreach (var rule in rules)
        {
            if (!rule.Matches(path)) continue;
            if (best is null || rule.Pattern.Length > best.Pattern.Length || (rule.Pattern.Length == best.Pattern.Length && rule.Allow)) best = rule;
        }
        return best?.Allow ?? true;
    }

    private List<Rule> GroupOf(string agent) => _groups.TryGetValue(agent, out var rules) ? rules : _groups[agent] = [];

    /// <summary>RFC 9309 §2.2.1: letters, underscore and hyphen; what follows (a version) is no part of it.</summary>
    private static string TokenOf(string agent) => agent.StartsWith('*') ? "*" : new string([.. agent.TakeWhile(c => char.IsAsciiLetter(c) || c is '_' or '-')]);

    /// <summary>Both sides in the same spelling (RFC 9309 §2.2.2): bytes beyond ASCII percent-encoded, hex digits in capitals, unreserved characters plain.</summary>
    private static string Escape(string path)
    {
        var text = new System.Text.StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            var c = path[i];
            if (c == '%' && i + 2 < path.Length && char.IsAsciiHexDigit(path[i + 1]) && char.IsAsciiHexDigit(path[i + 2]))
            {
                var value = (char)Convert.ToInt32(path.Substring(i + 1, 2), 16);
                if (char.IsAsciiLetterOrDigit(value) || value is '-' or '.' or '_' or '~') text.Append(value);
                else text.Append('%').Append(char.ToUpperInvariant(path[i + 1])).Append(char.ToUpperInvariant(path[i + 2]));
                i += 2;
            }
            else if (c > '~')
            {
                var length = char.IsHighSurrogate(c) && i + 1 < path.Length && char.IsLowSurrogate(path[i + 1]) ? 2 : 1;
                foreach (var b in System.Text.Encoding.UTF8.GetBytes(path.Substring(i, length))) text.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
                i += length - 1;
            }
            else
            {
                text.Append(c);
            }
        }
        return text.ToString();
    }

    private sealed record Rule(string Pattern, bool Allow)
    {
        /// <summary>From the path's beginning; <c>*</c> is any run of characters, <c>$</c> at the end is the path's end. Linear in both lengths per star: no expression that a hostile file could make slow.</summary>
        public bool Matches(string path)
        {
            var anchored = Pattern.EndsWith('$');
            var parts = (anchored ? Pattern[..^1] : Pattern).Split('*');
            if (!path.StartsWith(parts[0], StringComparison.Ordinal)) return false;
            var at = parts[0].Length;
            for (var i = 1; i < parts.Length; i++)
            {
                if (anchored && i == parts.Length - 1) return path.Length - at >= parts[i].Length && path.EndsWith(parts[i], StringComparison.Ordinal);
                var found = path.IndexOf(parts[i], at, StringComparison.Ordinal);
                if (found < 0) return false;
                at = found + parts[i].Length;
            }
            return !anchored || at == path.Length;
        }
    }
}
