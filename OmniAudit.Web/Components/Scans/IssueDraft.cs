using System.Text;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Web.Components.Ci;

namespace OmniAudit.Web.Components.Scans;

/// <summary>An issue as a person may send it for a finding. What the audited site wrote stands in code blocks: it must not notify anybody or pass as markup.</summary>
internal sealed record IssueDraft(string Title, string Body, string Labels)
{
    private const int MostPlaces = 10;
    private const int LongestTitle = 200;
    private const int LongestDetails = 2_000;

    /// <param name="link">Where the finding is shown.</param>
    public static IssueDraft Of(Finding finding, string scanId, DateTimeOffset scannedAt, string link)
    {
        var body = new StringBuilder();
        body.Append("Found by rule ").Append(Code(finding.Rule)).Append(", severity ").Append(Code(finding.Severity)).Append(", on ").Append(ScanWords.Count(finding.PageCount, "page"))
            .Append(" (").Append(string.Join(", ", finding.Viewports.Select(Code))).Append("), ").Append(ScanWords.Count(finding.Occurrences, "place")).Append(" in all.\n");
        Section("What to change", Fence(finding.SuggestedFix));
        var pages = finding.Places.Select(p => p.Url).Prepend(finding.PageUrl).Distinct(StringComparer.Ordinal).ToList();
        var listed = string.Join('\n', pages.Take(MostPlaces)) + (finding.PageCount > MostPlaces ? $"\nand {finding.PageCount - MostPlaces} more" : "");
        Section("Where", Fence(finding.Selector.Length > 0 ? $"{listed}\n\n{finding.Selector}" : listed));
        if (finding.Evidence.Length > 0) Section("Seen there", Fence(finding.Evidence));
        var source = $"Scan {Code(scanId)} of {scannedAt:yyyy-MM-dd HH:mm} UTC, finding {Code(finding.FindingId)}: <{link}>";
        Section("Source", ScanWords.Href(finding.HelpUrl ?? "") is { } help ? $"{source}\n\nThe rule: <{help}>" : source);
        return new IssueDraft(Line($"[{finding.Severity}] {finding.Title}", LongestTitle), body.ToString(), finding.Category.Replace('_', '-'));

        void Section(string title, string text) => body.Append("\n### ").Append(title).Append("\n\n").Append(text).Append('\n');
    }

    /// <param name="link">Where the finding is shown.</param>
    public static IssueDraft Of(StoredFinding stored, FindingSetSummary set, string link)
    {
        var finding = stored.Finding;
        var body = new StringBuilder();
        body.Append("Found by ").Append(Code(finding.Tool.Length > 0 ? finding.Tool : finding.Profile)).Append(", severity ").Append(Code(finding.Severity));
        if (finding.Rule.Length > 0) body.Append(", rule ").Append(Code(finding.Rule));
        body.Append(".\n\n### Where\n\n").Append(Fence(FindingWords.Place(finding) is { Length: > 0 } place ? place : "no file is named"));
        body.Append("\n\n### What was said\n\n").Append(Fence(finding.Message.Length > 0 ? finding.Message : finding.Title));
        if (finding.Details.Length > 0) body.Append("\n\n### Stack and output\n\n").Append(Fence(finding.Details.Length > LongestDetails ? finding.Details[..LongestDetails] + "\n…" : finding.Details));
        body.Append("\n\n### Source\n\n").Append(set.RunId > 0 ? $"Run {set.RunId}, commit {Code(set.HeadSha)}, " : "").Append("finding ").Append(Code(finding.FindingId)).Append($": <{link}>\n");
        return new IssueDraft(Line($"[{finding.Severity}] {finding.Title}", LongestTitle), body.ToString(), FindingWords.Kind(finding.Kind).Replace(' ', '-'));
    }

    /// <summary>A block that its own text cannot end.</summary>
    private static string Fence(string text)
    {
        text = text.ReplaceLineEndings("\n");
        var fence = new string('`', Math.Max(3, LongestRun(text) + 1));
        return $"{fence}text\n{text}\n{fence}";
    }

    private static string Code(string text)
    {
        var (ticks, line) = (new string('`', LongestRun(text) + 1), Line(text, 300));
        // Beside a tick of its own the first or the last would count as one of them.
        var pad = line.StartsWith('`') || line.EndsWith('`') ? " " : "";
        return $"{ticks}{pad}{line}{pad}{ticks}";
    }

    private static int LongestRun(string text)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text) longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        return longest;
    }

    private static string Line(string text, int most)
    {
        var line = string.Join(' ', new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= most ? line : line[..(most - 1)] + "…";
    }
}
