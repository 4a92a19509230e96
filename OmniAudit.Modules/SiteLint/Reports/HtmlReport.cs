using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Findings.Performance;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>
/// A report as one HTML file that opens from disk: no script, no request (its content security policy allows none), pictures inside. Readable in print, in
/// dark and light, and without a mouse.
/// </summary>
internal sealed class HtmlReport
{
    private const int MostFindings = 400;
    private const int MostPages = 300;
    private const int MostRows = 200;

    private static readonly (string Category, string Title)[] Categories =
    [
        (FindingCategory.Availability, "Availability"), (FindingCategory.Accessibility, "Accessibility"), (FindingCategory.Security, "Security"), (FindingCategory.Seo, "Search engines"),
        (FindingCategory.BestPractices, "Best practices"), (PerformanceJudge.Category, "Performance"),
    ];

    private readonly StringBuilder _html = new(256 * 1024);
    private readonly ScanReport _report;
    private readonly IReadOnlyDictionary<string, string> _pictures;
    private readonly FindingState _state;

    private HtmlReport(ScanReport report, IReadOnlyDictionary<string, string> pictures) => (_report, _pictures, _state) = (report, pictures, new FindingState(report));

    /// <param name="pictures">Data URIs by the reference of the object.</param>
    public static byte[] Write(ScanReport report, IReadOnlyDictionary<string, string> pictures) => new HtmlReport(report, pictures).Write();

