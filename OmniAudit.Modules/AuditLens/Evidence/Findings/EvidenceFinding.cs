namespace OmniAudit.Modules.AuditLens.Evidence.Findings;

/// <summary>One fault that stored evidence shows. All texts come from outside: cleaned of secrets and of characters that hide, and still not to be trusted.</summary>
public sealed record EvidenceFinding
{
    /// <summary><c>fnd_</c> and a hash of what is at fault; a moved line does not change it. Empty until <see cref="FindingSet"/> has seen all findings of a run.</summary>
    public string FindingId { get; init; } = "";
    /// <summary>What sort of fault.</summary>
    public required FindingKind Kind { get; init; }
    /// <summary>The parser that read it first, for example <c>junit</c>.</summary>
    public string Profile { get; init; } = "";
    /// <summary>The tool that said it; empty when the file does not tell.</summary>
    public string Tool { get; init; } = "";
    /// <summary>The tool's name of the rule, the advisory's id, or the type of the exception; empty when there is none.</summary>
    public string Rule { get; init; } = "";
    /// <summary><c>s1</c> (worst) to <c>s4</c>; see <see cref="Severities"/>.</summary>
    public string Severity { get; init; } = Severities.Medium;
    /// <summary>The tool's own word for its severity.</summary>
    public string Level { get; init; } = "";
    /// <summary>What is wrong, in one line.</summary>
    public required string Title { get; init; }
    /// <summary>The whole message.</summary>
    public string Message { get; init; } = "";
    /// <summary>Stack, output or explanation.</summary>
    public string Details { get; init; } = "";
    /// <summary>The file as far as possible relative to the repository, with <c>/</c>; null when there is none.</summary>
    public string? File { get; init; }
    /// <summary>Where in <see cref="File"/>.</summary>
    public SourceRange? Range { get; init; }
    /// <summary>The line of source that the tool quoted: it finds a moved fault again.</summary>
    public string? Snippet { get; init; }
    /// <summary>The full name of the test, for <see cref="FindingKind.TestFailure"/>.</summary>
    public string? Test { get; init; }
    /// <summary>Every attempt at the test in order of the file; a retry buys a label, not a pass.</summary>
    public IReadOnlyList<TestOutcome> Attempts { get; init; } = [];
    /// <summary>The test also passed in the same evidence.</summary>
    public bool Flaky { get; init; }
    /// <summary>The tool's own fingerprints by name.</summary>
    public IReadOnlyDictionary<string, string> Fingerprints { get; init; } = NoFingerprints;
    /// <summary>What the tool would change.</summary>
    public IReadOnlyList<FindingFix> Fixes { get; init; } = [];
    /// <summary>Where it was read. Several after merging.</summary>
    public IReadOnlyList<EvidencePlace> Evidence { get; init; } = [];
    /// <summary>What has the vulnerability.</summary>
    public VulnerablePackage? Package { get; init; }
    /// <summary>The page that explains the rule; not to be fetched or linked unseen.</summary>
    public string? HelpUrl { get; init; }
    /// <summary>The tool says that people have accepted it (SARIF suppressions).</summary>
    public bool Suppressed { get; init; }
    /// <summary>The tool's own comparison with its baseline (SARIF <c>baselineState</c>); null when it made none.</summary>
    public string? BaselineState { get; init; }
    /// <summary>False: in the log, and GitHub shows no annotation of it; null: not looked for.</summary>
    public bool? Annotated { get; init; }
    /// <summary>How often the evidence says it of one and the same place.</summary>
    public int Occurrences { get; init; } = 1;
    /// <summary>The ids of what a dedupe strategy merged into this one, without its own.</summary>
    public IReadOnlyList<string> MergedIds { get; init; } = [];

    private static readonly IReadOnlyDictionary<string, string> NoFingerprints = new Dictionary<string, string>();
}

/// <summary>What sort of fault a finding is.</summary>
public enum FindingKind
{
    /// <summary>A test that did not pass.</summary>
    TestFailure,
    /// <summary>Said by a compiler or build.</summary>
    BuildError,
    /// <summary>Said by a linter or analyser.</summary>
    Lint,
    /// <summary>A known vulnerability of a package.</summary>
    Vulnerability,
    /// <summary>A secret in the sources.</summary>
    Secret,
    /// <summary>An annotation or a workflow command.</summary>
    Annotation,
    /// <summary>An audit of a page (Lighthouse, axe).</summary>
    Audit,
    /// <summary>Said in a browser's console.</summary>
    ConsoleError,
}

/// <summary>How one attempt at a test ended.</summary>
public enum TestOutcome
{
    /// <summary>Ran and held.</summary>
    Passed,
    /// <summary>An assertion did not hold.</summary>
    Failed,
    /// <summary>Broke before it could say.</summary>
    Error,
    /// <summary>Was stopped for taking too long.</summary>
    TimedOut,
    /// <summary>Was not run on purpose, or was not reached.</summary>
    Skipped,
}

/// <summary>Lines and columns from 1; a column counts UTF-16 units where the tool says what it counts. 0: not known.</summary>
public readonly record struct SourceRange(int StartLine, int StartColumn = 0, int EndLine = 0, int EndColumn = 0);

/// <summary>One change that a tool proposes: <paramref name="Edits"/> go together or not at all. Proof against the file's bytes is the reader's work.</summary>
public sealed record FindingFix(string Description, IReadOnlyList<FindingEdit> Edits);

/// <summary>
/// Replaces a part of a file. Exactly one way of saying where is set: <paramref name="Offset"/> with <paramref name="Length"/> (UTF-16 units from 0, ESLint) or
/// <paramref name="Range"/> (end exclusive by column, SARIF).
/// </summary>
public sealed record FindingEdit(string File, string NewText, SourceRange? Range = null, int? Offset = null, int? Length = null, string? OldText = null);

/// <summary>Where in the evidence: the object's reference and, for text, the line from 1 (0: the file as a whole).</summary>
public sealed record EvidencePlace(string Ref, string Profile, long Line = 0);

/// <summary>A package with a known vulnerability.</summary>
/// <param name="FixedIn">The first versions without it; empty when there is none yet.</param>
public sealed record VulnerablePackage(string Name, string Installed, string FixedIn);

/// <summary>Tools' words for severity, as the contract's <c>s1</c> (worst) to <c>s4</c>.</summary>
public static class Severities
{
    /// <summary>critical, blocker.</summary>
    public const string Critical = "s1";
    /// <summary>error, high, a failed test.</summary>
    public const string High = "s2";
    /// <summary>warning, medium.</summary>
    public const string Medium = "s3";
    /// <summary>note, low, style.</summary>
    public const string Low = "s4";

    /// <summary>A word nobody knows counts as a warning.</summary>
    public static string Of(string? word) => word?.Trim().ToLowerInvariant() switch
    {
        "critical" or "blocker" or "crit" or "s1" or "p0" or "fatal error" or "fatal" or "emergency" or "f" => Critical,
        "error" or "err" or "high" or "major" or "failure" or "serious" or "s2" or "p1" or "e" or "important" or "severe" => High,
        "note" or "notice" or "info" or "information" or "informational" or "low" or "minor" or "style" or "hint" or "suggestion" or "ignore" or "none" or "negligible"
            or "convention" or "refactor" or "s4" or "p3" or "i" or "c" or "r" or "message" or "help" => Low,
        _ => Medium,
    };

    /// <summary>CVSS 0 to 10 by its own bands (9, 7, 4).</summary>
    public static string OfScore(double score) => score >= 9 ? Critical : score >= 7 ? High : score >= 4 ? Medium : Low;
}
