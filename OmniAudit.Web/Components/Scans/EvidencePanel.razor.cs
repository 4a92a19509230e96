using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Findings;

namespace OmniAudit.Web.Components.Scans;

/// <summary>Everything a finding rests on: the element, its text, headers, pages and pictures.</summary>
public sealed partial class EvidencePanel
{
    [Parameter, EditorRequired] public string ScanId { get; set; } = "";
    [Parameter, EditorRequired] public Finding Finding { get; set; } = null!;
}
