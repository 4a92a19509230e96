using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence;

namespace OmniAudit.Web.Components.Ci;

/// <summary>Pieces of evidence, one a row.</summary>
public sealed partial class EvidenceTable
{
    [Parameter, EditorRequired] public IReadOnlyList<EvidenceSummary> Evidence { get; set; } = [];
}
