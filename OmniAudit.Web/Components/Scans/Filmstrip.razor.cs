using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>The loading page, frame by frame.</summary>
public sealed partial class Filmstrip
{
    [Parameter, EditorRequired] public string ScanId { get; set; } = "";
    [Parameter, EditorRequired] public IReadOnlyList<ReportFrame> Frames { get; set; } = [];
}
