using System.Text.Json;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Findings.Security;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint.Findings;

public sealed class SecurityGradeTests
{
    /// <summary>What the Observatory itself says about 320 header sets; bench/observatory.mjs wrote them down.</summary>
    [Fact]
    public void Grade_OfManyHeaderSets_IsTheObservatorys()
    {
        var wrong = new List<string>();
        var (cases, outcomes, grades) = (0, new HashSet<string>(), new HashSet<string>());
        foreach (var line in File.ReadLines(SourceTree.At("OmniAudit.Tests", "SiteLint", "Findings", "observatory.jsonl")))
        {
            cases++;
            using var json = JsonDocument.Parse(line);
            var expected = json.RootElement;
            var grade = SecurityGrade.Of(FactsOf(expected));
            foreach (var test in expected.GetProperty("results").EnumerateObject())
            {
                outcomes.Add(test.Value.GetString()!);
                var ours = grade.Tests.Single(t => t.Name == test.Name).Result;
                if (ours != test.Value.GetString()) wrong.Add($"case {cases}, {test.Name}: {ours} instead of {test.Value}");
            }
            grades.Add(grade.Grade);
            if (grade.Grade != expected.GetProperty("grade").GetString() || grade.Score != expected.GetProperty("score").GetInt32())
                wrong.Add($"case {cases}: {grade.Grade} ({grade.Score}) instead of {expected.GetProperty("grade")} ({expected.GetProperty("score")})");
        }
        Assert.Empty(wrong);
        Assert.Equal(320, cases);
        Assert.InRange(grades.Count, 11, 13);
        // All that the Observatory knows, but for what needs a bad certificate or the preload list.
        Assert.Empty(SecurityOutcomes.All.Keys.Except(outcomes).Except(["hsts-invalid-cert", "hsts-preloaded", "redirection-invalid-cert", "redirection-all-redirects-preloaded"]));
    }

    [Fact]
    public void Judge_GoodSite_HasTheBestGradeAndNoFinding()
    {
        var verdict = PageJudge.Judge(TestPages.Good);

        Assert.Equal(("A+", 130), (verdict.Security!.Grade, verdict.Security.Score));
        Assert.DoesNotContain(verdict.Sightings, s => s.Category == FindingCategory.Security);
    }

    [Fact]
    public void Judge_FaultyHeaders_GiveOneSiteWideFindingPerTest()
    {
        var page = TestPages.Good.WithHeader("content-security-policy", null).WithHeader("strict-transport-security", "max-age=60").WithHeader("set-cookie", "PHPSESSID=1\ntheme=dark; Secure") with { HttpRedirects = false };

        var found = PageJudge.Judge(page).Sightings.Where(s => s.Category == FindingCategory.Security).ToList();

        Assert.Equal(["security/content-security-policy s3", "security/cookies s2", "security/redirection s3", "security/strict-transport-security s4", "security/x-frame-options s3"], found.Select(s => $"{s.Rule} {s.Severity}").Order(StringComparer.Ordinal));
        Assert.All(found, s => Assert.True(s.SiteWide));
        Assert.Equal("cookies-session-without-secure-flag: PHPSESSID", found.Single(s => s.Rule == "security/cookies").Evidence);
        Assert.All(found, s => Assert.Contains("https://developer.mozilla.org/", s.SuggestedFix, StringComparison.Ordinal));
    }

    [Fact]
    public void Judge_SiteWithoutEncryption_SaysSoOnce()
    {
        var page = TestPages.Good with { Url = "http://site.example/", FinalUrl = "http://site.example/" };

        var found = PageJudge.Judge(page).Sightings.Where(s => s.Category == FindingCategory.Security);

        Assert.Equal(["security/https"], found.Select(s => s.Rule));
        Assert.DoesNotContain(PageJudge.Judge(page with { Url = "http://127.0.0.1:5000/", FinalUrl = "http://127.0.0.1:5000/" }).Sightings, s => s.Category == FindingCategory.Security);
    }

    [Fact]
    public void Judge_NobodyAskedOverHttp_LeavesTheScoreAlone()
    {
        var grade = PageJudge.Judge(TestPages.Good with { HttpRedirects = null }).Security!;

        Assert.Equal(("not-asked", 0), grade.Tests.Where(t => t.Name == "redirection").Select(t => (t.Result, t.Modifier)).Single());
        Assert.Equal(130, grade.Score);
    }

    private static SecurityFacts FactsOf(JsonElement json) => new()
    {
        Host = json.GetProperty("host").GetString()!,
        Https = json.GetProperty("https").GetBoolean(),
        Headers = [.. json.GetProperty("headers").EnumerateArray().Select(h => KeyValuePair.Create(h[0].GetString()!, h[1].GetString()!))],
        // The Observatory reads meta elements of HTML only, and so does a browser.
        PolicyMetas = IsHtml(json) ? [.. Texts(json.GetProperty("policyMetas"))] : [],
        ReferrerMeta = IsHtml(json) ? json.GetProperty("referrerMeta").GetString() : null,
        Scripts = [.. json.GetProperty("scripts").EnumerateArray().Select(s => new ScriptFact(s[0].GetString()!, s[1].GetBoolean()))],
        ScriptCount = json.GetProperty("scripts").GetArrayLength() + json.GetProperty("inline").GetInt32(),
        SetCookies = [.. Texts(json.GetProperty("setCookies"))],
        HttpRoute = json.GetProperty("httpRoute").ValueKind == JsonValueKind.Null ? null : [.. Texts(json.GetProperty("httpRoute"))],
        CorsOrigin = json.GetProperty("corsOrigin").GetString(),
    };

    private static bool IsHtml(JsonElement json) => json.GetProperty("headers").EnumerateArray().Any(h => h[0].GetString() == "content-type" && h[1].GetString()!.Split(';')[0] is "text/html" or "application/xhtml+xml");

    private static IEnumerable<string> Texts(JsonElement list) => list.EnumerateArray().Select(e => e.GetString()!);
}
