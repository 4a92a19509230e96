using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>Protective headers as Lighthouse 13.5 looks at them: for information, without weight. Findings about headers come from the header grade.</summary>
internal static class HeaderAudits
{
    private const string Practice = FindingCategory.BestPractices;
    private const long Year = 31_536_000;

    private static readonly Question Csp = new("csp-xss", Practice, "The content security policy holds against injected scripts", 0);
    private static readonly Question Hsts = new("has-hsts", Practice, "The HSTS policy is strong", 0);
    private static readonly Question Isolation = new("origin-isolation", Practice, "The page keeps its window to itself (COOP)", 0);
    private static readonly Question Framing = new("clickjacking-mitigation", Practice, "Other sites may not frame the page at will", 0);
    private static readonly Question TrustedTypes = new("trusted-types-xss", Practice, "Trusted Types guard the document against injected scripts", 0);

    public static IEnumerable<AuditResult> All(PageObservation page)
    {
        var sent = Values(page, "content-security-policy").SelectMany(v => v.Split(',')).Where(v => !string.IsNullOrWhiteSpace(v)).ToList();
        var policies = sent.Concat((page.Facts?.PolicyMetas ?? []).SelectMany(v => v.Split(',')).Where(v => !string.IsNullOrWhiteSpace(v))).Select(ScriptPolicy.Parse).ToList();
        var weaknesses = policies.Count == 0 ? ["there is no enforced policy"] : ScriptPolicy.Weaknesses(policies);
        yield return weaknesses.Count == 0 ? Csp.Passed() : Csp.Failed(string.Join("; ", weaknesses));
        yield return HstsOf(page);
        var coop = Values(page, "cross-origin-opener-policy").Select(Squeeze).ToList();
        yield return coop.Count > 0 && coop.TrueForAll(v => v is "unsafe-none" or "same-origin-allow-popups" or "same-origin" or "noopener-allow-popups") ? Isolation.Passed(coop[0]) : Isolation.Failed(coop.Count == 0 ? "no header" : coop[0]);
        yield return sent.Exists(p => p.Contains("frame-ancestors", StringComparison.Ordinal)) || Values(page, "x-frame-options").Any(v => Squeeze(v) is "deny" or "sameorigin") ? Framing.Passed() : Framing.Failed("no frame control");
        yield return policies.Exists(p => p.Of("require-trusted-types-for").Contains("'script'")) ? TrustedTypes.Passed() : TrustedTypes.Failed("not required");
    }

    private static AuditResult HstsOf(PageObservation page)
    {
        var parts = Values(page, "strict-transport-security").SelectMany(v => v.Split(';')).Select(Squeeze).ToList();
        if (parts.Count == 0) return Hsts.Failed("no header");
        var ages = parts.Where(p => p.Contains("max-age", StringComparison.Ordinal)).ToList();
        if (ages.Count == 0) return Hsts.Failed("no max-age");
        if (ages.Exists(a => a.Split('=') is [_, var age, ..] && long.TryParse(age.Trim('"'), out var seconds) && seconds < Year)) return Hsts.Failed("max-age below a year");
        if (parts.Find(p => p is not ("includesubdomains" or "preload") && !p.Contains("max-age", StringComparison.Ordinal)) is { } unknown) return Hsts.Failed($"not understood: {unknown}");
        return Hsts.Passed(string.Join("; ", parts));
    }

    private static IEnumerable<string> Values(PageObservation page, string name) => page.Headers.Where(h => h.Key == name).SelectMany(h => h.Value.Split('\n'));

    private static string Squeeze(string value) => string.Concat(value.Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
}
