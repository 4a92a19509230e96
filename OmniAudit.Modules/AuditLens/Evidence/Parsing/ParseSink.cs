using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Text;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// Takes what a parser reads, cleans it, and counts what the bounds cut off. What it has stays when the parser meets its end too early.
/// </summary>
internal sealed class ParseSink(EvidenceSource source, string profile, ParseBounds bounds)
{
    private readonly List<EvidenceFinding> _findings = [];
    private readonly Dictionary<string, TestEntry> _tests = new(StringComparer.Ordinal);
    private readonly List<ParseProblem> _problems = [];
    private readonly SortedDictionary<string, (long Count, long Bound)> _cuts = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];
    // Rules, tools and files repeat thousands of times.
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public ParseBounds Bounds => bounds;

    public EvidenceSource Source => source;

    /// <summary>Anything at all was read, passes and notes too.</summary>
    public bool HasContent => _findings.Count > 0 || _tests.Count > 0 || _notes.Count > 0;

    public int FindingCount => _findings.Count;

    /// <summary>Adds a finding as it was read; <paramref name="line"/> is its line in the evidence, from 1. Answers its place for <see cref="Again"/>; −1 when there was no room.</summary>
    public int Add(EvidenceFinding finding, long line = 0)
    {
        if (_findings.Count >= bounds.Findings)
        {
            Cut("findings", 1, bounds.Findings);
            return -1;
        }
        var message = Clean(finding.Message, bounds.MessageChars, "message characters");
        var title = Clean(EvidenceText.FirstLine(finding.Title.Length > 0 ? finding.Title : finding.Message), bounds.TitleChars, null);
        _findings.Add(finding with
        {
            Profile = profile,
            Title = title.Length > 0 ? title : finding.Rule.Length > 0 ? Name(finding.Rule) : "(no message)",
            Message = message.Length > 0 ? message : title,
            Details = Clean(finding.Details, bounds.DetailsChars, "details characters"),
            Tool = Name(finding.Tool), Rule = Name(finding.Rule), Level = Name(finding.Level),
            File = finding.File is null ? null : Name(SourcePath.Normalise(finding.File)),
            Range = finding.Range is { StartLine: > 0 } range ? range : null,
            Snippet = string.IsNullOrWhiteSpace(finding.Snippet) ? null : Clean(finding.Snippet, 400, null),
            Test = finding.Test is null ? null : Clean(finding.Test, 600, null),
            HelpUrl = string.IsNullOrEmpty(finding.HelpUrl) ? null : Clean(finding.HelpUrl, 600, null),
            Package = finding.Package is null ? null : new VulnerablePackage(Name(finding.Package.Name), Name(finding.Package.Installed), Clean(finding.Package.FixedIn, 300, null)),
            Fingerprints = finding.Fingerprints.Count == 0 ? finding.Fingerprints : finding.Fingerprints.Take(10).ToDictionary(f => Name(f.Key), f => Clean(f.Value, 300, null), StringComparer.Ordinal),
            Fixes = Bounded(finding.Fixes, "fixes"),
            Evidence = [new EvidencePlace(source.Ref, profile, line)],
        });
        return _findings.Count - 1;
    }

    /// <summary>The evidence says it once more.</summary>
    public void Again(int place)
    {
        if (place >= 0) _findings[place] = _findings[place] with { Occurrences = _findings[place].Occurrences + 1 };
    }

    /// <summary>
    /// Adds one attempt at a test. A further one of the same name is a retry. <paramref name="key"/> tells tests of one name apart (the suite); null: the name does.
    /// </summary>
    public void AddTest(ReadTest test, string? key = null)
    {
        var name = Clean(test.FullName, 600, null);
        key = key is null ? name : $"{key}\n{name}";
        var failed = test.Outcome is not (TestOutcome.Passed or TestOutcome.Skipped);
        if (!_tests.TryGetValue(key, out var entry))
        {
            if (_tests.Count >= bounds.Tests)
            {
                Cut("tests", 1, bounds.Tests);
                // A failure is not lost with its test.
                if (failed) Add(Failure(name, test, [test.Outcome]), test.EvidenceLine);
                return;
            }
            _tests[key] = entry = new TestEntry { Name = name, First = test.Outcome };
        }
        else
        {
            entry.More ??= [];
            if (entry.More.Count < bounds.PerFinding) entry.More.Add(test.Outcome);
            else Cut("attempts", 1, bounds.PerFinding);
        }
        entry.Seconds += double.IsFinite(test.Seconds) ? test.Seconds : 0;
        // The first failure tells most; a later one adds nothing but its outcome.
        if (failed && (entry.Failure is null || entry.Failure.Message.Length == 0)) entry.Failure = test with { Message = Bound(test.Message, bounds.MessageChars), Details = Bound(test.Details, bounds.DetailsChars) };
    }

    public void Problem(string code, string message, long line = 0, long column = 0)
    {
        if (_problems.Count < bounds.Problems) _problems.Add(new ParseProblem(code, EvidenceText.Clean(message, 500, out _), line, column));
        else Cut("problems", 1, bounds.Problems);
    }

    /// <summary>A fact that is no finding.</summary>
    public void Note(string text)
    {
        if (_notes.Count < 200) _notes.Add(Clean(text, bounds.TitleChars, null));
        else Cut("notes", 1, 200);
    }

    public void Cut(string what, long count, long bound)
    {
        if (count > 0) _cuts[what] = (_cuts.GetValueOrDefault(what).Count + count, bound);
    }

    public ParsedEvidence Finish()
    {
        foreach (var entry in _tests.Values)
            if (entry.Failure is { } failure) Add(Failure(entry.Name, failure, entry.Attempts), failure.EvidenceLine);
        var tests = _tests.Values.Select(e => new TestResult(e.Name, e.Attempts, e.Seconds)).ToList();
        return new ParsedEvidence(profile, _findings, tests, _problems, [.. _cuts.Select(c => new ParseCut(c.Key, c.Value.Count, c.Value.Bound))], _notes);
    }

    private EvidenceFinding Failure(string name, ReadTest test, IReadOnlyList<TestOutcome> attempts) => new()
    {
        Kind = FindingKind.TestFailure,
        Tool = test.Tool,
        Rule = test.Type,
        Level = test.Outcome switch { TestOutcome.Error => "error", TestOutcome.TimedOut => "timeout", _ => "failure" },
        Severity = Severities.High,
        Title = test.Message.Length > 0 ? $"{ShortName(name)}: {EvidenceText.FirstLine(test.Message)}" : $"{ShortName(name)} {(test.Outcome == TestOutcome.TimedOut ? "timed out" : "failed")}",
        Message = test.Message.Length > 0 ? test.Message : EvidenceText.FirstLine(test.Details),
        Details = test.Details,
        File = test.File,
        Range = test.Line > 0 ? new SourceRange(test.Line) : null,
        Test = name,
        Attempts = attempts,
        Flaky = attempts.Contains(TestOutcome.Passed),
    };

    private static string ShortName(string name) => name.Length <= 120 ? name : "…" + name[^119..];

    private string Clean(string? text, int most, string? what)
    {
        var clean = EvidenceText.Clean(text, most, out var cut);
        if (what is not null) Cut(what, cut, most);
        return clean;
    }

    private string Name(string text)
    {
        if (_names.TryGetValue(text, out var known)) return known;
        var clean = EvidenceText.Clean(text, 600, out _);
        if (_names.Count < 20_000) _names[text] = clean;
        return clean;
    }

    private IReadOnlyList<T> Bounded<T>(IReadOnlyList<T> items, string what)
    {
        if (items.Count <= bounds.PerFinding) return items;
        Cut(what, items.Count - bounds.PerFinding, bounds.PerFinding);
        return [.. items.Take(bounds.PerFinding)];
    }

    /// <summary>What waits for the end is not much longer than what will be kept of it.</summary>
    private static string Bound(string text, int most) => text.Length > 2 * most + 8_192 ? text[..(2 * most + 8_192)] : text;

    private sealed class TestEntry
    {
        public required string Name { get; init; }
        public required TestOutcome First { get; init; }
        public List<TestOutcome>? More { get; set; }
        public ReadTest? Failure { get; set; }
        public double Seconds { get; set; }
        public IReadOnlyList<TestOutcome> Attempts => [First, .. More ?? []];
    }
}

/// <summary>One attempt at a test as a parser read it.</summary>
/// <param name="FullName">Class and name, joined as <see cref="TestName.Join"/> does.</param>
/// <param name="Type">The exception's type; empty when not said.</param>
internal sealed record ReadTest(
    string FullName, TestOutcome Outcome, string Message = "", string Details = "", string Type = "", string? File = null, int Line = 0, double Seconds = 0, string Tool = "", long EvidenceLine = 0);

/// <summary>Names of tests.</summary>
internal static class TestName
{
    /// <summary>Class and name with a dot between; the class only once when the name has it already.</summary>
    public static string Join(string? type, string? name)
    {
        type = type?.Trim() ?? "";
        name = name?.Trim() ?? "";
        if (type.Length == 0 || name == type) return name;
        if (name.Length == 0) return type;
        return name.StartsWith(type, StringComparison.Ordinal) && name.Length > type.Length && name[type.Length] is '.' or ':' or ' ' or '#' or '/' ? name : $"{type}.{name}";
    }
}
