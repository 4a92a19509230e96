namespace OmniAudit.Modules.SiteLint.Findings.Security;

/// <summary>How well the cookies of an answer are guarded, as MDN's Observatory grades it: the worst of them counts.</summary>
internal static class CookieTest
{
    /// <summary>From the least to the most severe.</summary>
    private static readonly string[] Order =
    [
        "cookies-without-secure-flag-but-protected-by-hsts", "cookies-without-secure-flag", "cookies-session-without-secure-flag-but-protected-by-hsts",
        "cookies-samesite-flag-invalid", "cookies-anticsrf-without-samesite-flag", "cookies-session-without-httponly-flag", "cookies-session-without-secure-flag",
    ];

    /// <param name="hsts">The site insists on https well enough.</param>
    /// <returns>The outcome, and the name of the cookie at fault.</returns>
    public static (string Result, string Cookie) Judge(SecurityFacts facts, bool hsts)
    {
        var cookies = Jar(facts);
        if (cookies.Count == 0) return ("cookies-not-found", "");
        var worst = (Rank: -1, Cookie: "");
        foreach (var raw in facts.SetCookies.Where(HasWrongSameSite)) Note("cookies-samesite-flag-invalid", raw.Split('=')[0].Trim());
        foreach (var cookie in cookies)
        {
            var name = cookie.Name.ToLowerInvariant();
            var session = name.Contains("login", StringComparison.Ordinal) || name.Contains("sess", StringComparison.Ordinal);
            if (!cookie.Secure)
            {
                if (cookie.SameSite == "none") Note("cookies-samesite-flag-invalid", cookie.Name);
                Note(hsts ? "cookies-without-secure-flag-but-protected-by-hsts" : "cookies-without-secure-flag", cookie.Name);
                if (session) Note(hsts ? "cookies-session-without-secure-flag-but-protected-by-hsts" : "cookies-session-without-secure-flag", cookie.Name);
            }
            if (name.Contains("csrf", StringComparison.Ordinal) && cookie.SameSite.Length == 0) Note("cookies-anticsrf-without-samesite-flag", cookie.Name);
            if (session && !cookie.HttpOnly) Note("cookies-session-without-httponly-flag", cookie.Name);
        }
        if (worst.Rank >= 0) return (Order[worst.Rank], worst.Cookie);
        return (cookies.TrueForAll(c => c.SameSite.Length > 0) ? "cookies-secure-with-httponly-sessions-and-samesite" : "cookies-secure-with-httponly-sessions", "");

        void Note(string result, string cookie)
        {
            var rank = Array.IndexOf(Order, result);
            if (rank > worst.Rank) worst = (rank, cookie);
        }
    }

    private static bool HasWrongSameSite(string cookie) => cookie.Split(';').Select(p => p.Trim().Split('=')).Any(p =>
        p[0].Trim().Equals("samesite", StringComparison.OrdinalIgnoreCase) && (p.Length < 2 || p[1].Trim().ToLowerInvariant() is not ("lax" or "strict" or "none")));

    /// <summary>What a client would keep (RFC 6265bis): one per name, domain and path, the last one; none for a foreign domain, none that breaks its prefix's promise.</summary>
    private static List<Cookie> Jar(SecurityFacts facts)
    {
        var jar = new Dictionary<(string, string, string), Cookie>();
        foreach (var raw in facts.SetCookies.Take(300))
        {
            var parts = raw.Split(';');
            var equals = parts[0].IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) continue;
            var attributes = parts[1..].Select(p => p.Split('=', 2)).GroupBy(p => p[0].Trim().ToLowerInvariant(), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last().Length > 1 ? g.Last()[1].Trim() : "", StringComparer.Ordinal);
            var domain = attributes.GetValueOrDefault("domain", "").TrimStart('.').ToLowerInvariant();
            if (domain.Length > 0 && domain != facts.Host && !facts.Host.EndsWith("." + domain, StringComparison.Ordinal)) continue;
            if (domain.Length > 0 && domain != facts.Host && !domain.Contains('.', StringComparison.Ordinal)) continue;
            var sameSite = attributes.GetValueOrDefault("samesite", "").ToLowerInvariant();
            var cookie = new Cookie(parts[0][..equals].Trim(), attributes.ContainsKey("secure"), attributes.ContainsKey("httponly"), sameSite is "lax" or "strict" or "none" ? sameSite : "");
            var path = attributes.GetValueOrDefault("path", "/");
            if (cookie.Name.Length == 0 || cookie.Name == "heroku-session-affinity") continue;
            if (cookie.Name.StartsWith("__Secure-", StringComparison.Ordinal) && !cookie.Secure) continue;
            if (cookie.Name.StartsWith("__Host-", StringComparison.Ordinal) && (!cookie.Secure || domain.Length > 0 || path != "/")) continue;
            jar[(domain, path, cookie.Name)] = cookie;
        }
        return [.. jar.Values];
    }

    private sealed record Cookie(string Name, bool Secure, bool HttpOnly, string SameSite);
}
