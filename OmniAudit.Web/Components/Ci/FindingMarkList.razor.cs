using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence.Store;

namespace OmniAudit.Web.Components.Ci;

/// <summary>What is remarkable about a finding.</summary>
public sealed partial class FindingMarkList
{
    [Parameter, EditorRequired] public StoredFinding Stored { get; set; } = null!;
}
