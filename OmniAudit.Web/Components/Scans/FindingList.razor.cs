using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>The findings of a scan, worst first, those of one rule together.</summary>
public sealed partial class FindingList
{
    private const int Most = 200;

    private static readonly (string Value, string Label)[] States = [("new", "new"), ("persisting", "persisting")];

    private IReadOnlyList<Finding> _shown = [];
    private FindingMarks _marks = null!;

    [Parameter, EditorRequired] public ScanReport Report { get; set; } = null!;
    [Parameter, EditorRequired] public FindingFilter Filter { get; set; } = new();

    private IEnumerable<string> Present => ScanWords.Categories.Where(c => Report.Findings.Any(f => f.Category == c));

    protected override void OnParametersSet()
    {
        _marks = new FindingMarks(Report);
        _shown = [.. Filter.Of(Report)];
    }
}
