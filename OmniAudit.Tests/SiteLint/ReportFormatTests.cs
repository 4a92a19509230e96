using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Baseline;
using OmniAudit.Modules.SiteLint.Budgets;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint;

/// <summary>The forms of a report: what is in them, that they are valid, and that the audited site cannot write them.</summary>
public sealed class ReportFormatTests
{
    private const string Evil = "</code><script>alert(1)</script><img src=//x.test/i>\u202Eevil\u0000 `**[x](javascript:alert(1))** | \"'&";

    [Fact]
    public void Html_HoldsNothingThatLoadsOrRuns()
    {
        var html = Encoding.UTF8.GetString(HtmlReport.Write(Compared(), new Dictionary<string, string> { ["shot"] = "data:image/png;base64,AAAA" }));

        Assert.StartsWith("<!doctype html>", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'; img-src data:; style-src 'sha256-", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(new Regex("<[^>]+\\s(on\\w+|srcset|background)\\s*=", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking), html);
        Assert.All(Regex.Matches(html, "\\ssrc=\"([^\"]*)\"", RegexOptions.NonBacktracking).Select(m => m.Groups[1].Value), s => Assert.StartsWith("data:image/", s, StringComparison.Ordinal));
        Assert.All(Regex.Matches(html, "\\shref=\"([^\"]*)\"", RegexOptions.NonBacktracking).Select(m => m.Groups[1].Value), h => Assert.Matches("^(https?:|#)", h));
        Assert.DoesNotContain("\u202E", html, StringComparison.Ordinal);
        Assert.Contains("&lt;/code&gt;&lt;script&gt;alert(1)", html, StringComparison.Ordinal);
        Assert.Contains("⟨U+202E⟩", System.Net.WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        Assert.Contains("✗ failed", html, StringComparison.Ordinal);
        Assert.Contains("mobile only", html, StringComparison.Ordinal);
        Assert.Contains("★ new", html, StringComparison.Ordinal);
        Assert.Contains("Needs a person's look (1)</h2>", html, StringComparison.Ordinal);
        Assert.Contains("<code>color-contrast</code><br><a href=\"https://rules.test/color-contrast\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Sarif_SaysStateAndFingerprintOfEach()
    {
        var report = Compared();
        var run = JsonNode.Parse(SarifReport.Write(report))!["runs"]![0]!;

        var results = run["results"]!.AsArray().Select(r => $"{r!["ruleId"]} {r["level"]} {r["baselineState"]}").ToList();
        Assert.Equal(["axe/evil error new", "axe/label error unchanged", "axe/target-size warning new", "seo/meta-description note absent"], results.Order());
        Assert.All(run["results"]!.AsArray(), r => Assert.StartsWith("fnd_", r!["partialFingerprints"]!["omniauditFinding/v1"]!.GetValue<string>(), StringComparison.Ordinal));
        var rules = run["tool"]!["driver"]!["rules"]!.AsArray().Select(r => r!["id"]!.GetValue<string>()).ToList();
        Assert.All(run["results"]!.AsArray(), r => Assert.Equal(r!["ruleId"]!.GetValue<string>(), rules[r["ruleIndex"]!.GetValue<int>()]));
        // For validators outside.
        if (Environment.GetEnvironmentVariable("OMNIAUDIT_SAMPLES") is { Length: > 0 } directory)
        {
            File.WriteAllBytes(Path.Combine(directory, "sample.sarif"), SarifReport.Write(report));
            File.WriteAllBytes(Path.Combine(directory, "sample.html"), HtmlReport.Write(report, new Dictionary<string, string>()));
            File.WriteAllBytes(Path.Combine(directory, "sample.xml"), JUnitReport.Write(report));
            File.WriteAllBytes(Path.Combine(directory, "sample.md"), MarkdownReport.Write(report));
            File.WriteAllBytes(Path.Combine(directory, "sample.json"), JsonSerializer.SerializeToUtf8Bytes(report, ReportJson.Options));
        }
    }

    [Fact]
    public void JUnit_FailsOnNewFindingsAndBudgets_AndKeepsKnownOnesAsSkipped()
    {
        var xml = XDocument.Parse(Encoding.UTF8.GetString(JUnitReport.Write(Compared())));

        var cases = xml.Descendants("testcase").Select(c => $"{((string)c.Attribute("name")!).Split(' ')[0]} {c.Elements().FirstOrDefault(e => e.Name.LocalName is "failure" or "skipped")?.Name.LocalName}").Order();
        Assert.Equal(["axe/evil failure", "axe/label skipped", "axe/target-size ", "new_findings failure"], cases);
        Assert.Equal("2", (string?)xml.Root!.Attribute("failures"));
        var alone = XDocument.Parse(Encoding.UTF8.GetString(JUnitReport.Write(Compared() with { Comparison = null, Verdict = null })));
        Assert.Equal("2", (string?)alone.Root!.Attribute("failures"));
    }

    [Fact]
    public void KnownFinding_InMorePlaces_IsUpdatedAndFailsTheBuild()
    {
        static ReportMaker Inputs(int count) => Enumerable.Range(1, count).Aggregate(
            new ReportMaker().Page("/"), (m, i) => m.Fault("/", "axe/label", $"li:nth-child({i}) > input", $"<input name=\"{(char)('a' + i)}\">"));
        var now = Inputs(2).Make();
        now = now with { Comparison = ScanComparer.Compare(now, Inputs(1).Make("scn_before")) };

        Assert.Equal("updated", JsonNode.Parse(SarifReport.Write(now))!["runs"]![0]!["results"]![0]!["baselineState"]!.GetValue<string>());
        Assert.Single(XDocument.Parse(Encoding.UTF8.GetString(JUnitReport.Write(now))).Descendants("failure"));
        Assert.Contains("1 new place", Encoding.UTF8.GetString(MarkdownReport.Write(now)), StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_TextOfTheSite_IsNoMarkup()
    {
        var text = Encoding.UTF8.GetString(MarkdownReport.Write(Compared()));

        Assert.Contains("Budgets: FAILED", text, StringComparison.Ordinal);
        Assert.Contains("2 new, 1 fixed, 1 persisting", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
        Assert.DoesNotContain("](javascript", text, StringComparison.Ordinal);
        Assert.Contains("## Needs a person's look", text, StringComparison.Ordinal);
        Assert.Contains("(color-contrast): 4 elements on https://site.test/, first at &lt;/code", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Needs a person's look", Encoding.UTF8.GetString(MarkdownReport.Write(new ReportMaker().Page("/").Make())), StringComparison.Ordinal);
        Assert.DoesNotContain("\u202E", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Schema_IsPublished_AndReportsFitIt()
    {
        var path = Path.Combine(SourceTree.Root, "docs", "sitelint-report.schema.json");
        if (SourceTree.WritesDocs) File.WriteAllText(path, ReportSchema.Text());
        else Assert.Equal(File.ReadAllText(path), ReportSchema.Text());

        var schema = JsonNode.Parse(ReportSchema.Text())!;
        Assert.Empty(SmallSchema.Check(schema, JsonSerializer.SerializeToNode(Compared(), ReportJson.Options)));
        // It can fail.
        var bad = JsonSerializer.SerializeToNode(Compared(), ReportJson.Options)!;
        bad["findings"]![0]!["confidence"] = "high";
        bad.AsObject().Remove("scan_id");
        Assert.Equal(["/findings/0/confidence: type", "/scan_id: required"], SmallSchema.Check(schema, bad).Order());
    }

    [Fact]
    public void Compact_SaysVerdictAndChangesFirst_AndWhatIsLeftOut()
    {
        var json = JsonSerializer.Serialize(CompactReport.Of(Compared()), ToolJson.Options);

        Assert.True(json.IndexOf("\"verdict\"", StringComparison.Ordinal) < json.IndexOf("\"comparison\"", StringComparison.Ordinal));
        Assert.True(json.IndexOf("\"comparison\"", StringComparison.Ordinal) < json.IndexOf("\"findings\"", StringComparison.Ordinal));
        Assert.Contains("\"change\":\"new\"", json, StringComparison.Ordinal);
        Assert.Contains("\"cut_off\":false", json, StringComparison.Ordinal);
        // A new one of s3 stands before a known one of s2.
        Assert.Equal(["axe/evil", "axe/target-size", "axe/label"], CompactReport.Of(Compared()).Findings.Select(f => f.Rule));
        var maker = new ReportMaker();
        for (var i = 0; i < 60; i++) maker.Page($"/{new string('p', 100)}{i}").Fault($"/{new string('p', 100)}{i}", $"axe/rule-{i}", new string('s', 300), new string('e', 300));
        var much = CompactReport.Of(maker.Make());
        Assert.True(JsonSerializer.SerializeToUtf8Bytes(much, ToolJson.Options).Length <= CompactReport.SizeLimit, much.LeftOut);
        Assert.Matches("^\\d+ of 60 findings, \\d+ of 60 pages$", much.LeftOut);
    }

    [Fact]
    public void Headers_OfAReport_HoldNoCookieAndAreBounded()
    {
        var kept = ReportHeaders.Of(
            [new("Set-Cookie", "sid=secret-1; Path=/; HttpOnly\nseen=secret-2"), new("set-cookie", "secret-3; Secure"), new("X-Long", new string('x', 600)), .. Enumerable.Range(0, 60).Select(i => KeyValuePair.Create($"x-{i}", "1"))]);

        Assert.Equal("sid=…; Path=/; HttpOnly, seen=…, …; Secure", kept["set-cookie"]);
        Assert.Equal((500, 40), (kept["x-long"].Length, kept.Count));
    }

    [Fact]
    public void Compact_OfALargeScan_FitsTheContextOfAnAgent()
    {
        var (before, now) = (new ReportMaker(), new ReportMaker());
        for (var i = 0; i < 25; i++)
        {
            foreach (var viewport in new[] { "desktop", "mobile" })
            {
                before.Page($"/section/page-{i}", viewport, lcp: 1000, tbt: 50, performance: 0.9);
                now.Page($"/section/page-{i}", viewport, lcp: 4000, tbt: 900, performance: 0.4);
                for (var f = 0; f < 8; f++)
                    now.Fault($"/section/page-{i}", $"axe/rule-{i}-{f}", $"main > section.content > div.card-{i}{(char)('a' + f)} > a[href$=\"some-{(char)('a' + i)}\"]", $"<a class=\"link-{(char)('a' + i)}{(char)('a' + f)}\" href=\"/ünïcödé\">日本語のテキスト</a>", viewport);
            }
        }
        var report = now.Make();
        Assert.Equal((200, 50), (report.Findings.Count, report.Pages.Count));
        report = report with { Comparison = ScanComparer.Compare(report, before.Make("scn_before")) };
        report = report with { Verdict = BudgetJudge.Judge(report, new ScanBudgets([.. Enumerable.Range(0, 20).Select(i => new BudgetRule($"/section/page-{i}", PerformanceScore: 90, LcpMs: 2500))], NewFindings: 0)) };

        var compact = CompactReport.Of(report);
        var size = JsonSerializer.SerializeToUtf8Bytes(compact, ToolJson.Options).Length;
        Console.WriteLine($"compact answer of 25 pages in 2 viewports with 200 findings: {size} bytes, {compact.Findings.Count} findings and {compact.Pages.Count} pages in it");

        Assert.InRange(size, 1, 7_000);
        Assert.Equal((200, 50, true), (compact.FindingsTotal, compact.PagesTotal, compact.CutOff));
        Assert.NotEmpty(compact.Findings);
        Assert.NotEmpty(compact.Pages);
        Assert.False(compact.Verdict!.Passed);
        Assert.Equal(200, compact.Comparison!.New);
    }

    [Fact]
    public void Network_AsCsv_IsQuotedAndStartsNoFormula()
    {
        var csv = Encoding.UTF8.GetString(HopLedgerCsv.Write(new ReportNetwork(1, 1, 2, [new ReportHop("http", "=cmd|' /C calc'!A0", 80, "", false, "url_denied", "a \"b\", c", 3)])));

        Assert.Equal("via,host,port,address,allowed,code,reason,count\r\nhttp,'=cmd|' /C calc'!A0,80,,false,url_denied,\"a \"\"b\"\", c\",3\r\n,,,,,unlisted,beyond the ledger's bound,2\r\n", csv);
    }

    /// <summary>A report with a fault of every state, a failed budget and text that wants out.</summary>
    internal static ScanReport Compared()
    {
        var before = new ReportMaker().Page("/").Page("/", "mobile").Fault("/", "axe/label", "input", "<input name=\"q\">").Fault("/", "axe/label", "input", "<input name=\"q\">", "mobile")
            .Fault("/", "seo/meta-description", category: FindingCategory.Seo, severity: "s4").Make("scn_before");
        var now = new ReportMaker().Page("/", lcp: 1200, tbt: 10, performance: 0.97).Page("/", "mobile").Fault("/", "axe/label", "input", "<input name=\"q\">").Fault("/", "axe/label", "input", "<input name=\"q\">", "mobile")
            .Fault("/", "axe/evil", Evil, Evil).Fault("/", "axe/evil", Evil, Evil, "mobile").Fault("/", "axe/target-size", "a", "<a class=\"small\">", "mobile", severity: "s3").Make();
        var shot = new ReportScreenshot("shot", "00", 4, null);
        var review = new ReportAudit("color-contrast", FindingCategory.Accessibility, "Contrast", 1, 7) { Review = new ReportReview(4, Evil, "https://rules.test/color-contrast") };
        now = now with { Pages = [.. now.Pages.Select(p => p with { Screenshot = shot, Title = Evil, Audits = [review] })], Comparison = ScanComparer.Compare(now, before) };
        return now with { Verdict = BudgetJudge.Judge(now, new ScanBudgets([], NewFindings: 1)) };
    }
}
