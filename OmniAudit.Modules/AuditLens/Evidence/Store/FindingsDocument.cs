using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>All that was read out of some evidence at once. Written once and never changed; the same evidence read in the same way gives the same bytes.</summary>
/// <param name="Evidence">The evidence by id, in the order it was read.</param>
/// <param name="Findings">In order of their first evidence.</param>
/// <param name="Fixed">Of the base, gone, and looked for.</param>
/// <param name="NotCompared">Of the base, gone, and nobody can say.</param>
/// <param name="NotAnnotated">Errors, warnings and notices of logs that GitHub shows no annotation of; null when there were no annotations to compare with.</param>
/// <param name="Caps">What is missing because of a bound, as sentences.</param>
internal sealed record FindingsDocument(
    int Version, string RulesetVersion, IReadOnlyList<string> Evidence, string Repo, long RunId, string HeadSha, string Profile, string Dedupe, string? BaseId,
    IReadOnlyList<StoredFinding> Findings, IReadOnlyList<StoredFinding> Fixed, IReadOnlyList<StoredFinding> NotCompared, int? NotAnnotated, IReadOnlyList<FileReading> Files, TestCounts Tests,
    IReadOnlyList<TestResult> TestResults, IReadOnlyList<string> Caps);

/// <summary>A finding and its age.</summary>
/// <param name="IsNew">The base has it not; null without a base.</param>
/// <param name="FirstSeen">When the evidence was stored in which it was first seen.</param>
/// <param name="Runs">In how many compared sets it was, this one too.</param>
public sealed record StoredFinding(EvidenceFinding Finding, bool? IsNew, DateTimeOffset FirstSeen, int Runs);

/// <summary>How a file was read.</summary>
/// <param name="Profile">The parser; <c>unknown</c> when none fits.</param>
/// <param name="Problems">What could not be read, as sentences.</param>
/// <param name="Cuts">What was left out, as sentences.</param>
public sealed record FileReading(string EvidenceId, string Path, string Profile, int Findings, int Tests, IReadOnlyList<string> Problems, IReadOnlyList<string> Cuts);

/// <summary>How tests ended, each counted once by its attempts together.</summary>
public sealed record TestCounts(int Total, int Passed, int Failed, int Skipped, int Flaky);
