namespace OmniAudit.Tests.Support;

/// <summary>What the approval suite found, for people: artifacts/approval-suite.txt, which test.sh shows at its end.</summary>
internal static class SuiteReport
{
    private static readonly Lock Gate = new();
    private static readonly SortedDictionary<string, List<string>> Sections = new(StringComparer.Ordinal);

    /// <summary>Adds lines to a section; the file is written anew with everything that this run knows.</summary>
    public static void Add(string section, IEnumerable<string> lines)
    {
        lock (Gate)
        {
            if (!Sections.TryGetValue(section, out var known)) Sections[section] = known = [];
            known.AddRange(lines);
            Directory.CreateDirectory(SourceTree.At("artifacts"));
            File.WriteAllLines(SourceTree.At("artifacts", "approval-suite.txt"), Sections.SelectMany(s => (string[])[s.Key, .. s.Value.Select(l => "  " + l)]));
        }
    }
}
