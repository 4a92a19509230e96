using System.Collections.Frozen;
using Deque.AxeCore.Commons;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>
/// axe's rules as audits, weighed by their impact as Lighthouse 13.5 does (10 critical, 7 serious, 3 moderate, 1 minor).
/// Rules that it does not weigh (best practices of minor impact, experimental ones, those it does not run) are for information.
/// </summary>
internal static class AccessibilityAudits
{
    private static readonly FrozenDictionary<string, double> Weights = Table(
        (10, "aria-allowed-attr aria-hidden-body aria-required-attr aria-required-children aria-required-parent aria-roles aria-valid-attr-value aria-valid-attr button-name duplicate-id-aria image-alt input-button-name input-image-alt label meta-refresh meta-viewport select-name video-caption"),
        (7, "accesskeys aria-command-name aria-conditional-attr aria-dialog-name aria-hidden-focus aria-input-field-name aria-meter-name aria-progressbar-name aria-prohibited-attr aria-text aria-toggle-field-name aria-tooltip-name aria-treeitem-name bypass color-contrast definition-list dlitem document-title frame-title html-has-lang html-lang-valid link-in-text-block link-name list listitem object-alt tabindex target-size td-headers-attr th-has-data-cells valid-lang"),
        (3, "form-field-multiple-labels heading-order html-xml-lang-mismatch skip-link landmark-one-main"),
        (1, "aria-deprecated-role autocomplete-valid presentation-role-conflict svg-img-alt"));

    /// <summary>Violated rules fail and passed ones pass. What axe could not decide is for people: a rule of which nothing else is known drops out.</summary>
    public static IEnumerable<AuditResult> All(AxeResult? axe)
    {
        if (axe is null) yield break;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        // A rule may fail on one element and be undecided on another.
        var reviews = axe.Incomplete.GroupBy(r => r.Id, StringComparer.Ordinal).ToDictionary(g => g.Key, g => ReviewOf(g.First()), StringComparer.Ordinal);
        // The findings come from AxeRules, one per element.
        foreach (var rule in axe.Violations.Where(r => seen.Add(r.Id))) yield return With(rule, Ask(rule).Failed($"{rule.Nodes.Length} {(rule.Nodes.Length == 1 ? "element" : "elements")}"));
        foreach (var rule in axe.Passes.Where(r => seen.Add(r.Id))) yield return With(rule, Ask(rule).Passed());
        foreach (var rule in axe.Incomplete.Where(r => seen.Add(r.Id))) yield return With(rule, Ask(rule).Skipped("needs a person's look"));
        foreach (var rule in axe.Inapplicable.Where(r => seen.Add(r.Id))) yield return Ask(rule).Skipped();

        AuditResult With(AxeResultItem rule, AuditResult result) => reviews.TryGetValue(rule.Id, out var review) ? result with { Audit = result.Audit with { Review = review } } : result;
    }

    private static ReportReview ReviewOf(AxeResultItem rule) =>
        new(rule.Nodes.Length, Text.Cut(rule.Nodes is [var first, ..] ? first.Target?.ToString() ?? "" : "", 300), rule.HelpUrl is { } help && help.StartsWith("https://", StringComparison.Ordinal) ? Text.Cut(help, 300) : null);

    /// <returns>1 passed, 0 violated, null when it does not apply, is for people to judge, or axe did not run.</returns>
    public static double? ScoreOf(AxeResult? axe, string rule) =>
        axe is null ? null : axe.Violations.Any(r => r.Id == rule) ? 0 : axe.Passes.Any(r => r.Id == rule) ? 1 : null;

    private static Question Ask(AxeResultItem rule) => new(Text.Cut(rule.Id, 80), FindingCategory.Accessibility, Text.Cut(rule.Help ?? "", 300), Weights.GetValueOrDefault(rule.Id));

    private static FrozenDictionary<string, double> Table(params (double Weight, string Rules)[] lines) =>
        lines.SelectMany(line => line.Rules.Split(' ').Select(rule => KeyValuePair.Create(rule, line.Weight))).ToFrozenDictionary(StringComparer.Ordinal);
}
