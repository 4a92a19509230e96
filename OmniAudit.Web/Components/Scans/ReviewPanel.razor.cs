using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>The pages that hold something only a person can judge.</summary>
public sealed partial class ReviewPanel
{
    [Parameter, EditorRequired] public ScanReport Report { get; set; } = null!;
}
