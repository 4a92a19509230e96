using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>Each budget, and what it was measured against.</summary>
public sealed partial class VerdictPanel
{
    [Parameter, EditorRequired] public ReportVerdict Verdict { get; set; } = null!;
}
