namespace OmniAudit.Modules.SiteLint.Findings.Security;

/// <summary>The single-header tests of MDN's Observatory, and those of the way to https.</summary>
internal static class HeaderTests
{
    /// <summary>Not quite six months: many sites send 180 days.</summary>
    private const double SixMonths = 15_552_000;

    /// <summary>Top-level domains that browsers ask over https only, with everything below them. The whole preload list (over a hundred thousand names) is not carried along.</summary>
    private static readonly HashSet<string> PreloadedTopLevels = new(
        ["app", "bank", "boo", "channel", "dad", "day", "dev", "esq", "foo", "gle", "gmail", "google", "ing", "insurance", "meme", "mov", "new", "nexus", "page", "phd", "play", "prof", "rsvp", "zip"], StringComparer.Ordinal);

    private static readonly string[] PrivateReferrer = ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"];
    private static readonly string[] OpenReferrer = ["origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"];

    public static bool IsPreloaded(string host) => host.Contains('.', StringComparison.Ordinal) && PreloadedTopLevels.Contains(host[(host.LastIndexOf('.') + 1)..]);

    public static string Hsts(SecurityFacts facts)
    {
        if (!facts.Https) return "hsts-not-implemented-no-https";
        if (IsPreloaded(facts.Host)) return "hsts-preloaded";
        if (facts.Header("strict-transport-security") is not { } header) return "hsts-not-implemented";
        if (header.Length > 1024) header = header[..1024];
        if (header.Contains(',', StringComparison.Ordinal)) return "hsts-header-invalid";
        double? age = null;
        foreach (var part in header.Split(';').Select(p => p.Trim().ToLowerInvariant()))
        {
            if (part.StartsWith("max-age=", StringComparison.Ordinal)) age = LeadingNumber(part[8..]);
        }
        // A max-age that is no number is not "less" than anything: so says the Observatory.
        return age is null ? "hsts-header-invalid" : age < SixMonths ? "hsts-implemented-max-age-less-than-six-months" : "hsts-implemented-max-age-at-least-six-months";
    }

    /// <summary>As JavaScript's parseInt: the digits at the beginning, NaN when there are none.</summary>
    private static double LeadingNumber(string text)
    {
        var trimmed = text.Trim();
        var sign = trimmed.StartsWith('-') ? -1 : 1;
        var digits = new string([.. trimmed.TrimStart('+', '-').TakeWhile(char.IsAsciiDigit)]);
        return digits.Length == 0 || trimmed.Length - trimmed.TrimStart('+', '-').Length > 1 ? double.NaN : sign * double.Parse(digits);
    }

    /// <returns>Null when nobody asked over plain http.</returns>
    public static string? Redirection(SecurityFacts facts)
    {
        if (facts.HttpRoute is not { } route) return null;
        if (route.Count == 0) return "redirection-not-needed-no-http";
        var hops = route.Select(u => Uri.TryCreate(u, UriKind.Absolute, out var address) ? address : null).ToList();
        if (hops.TrueForAll(h => h is not null && IsPreloaded(h.Host))) return "redirection-all-redirects-preloaded";
        if (hops.Count == 1) return "redirection-missing";
        if (hops[^1]?.Scheme != "https") return "redirection-not-to-https";
        if (hops[1]?.Scheme == "http") return "redirection-not-to-https-on-initial-redirection";
        return hops[0]?.Scheme == "http" && hops[0]?.Host != hops[1]?.Host ? "redirection-off-host-from-http" : "redirection-to-https";
    }

    public static string ReferrerPolicy(SecurityFacts facts)
    {
        var values = new[] { facts.Header("referrer-policy"), facts.ReferrerMeta }.OfType<string>().ToList();
        if (values.Count == 0) return "referrer-policy-not-implemented";
        // The last one that is understood holds.
        var policy = string.Join(", ", values).Split(',').Select(v => v.Trim().ToLowerInvariant()).LastOrDefault(v => PrivateReferrer.Contains(v) || OpenReferrer.Contains(v));
        return policy is null ? "referrer-policy-header-invalid" : PrivateReferrer.Contains(policy) ? "referrer-policy-private" : "referrer-policy-unsafe";
    }

    public static string ContentTypeOptions(SecurityFacts facts) => Short(facts, "x-content-type-options", 256) switch
    {
        null => "x-content-type-options-not-implemented",
        "nosniff" => "x-content-type-options-nosniff",
        _ => "x-content-type-options-header-invalid",
    };

    public static string FrameOptions(SecurityFacts facts, bool frameAncestors) => frameAncestors ? "x-frame-options-implemented-via-csp" : Short(facts, "x-frame-options", 1024) switch
    {
        null => "x-frame-options-not-implemented",
        "deny" or "sameorigin" => "x-frame-options-sameorigin-or-deny",
        { } value when value.StartsWith("allow-from", StringComparison.Ordinal) => "x-frame-options-allow-from-origin",
        _ => "x-frame-options-header-invalid",
    };

    public static string ResourcePolicy(SecurityFacts facts) => Short(facts, "cross-origin-resource-policy", 256) switch
    {
        null or "" => "corp-not-implemented",
        "same-site" => "corp-implemented-with-same-site",
        "same-origin" => "corp-implemented-with-same-origin",
        "cross-origin" => "corp-implemented-with-cross-origin",
        _ => "corp-header-invalid",
    };

    public static string ResourceSharing(SecurityFacts facts)
    {
        const string Prefix = "cross-origin-resource-sharing-";
        var allowed = facts.Header("access-control-allow-origin");
        if (string.IsNullOrEmpty(allowed)) return Prefix + "not-implemented";
        if (allowed.Trim() == "*") return Prefix + "implemented-with-public-access";
        var credentials = facts.Header("access-control-allow-credentials")?.Trim().Equals("true", StringComparison.OrdinalIgnoreCase) == true;
        return Prefix + (allowed == facts.CorsOrigin && credentials ? "implemented-with-universal-access" : "implemented-with-restricted-access");
    }

    /// <summary>Null when the header was not sent or is empty.</summary>
    private static string? Short(SecurityFacts facts, string name, int length) =>
        facts.Header(name) is { Length: > 0 } value ? (value.Length > length ? value[..length] : value).Trim().ToLowerInvariant() : null;
}
