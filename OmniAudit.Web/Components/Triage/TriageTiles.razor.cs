using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Triage.Drafts;

namespace OmniAudit.Web.Components.Triage;

/// <summary>A draft's counts.</summary>
public sealed partial class TriageTiles
{
    [Parameter, EditorRequired] public TriageSummary Draft { get; set; } = null!;
}
