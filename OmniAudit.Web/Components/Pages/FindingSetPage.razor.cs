using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Ci;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The board of one set of findings: filtered and grouped by its address.</summary>
public sealed partial class FindingSetPage
{
    private const int Most = 500;

    private static readonly (string Value, string Label)[] Severities = [("s1", "s1, worst"), ("s2", "s2"), ("s3", "s3"), ("s4", "s4")];
    private static readonly (string Value, string Label)[] States = [("new", "new"), ("persisting", "persisting")];
    private static readonly (string Value, string Label)[] Marks = [("flaky", "passed and failed"), ("not_annotated", "not annotated"), ("fix", "has a fix"), ("suppressed", "suppressed")];
    private static readonly (string Value, string Label)[] Groups = [("cause", "root cause"), ("file", "file"), ("rule", "rule"), ("profile", "format")];

    private FindingSetDetail? _detail;
    private IReadOnlyList<StoredFinding> _shown = [];
    private bool _loaded;

    [Inject] private EvidenceQueries Evidence { get; set; } = null!;

    [Parameter] public string FindingsId { get; set; } = "";
    [SupplyParameterFromQuery(Name = "tab")] public string? Tab { get; set; }
    [SupplyParameterFromQuery(Name = "severity")] public string? Severity { get; set; }
    [SupplyParameterFromQuery(Name = "category")] public string? Category { get; set; }
    [SupplyParameterFromQuery(Name = "state")] public string? State { get; set; }
    [SupplyParameterFromQuery(Name = "mark")] public string? Mark { get; set; }
    [SupplyParameterFromQuery(Name = "group")] public string? Group { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Text { get; set; }

    private IReadOnlyList<(string Value, string Label)> Categories => [.. (_detail?.Findings ?? []).Select(f => f.Finding.Kind).Distinct().Order().Select(k => (k.ToString(), FindingWords.Kind(k)))];

    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        // A set never changes: a filter needs no second reading.
        if (_detail?.Set.FindingsId != FindingsId) _detail = await Evidence.SetAsync(FindingsId, Left);
        _loaded = true;
        _shown = [.. (_detail?.Findings ?? []).Where(Matches).OrderByDescending(f => f.IsNew == true).ThenBy(f => f.Finding.Severity, StringComparer.Ordinal)];
    }

    private bool Matches(StoredFinding stored)
    {
        var finding = stored.Finding;
        return (string.IsNullOrEmpty(Severity) || finding.Severity == Severity) && (string.IsNullOrEmpty(Category) || finding.Kind.ToString() == Category)
            && (string.IsNullOrEmpty(State) || stored.IsNew == (State == "new"))
            && Mark switch { "flaky" => finding.Flaky, "not_annotated" => finding.Annotated == false, "fix" => finding.Fixes.Count > 0, "suppressed" => finding.Suppressed, _ => true }
            && (string.IsNullOrEmpty(Text) || new[] { finding.Title, finding.Message, finding.File, finding.Rule, finding.Test, finding.FindingId }.Any(t => t?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true));
    }

    private IReadOnlyList<(string Name, IReadOnlyList<StoredFinding> Findings)> Grouped()
    {
        var shown = _shown.Take(Most).ToList();
        Func<EvidenceFinding, string>? by = Group switch
        {
            "cause" => f => f.Kind == FindingKind.TestFailure ? FindingWords.FirstLine(f.Message) : f.Title,
            "file" => f => f.File ?? "no file",
            "rule" => f => f.Rule.Length > 0 ? f.Rule : "no rule",
            "profile" => f => f.Profile.Replace('_', ' '),
            _ => null,
        };
        if (by is null) return [("", shown)];
        return [.. shown.GroupBy(f => by(f.Finding) is { Length: > 0 } name ? name : "no message", StringComparer.Ordinal).OrderByDescending(g => g.Count()).Select(g => (g.Key, (IReadOnlyList<StoredFinding>)[.. g]))];
    }

    private static IEnumerable<(string Value, string Label)> Tabs(FindingSetDetail detail)
    {
        yield return ("", $"Findings ({detail.Findings.Count})");
        if (detail.Set.BaseId is not null)
        {
            yield return ("fixed", $"Fixed ({detail.Fixed.Count})");
            yield return ("not_compared", $"Not compared ({detail.NotCompared.Count})");
        }
        yield return ("files", $"Files ({detail.Files.Count})");
    }
}
