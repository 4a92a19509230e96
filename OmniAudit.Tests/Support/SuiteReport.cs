namespace OmniAudit.Tests.Support;

/// <summary>What a suite found, for people: a file below artifacts/ which test.sh shows at its end.</summary>
internal sealed class SuiteReport(string file)
{
    /// <summary>Crashes, two processes, ambiguity.</summary>
    public static readonly SuiteReport Approvals = new("approval-suite.txt");
    /// <summary>The public suites for MCP servers.</summary>
    public static readonly SuiteReport Conformance = new("conformance.txt");

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, List<string>> _sections = new(StringComparer.Ordinal);

    /// <summary>Adds lines to a section of the approval suite.</summary>
    public static void Add(string section, IEnumerable<string> lines) => Approvals.AddTo(section, lines);

    /// <summary>Adds lines to a section; the file is written anew with everything that this run knows.</summary>
    public void AddTo(string section, IEnumerable<string> lines)
    {
        lock (_gate)
        {
            if (!_sections.TryGetValue(section, out var known)) _sections[section] = known = [];
            known.AddRange(lines);
            Directory.CreateDirectory(SourceTree.At("artifacts"));
            File.WriteAllLines(SourceTree.At("artifacts", file), _sections.SelectMany(s => (string[])[s.Key, .. s.Value.Select(l => "  " + l)]));
        }
    }
}
