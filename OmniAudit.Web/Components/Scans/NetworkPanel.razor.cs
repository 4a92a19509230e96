using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>The fence's ledger.</summary>
public sealed partial class NetworkPanel
{
    [Parameter, EditorRequired] public ReportNetwork Network { get; set; } = null!;
}
