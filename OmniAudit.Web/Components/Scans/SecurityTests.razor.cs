using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>What the grade of the response headers is made of.</summary>
public sealed partial class SecurityTests
{
    [Parameter, EditorRequired] public ReportSecurity Security { get; set; } = null!;
}
