using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Pages;

/// <summary>
/// The queue, and its history behind the filter. Rows that are being read stay where they are: they change their state in
/// place, and new ones are announced until they are asked for.
/// </summary>
public sealed partial class ApprovalsPage
{
    private const int PageSize = 50;
    private const int ManyNew = 200;

    private static readonly (string Value, string Label)[] Choices =
    [
        ("", "Waiting"), ("all", "All"), (ApprovalState.Executed, "Executed"), (ApprovalState.Denied, "Denied"), (ApprovalState.Expired, "Expired"),
        (ApprovalState.Failed, "Failed"), (ApprovalState.Unknown, "Unknown"), (ApprovalState.Cancelled, "Cancelled"),
    ];

    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private IReadOnlyList<ApprovalSummary> _rows = [];
    private IReadOnlyDictionary<string, (int Filled, int Needed)> _progress = new Dictionary<string, (int, int)>(StringComparer.Ordinal);
    private IReadOnlyList<ApprovalSummary> _review = [];
    private Decision _decision;
    private string _done = "";
    private string? _searchedBackTo;
    private int _new;
    private bool _anew = true;

    [Inject] private ApprovalQueries Approvals { get; set; } = null!;
    [Inject] private ApprovalRules Rules { get; set; } = null!;
    [Inject] private ApprovalDesk Desk { get; set; } = null!;
    [Inject] private OperatorDirectory Operators { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "state")] public string? State { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Query { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    private string Selected => string.IsNullOrEmpty(State) ? ApprovalState.Pending : State;

    private string EmptyText => !string.IsNullOrEmpty(Query) ? $"No request matches “{Query}”."
        : Selected == ApprovalState.Pending ? "Nothing waits for you."
        : Selected == "all" ? "No agent has asked for anything yet."
        : Selected == ApprovalState.Unknown ? "Every outcome is known."
        : Selected is ApprovalState.Failed or ApprovalState.Expired ? $"No request has {Selected}."
        : $"No request was {Selected}.";

    private string Older => Navigation.GetUriWithQueryParameter("before", _rows[^1].ApprovalId);

    private List<ApprovalSummary> Chosen => [.. _rows.Where(r => _chosen.Contains(r.ApprovalId) && r.State == ApprovalState.Pending)];

    protected override bool Concerns(Change change) => change.Topic == Topics.Approvals;

    protected override Task OnParametersSetAsync()
    {
        _anew = true;
        return base.OnParametersSetAsync();
    }

    protected override async Task LoadAsync()
    {
        if (_anew || _rows.Count == 0)
        {
            _rows = await ListAsync(Before, PageSize);
            _searchedBackTo = await Approvals.SearchedBackToAsync(Filter(Before, PageSize), Left);
            (_new, _anew) = (0, false);
        }
        else await RefreshAsync();
        _progress = await ProgressAsync();
    }

    /// <summary>The rows that are shown, as they are now, and how many stand above them unseen.</summary>
    private async Task RefreshAsync()
    {
        var first = _rows[0].ApprovalId;
        // Ids sort by time and are equally long: the first row itself comes right below its own id with one character more.
        var now = (await ListAsync(first + "0", _rows.Count)).ToDictionary(r => r.ApprovalId, StringComparer.Ordinal);
        var rows = new List<ApprovalSummary>(_rows.Count);
        foreach (var row in _rows)
        {
            // One that the filter does not show any more stays until the list is asked for again, with its new state.
            if (now.TryGetValue(row.ApprovalId, out var shown)) rows.Add(shown);
            else rows.Add(await Approvals.ListAsync(new ApprovalFilter(Text: row.ApprovalId, Take: 1), Left) is [var moved, ..] ? moved : row);
        }
        _rows = rows;
        if (string.IsNullOrEmpty(Before)) _new = (await ListAsync(null, ManyNew)).Count(r => string.CompareOrdinal(r.ApprovalId, first) > 0);
    }

    private Task<IReadOnlyList<ApprovalSummary>> ListAsync(string? before, int take) => Approvals.ListAsync(Filter(before, take), Left);

    private ApprovalFilter Filter(string? before, int take) => new(Selected == "all" ? "" : Selected, Query ?? "", before, take);

    private async Task<Dictionary<string, (int Filled, int Needed)>> ProgressAsync()
    {
        var progress = new Dictionary<string, (int, int)>(StringComparer.Ordinal);
        var waiting = _rows.Where(r => r.State == ApprovalState.Pending).ToList();
        if (waiting.Count == 0) return progress;
        var rules = (await Rules.ListAsync(Left)).Where(r => r.RemovedAt is null).Select(r => r.Rule).ToList();
        IReadOnlyList<OperatorInfo>? people = null;
        foreach (var row in waiting)
        {
            // A request under another rule than the one in force is void, so this is its rule; only who has approved needs its card.
            var need = rules.Find(r => r.Covers(row.Tool, row.Target, row.RequesterName))?.Require ?? Requirement.OneOfAnyone;
            if (row.Votes == 0)
            {
                progress[row.ApprovalId] = need.Progress([]);
                continue;
            }
            if (await Approvals.FindAsync(row.ApprovalId, Left) is not { } detail) continue;
            var known = ApprovalProgress.Of(detail.Rule, detail.Votes, people ??= await Operators.ListAsync(Left), null);
            progress[row.ApprovalId] = (known.Filled, known.Needed);
        }
        return progress;
    }

    private async Task ShowNewAsync()
    {
        _anew = true;
        await LoadAsync();
    }

    private void ToggleRow(ApprovalSummary row)
    {
        _done = "";
        if (!_chosen.Remove(row.ApprovalId)) _chosen.Add(row.ApprovalId);
    }

    private void ToggleAll(bool chosen)
    {
        _done = "";
        _chosen.Clear();
        if (chosen) _chosen.UnionWith(_rows.Where(r => r.State == ApprovalState.Pending && r.RequesterSubject != Person?.Subject).Select(r => r.ApprovalId));
    }

    private void Review(Decision decision) => (_decision, _review) = (decision, Chosen);

    private void LeaveReview() => _review = [];

    private void TakeOut(ApprovalSummary item)
    {
        _chosen.Remove(item.ApprovalId);
        _review = [.. _review.Where(r => r.ApprovalId != item.ApprovalId)];
    }

    private async Task<DecisionResult> ConfirmAsync(string reason)
    {
        if (await CurrentPersonAsync() is not { } person) return new DecisionResult(false, "", "Your session has ended. Sign in again; nothing was decided.");
        var result = await Desk.DecideManyAsync([.. _review.Select(r => new ShownRequest(r.ApprovalId, r.PayloadSha256))], _decision, reason, person, CancellationToken.None);
        if (!result.Accepted) return result;
        (_done, _review, _anew) = (result.Message, [], true);
        _chosen.Clear();
        await LoadAsync();
        StateHasChanged();
        return result;
    }
}
