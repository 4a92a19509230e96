using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>What a page loads, by type.</summary>
public sealed partial class WeightTable
{
    [Parameter, EditorRequired] public ReportWeight Weight { get; set; } = null!;
}
