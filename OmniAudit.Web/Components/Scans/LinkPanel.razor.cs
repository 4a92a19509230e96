using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>The link check: what is broken, and what nobody can say.</summary>
public sealed partial class LinkPanel
{
    [Parameter, EditorRequired] public ReportLinks Links { get; set; } = null!;
}
