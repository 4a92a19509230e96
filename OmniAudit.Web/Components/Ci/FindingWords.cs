using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Web.Components.Ci;

/// <summary>Findings in words.</summary>
internal static class FindingWords
{
    public static string Kind(FindingKind kind) => kind switch
    {
        FindingKind.TestFailure => "test failure",
        FindingKind.BuildError => "build error",
        FindingKind.ConsoleError => "console error",
        _ => kind.ToString().ToLowerInvariant(),
    };

    public static string FirstLine(string text)
    {
        var line = text.AsSpan().TrimStart();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];
        return line.Length > 200 ? $"{line[..200]}…" : line.ToString();
    }

    public static string Place(EvidenceFinding finding) => finding.File is null ? finding.Test ?? "" : finding.Range is { } range ? $"{finding.File}:{range.StartLine}" : finding.File;
}
