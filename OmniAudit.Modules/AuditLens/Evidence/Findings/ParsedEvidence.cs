namespace OmniAudit.Modules.AuditLens.Evidence.Findings;

/// <summary>What one piece of evidence says. Whatever was left out is in <paramref name="Cuts"/>, whatever could not be read in <paramref name="Problems"/>.</summary>
/// <param name="Profile">The parser that read it; <c>unknown</c> when none fits.</param>
/// <param name="Tests">Every test with its attempts, passes included; failing ones are findings too.</param>
/// <param name="Notes">Facts without a finding, such as scores of categories.</param>
internal sealed record ParsedEvidence(
    string Profile, IReadOnlyList<EvidenceFinding> Findings, IReadOnlyList<TestResult> Tests, IReadOnlyList<ParseProblem> Problems, IReadOnlyList<ParseCut> Cuts, IReadOnlyList<string> Notes)
{
    /// <summary>Read to its end, and nothing left out.</summary>
    public bool Complete => Problems.Count == 0 && Cuts.Count == 0;
}

/// <summary>What could not be read, and where. What was read before it is kept.</summary>
/// <param name="Code"><c>unknown_profile</c>, <c>unknown_format</c>, <c>malformed</c>, <c>item_skipped</c> or <c>nothing_recognised</c>.</param>
/// <param name="Line">From 1; 0: not known.</param>
/// <param name="Column">From 1, in bytes for JSON, in characters for XML; 0: not known.</param>
internal sealed record ParseProblem(string Code, string Message, long Line = 0, long Column = 0);

/// <summary>A bound that cut something off. <paramref name="Count"/> of <paramref name="What"/> are missing beyond <paramref name="Bound"/>.</summary>
internal sealed record ParseCut(string What, long Count, long Bound);

/// <summary>One test of one piece of evidence, all attempts together.</summary>
/// <param name="Attempts">In order of the file, never empty.</param>
internal sealed record TestResult(string FullName, IReadOnlyList<TestOutcome> Attempts, double Seconds)
{
    public bool Failed => Attempts.Any(a => a is TestOutcome.Failed or TestOutcome.Error or TestOutcome.TimedOut);
    public bool Passed => Attempts.Contains(TestOutcome.Passed);
    /// <summary>It did both: whatever its last attempt did.</summary>
    public bool Flaky => Failed && Passed;
}

/// <summary>How much of one piece of evidence is kept.</summary>
internal sealed record ParseBounds
{
    public int Findings { get; init; } = 50_000;
    public int Tests { get; init; } = 200_000;
    public int Problems { get; init; } = 100;
    public int TitleChars { get; init; } = 300;
    public int MessageChars { get; init; } = 4_000;
    public int DetailsChars { get; init; } = 8_000;
    /// <summary>One value of a JSON list, such as one result of SARIF.</summary>
    public int JsonItemBytes { get; init; } = 8 << 20;
    public int LineBytes { get; init; } = 64 << 10;
    /// <summary>Fixes and attempts of one finding.</summary>
    public int PerFinding { get; init; } = 50;

    public static ParseBounds Default { get; } = new();
}

/// <summary>Which evidence is read.</summary>
/// <param name="Ref">How findings point to it (the object's reference).</param>
/// <param name="FileName">Its path in the artifact: it helps to tell the format.</param>
internal sealed record EvidenceSource(string Ref, string FileName);
