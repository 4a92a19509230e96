using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Baseline;
using OmniAudit.Modules.SiteLint.Budgets;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Tests.SiteLint;

/// <summary>This scan against the one before.</summary>
public sealed class ScanComparerTests
{
    [Fact]
    public void SeededFaults_ThreeNewAndTwoFixed_AreExactlyThose()
    {
        var before = new ReportMaker().Page("/").Page("/about")
            .Fault("/", "axe/image-alt", "img", "<img src=\"/old.png\">").Fault("/", "axe/label", "input", "<input name=\"q\">")
            .Fault("/about", "seo/meta-description", category: FindingCategory.Seo).Fault("/about", "axe/link-name", "a:nth-child(2)", "<a href=\"/stays\"></a>").Make("scn_before");
        var now = new ReportMaker().Page("/").Page("/about")
            // A neighbour came, so that axe needs another selector for the old image.
            .Fault("/", "axe/image-alt", "img[src$=\"old.png\"]", "<img src=\"/old.png\">").Fault("/", "axe/image-alt", "main > img:nth-child(7)", "<img src=\"/new.png\">")
            .Fault("/", "axe/button-name", "button", "<button></button>").Fault("/about", "axe/link-name", "nav > a:nth-child(9)", "<a href=\"/stays\"></a>")
            .Fault("/about", "axe/duplicate-id", "#x", "<p id=\"x\">").Make();

        var comparison = ScanComparer.Compare(now, before);

        Assert.Equal(["axe/button-name", "axe/duplicate-id", "axe/image-alt"], Rules(now, comparison.New).Order());
        Assert.Equal(["axe/label", "seo/meta-description"], comparison.Fixed.Select(f => f.Rule).Order());
        Assert.Equal((2, 0, 2), (comparison.Persisting, comparison.NotCompared, comparison.PagesCompared));
    }

    [Fact]
    public void AnotherElement_InAKnownComponent_IsNotHidden()
    {
        static ReportMaker List(params string[] images) => images.Select((src, i) => (src, i)).Aggregate(
            new ReportMaker().Page("/"), (m, x) => m.Fault("/", "axe/image-alt", $"li:nth-child({x.i + 1}) > img", $"<img src=\"{x.src}\">"));

        var more = ScanComparer.Compare(List("/a.png", "/b.png", "/c.png").Make(), List("/b.png", "/a.png").Make("scn_before"));
        Assert.Equal((1, 0, 2), Only(more));
        Assert.Single(more.New);
        Assert.Empty(more.Fixed);

        // One was mended and another broke, in another place: the count is the same, the fault is not.
        var swapped = ScanComparer.Compare(List("/a.png", "/ok.png", "/c.png").Make(), List("/a.png", "/b.png").Make("scn_before"));
        Assert.True(swapped.New.Count == 1 && swapped.Changes[0].New >= 1, swapped.Changes.ToString());
    }

    [Fact]
    public void ElementEditedInItsPlace_IsTheSameFault()
    {
        var before = new ReportMaker().Page("/").Fault("/", "axe/label", "#search > input", "<input name=\"q\">").Make("scn_before");
        var now = new ReportMaker().Page("/").Fault("/", "axe/label", "#search > input", "<input name=\"query\" class=\"wide\">").Make();

        var comparison = ScanComparer.Compare(now, before);
        Assert.Equal((0, 0, 1), (comparison.New.Count, comparison.Fixed.Count, comparison.Persisting));
    }

    [Fact]
    public void RulesThatAnswerForOneAnother_AreComparedOnlyWhereAxeRanInBoth()
    {
        static ScanReport Titleless(string rule, bool axe, string id)
        {
            var report = new ReportMaker().Page("/").Fault("/", rule).Make(id);
            return axe ? report : report with { Pages = [.. report.Pages.Select(p => p with { Axe = null })] };
        }

        // axe could not run, and ours took its place: nothing is new and nothing mended.
        var comparison = ScanComparer.Compare(Titleless("seo/document-title", false, "scn_now"), Titleless("axe/document-title", true, "scn_before"));

        Assert.Equal((0, 0, 0), (comparison.New.Count, comparison.Fixed.Count, comparison.Persisting));
        Assert.Equal(2, comparison.NotCompared);
    }

