using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>Lines that one tool only writes so. Looked for in files of a linter, not in logs of everything.</summary>
internal static partial class ToolSpellings
{
    public static bool TryRead(string line, out Diagnostic found)
    {
        found = default;
        if (line.Length > 2_000) return false;
        // isort and black name no line.
        if (line.StartsWith("ERROR: ", StringComparison.Ordinal) && line.IndexOf(" Imports are incorrectly", StringComparison.Ordinal) is > 7 and var imports) found = new Diagnostic(line[7..imports], 0, 0, 0, 0, "error", "isort", line[(imports + 1)..]);
        else if (line.StartsWith("would reformat ", StringComparison.Ordinal)) found = new Diagnostic(line[15..], 0, 0, 0, 0, "warning", "black", "would reformat");
        else if (line.StartsWith("error: cannot format ", StringComparison.Ordinal) && line.IndexOf(": ", 21, StringComparison.Ordinal) is > 21 and var end) found = new Diagnostic(line[21..end], 0, 0, 0, 0, "error", "black", line[(end + 2)..]);
        else if (line.Contains(", col ", StringComparison.Ordinal) && EslintCompact().Match(line) is { Success: true } compact) found = Of(compact);
        else if (line.Contains("]: ", StringComparison.Ordinal) && Tslint().Match(line) is { Success: true } tslint) found = Of(tslint);
        else if (line[0] == '[' && Protolint().Match(line) is { Success: true } protolint) found = Of(protolint);
        else if (line.Contains(" on line ", StringComparison.Ordinal) && PuppetLint().Match(line) is { Success: true } puppet) found = Of(puppet);
        else if (line.Contains(" file=", StringComparison.Ordinal) && Scalastyle().Match(line) is { Success: true } scala) found = Of(scala);
        else if (PathLineText().Match(line) is { Success: true } plain) found = Of(plain);
        return found.Message is { Length: > 0 };
    }

    /// <summary>reek: <c>  [3]:IrresponsibleModule: text</c> and <c>  [1, 5]:…</c> below a file's name.</summary>
    public static bool TryReadListed(string line, string file, out Diagnostic found)
    {
        found = default;
        if (line.Length > 2_000 || Reek().Match(line) is not { Success: true } match) return false;
        found = Of(match) with { File = file };
        return true;
    }

    private static Diagnostic Of(Match match)
    {
        var said = DiagnosticLine.Said(match.Groups["text"].ValueSpan, match.Groups["level"].Value.ToLowerInvariant());
        return new Diagnostic(match.Groups["file"].Value, Number("line"), Number("column"), 0, 0, said.Level, match.Groups["rule"].Success ? match.Groups["rule"].Value : said.Code, said.Message);

        int Number(string name) => int.TryParse(match.Groups[name].ValueSpan, out var number) ? number : 0;
    }

    [GeneratedRegex(@"^(?<file>[^:]+): line (?<line>\d+), col (?<column>\d+), (?<level>Error|Warning|Info) - (?<text>.+)$", RegexOptions.NonBacktracking)]
    private static partial Regex EslintCompact();

    [GeneratedRegex(@"^(?<file>[^\s\[\]:]+\.\w+)\[(?<line>\d+), (?<column>\d+)\]: (?<text>.+)$", RegexOptions.NonBacktracking)]
    private static partial Regex Tslint();

    [GeneratedRegex(@"^\[(?<file>[^\[\]:\s]+):(?<line>\d+):(?<column>\d+)\] (?<text>.+)$", RegexOptions.NonBacktracking)]
    private static partial Regex Protolint();

    [GeneratedRegex(@"^(?<file>\S+) - (?<level>ERROR|WARNING): (?<text>.+) on line (?<line>\d+)( \(check: .*\))?$", RegexOptions.NonBacktracking)]
    private static partial Regex PuppetLint();

    [GeneratedRegex(@"^(?<level>error|warning) file=(?<file>\S+) message=(?<text>.+?)( line=(?<line>\d+))?( column=(?<column>\d+))?$", RegexOptions.NonBacktracking)]
    private static partial Regex Scalastyle();

    [GeneratedRegex(@"^(?<file>[\w@./\\-]*[\w-]?\.\w+):(?<line>\d+) (?<text>.+)$", RegexOptions.NonBacktracking)]
    private static partial Regex PathLineText();

    [GeneratedRegex(@"^\s+\[(?<line>\d+)[\d, ]*\]:(?<rule>\w+): (?<text>.+)$", RegexOptions.NonBacktracking)]
    private static partial Regex Reek();
}
