using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence.Store;

namespace OmniAudit.Web.Components.Ci;

/// <summary>Findings, one a row.</summary>
public sealed partial class FindingRows
{
    /// <summary>The set whose pages show them.</summary>
    [Parameter, EditorRequired] public string FindingsId { get; set; } = "";
    [Parameter, EditorRequired] public IReadOnlyList<StoredFinding> Findings { get; set; } = [];
}
