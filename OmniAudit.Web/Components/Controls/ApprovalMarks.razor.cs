using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;

namespace OmniAudit.Web.Components.Controls;

/// <summary>What is unusual about a request: it was edited, or it is approved and something holds it.</summary>
public sealed partial class ApprovalMarks
{
    [Parameter, EditorRequired] public ApprovalSummary Row { get; set; } = null!;
}
