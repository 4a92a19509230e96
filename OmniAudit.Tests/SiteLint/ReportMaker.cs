using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Tests.SiteLint;

/// <summary>Reports made by hand: pages that were looked at and what was seen on them.</summary>
internal sealed class ReportMaker(string site = "https://site.test")
{
    private readonly List<ReportPage> _pages = [];
    private readonly FindingSet _set = new();

    public static DateTimeOffset At { get; } = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    public ReportMaker Page(string path, string viewport = "desktop", double? lcp = null, double? tbt = null, double tbtSpread = 0, double? performance = null, string outcome = PageOutcome.Audited)
    {
        _pages.Add(new ReportPage
        {
            Url = site + path, FinalUrl = site + path, Viewport = viewport, Outcome = outcome, Status = outcome == PageOutcome.Audited ? 200 : 500, Title = "Page " + path, Axe = new ReportAxe(0, 0, 10),
            Scores = performance is null ? null : new ReportScores(performance, 0.9, 0.8, 1),
            Metrics = lcp is null && tbt is null ? null : new ReportMetrics(new PageMetrics(800, lcp, tbt, 0.01, null, 50), [], null, tbtSpread > 0 ? 5 : 1, new Dictionary<string, double> { ["tbt"] = tbtSpread }, "none"),
        });
        return this;
    }

    public ReportMaker Fault(string path, string rule, string selector = "", string evidence = "", string viewport = "desktop", string category = FindingCategory.Accessibility, string severity = "s2")
    {
        _set.Add(site + path, viewport, new Sighting(rule, severity, category, $"Fault of {rule}", 0.9, "Mend it. https://rules.test/" + rule, selector, evidence), []);
        return this;
    }

    public ScanReport Make(string scanId = "scn_now")
    {
        var findings = FindingEvidence.Complete(_set.ToList(), _pages);
        return new ScanReport
        {
            ScanId = scanId, Url = site + "/", Profile = "standard", ViewportSet = "desktop_mobile", StartedAt = At, FinishedAt = At.AddSeconds(5), Browser = new ReportBrowser("1", true, "4.14.1"),
            Summary = new ReportSummary(_pages.Select(p => p.Url).Distinct().Count(), findings.Count, findings.Count(f => f.Severity == "s1"), findings.Count(f => f.Severity == "s2"), findings.Count(f => f.Severity == "s3"), findings.Count(f => f.Severity == "s4"), 0),
            Pages = [.. _pages], Findings = findings, Network = new ReportNetwork(1, 0, 0, [new ReportHop("connect", "site.test", 443, "93.184.216.34", true, "allowed", "", 1)]),
        };
    }
}
