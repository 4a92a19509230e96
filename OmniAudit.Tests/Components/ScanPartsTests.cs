using System.Text.Json;
using Bunit;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Scans;

namespace OmniAudit.Tests.Components;

public sealed class ScanPartsTests : ConsoleContext
{
    private readonly ScanReport _report = FullScan.Report();

    [Theory]
    [InlineData(0.95, "95", "good")]
    [InlineData(0.8999, "89", "needs work")]
    [InlineData(0.2, "20", "poor")]
    [InlineData(null, "–", "not measured")]
    public void Gauge_OfAScore_SaysNumberAndWord(double? score, string number, string word)
    {
        var gauge = Render<ScoreGauge>(p => p.Add(g => g.Label, "Performance").Add(g => g.Score, score));

        Assert.Equal(number, gauge.Find("svg text").TextContent);
        Assert.Equal("true", gauge.Find("svg").GetAttribute("aria-hidden"));
        Assert.Equal(word, gauge.Find("figcaption .word").TextContent);
        if (score is not null) Assert.Contains($"{number} of 100", gauge.Find("figcaption").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_OfAMobilePage_StandBesideTheirThresholdsAndSpread()
    {
        var table = Render<MetricsTable>(p => p.Add(t => t.Metrics, _report.Pages[1].Metrics!).Add(t => t.Viewport, "mobile"));

        var tbt = table.FindAll("tbody tr").Single(r => r.TextContent.Contains("Total blocking time", StringComparison.Ordinal));
        Assert.Equal("330 ms", tbt.QuerySelector(".num")!.FirstChild!.TextContent.Trim());
        Assert.Contains("good up to 200 ms, poor from 600 ms", tbt.TextContent, StringComparison.Ordinal);
        Assert.Contains("spread 40 ms", tbt.TextContent, StringComparison.Ordinal);
        Assert.Contains("poor, 40", tbt.QuerySelector(".badge")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(3, tbt.QuerySelectorAll(".zone").Length);
        Assert.Contains("not measured", table.FindAll("tbody tr").Single(r => r.TextContent.Contains("Speed index", StringComparison.Ordinal)).TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Findings_OfOneRule_StandTogetherWithTheirMarks()
    {
        var list = Findings(new FindingFilter());

        Assert.Equal(2, list.FindAll("table.findings tbody").Count);
        Assert.Contains("2 components, 6 places", list.Find(".cause").TextContent, StringComparison.Ordinal);
        Assert.Contains("new", list.Find("#fnd_new .badge.warn").TextContent, StringComparison.Ordinal);
        Assert.Empty(list.FindAll("#fnd_old .badge.warn:not(:first-child)"));
        Assert.Contains("only mobile", list.Find("#fnd_mobile").TextContent, StringComparison.Ordinal);
        Assert.Equal("/scans/scn_full/findings/fnd_new", list.Find("#fnd_new a").GetAttribute("href"));
    }

    [Theory]
    [InlineData("s1", null, null, "fnd_new")]
    [InlineData(null, "new", null, "fnd_new")]
    [InlineData(null, "persisting", null, "fnd_old fnd_mobile")]
    [InlineData(null, null, "logo", "fnd_new")]
    public void Findings_Filtered_AreThose(string? severity, string? state, string? text, string ids)
    {
        var list = Findings(new FindingFilter(severity, null, state, null, text));

        Assert.Equal(ids.Split(' '), list.FindAll("tr[data-row]").Select(r => r.Id));
    }

    [Fact]
    public void Findings_HostileTitle_IsText()
    {
        var list = Findings(new FindingFilter());

        Assert.Empty(list.FindAll("script"));
        Assert.Contains("U+202E", list.Find("#fnd_new .esc").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Findings_NoneMatch_LeadBackToAll()
    {
        var list = Findings(new FindingFilter(Text: "nothing like it"));

        Assert.Equal("/scans/scn_full", list.Find(".empty a").GetAttribute("href"));
    }

    [Fact]
    public void Comparison_SaysNewFixedPersistingAndWhatMoved()
    {
        var panel = Render<ComparisonPanel>(p => p.Add(c => c.Report, _report));

        Assert.Equal(["1", "1", "2"], panel.FindAll(".tile b").Select(b => b.TextContent));
        var row = panel.Find("tbody tr").TextContent;
        Assert.Contains("regressed", row, StringComparison.Ordinal);
        Assert.Contains("120 ms", row, StringComparison.Ordinal);
        Assert.Contains("330 ms", row, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_InBothViewports_ShowsEverythingOfEach()
    {
        var view = Render<VisitView>(p => p.Add(v => v.ScanId, "scn_full").Add(v => v.Visit, _report.Pages[1]).Add(v => v.Id, "1"));

        Assert.Equal(3, view.FindAll(".film img").Count);
        Assert.Contains("After 1.20 s: 80 %", view.FindAll(".film img")[1].GetAttribute("alt")!, StringComparison.Ordinal);
        Assert.Contains("grade C", view.Markup, StringComparison.Ordinal);
        Assert.Contains("csp-not-implemented", view.Markup, StringComparison.Ordinal);
        Assert.Contains("340 kB", view.Markup, StringComparison.Ordinal);
        Assert.Empty(view.FindAll("script"));
        Assert.Contains("1 accessibility rule could not be decided by a machine", view.Find(".needs-look p").TextContent, StringComparison.Ordinal);
        var rule = view.Find(".needs-look li");
        Assert.Contains("color-contrast 3 elements, first at main >", rule.TextContent, StringComparison.Ordinal);
        Assert.Equal("https://rules.test/color-contrast", rule.QuerySelector("a")!.GetAttribute("href"));
    }

    [Fact]
    public void Crawl_SaysWhatWasLeftOutAndWhy()
    {
        var panel = Render<CrawlPanel>(p => p.Add(c => c.Crawl, _report.Crawl!));

        Assert.Contains("7 beyond the crawl budget", panel.Find("summary").TextContent, StringComparison.Ordinal);
        Assert.Contains("8 by sitemap", panel.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Sparkline_HasItsNumbersAsText()
    {
        var line = Render<Sparkline>(p => p.Add(s => s.Values, [0.9, 0.5]).Add(s => s.Label, "Performance"));

        Assert.Equal("Performance, oldest first: 90, 50", line.Find("svg").GetAttribute("aria-label"));
        Assert.Equal("0,4 100,12", line.Find("polyline").GetAttribute("points"));
    }

    [Fact]
    public void IssueDraft_OfAHostileFinding_KeepsItInBlocksItCannotEnd()
    {
        var draft = IssueDraft.Of(_report.Findings[0], "scn_full", FullScan.At, "https://console.test/scans/scn_full/findings/fnd_new");

        Assert.StartsWith("[s1] <script>", draft.Title, StringComparison.Ordinal);
        // The evidence begins with a fence of its own: the block's is longer.
        Assert.Contains("````text\n```\n" + FullScan.Hostile + "\n````", draft.Body, StringComparison.Ordinal);
        Assert.Contains("https://site.test/about", draft.Body, StringComparison.Ordinal);
        Assert.Contains("<https://console.test/scans/scn_full/findings/fnd_new>", draft.Body, StringComparison.Ordinal);
        Assert.Equal("accessibility", draft.Labels);
    }

    [Fact]
    public void IssueDraft_OfANameThatBeginsWithATick_IsCodeAndNotifiesNobody() =>
        Assert.Contains("by rule `` `@everyone ``,", IssueDraft.Of(_report.Findings[0] with { Rule = "`@everyone" }, "scn_full", FullScan.At, "https://console.test/").Body, StringComparison.Ordinal);

    [Fact]
    public void IssueDraft_Sent_CarriesWhatWasTypedAndShowsTheRefusalAtItsField()
    {
        JsonElement? sent = null;
        var form = Render<IssueDraftForm>(p => p.Add(f => f.Title, "A title").Add(f => f.Body, "A body").Add(f => f.Labels, "seo, bug").Add(f => f.Send, arguments =>
        {
            sent = arguments;
            return Task.FromResult<ToolOutcome?>(new ToolOutcome.Refused("invalid_arguments", "repo: is missing.", [new FieldError("repo", "must name a repository.")]));
        }));

        form.Find("#issue-title").Change("Another title");
        form.Find("form").Submit();

        Assert.Equal("""{"repo":"","title":"Another title","body":"A body","labels":["seo","bug"]}""", sent?.GetRawText());
        Assert.Contains("must name a repository", form.Find("#issue-repo-error").TextContent, StringComparison.Ordinal);
        Assert.Equal("true", form.Find("#issue-repo").GetAttribute("aria-invalid"));
        Assert.Equal("Another title", form.Find("#issue-title").GetAttribute("value"));
    }

    [Fact]
    public void Progress_ShowsEachPageAndAsksOnceMoreBeforeCancelling()
    {
        var cancelled = 0;
        var scan = new ScanSummary("scn_1", "job_1", "https://site.test/", "standard", "desktop", "Ada", "running", 0.4, "page 2 of 5, mobile", null, 0, 0, 0, 0, 0, null, Clock.GetUtcNow(), null, null);
        var panel = Render<ScanProgressPanel>(p => p.Add(s => s.Scan, scan).Add(s => s.Pages, [new("https://site.test/", "desktop", "audited", 4), new("https://site.test/", "mobile", null, 0)]).Add(s => s.Cancel, () =>
        {
            cancelled++;
            return Task.CompletedTask;
        }));

        panel.Find("[data-action=cancel]").Click();
        Assert.Equal(0, cancelled);
        panel.Find("[data-action=cancel-confirm]").Click();

        Assert.Equal(1, cancelled);
        Assert.Contains("page 2 of 5, mobile", panel.Markup, StringComparison.Ordinal);
        Assert.Equal(["looking", "audited"], panel.FindAll("tbody .badge").Select(b => b.TextContent));
    }

    private IRenderedComponent<FindingList> Findings(FindingFilter filter) => Render<FindingList>(p => p.Add(l => l.Report, _report).Add(l => l.Filter, filter));
}
