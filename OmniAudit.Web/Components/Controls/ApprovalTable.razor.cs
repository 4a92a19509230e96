using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Requests in a list; each row opens its card.</summary>
public sealed partial class ApprovalTable
{
    [Parameter, EditorRequired] public IReadOnlyList<ApprovalSummary> Rows { get; set; } = [];
}
