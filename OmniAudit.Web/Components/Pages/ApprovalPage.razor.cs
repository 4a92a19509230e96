using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One request: what an agent wants, the decision, the outcome.</summary>
public sealed partial class ApprovalPage
{
    private readonly ApprovalActs _acts;
    private ApprovalDetail? _detail;
    private CatalogTool? _tool;
    private IReadOnlyList<OperatorInfo> _people = [];
    private IReadOnlyList<ApprovalSummary> _earlier = [];
    private bool _loaded;

    /// <summary>None of the acts is tied to the page: what was sent is not taken back by leaving.</summary>
    public ApprovalPage() => _acts = new ApprovalActs(
        (decision, reason, shown) => ActAsync(person => Desk.DecideAsync(ApprovalId, decision, reason, shown, person, CancellationToken.None)),
        (arguments, shown) => ActAsync(person => Editor.EditAsync(_detail!.Summary.Tool, new ShownRequest(ApprovalId, shown), arguments, person, CancellationToken.None)),
        reason => ActAsync(person => Desk.WithdrawAsync(ApprovalId, reason, person, CancellationToken.None)),
        (happened, seen) => ActAsync(person => Desk.SettleAsync(ApprovalId, happened, seen, person, CancellationToken.None)),
        () => ActAsync(person => Desk.LookAgainAsync(ApprovalId, person, CancellationToken.None)),
        async request => await CurrentPersonAsync() is { } person ? await Rules.AddAsync(request, person, CancellationToken.None) : (null, "Your session has ended. Sign in again; nothing was made."));

    [Inject] private ApprovalQueries Approvals { get; set; } = null!;
    [Inject] private ApprovalDesk Desk { get; set; } = null!;
    [Inject] private ApprovalEditor Editor { get; set; } = null!;
    [Inject] private StandingRuleDesk Rules { get; set; } = null!;
    [Inject] private OperatorDirectory Operators { get; set; } = null!;
    [Inject] private ToolCatalog Catalog { get; set; } = null!;

    [Parameter] public string ApprovalId { get; set; } = "";

    protected override bool Concerns(Change change) => change.Topic == Topics.Approvals && change.Id == ApprovalId;

    protected override async Task LoadAsync()
    {
        _detail = await Approvals.FindAsync(ApprovalId, Left);
        if (_detail is { Summary: var own })
        {
            _tool = Catalog.Find(own.Tool);
            _people = await Operators.ListAsync(Left);
            _earlier = await Approvals.RelatedAsync(own, 5, Left);
        }
        _loaded = true;
    }

    private async Task<DecisionResult> ActAsync(Func<Actor, Task<DecisionResult>> act)
    {
        if (await CurrentPersonAsync() is not { } person) return new DecisionResult(false, _detail?.Summary.State ?? "", "Your session has ended. Sign in again; nothing was done.");
        var result = await act(person);
        await LoadAsync();
        StateHasChanged();
        return result;
    }
}
