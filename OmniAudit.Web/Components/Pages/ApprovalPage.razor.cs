using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One request: what an agent wants, the decision, the outcome.</summary>
public sealed partial class ApprovalPage
{
    private ApprovalDetail? _detail;
    private IReadOnlyList<ApprovalSummary> _earlier = [];
    private bool _loaded;

    [Inject] private ApprovalQueries Approvals { get; set; } = null!;
    [Inject] private ApprovalDesk Desk { get; set; } = null!;

    [Parameter] public string ApprovalId { get; set; } = "";

    protected override bool Concerns(Change change) => change.Topic == Topics.Approvals && change.Id == ApprovalId;

    protected override async Task LoadAsync()
    {
        _detail = await Approvals.FindAsync(ApprovalId, Left);
        if (_detail is { Summary: var own })
        {
            _earlier = await Approvals.RelatedAsync(own, 5, Left);
        }
        _loaded = true;
    }

    private async Task<DecisionResult> DecideAsync(Decision decision, string reason, string shownSha256)
    {
        if (await CurrentPersonAsync() is not { } person) return new DecisionResult(false, _detail?.Summary.State ?? "", "Your session has ended. Sign in again; nothing was decided.");
        // Not tied to the page: a decision that was sent is not taken back by leaving.
        var result = await Desk.DecideAsync(ApprovalId, decision, reason, shownSha256, person, CancellationToken.None);
        await LoadAsync();
        StateHasChanged();
        return result;
    }
}
