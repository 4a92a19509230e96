using System.ComponentModel;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Store;

namespace OmniAudit.Modules.AuditLens.Evidence;

/// <summary>A finding as tools answer it.</summary>
internal sealed record FindingAnswer(
    string FindingId,
    [property: Description("s1 (worst) to s4")] string Severity,
    [property: Description("test_failure, build_error, lint, vulnerability, secret, annotation, audit or console_error")] string Category,
    string Title,
    [property: Description("0 to 1; 0.5 while confidence_state is uncalibrated")] double Confidence,
    [property: Description("calibrated or uncalibrated (fewer than 20 labelled)")] string ConfidenceState,
    [property: Description("What the tool would change; empty when it says nothing. auditlens.propose_patch proves it")] string SuggestedFix,
    [property: Description("evidence_ref/path:line")] IReadOnlyList<string> EvidenceRefs,
    string? File,
    int? Line,
    string? Rule,
    [property: Description("Against base_ref; absent without one")] bool? IsNew,
    bool? Flaky,
    [property: Description("False: in the log, and GitHub shows no annotation")] bool? Annotated)
{
    private const int MostPlaces = 5;

    /// <param name="measured">By profile and rule.</param>
    public static FindingAnswer Of(StoredFinding stored, IReadOnlyDictionary<(string Profile, string Rule), RuleConfidence> measured)
    {
        var finding = stored.Finding;
        var rule = measured.GetValueOrDefault((finding.Profile, finding.Rule)) ?? MeasuredConfidence.Of(finding.Profile, finding.Rule, 0, 0);
        return new FindingAnswer(
            finding.FindingId, finding.Severity, CategoryOf(finding.Kind), finding.Title, rule.Precision ?? 0.5, rule.State, finding.Fixes.Count > 0 ? finding.Fixes[0].Description is { Length: > 0 } said ? said : "the tool gives a change" : "",
            [.. finding.Evidence.Take(MostPlaces).Select(e => e.Line > 0 ? $"{e.Ref}:{e.Line}" : e.Ref)], finding.File, finding.Range?.StartLine, finding.Rule.Length > 0 ? finding.Rule : null, stored.IsNew,
            finding.Flaky ? true : null, finding.Annotated);
    }

    public static string CategoryOf(FindingKind kind) => kind switch
    {
        FindingKind.TestFailure => "test_failure",
        FindingKind.BuildError => "build_error",
        FindingKind.ConsoleError => "console_error",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
