using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>Before and after: new, fixed and persisting findings, and metrics that moved.</summary>
public sealed partial class ComparisonPanel
{
    [Parameter, EditorRequired] public ScanReport Report { get; set; } = null!;

    private ReportComparison Comparison => Report.Comparison!;
}
