using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Evidence.Text;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>Findings with one cause, as far as their words tell.</summary>
/// <param name="Findings">The worst first; never empty.</param>
/// <param name="NewCount">How many the base run has not; null when there is none to compare with.</param>
/// <param name="Since">When the oldest of them was first seen.</param>
/// <param name="Flaky">One of its tests passed and failed at this commit.</param>
/// <param name="Owners">Of the files, by the base branch's CODEOWNERS.</param>
/// <param name="Labels">That the repository has.</param>
internal sealed record TriageCause(
    string Title, IReadOnlyList<EvidenceFinding> Findings, int? NewCount, DateTimeOffset Since, bool Flaky, IReadOnlyList<string> Owners, IReadOnlyList<string> Labels, RuleConfidence Confidence)
{
    public EvidenceFinding First => Findings[0];
}

/// <summary>What the failing runs of a pull request come down to.</summary>
/// <param name="New">Findings; null when nothing was compared.</param>
/// <param name="NotAnnotated">Errors of logs that GitHub shows no annotation of.</param>
/// <param name="Problems">What could not be read, in sentences.</param>
internal sealed record TriageResult(
    TriageFacts Facts, IReadOnlyList<TriageCause> Causes, int Findings, int? New, int Fixed, int NotCompared, IReadOnlyList<FlakyTest> Flaky, int NotAnnotated, int Suppressed,
    IReadOnlyList<string> Labels, IReadOnlyList<string> Problems);

/// <summary>Puts findings together by cause. Asks nobody: the same facts and evidence give the same result.</summary>
internal static class TriageAnalysis
{
    /// <param name="head">Of all runs that failed, against the base where there is one.</param>
    /// <param name="beside">Tests of runs at the same commit that passed.</param>
    public static TriageResult Of(TriageFacts facts, FindingsDocument head, IReadOnlyList<TestResult> beside)
    {
        var compared = head.BaseId is not null;
        var current = head.Findings.Where(f => !f.Finding.Suppressed).ToList();
        var flaky = FlakyTests.Find([(facts.HeadSha, head.TestResults), (facts.HeadSha, beside)]);
        var flakyNames = flaky.Select(f => FindingKey.TestOf(f.Test)).ToHashSet(StringComparer.Ordinal);
        // What was there when the base ran is at least as old as that run.
        var baseTime = facts.BaseRuns.Select(b => b.StartedAt ?? facts.At).DefaultIfEmpty(facts.At).Min();
        var owners = facts.CodeOwners is { } file ? new CodeOwners(file) : null;
        var confidence = facts.Confidence.ToDictionary(c => (c.Profile, c.Rule));
        var causes = current.GroupBy(t => CauseOf(t.Finding), StringComparer.Ordinal).Select(g =>
        {
            var stored = g.OrderBy(t => t.Finding.Severity, StringComparer.Ordinal).ThenBy(t => t.Finding.File, StringComparer.Ordinal).ThenBy(t => t.Finding.Range?.StartLine ?? 0).ThenBy(t => t.Finding.FindingId, StringComparer.Ordinal).ToList();
            var (findings, first) = (stored.ConvertAll(t => t.Finding), stored[0].Finding);
            var isFlaky = findings.Exists(f => f.Flaky || (f.Test is { } test && flakyNames.Contains(FindingKey.TestOf(test))));
            return new TriageCause(
                EvidenceText.FirstLine(first.Kind == FindingKind.TestFailure && first.Message.Length > 0 ? first.Message : first.Title), findings, compared ? stored.Count(t => t.IsNew == true) : null,
                stored.Min(t => t.IsNew == false && t.FirstSeen > baseTime ? baseTime : t.FirstSeen), isFlaky,
                owners is null ? [] : [.. findings.Where(f => f.File is not null).SelectMany(f => owners.Of(f.File!)).Distinct(StringComparer.OrdinalIgnoreCase).Take(4)],
                SuggestedLabels.For(first.Kind, isFlaky, facts.Labels), confidence.GetValueOrDefault((first.Profile, first.Rule)) ?? MeasuredConfidence.Of(first.Profile, first.Rule, 0, 0));
        }).OrderBy(c => Order(c.First.Kind)).ThenBy(c => c.Flaky).ThenBy(c => c.NewCount == 0).ThenBy(c => c.First.Severity, StringComparer.Ordinal).ThenByDescending(c => c.Findings.Count).ThenBy(c => c.Title, StringComparer.Ordinal).ThenBy(c => c.First.FindingId, StringComparer.Ordinal).ToList();
        return new TriageResult(
            facts, causes, current.Count, compared ? current.Count(t => t.IsNew == true) : null, head.Fixed.Count, head.NotCompared.Count, flaky, head.NotAnnotated ?? 0, head.Findings.Count - current.Count,
            [.. causes.SelectMany(c => c.Labels).Distinct(StringComparer.OrdinalIgnoreCase).Take(6)], [.. facts.Notes.Concat(head.Caps).Concat(head.Files.SelectMany(f => f.Problems.Concat(f.Cuts).Select(p => $"{f.Path}: {p}"))).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>Tests that fail with the same words fail for one reason; of code, the same rule or words in whatever file.</summary>
    private static string CauseOf(EvidenceFinding finding)
    {
        if (finding.Kind == FindingKind.Vulnerability) return $"package\n{finding.Package?.Name}";
        var words = FindingKey.Message(finding.Message);
        if (finding.Kind == FindingKind.TestFailure) return words.Length > 3 ? $"test\n{words}" : $"test\n{FindingKey.TestOf(finding.Test ?? finding.Title)}";
        return $"{finding.Kind}\n{finding.Rule}\n{(words.Length > 0 ? words : finding.Title)}";
    }

    /// <summary>What broke before what only follows from it: nothing runs of what does not build.</summary>
    private static int Order(FindingKind kind) => kind switch
    {
        FindingKind.BuildError => 0,
        FindingKind.TestFailure => 1,
        FindingKind.Annotation => 2,
        FindingKind.Secret => 3,
        FindingKind.Vulnerability => 4,
        _ => 5,
    };
}

/// <summary>Labels by what a finding is: only ones that the repository has.</summary>
internal static class SuggestedLabels
{
    public static IReadOnlyList<string> For(FindingKind kind, bool flaky, IReadOnlyList<string> existing)
    {
        string[][] wanted = flaky ? [["flaky", "flaky-test", "flaky test", "type: flaky"]] : kind switch
        {
            FindingKind.BuildError => [["build", "ci", "build failure", "type: build"]],
            FindingKind.TestFailure => [["bug", "type: bug", "kind/bug"], ["test", "tests", "testing"]],
            FindingKind.Lint => [["lint", "code quality", "style"]],
            FindingKind.Vulnerability => [["security", "type: security"], ["dependencies"]],
            FindingKind.Secret => [["security", "type: security"]],
            FindingKind.Audit => [["accessibility", "a11y", "performance"]],
            _ => [["bug", "type: bug", "kind/bug"]],
        };
        return [.. wanted.Select(names => names.Select(n => existing.FirstOrDefault(e => e.Equals(n, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(l => l is not null)).OfType<string>()];
    }
}
