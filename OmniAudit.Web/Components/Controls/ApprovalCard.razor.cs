using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>One request with all that a person needs to decide it, and what became of it.</summary>
public sealed partial class ApprovalCard
{
    [Parameter, EditorRequired] public ApprovalDetail Detail { get; set; } = null!;

    /// <summary>Who looks at it; null shows it without a decision.</summary>
    [Parameter] public Actor? Person { get; set; }

    /// <summary>Other requests of the same tool, by the same agent or for the same target, newest first.</summary>
    [Parameter] public IReadOnlyList<ApprovalSummary> Earlier { get; set; } = [];

    /// <summary>Takes the decision, the reason and the digest that was shown.</summary>
    [Parameter] public Func<Decision, string, string, Task<DecisionResult>>? Decide { get; set; }

    private string Who => Detail.Summary.RequesterSubject.Split(':')[0] switch
    {
        "agent" => "Agent",
        "person" => "Person",
        _ => "",
    };
}
