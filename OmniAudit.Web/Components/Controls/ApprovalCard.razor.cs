using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>One request with all that a person needs to decide it, and what became of it.</summary>
public sealed partial class ApprovalCard
{
    private ApprovalProgress _progress = null!;
    private bool _editing;
    private string _saved = "";

    [Parameter, EditorRequired] public ApprovalDetail Detail { get; set; } = null!;

    /// <summary>Who looks at it; null shows it without a decision.</summary>
    [Parameter] public Actor? Person { get; set; }

    /// <summary>Every operator: whose approval still counts, and for which group.</summary>
    [Parameter] public IReadOnlyList<OperatorInfo> People { get; set; } = [];

    /// <summary>The tool that would run; null when it is not in the catalogue any more.</summary>
    [Parameter] public CatalogTool? Tool { get; set; }

    /// <summary>Other requests of the same tool, by the same agent or for the same target, newest first.</summary>
    [Parameter] public IReadOnlyList<ApprovalSummary> Earlier { get; set; } = [];

    /// <summary>What the person can do; null shows only.</summary>
    [Parameter] public ApprovalActs? Acts { get; set; }

    private string Who => KindOf(Detail.Summary.RequesterSubject);

    private bool IsFromAgent => Who == "Agent";

    private bool CanEdit => Acts is not null && Tool is not null && Person is { } person && person.Subject != Detail.Summary.RequesterSubject && _progress.Role >= Role.Approver && Detail.Summary.State == ApprovalState.Pending;

    /// <summary>What kind of caller a subject is.</summary>
    internal static string KindOf(string subject) => subject.Split(':')[0] switch
    {
        "agent" => "Agent",
        "person" => "Person",
        _ => "Unknown caller",
    };

    protected override void OnParametersSet()
    {
        if (Detail.Summary.State != ApprovalState.Pending) _saved = "";
        _progress = ApprovalProgress.Of(Detail.Rule, Detail.Votes, People, Person);
    }

    private void Edit() => (_editing, _saved) = (true, "");

    private async Task<DecisionResult> SaveAsync(JsonElement arguments, string shownSha256)
    {
        var result = await Acts!.Edit(arguments, shownSha256);
        if (result.Accepted) _saved = result.Message;
        return result;
    }
}
