using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Tests.Support;

/// <summary>A report in which everything is filled in, made by hand: what pages must be able to show.</summary>
internal static class FullScan
{
    public const string Hostile = "<script>alert(1)</script>\u202Egnp @everyone";

    private static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    public static DateTimeOffset At { get; } = new(2026, 3, 1, 11, 0, 0, TimeSpan.Zero);

    /// <summary>Two pages in two viewports, three findings (one new, one only on mobile), a baseline, budgets, links and a crawl.</summary>
    public static ScanReport Report(string scanId = "scn_full", string site = "https://site.test", string baseline = "scn_before", string picture = "sha256:aa", string text = Hostile) => new()
    {
        ScanId = scanId, Url = site + "/", Profile = "deep", ViewportSet = "desktop_mobile", StartedAt = At, FinishedAt = At.AddSeconds(42), Browser = new ReportBrowser("156", true, "4.14.1"),
        Summary = new ReportSummary(2, 3, 1, 1, 1, 0, 4),
        Pages = [Page(site + "/", "desktop", 0.95, picture, text), Page(site + "/", "mobile", 0.42, picture, text), Page(site + "/about", "desktop", 0.95, picture, text), Page(site + "/about", "mobile", 0.61, picture, text)],
        Findings =
        [
            Finding("fnd_new", "axe/image-alt", "s1", FindingCategory.Accessibility, site, text) with { CropRef = picture, HelpUrl = "https://rules.test/image-alt", Selector = "main > img.logo" },
            Finding("fnd_old", "axe/image-alt", "s2", FindingCategory.Accessibility, site, "Old"),
            Finding("fnd_mobile", "seo/tap-targets", "s3", FindingCategory.Seo, site, "Small") with { Viewports = ["mobile"], OnlyIn = "mobile" },
        ],
        Network = new ReportNetwork(3, 1, 0, [new ReportHop("connect", "site.test", 443, "93.184.216.34", true, "allowed", "", 3), new ReportHop("connect", "evil.test", 443, "10.0.0.1", false, "address_denied", "10.0.0.1 is private", 1)]),
        Crawl = new ReportCrawl(9, new Dictionary<string, int> { ["entry"] = 1, ["sitemap"] = 8 }, [new ReportSkip("budget", 7, [site + "/seven"])], "allowed everything"),
        Links = new ReportLinks(12, 10, 1, 1, 0, [new ReportLink(site + "/gone", "broken", 404, "not found", [site + "/"]), new ReportLink("https://shy.test/", "unverified", 403, "asks for a sign-in", [site + "/"])]),
        Comparison = new ReportComparison(baseline, At.AddDays(-1), ["fnd_new"], [Finding("fnd_fixed", "seo/meta-description", "s3", FindingCategory.Seo, site, "Was missing")], 2, 0,
            [new ReportMetricChange(site + "/", "mobile", "tbt", 120, 330, 60, "regressed")]) { PagesCompared = 4 },
        Verdict = new ReportVerdict(false, [new ReportBudgetCheck("performance_score", "all pages", 90, 42, site + "/ mobile", false), new ReportBudgetCheck("new_findings", "all pages", 5, 1, "", true)]),
        Auth = new ReportAuth("aup_1", "customer"),
    };

    /// <summary>The same as a finished scan of an app; its id.</summary>
    public static async Task<string> AddAsync(TestApp app, string site, string text = Hostile)
    {
        var scanId = ScanRow.IdOf(await SeededScan.AddJobAsync(app, site + "/", JobStatus.Completed));
        var store = app.Get<ReportStore>();
        var picture = await store.PutAsync(Png, "image/png", CancellationToken.None);
        await store.SaveAsync(Report(scanId, site, scanId, picture.Reference, text), CancellationToken.None);
        return scanId;
    }

    private static Finding Finding(string id, string rule, string severity, string category, string site, string title) => new()
    {
        FindingId = id, Rule = rule, Severity = severity, Category = category, Title = title, Confidence = 0.9, SuggestedFix = "Mend it.", EvidenceRefs = [], PageUrl = site + "/", PageCount = 2, Occurrences = 3,
        Viewports = ["desktop", "mobile"], Selector = "", Evidence = "```\n" + title, Places = [new FindingPlace(site + "/", "desktop", 2, []), new FindingPlace(site + "/about", "desktop", 1, [])],
    };

    private static ReportPage Page(string url, string viewport, double performance, string picture, string text) => new()
    {
        Url = url, FinalUrl = url, Viewport = viewport, Outcome = PageOutcome.Audited, Status = 200, Title = text, DurationMs = 4200, Screenshot = new ReportScreenshot(picture, "aa", 70, null),
        Headers = new Dictionary<string, string> { ["content-type"] = "text/html", ["x-note"] = text }, ConsoleErrors = [text], FailedRequests = [url + "missing.js"], Axe = new ReportAxe(2, 1, 40),
        Scores = new ReportScores(performance, 0.88, 0.7, 1),
        Metrics = new ReportMetrics(
            new PageMetrics(900, 2600, 330, 0.02, null, 60),
            [new("fcp", 900, 0.97, 11), new("lcp", 2600, 0.88, 28), new("tbt", 330, 0.4, 33), new("cls", 0.02, 1, 28), new("speed_index", null, null, 10)],
            new ReportLcp("h1", "", 60, 0, 0, 2540), 5, new Dictionary<string, double> { ["tbt"] = 40 }, "CPU 4 times slower"),
        Audits = [new ReportAudit("color-contrast", "accessibility", "Contrast " + text, 1, 7) { Review = new ReportReview(3, "main > " + text, "https://rules.test/color-contrast") }, new ReportAudit("document-title", "seo", "The page has a title", 1, 1), new ReportAudit("errors-in-console", "best_practices", "No errors on the console", 0, 1, text)],
        Weight = new ReportWeight(12, 340_000, 900_000, 3, 20_000, 800, [new ReportResourceType("script", 4, 200_000), new ReportResourceType("image", 3, 100_000), new ReportResourceType("document", 1, 40_000)]),
        Security = new ReportSecurity("C", 55, [new ReportSecurityTest("content-security-policy", "csp-not-implemented", -25, "No policy.")]),
        Filmstrip = [new ReportFrame(300, 0, picture), new ReportFrame(1200, 0.8, picture), new ReportFrame(2600, 1, picture)],
    };
}