    [Fact]
    public void PagesThatOneDidNotLookAt_AreNeitherNewNorFixed()
    {
        var before = new ReportMaker().Page("/").Page("/gone").Page("/down").Fault("/gone", "axe/label", "input", "<input>").Fault("/down", "axe/label", "#d", "<input id=\"d\">").Make("scn_before");
        var now = new ReportMaker().Page("/").Page("/", "mobile").Page("/more").Page("/down", outcome: PageOutcome.HttpError).Fault("/more", "axe/list", "ul").Fault("/", "axe/dlitem", "dd", viewport: "mobile")
            .Fault("/down", "availability/http-status", category: FindingCategory.Availability).Make();

        var comparison = ScanComparer.Compare(now, before);

        Assert.Equal(["availability/http-status"], Rules(now, comparison.New));
        Assert.Empty(comparison.Fixed);
        Assert.Equal(4, comparison.NotCompared);
    }

    /// <summary>Whatever a site's faults are: shuffled and moved they are the same; added ones are new, removed ones fixed, and nothing else.</summary>
    [Fact]
    public void Compare_Property_MovedIsNothingAddedIsNewRemovedIsFixed()
    {
        var fault = from page in Gen.Choose(0, 3) from rule in Gen.Choose(0, 4) from element in Gen.Choose(0, 30) from seat in Gen.Choose(1, 9) select (Page: $"/p{(char)('a' + page)}", Rule: $"axe/rule-{(char)('a' + rule)}", Element: element, Seat: seat);
        var cases = from faults in fault.ListOf() from added in fault.ListOf() from seats in Gen.Choose(1, 1000) select (faults, added, seats);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var old = c.faults.DistinctBy(f => (f.Page, f.Rule, f.Element)).ToList();
            var added = c.added.DistinctBy(f => (f.Page, f.Rule, f.Element)).Where(a => !old.Exists(f => (f.Page, f.Rule, f.Element) == (a.Page, a.Rule, a.Element)))
                // On seats of their own: on the seat of a removed one they would be that one, edited.
                .Select((a, i) => a with { Seat = 100 + i }).ToList();
            var removed = old.Where((_, i) => i % 5 == 4).ToList();
            var random = new Random(c.seats);
            var kept = old.Except(removed).Select(f => f with { Seat = random.Next(10, 99) });
            var before = Make(old, "scn_before");
            var now = Make([.. kept.Concat(added).OrderBy(_ => random.Next())], "scn_now");

            var comparison = ScanComparer.Compare(now, before);
            var none = ScanComparer.Compare(Make([.. old.OrderBy(_ => random.Next()).Select(f => f with { Seat = random.Next(10, 99) })], "scn_now"), before);
            return none.New.Count == 0 && none.Fixed.Count == 0
                && comparison.Changes.Sum(x => x.New) == added.Count && comparison.Changes.Sum(x => x.Fixed) == removed.Count
                && comparison.Fixed.Sum(f => f.Places.Sum(p => p.Count)) == removed.Count;
        }).QuickCheckThrowOnFailure();

        static ScanReport Make(List<(string Page, string Rule, int Element, int Seat)> faults, string id)
        {
            var maker = new ReportMaker();
            foreach (var page in "abcd") maker.Page($"/p{page}");
            foreach (var f in faults) maker.Fault(f.Page, f.Rule, $"main > div:nth-child({f.Seat}) > p", $"<p class=\"{new string((char)('a' + (f.Element % 26)), 3)}{(f.Element >= 26 ? "z" : "")}\">");
            return maker.Make(id);
        }
    }

    [Fact]
    public void Metrics_TwentyNoisyScans_AreNoRegression_AndABlockIs()
    {
        var random = new Random(7);
        var before = Page(1500, 20);
        for (var i = 0; i < 20; i++)
        {
            // The noise of repeated scans on a small machine.
            var again = Page(1500 + random.Next(-180, 180), 20 + random.Next(-20, 60));
            Assert.Empty(ScanComparer.Compare(again, before).Metrics);
        }
        var blocked = ScanComparer.Compare(Page(1510, 170), before);
        Assert.Equal(("tbt", "regressed", 20, 170, 100), (blocked.Metrics[0].Metric, blocked.Metrics[0].Verdict, blocked.Metrics[0].Before, blocked.Metrics[0].After, blocked.Metrics[0].Allowance));
        Assert.Single(blocked.Metrics);
        Assert.Equal("improved", Assert.Single(ScanComparer.Compare(before, Page(1510, 170)).Metrics).Verdict);
        // A page that varies by itself has to move further.
        Assert.Empty(ScanComparer.Compare(Page(1500, 170, spread: 160), Page(1500, 20, spread: 30)).Metrics);

        static ScanReport Page(double lcp, double tbt, double spread = 0) => new ReportMaker().Page("/", lcp: lcp, tbt: tbt, tbtSpread: spread).Make();
    }

    [Fact]
    public void Budgets_AreJudgedByTheWorstPage_AndWhatIsUnmeasuredFails()
    {
        var report = new ReportMaker().Page("/", lcp: 2000, tbt: 10, performance: 0.95).Page("/shop/a", lcp: 3100, tbt: 10, performance: 0.7).Page("/shop/b/c", "mobile", lcp: 9000, tbt: 10, performance: 0.2).Page("/raw")
            .Fault("/", "axe/label", "input", "<input>").Fault("/", "seo/x", category: FindingCategory.Seo, severity: "s4").Make();
        string[] Judge(ScanBudgets budgets, ScanReport? of = null) => [.. BudgetJudge.Judge(of ?? report, budgets).Checks.Select(c => $"{c.Budget} {c.Pages} {c.Limit} {c.Worst} {c.Where.Replace("https://site.test", "", StringComparison.Ordinal)} {c.Passed}")];

        Assert.Equal(["performance_score /shop/* 70 70 /shop/a (desktop) True", "lcp_ms /shop/* 3000 3100 /shop/a (desktop) False"], Judge(new([new("/shop/*", PerformanceScore: 70, LcpMs: 3000)])));
        Assert.Equal(["performance_score /shop/** 70 20 /shop/b/c (mobile) False"], Judge(new([new("/shop/**", PerformanceScore: 70)])));
        Assert.Equal(["lcp_ms all 9999 9000 /raw (desktop): not measured False"], Judge(new([new(null, LcpMs: 9999)])));
        Assert.Equal(["cls /none 1  no page of the scan matches False"], Judge(new([new("/none", Cls: 1)])));
        Assert.Equal(["new_findings all 0  there is no baseline False", "accessibility_findings all 1 1  True", "findings_s3_or_worse all 0 1 / False"], Judge(new([], 0, 1, "s3")));
        var compared = report with { Comparison = ScanComparer.Compare(report, new ReportMaker().Page("/").Make("scn_before")) };
        Assert.Equal(["new_findings all 1 2  False"], Judge(new([], 1), compared));
        Assert.Equal(["new_findings all 1  baseline lost False"], Judge(new([], 1), report with { Comparison = ScanComparer.None("scn_x", "baseline lost") }));
        Assert.True(BudgetJudge.Judge(report, new([], AccessibilityFindings: 1)).Passed);
    }

    [Fact]
    public async Task Baseline_OfAnotherSite_IsRefusedByName()
    {
        await using var world = await ScanWorld.StartAsync(["site.test:443", "other.test:443"]);
        var row = await world.Get<ReportStore>().EnsureAsync("job_1", new ScanArguments("https://site.test/x", "quick", "desktop", ["https://site.test/x"], 1), default);
        var finisher = world.Get<ReportFinisher>();

        var unfinished = await Assert.ThrowsAsync<Modules.Tools.ToolRefusedException>(() => finisher.RequireBaselineAsync(row.ScanId, "https://site.test/", default));
        await world.Get<ReportStore>().SaveAsync(new ReportMaker().Page("/").Make(row.ScanId), default);
        var other = await Assert.ThrowsAsync<Modules.Tools.ToolRefusedException>(() => finisher.RequireBaselineAsync(row.ScanId, "https://other.test/", default));
        var unknown = await Assert.ThrowsAsync<Modules.Tools.ToolRefusedException>(() => finisher.RequireBaselineAsync("scn_x", "https://site.test/", default));

        Assert.Equal(("not_ready", "other_site", "not_found"), (unfinished.Code, other.Code, unknown.Code));
        Assert.Contains("https://site.test, not of https://other.test", other.Message, StringComparison.Ordinal);
        Assert.Equal(row.ScanId, (await finisher.RequireBaselineAsync(row.ScanId, "https://site.test/y", default)).ScanId);
        var report = await finisher.FinishAsync(new ReportMaker("https://other.test").Page("/").Make(), new ScanArguments("https://other.test/", "quick", "desktop", [], 1) { BaselineScanId = row.ScanId, Budgets = new([], 0) }, default);
        Assert.Contains("not of https://other.test", report.Comparison!.Problem, StringComparison.Ordinal);
        Assert.False(report.Verdict!.Passed);
    }

    private static (int New, int Fixed, int Persisting) Only(ReportComparison comparison) => Assert.Single(comparison.Changes) is var c ? (c.New, c.Fixed, c.Persisting) : default;

    private static IEnumerable<string> Rules(ScanReport report, IEnumerable<string> ids) => ids.Select(id => report.Findings.First(f => f.FindingId == id).Rule);
}
