using System.Globalization;
using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>Stored findings as the Markdown of an issue.</summary>
internal static class FindingText
{
    private const int MostChars = 40_000;

    /// <summary>Each with its place, message and evidence; what does not fit is counted.</summary>
    public static string Of(IReadOnlyList<EvidenceFinding> findings)
    {
        var text = new StringBuilder();
        var written = 0;
        foreach (var finding in findings)
        {
            var one = One(finding);
            if (text.Length + one.Length > MostChars) break;
            text.Append(one);
            written++;
        }
        if (written < findings.Count) text.Append(CultureInfo.InvariantCulture, $"{findings.Count - written} more did not fit.\n");
        return text.ToString().TrimEnd();
    }

    private static string One(EvidenceFinding finding)
    {
        var text = new StringBuilder();
        text.Append("**").Append(finding.Severity).Append("** ").Append(MarkdownText.Code(finding.Title, 250)).Append("\n\n");
        if (finding.File is { } file) text.Append("- Where: ").Append(MarkdownText.Code(finding.Range is { } r ? string.Create(CultureInfo.InvariantCulture, $"{file}:{r.StartLine}") : file, 250)).Append('\n');
        if (finding.Test is { } test) text.Append("- Test: ").Append(MarkdownText.Code(test, 250)).Append('\n');
        if (finding.Rule.Length > 0) text.Append("- Rule: ").Append(MarkdownText.Code(finding.Tool.Length > 0 ? $"{finding.Tool} {finding.Rule}" : finding.Rule, 150)).Append('\n');
        if (finding.Package is { } package) text.Append("- Package: ").Append(MarkdownText.Code($"{package.Name} {package.Installed}", 150)).Append(package.FixedIn.Length > 0 ? $", fixed in {MarkdownText.Code(package.FixedIn, 100)}" : "").Append('\n');
        if (finding.Attempts.Count > 1) text.Append("- Attempts: ").AppendJoin(", ", finding.Attempts.Take(20).Select(a => a.ToString().ToLowerInvariant())).Append('\n');
        text.Append("- Evidence: ").AppendJoin(", ", finding.Evidence.Take(3).Select(e => MarkdownText.Code(e.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{e.Ref} line {e.Line}") : e.Ref, 150)).Prepend(MarkdownText.Code(finding.FindingId, 40))).Append("\n\n");
        var said = finding.Message.Length > finding.Title.Length ? finding.Message : "";
        if (finding.Details.Length > 0) said = said.Length > 0 ? $"{said}\n\n{finding.Details}" : finding.Details;
        if (said.Length > 0) text.Append(MarkdownText.Block(said, 4_000)).Append("\n\n");
        return text.ToString();
    }
}