    private byte[] Write()
    {
        var styleHash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(HtmlReportStyle.Css)));
        Put($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'sha256-{styleHash}'; base-uri 'none'; form-action 'none'\">\n");
        Put($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>SiteLint report: {Text(_report.Url, 200)}</title>\n<style>{HtmlReportStyle.Css}</style>\n</head>\n<body>\n");
        Put("<a class=\"skip\" href=\"#findings\">Go to the findings</a>\n");
        Head();
        Put("<main>\n");
        Verdict();
        Comparison();
        Scores();
        Findings();
        Reviews();
        Pages();
        Links();
        Network();
        Put("</main>\n<footer><p>Made by OmniAudit SiteLint. Texts in this report come from the audited site.</p></footer>\n</body>\n</html>\n");
        return new UTF8Encoding(false).GetBytes(_html.ToString());
    }

    private void Head()
    {
        var s = _report.Summary;
        Put($"<header>\n<h1>SiteLint report</h1>\n<p class=\"site\">{HtmlText.Link(_report.Url)}</p>\n<dl class=\"facts\">");
        Fact("Scan", _report.ScanId);
        Fact("Finished", _report.FinishedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        Fact("Took", $"{(_report.FinishedAt - _report.StartedAt).TotalSeconds:0} s");
        Fact("Profile", _report.Profile);
        Fact("Viewports", _report.ViewportSet.Replace('_', ' '));
        Fact("Browser", $"Chromium {_report.Browser.Version}{(_report.Browser.AxeVersion is { } axe ? $", axe-core {axe}" : "")}");
        if (_report.Auth is { } auth) Fact("Signed in with", auth.Name);
        Put("</dl>\n<ul class=\"tiles\" aria-label=\"Counts\">");
        Tile("Pages", s.Pages, "");
        Tile("Findings", s.Findings, "");
        foreach (var (severity, count) in new[] { ("s1", s.S1), ("s2", s.S2), ("s3", s.S3), ("s4", s.S4) }) Tile(Severity(severity), count, severity);
        Tile("Need a person's look", s.NeedsReview, "");
        Put("</ul>\n</header>\n");

        void Fact(string name, string value) => Put($"<div><dt>{name}</dt><dd>{Text(value, 200)}</dd></div>");
        void Tile(string name, int count, string mark) => Put($"<li class=\"tile {mark}\"><span class=\"count\">{count}</span> <span>{Text(name)}</span></li>");
    }

    private void Verdict()
    {
        if (_report.Verdict is not { } verdict) return;
        Put($"<section aria-labelledby=\"verdict\">\n<h2 id=\"verdict\">Budgets: <span class=\"{(verdict.Passed ? "good" : "bad")}\">{(verdict.Passed ? "✓ passed" : "✗ failed")}</span></h2>\n");
        Table("Budget checks", ["Result", "Budget", "Pages", "Limit", "Worst", "Where"], verdict.Checks.OrderBy(c => c.Passed).Select(c => new[]
        {
            Mark(c.Passed, c.Passed ? "✓ passed" : "✗ failed"), Text(c.Budget), Text(c.Pages, 100), Number(c.Limit), c.Worst is { } worst ? Number(worst) : "not measured", Text(c.Where, 300),
        }));
        Put("</section>\n");
    }

    private void Comparison()
    {
        if (_report.Comparison is not { } c) return;
        Put("<section aria-labelledby=\"changes\">\n");
        if (c.Problem is { } problem)
        {
            Put($"<h2 id=\"changes\">Not compared</h2>\n<p>{Text(problem, 500)}</p>\n</section>\n");
            return;
        }
        Put($"<h2 id=\"changes\">Changes since {c.BaselineFinishedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC</h2>\n<p>Against {Text(c.BaselineScanId)}: {c.New.Count} new, {c.Fixed.Count} fixed, {c.Persisting} persisting, {c.NotCompared} not compared.</p>\n");
        var added = _report.Findings.Where(_state.IsNew).ToList();
        if (added.Count > 0)
        {
            Put("<h3>New</h3>\n<ul>");
            foreach (var f in added.Take(MostRows)) Put($"<li>{Badge(f.Severity)} <a href=\"#{Text(f.FindingId)}\">{Text(f.Title, 200)}</a> ({Text(f.Rule)}), {Text(_state.InWords(f))}, {Text(f.PageUrl, 200)}</li>");
            Put("</ul>\n");
        }
        if (c.Fixed.Count > 0)
        {
            Put("<h3>Fixed</h3>\n<ul>");
            foreach (var f in c.Fixed.Take(MostRows)) Put($"<li>{Badge(f.Severity)} {Text(f.Title, 200)} ({Text(f.Rule)}), {Text(f.PageUrl, 200)}{More(f.PageCount)}</li>");
            Put("</ul>\n");
        }
        if (c.Metrics.Count > 0)
        {
            Put("<h3>Metrics that moved beyond their noise</h3>\n");
            Table("Metric changes", ["Result", "Metric", "Before", "Now", "May vary by", "Page", "Viewport"], c.Metrics.Take(MostRows).Select(m => new[]
            {
                Mark(m.Verdict == "improved", m.Verdict == "improved" ? "▲ improved" : "▼ regressed"), Text(m.Metric), Number(m.Before), Number(m.After), Number(m.Allowance), Text(m.Url, 200), Text(m.Viewport),
            }));
        }
        Put("</section>\n");
    }

    private void Scores()
    {
        var scored = _report.Pages.Where(p => p.Scores is not null).GroupBy(p => p.Viewport, StringComparer.Ordinal).ToList();
        if (scored.Count == 0) return;
        Put("<section aria-labelledby=\"scores\">\n<h2 id=\"scores\">Scores</h2>\n<p>Medians over the pages, 0 to 100.</p>\n");
        Table("Scores by viewport", ["Viewport", "Performance", "Accessibility", "Best practices", "Search engines", "LCP ms", "TBT ms", "CLS"], scored.Select(g => new[]
        {
            Text(g.Key), Score(g.Select(p => p.Scores!.Performance)), Score(g.Select(p => p.Scores!.Accessibility)), Score(g.Select(p => p.Scores!.BestPractices)), Score(g.Select(p => p.Scores!.Seo)),
            Middle(g.Select(p => p.Metrics?.Values.Lcp)), Middle(g.Select(p => p.Metrics?.Values.Tbt)), Middle(g.Select(p => p.Metrics?.Values.Cls)),
        }));
        foreach (var page in _report.Pages.Where(p => p.Filmstrip.Any(f => _pictures.ContainsKey(f.Reference))))
        {
            Put($"<h3>How {Text(page.Url, 200)} comes up ({Text(page.Viewport)})</h3>\n<ul class=\"film\">");
            foreach (var frame in page.Filmstrip.Where(f => _pictures.ContainsKey(f.Reference)))
                Put($"<li><img src=\"{_pictures[frame.Reference]}\" alt=\"The screen after {frame.AtMs} ms, {frame.Progress * 100:0} percent of its final look\"><span>{frame.AtMs} ms</span></li>");
            Put("</ul>\n");
        }
        Put("</section>\n");
    }

    private void Findings()
    {
        Put($"<section aria-labelledby=\"findings\">\n<h2 id=\"findings\" tabindex=\"-1\">Findings ({_report.Findings.Count})</h2>\n");
        if (_report.Findings.Count == 0) Put("<p>None.</p>\n");
        var shown = _report.Findings.Take(MostFindings).ToList();
        foreach (var group in shown.GroupBy(f => f.Category, StringComparer.Ordinal).OrderBy(g => Array.FindIndex(Categories, c => c.Category == g.Key) is >= 0 and var at ? at : 99))
        {
            var title = Array.Find(Categories, c => c.Category == group.Key).Title ?? group.Key;
            Put($"<h3>{Text(title)} ({group.Count()})</h3>\n");
            foreach (var finding in group) One(finding);
        }
        if (shown.Count < _report.Findings.Count) Put($"<p>{_report.Findings.Count - shown.Count} more are in report.json.</p>\n");
        Put("</section>\n");
    }

    private void One(Finding f)
    {
        Put($"<article class=\"finding {Text(f.Severity)}\" id=\"{Text(f.FindingId)}\">\n<h4>{Badge(f.Severity)} {Text(f.Title, 300)}</h4>\n<p class=\"marks\"><code>{Text(f.Rule)}</code>");
        if (_state.InWords(f) is { Length: > 0 } change) Put($" <span class=\"mark\">★ {Text(change)}</span>");
        if (f.OnlyIn is { } only) Put($" <span class=\"mark\">{Text(only)} only</span>");
        Put($" <span>{f.PageCount} page{(f.PageCount == 1 ? "" : "s")}, {f.Occurrences} place{(f.Occurrences == 1 ? "" : "s")}, {Text(string.Join(" and ", f.Viewports))}, {f.Confidence * 100:0} % sure</span></p>\n");
        if (f.CropRef is { } crop && _pictures.TryGetValue(crop, out var picture)) Put($"<img class=\"crop\" src=\"{picture}\" alt=\"The element at fault\">\n");
        Put("<dl>");
        Put($"<div><dt>Page</dt><dd>{HtmlText.Link(f.PageUrl)}{More(f.PageCount)}</dd></div>");
        if (f.Selector.Length > 0) Put($"<div><dt>Element</dt><dd><code>{Text(f.Selector, 500)}</code></dd></div>");
        if (f.Evidence.Length > 0) Put($"<div><dt>Seen</dt><dd><code>{Text(f.Evidence, 600)}</code></dd></div>");
        foreach (var (name, value) in f.EvidenceHeaders) Put($"<div><dt>{Text(name)}</dt><dd><code>{Text(value, 500)}</code></dd></div>");
        Put($"<div><dt>What to change</dt><dd>{Text(f.SuggestedFix, 1_000)}{(f.HelpUrl is { } help ? $" {HtmlText.Link(help, "About this rule")}" : "")}</dd></div>");
        if (f.EvidenceSnapshotSha256 is { } hash) Put($"<div><dt>Document</dt><dd><code>sha256 {Text(hash)}</code></dd></div>");
        Put("</dl>\n");
        var pages = f.Places.Select(p => p.Url).Distinct().Skip(1).Take(MostRows).ToList();
        if (pages.Count > 0)
        {
            Put($"<details><summary>{pages.Count} more page{(pages.Count == 1 ? "" : "s")}</summary>\n<ul>");
            foreach (var page in pages) Put($"<li>{Text(page, 300)}</li>");
            Put("</ul></details>\n");
        }
        Put("</article>\n");
    }

    private void Reviews()
    {
        var reviews = ReviewItem.Of(_report);
        if (reviews.Count == 0) return;
        Put($"<section aria-labelledby=\"reviews\">\n<h2 id=\"reviews\">Needs a person's look ({reviews.Count})</h2>\n<p>What a machine could not decide. It is no failure and counts nowhere.</p>\n");
        Table("Rules that need a person's look", ["Rule", "Elements", "Pages", "First at"], reviews.Take(MostRows).Select(r => new[]
        {
            $"{Text(r.Title)}<br><code>{Text(r.Rule)}</code>{(r.HelpUrl is { } help ? $"<br>{HtmlText.Link(help, "About this rule")}" : "")}", r.Elements.ToString(CultureInfo.InvariantCulture),
            Text(string.Join(", ", r.Pages.Take(3)), 400) + More(r.Pages.Count, shown: 3), $"<code>{Text(r.Selector)}</code>",
        }));
        Put("</section>\n");
    }

    private void Pages()
    {
        Put("<section aria-labelledby=\"pages\">\n<h2 id=\"pages\">Pages</h2>\n");
        Table("Pages in each viewport", ["", "Page", "Viewport", "Outcome", "Performance", "Accessibility", "LCP ms", "TBT ms", "CLS", "Bytes", "Headers"], _report.Pages.Take(MostPages).Select(p => new[]
        {
            p.Screenshot is { } shot && _pictures.TryGetValue(shot.Reference, out var picture) ? $"<img class=\"thumb\" src=\"{picture}\" alt=\"\">" : "",
            $"{HtmlText.Link(p.Url)}<br>{Text(p.Title, 120)}", Text(p.Viewport), Mark(p.Outcome == PageOutcome.Audited, $"{p.Outcome.Replace('_', ' ')} {(p.Status > 0 ? p.Status : "")}") + (p.Reason.Length > 0 ? $"<br>{Text(p.Reason, 300)}" : ""),
            Score([p.Scores?.Performance]), Score([p.Scores?.Accessibility]), Middle([p.Metrics?.Values.Lcp]), Middle([p.Metrics?.Values.Tbt]), Middle([p.Metrics?.Values.Cls]), Middle([p.Weight?.WireBytes]), Text(p.Security?.Grade),
        }));
        if (_report.Pages.Count > MostPages) Put($"<p>{_report.Pages.Count - MostPages} more are in report.json.</p>\n");
        if (_report.Crawl is { Skipped.Count: > 0 } crawl)
        {
            Put("<h3>Not visited</h3>\n");
            Table("What the crawl left out", ["Why", "How many", "First addresses"], crawl.Skipped.Select(s => new[] { Text(s.Reason.Replace('_', ' ')), s.Count.ToString(CultureInfo.InvariantCulture), Text(string.Join(", ", s.Addresses.Take(5)), 500) }));
        }
        Put("</section>\n");
    }

    private void Links()
    {
        if (_report.Links is not { } links) return;
        Put($"<section aria-labelledby=\"links\">\n<h2 id=\"links\">Links</h2>\n<p>{links.Checked} checked: {links.Ok} good, {links.Broken} broken, {links.Unverified} unverified; {links.Unchecked} not checked.</p>\n");
        if (links.Problems.Count > 0)
            Table("Links with problems", ["Verdict", "Target", "Status", "Why", "On"], links.Problems.Take(MostRows).Select(l => new[] { Mark(l.Verdict != "broken", l.Verdict), Text(l.Url, 300), l.Status.ToString(CultureInfo.InvariantCulture), Text(l.Reason, 200), Text(string.Join(", ", l.Pages.Take(3)), 400) }));
        Put("</section>\n");
    }

    private void Network()
    {
        var network = _report.Network;
        Put($"<section aria-labelledby=\"network\">\n<h2 id=\"network\">Network</h2>\n<p>{network.Allowed} connections were let through, {network.Denied} were refused or failed{(network.Unlisted > 0 ? $"; {network.Unlisted} are not listed" : "")}.</p>\n");
        if (network.Hops.Count > 0)
            Table("Connections", ["Result", "Host", "Port", "Address", "Reason", "Times"], network.Hops.OrderBy(h => h.Allowed).Take(MostRows).Select(h => new[]
            {
                Mark(h.Allowed, h.Allowed ? "✓ allowed" : $"✗ {h.Code}"), Text(h.Host, 200), h.Port.ToString(CultureInfo.InvariantCulture), Text(h.Address), Text(h.Reason, 300), h.Count.ToString(CultureInfo.InvariantCulture),
            }));
        Put("</section>\n");
    }

    /// <summary>Wide tables scroll in a region of their own, which the keyboard reaches. Cells are HTML already.</summary>
    private void Table(string name, string[] heads, IEnumerable<string[]> rows)
    {
        Put($"<div class=\"scroll\" role=\"region\" aria-label=\"{Text(name)}\" tabindex=\"0\"><table>\n<thead><tr>");
        foreach (var head in heads) Put(head.Length == 0 ? "<td></td>" : $"<th scope=\"col\">{Text(head)}</th>");
        Put("</tr></thead>\n<tbody>");
        foreach (var row in rows)
        {
            Put("<tr>");
            foreach (var cell in row) Put($"<td>{cell}</td>");
            Put("</tr>\n");
        }
        Put("</tbody></table></div>\n");
    }

    private void Put(string html) => _html.Append(html);

    private static string Text(string? text, int most = 300) => HtmlText.Encode(text, most);

    private static string Mark(bool good, string words) => $"<span class=\"{(good ? "good" : "bad")}\">{Text(words)}</span>";

    private static string Badge(string severity) => $"<span class=\"badge {Text(severity)}\">{Text(Severity(severity))}</span>";

    private static string Severity(string severity) => severity switch { "s1" => "s1 critical", "s2" => "s2 serious", "s3" => "s3 moderate", "s4" => "s4 minor", _ => severity };

    private static string More(int pages, int shown = 1) => pages > shown ? $" and {pages - shown} more page{(pages - shown == 1 ? "" : "s")}" : "";

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Middle(IEnumerable<double?> values) => ScanTrendRow.Median(values) is { } value ? Number(value) : "–";

    private static string Score(IEnumerable<double?> scores) => ScanTrendRow.Median(scores) is { } value
        ? $"<span class=\"{(value >= 0.9 ? "good" : value >= 0.5 ? "fair" : "bad")}\">{value * 100:0}</span>"
        : "–";
}
