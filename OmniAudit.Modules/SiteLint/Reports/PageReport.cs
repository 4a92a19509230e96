using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>0 to 1 each, as Lighthouse weighs them; null where nothing could be judged.</summary>
public sealed record ReportScores(double? Performance, double? Accessibility, double? BestPractices, double? Seo);

/// <summary>What one throttled navigation measured.</summary>
/// <param name="Values">Of the median run, by <see cref="PageMetrics"/>.</param>
/// <param name="Scores">Each metric's own score and weight.</param>
/// <param name="Lcp">The largest paint's element and phases; null when there was none.</param>
/// <param name="Runs">How many navigations; more than one with profile deep.</param>
/// <param name="Spread">By metric name, largest minus smallest over the runs; empty with one run.</param>
/// <param name="Throttling">What was slowed down, in words.</param>
public sealed record ReportMetrics(
    PageMetrics Values, IReadOnlyList<MetricScore> Scores, ReportLcp? Lcp, int Runs, IReadOnlyDictionary<string, double> Spread, string Throttling);

/// <summary>The largest contentful paint. Phases are milliseconds and add up to the metric.</summary>
/// <param name="Url">Of its image; empty for text.</param>
public sealed record ReportLcp(string Selector, string Url, double Ttfb, double LoadDelay, double LoadTime, double RenderDelay);

/// <summary>One question and its answer, passed ones included; what is at fault is told by the findings.</summary>
/// <param name="Id">Lighthouse's name where it has the same audit, such as <c>document-title</c>.</param>
/// <param name="Category">One of <c>performance</c>, <c>seo</c>, <c>best_practices</c>, <c>security</c>, <c>accessibility</c>.</param>
/// <param name="Score">1 passed, 0 failed, between for shares; null when it does not apply or could not be judged.</param>
/// <param name="Weight">In its category's score; 0 is for information.</param>
/// <param name="Value">What was measured or seen, in words; may hold text of the audited site.</param>
public sealed record ReportAudit(string Id, string Category, string Title, double? Score, double Weight, string Value = "")
{
    /// <summary>Elements that the rule could not judge, for a person to look at: no failures. Null when there are none, and in reports of earlier versions.</summary>
    public ReportReview? Review { get; init; }
}

/// <summary>What a machine could not decide.</summary>
/// <param name="Elements">How many.</param>
/// <param name="Selector">The first of them.</param>
/// <param name="HelpUrl">The page that explains the rule.</param>
public sealed record ReportReview(int Elements, string Selector, string? HelpUrl);

/// <summary>What the page loads until it falls silent.</summary>
/// <param name="WireBytes">As sent, headers included.</param>
/// <param name="DecodedBytes">Bodies after decompression.</param>
/// <param name="ThirdPartyBytes">The share of wire bytes from other sites.</param>
public sealed record ReportWeight(
    int Requests, long WireBytes, long DecodedBytes, int ThirdPartyRequests, long ThirdPartyBytes, int DomElements, IReadOnlyList<ReportResourceType> Types);

/// <summary>Requests of one kind: document, script, stylesheet, image, font, media, xhr, other.</summary>
public sealed record ReportResourceType(string Type, int Requests, long WireBytes);

/// <summary>The response headers' grade, by the method of MDN's HTTP Observatory.</summary>
/// <param name="Grade">A+ to F.</param>
/// <param name="Score">0 upwards; bonuses can lift it above 100.</param>
public sealed record ReportSecurity(string Grade, int Score, IReadOnlyList<ReportSecurityTest> Tests);

/// <param name="Result">The Observatory's name of the outcome, such as <c>csp-not-implemented</c>.</param>
/// <param name="Modifier">What it adds to or takes from the score.</param>
public sealed record ReportSecurityTest(string Name, string Result, int Modifier, string Explanation);

/// <summary>One frame of the loading page.</summary>
/// <param name="AtMs">Since the navigation began.</param>
/// <param name="Progress">0 to 1: how much of the screen looks as it does in the end.</param>
/// <param name="Reference">The object (PNG).</param>
public sealed record ReportFrame(int AtMs, double Progress, string Reference);

/// <summary>What the crawl did: how pages were found, and what was left out and why.</summary>
/// <param name="Found">Addresses found in all.</param>
/// <param name="Sources">By way of discovery (entry, sitemap, link): how many.</param>
/// <param name="Skipped">By reason, in a fixed order; addresses are the first few.</param>
/// <param name="Robots">What robots.txt said about the crawl, in words.</param>
public sealed record ReportCrawl(int Found, IReadOnlyDictionary<string, int> Sources, IReadOnlyList<ReportSkip> Skipped, string Robots);

/// <param name="Reason"><c>budget</c>, <c>robots</c>, <c>excluded</c>, <c>template_sample</c>, <c>trap</c>, <c>unsafe</c>, <c>other_origin</c>, <c>not_a_page</c>, <c>not_asked</c> (the root page).</param>
public sealed record ReportSkip(string Reason, int Count, IReadOnlyList<string> Addresses);

/// <summary>The links of all pages, each target asked once.</summary>
/// <param name="Checked">Targets that were asked.</param>
/// <param name="Unchecked">Targets beyond the bound.</param>
/// <param name="Problems">Broken and unverified ones.</param>
public sealed record ReportLinks(int Checked, int Ok, int Broken, int Unverified, int Unchecked, IReadOnlyList<ReportLink> Problems);

/// <param name="Verdict"><c>broken</c>, or <c>unverified</c> where the answer allows no verdict (401, 403, 429, 999, a time-out).</param>
/// <param name="Status">0 when nothing answered.</param>
/// <param name="Pages">The first pages that point there.</param>
public sealed record ReportLink(string Url, string Verdict, int Status, string Reason, IReadOnlyList<string> Pages);
