namespace OmniAudit.Modules.SiteLint.Findings.Security;

/// <summary>How well the content security policy holds, as MDN's Observatory grades it.</summary>
internal static class PolicyTest
{
    private static readonly HashSet<string> Broad = new(["ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"], StringComparer.Ordinal);
    private static readonly HashSet<string> BroadOrInline = new([.. Broad, "'unsafe-inline'", "data:"], StringComparer.Ordinal);
    private static readonly string[] Trusted = ["'sha256-", "'sha384-", "'sha512-", "'nonce-"];
    private static readonly string[] Passive = ["img-src", "media-src"];

    /// <param name="FrameAncestors">The policy says who may frame the page.</param>
    internal sealed record Outcome(string Result, bool FrameAncestors);

    public static Outcome Judge(SecurityFacts facts)
    {
        var header = facts.Header("content-security-policy") is { } sent ? new[] { sent } : [];
        PolicySources policy;
        try
        {
            policy = PolicySources.Parse([.. header, .. facts.PolicyMetas]);
        }
        catch (UnreadablePolicyException)
        {
            return new Outcome("csp-header-invalid", false);
        }
        // A meta element with nothing but what only a header may say is no policy.
        if (Size(() => PolicySources.Parse(header)) + Size(() => PolicySources.ParseMeta(facts.PolicyMetas)) == 0)
            return new Outcome(string.IsNullOrEmpty(facts.Header("content-security-policy-report-only")) ? "csp-not-implemented" : "csp-not-implemented-but-reporting-enabled", false);

        var result = ResultOf(policy, facts.Https);
        var good = result is "csp-implemented-with-no-unsafe" or "csp-implemented-with-no-unsafe-default-src-none" or "csp-implemented-with-unsafe-inline-in-style-src-only" or "csp-implemented-with-insecure-scheme-in-passive-content-only";
        return new Outcome(good && policy.RepeatsReporting ? "csp-implemented-but-duplicate-directives" : result, policy["frame-ancestors"] is not null);
    }

    private static string ResultOf(PolicySources policy, bool https)
    {
        var fallback = policy["default-src"] ?? new HashSet<string>(["*"], StringComparer.Ordinal);
        var objects = policy["object-src"] ?? fallback;
        var scripts = policy["script-src"] ?? fallback;
        var styles = policy["style-src"] ?? fallback;

        // The sets are the policy's own on purpose: what a nonce takes out of default-src is gone for all that falls back to it.
        foreach (var sources in new[] { scripts, styles }.Where(HasTrusted)) sources.Remove("'unsafe-inline'");
        if (scripts.Contains("'strict-dynamic'"))
        {
            if (!HasTrusted(scripts)) return "csp-header-invalid";
            scripts.RemoveWhere(s => s is "'self'" or "'unsafe-inline'" || Broad.Any(b => s.StartsWith(b, StringComparison.Ordinal)));
        }

        var active = policy.Directives.Where(d => d.Key != "script-src" && !Passive.Contains(d.Key)).SelectMany(d => d.Value).Concat(scripts);
        var passive = Passive.SelectMany(d => policy[d] ?? policy["default-src"] ?? []);

        if (scripts.Overlaps(BroadOrInline) || objects.Overlaps(Broad)) return "csp-implemented-with-unsafe-inline";
        if (https && active.Any(IsInsecure)) return "csp-implemented-with-insecure-scheme";
        if (scripts.Contains("'unsafe-eval'") || styles.Contains("'unsafe-eval'")) return "csp-implemented-with-unsafe-eval";
        if (https && passive.Any(IsInsecure)) return "csp-implemented-with-insecure-scheme-in-passive-content-only";
        if (styles.Overlaps(BroadOrInline)) return "csp-implemented-with-unsafe-inline-in-style-src-only";
        return policy["default-src"] is { Count: 1 } only && only.Contains("'none'") ? "csp-implemented-with-no-unsafe-default-src-none" : "csp-implemented-with-no-unsafe";
    }

    private static bool HasTrusted(HashSet<string> sources) => sources.Any(s => Trusted.Any(t => s.StartsWith(t, StringComparison.Ordinal)));

    private static bool IsInsecure(string source) => source.StartsWith("http:", StringComparison.Ordinal) || source.StartsWith("ftp:", StringComparison.Ordinal);

    private static int Size(Func<PolicySources> parse)
    {
        try
        {
            var parsed = parse();
            return parsed.Count + (parsed.RepeatsReporting ? 1 : 0);
        }
        catch (UnreadablePolicyException)
        {
            return 0;
        }
    }
}
