using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence;

namespace OmniAudit.Web.Components.Ci;

/// <summary>Sets of findings, one a row.</summary>
public sealed partial class FindingSetTable
{
    [Parameter, EditorRequired] public IReadOnlyList<FindingSetSummary> Sets { get; set; } = [];
}
