using OmniAudit.Modules.SiteLint.Findings.Audits;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint.Findings.Security;

/// <summary>
/// The grade of a site's headers by the method of MDN's HTTP Observatory (github.com/mdn/mdn-http-observatory, version 1.4.8, its algorithm version 4).
/// Where a scan does not see what the Observatory asks for, the test says so and changes nothing: the preload list, and a cross-origin request of its own.
/// </summary>
internal static class SecurityGrade
{
    /// <summary>Bonuses count from this score on.</summary>
    private const int BonusFrom = 90;

    private const string NotAsked = "not-asked";
    private const string Guides = "https://developer.mozilla.org/docs/Web/Security/Practical_implementation_guides/";

    private static readonly (int From, string Grade)[] Grades =
        [(100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"), (40, "D+"), (30, "D"), (25, "D-"), (0, "F")];

    private static readonly Dictionary<string, string> Links = new(StringComparer.Ordinal)
    {
        ["content-security-policy"] = Guides + "CSP",
        ["cookies"] = Guides + "Cookies",
        ["cross-origin-resource-sharing"] = Guides + "CORS",
        ["redirection"] = Guides + "TLS#http_redirection",
        ["referrer-policy"] = Guides + "Referrer_policy",
        ["strict-transport-security"] = Guides + "TLS#http_strict_transport_security_implementation",
        ["subresource-integrity"] = "https://developer.mozilla.org/docs/Web/Security/Subresource_Integrity",
        ["x-content-type-options"] = Guides + "MIME_types",
        ["x-frame-options"] = Guides + "Clickjacking",
        ["cross-origin-resource-policy"] = Guides + "CORP",
    };

    public static ReportSecurity Of(SecurityFacts facts) => Judge(facts).Grade;

    /// <summary>The grade, and a sighting for every test that costs points. A plain http site gets one finding for that (<c>security/https</c>), not three; the machine itself gets none.</summary>
    public static (ReportSecurity Grade, IReadOnlyList<Sighting> Sightings) Judge(SecurityFacts facts)
    {
        var policy = PolicyTest.Judge(facts);
        var hsts = HeaderTests.Hsts(facts);
        var (cookies, cookie) = CookieTest.Judge(facts, hsts is "hsts-implemented-max-age-at-least-six-months" or "hsts-preloaded");
        var (integrity, script) = ScriptIntegrityTest.Judge(facts);
        (string Name, string Result, string Evidence)[] results =
        [
            ("content-security-policy", policy.Result, facts.Header("content-security-policy") ?? string.Join(" | ", facts.PolicyMetas)),
            ("cookies", cookies, cookie),
            ("cross-origin-resource-sharing", HeaderTests.ResourceSharing(facts), facts.Header("access-control-allow-origin") ?? ""),
            ("redirection", HeaderTests.Redirection(facts) ?? NotAsked, string.Join(" → ", facts.HttpRoute ?? [])),
            ("referrer-policy", HeaderTests.ReferrerPolicy(facts), facts.Header("referrer-policy") ?? facts.ReferrerMeta ?? ""),
            ("strict-transport-security", hsts, facts.Header("strict-transport-security") ?? ""),
            ("subresource-integrity", integrity, script),
            ("x-content-type-options", HeaderTests.ContentTypeOptions(facts), facts.Header("x-content-type-options") ?? ""),
            ("x-frame-options", HeaderTests.FrameOptions(facts, policy.FrameAncestors), facts.Header("x-frame-options") ?? ""),
            ("cross-origin-resource-policy", HeaderTests.ResourcePolicy(facts), facts.Header("cross-origin-resource-policy") ?? ""),
        ];
        var tests = results.Select(r => SecurityOutcomes.All.TryGetValue(r.Result, out var outcome)
            ? new ReportSecurityTest(r.Name, r.Result, outcome.Modifier, outcome.Explanation)
            : new ReportSecurityTest(r.Name, r.Result, 0, "Nobody asked over plain http")).ToList();
        var sightings = results.Where(r => SecurityOutcomes.All.TryGetValue(r.Result, out var outcome) && outcome.Modifier < 0 && IsItsOwnFault(r.Result, facts.Https)).Select(r => Finding(r.Name, r.Result, r.Evidence));
        return (Grade(tests), [.. sightings]);
    }

    private static ReportSecurity Grade(List<ReportSecurityTest> tests)
    {
        var penalties = 100 + tests.Sum(t => Math.Min(t.Modifier, 0));
        var score = Math.Max(0, penalties >= BonusFrom ? 100 + tests.Sum(t => t.Modifier) : penalties);
        var floor = score - score % 5;
        return new ReportSecurity(Grades.First(g => floor >= g.From).Grade, score, tests);
    }

    private static bool IsItsOwnFault(string result, bool https) =>
        result != "hsts-not-implemented-no-https" && (https || !result.StartsWith("redirection-", StringComparison.Ordinal));

    private static Sighting Finding(string name, string result, string evidence)
    {
        var outcome = SecurityOutcomes.All[result];
        var severity = outcome.Modifier switch { <= -30 => "s2", <= -20 => "s3", _ => "s4" };
        var scripts = name == "subresource-integrity";
        return new Sighting(
            "security/" + name, severity, FindingCategory.Security, outcome.Explanation, 1, $"{outcome.Fix} {Links[name]}",
            scripts ? "script: " + Text.Cut(evidence.Split('?')[0], 200) : "", Text.Cut(evidence.Length > 0 ? $"{result}: {evidence}" : result, 300), SiteWide: !scripts);
    }
}
