using System.Globalization;
using System.Text;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>A report in a page of Markdown: verdict and changes first, then the worst. Texts of the audited site are written so that they stay texts.</summary>
internal static class MarkdownReport
{
    private const int MostFindings = 40;
    private const int MostPages = 40;

    public static byte[] Write(ScanReport report)
    {
        var state = new FindingState(report);
        var text = new StringBuilder();
        Line($"# SiteLint: {Text(report.Url, 300)}");
        Line();
        Line($"{Text(report.ScanId)} · {report.FinishedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC · {Text(report.Profile)} · {Text(report.ViewportSet)} · {report.Summary.Pages} pages · {report.Summary.Findings} findings ({report.Summary.S1} s1, {report.Summary.S2} s2, {report.Summary.S3} s3, {report.Summary.S4} s4)");
        if (report.Verdict is { } verdict)
        {
            Line();
            Line($"## Budgets: {(verdict.Passed ? "passed" : "FAILED")}");
            Line();
            foreach (var check in verdict.Checks)
                Line($"- {(check.Passed ? "passed" : "**failed**")}: {Text(check.Budget)} on {Text(check.Pages)}: limit {Number(check.Limit)}, worst {(check.Worst is { } worst ? Number(worst) : "not measured")} {Text(check.Where, 200)}");
        }
        if (report.Comparison is { } comparison)
        {
            Line();
            if (comparison.Problem is { } problem) Line($"Not compared with {Text(comparison.BaselineScanId)}: {Text(problem, 300)}");
            else
            {
                Line($"## Since {Text(comparison.BaselineScanId)}: {comparison.New.Count} new, {comparison.Fixed.Count} fixed, {comparison.Persisting} persisting");
                Line();
                foreach (var finding in report.Findings.Where(state.IsNew).Take(MostFindings)) Line($"- {state.InWords(finding)}: {Row(finding)}");
                foreach (var gone in comparison.Fixed.Take(MostFindings)) Line($"- fixed: {Row(gone)}");
                foreach (var m in comparison.Metrics.Take(MostFindings)) Line($"- {m.Verdict}: {Text(m.Metric)} {Number(m.Before)} → {Number(m.After)} (may vary by {Number(m.Allowance)}) on {Text(m.Url, 200)} ({Text(m.Viewport)})");
            }
        }
        Line();
        Line("## Findings");
        Line();
        foreach (var finding in report.Findings.Take(MostFindings)) Line($"- {Row(finding)}{(finding.HelpUrl is { } help && help.StartsWith("https://", StringComparison.Ordinal) ? $" <{Address(help)}>" : "")}");
        if (report.Findings.Count == 0) Line("None.");
        if (report.Findings.Count > MostFindings) Line($"- … and {report.Findings.Count - MostFindings} more in the report");
        if (ReviewItem.Of(report) is { Count: > 0 } reviews)
        {
            Line();
            Line("## Needs a person's look");
            Line();
            Line("What a machine could not decide. It is no failure and counts nowhere.");
            Line();
            foreach (var review in reviews.Take(MostFindings))
                Line($"- {Text(review.Title, 200)} ({Text(review.Rule, 100)}): {Elements(review.Elements)} on {Text(review.Pages[0], 200)}{(review.Pages.Count > 1 ? $" and {review.Pages.Count - 1} more pages" : "")}{(review.Selector.Length > 0 ? $", first at {Text(review.Selector, 120)}" : "")}");
            if (reviews.Count > MostFindings) Line($"- … and {reviews.Count - MostFindings} more in the report");
        }
        Line();
        Line("## Pages");
        Line();
        Line("| page | viewport | outcome | performance | accessibility | LCP ms | TBT ms | CLS | bytes |");
        Line("|---|---|---|---|---|---|---|---|---|");
        foreach (var p in report.Pages.Take(MostPages))
            Line($"| {Text(p.Url, 200)} | {Text(p.Viewport)} | {p.Outcome} {p.Status} | {Score(p.Scores?.Performance)} | {Score(p.Scores?.Accessibility)} | {Number(p.Metrics?.Values.Lcp)} | {Number(p.Metrics?.Values.Tbt)} | {Number(p.Metrics?.Values.Cls)} | {Number(p.Weight?.WireBytes)} |");
        if (report.Pages.Count > MostPages) Line($"\n… and {report.Pages.Count - MostPages} more in the report");
        return new UTF8Encoding(false).GetBytes(text.ToString());

        void Line(string line = "") => text.Append(CultureInfo.InvariantCulture, $"{line}\n");
    }

    private static string Row(Finding finding) =>
        $"**{finding.Severity}** {Text(finding.Title, 200)} ({Text(finding.Rule, 100)}): {Text(finding.PageUrl, 200)}{(finding.PageCount > 1 ? $" and {finding.PageCount - 1} more pages" : "")}{(finding.OnlyIn is { } only ? $", {Text(only)} only" : "")}{(finding.Selector.Length > 0 ? $", at {Text(finding.Selector, 120)}" : "")}";

    /// <summary>One line in which nothing is markup: every ASCII punctuation mark that Markdown or HTML could read is escaped (CommonMark 2.4).</summary>
    internal static string Text(string text, int most = 100)
    {
        if (text.Length > most) text = text[..(most - 1)] + "…";
        var plain = new StringBuilder(text.Length + 16);
        foreach (var c in VisibleText.Of(text))
        {
            if (c is '\n' or '\r' or '\t') plain.Append(' ');
            else if (c is '<') plain.Append("&lt;");
            else if (c is '&') plain.Append("&amp;");
            else if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '(' or '>' or '|' or '#' or '!' or '~' or '$' or '@') plain.Append('\\').Append(c);
            else plain.Append(c);
        }
        return plain.ToString();
    }

    private static string Elements(int count) => count == 1 ? "1 element" : string.Create(CultureInfo.InvariantCulture, $"{count} elements");

    private static string Address(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.AbsoluteUri.Replace(">", "%3E", StringComparison.Ordinal) : "";

    private static string Score(double? score) => score is { } value ? Math.Round(value * 100).ToString("0", CultureInfo.InvariantCulture) : "–";

    private static string Number(double? value) => value is { } number ? number.ToString("0.###", CultureInfo.InvariantCulture) : "–";
}
