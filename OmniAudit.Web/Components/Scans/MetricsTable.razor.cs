using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>What one navigation measured, each metric against its thresholds, in words and as a bar.</summary>
public sealed partial class MetricsTable
{
    [Parameter, EditorRequired] public ReportMetrics Metrics { get; set; } = null!;
    [Parameter, EditorRequired] public string Viewport { get; set; } = "";
}
