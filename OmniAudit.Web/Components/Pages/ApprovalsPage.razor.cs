using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The queue, and its history behind the filter.</summary>
public sealed partial class ApprovalsPage
{
    private const int PageSize = 50;

    private static readonly (string Value, string Label)[] Choices =
    [
        ("", "Waiting"), ("all", "All"), (ApprovalState.Executed, "Executed"), (ApprovalState.Denied, "Denied"), (ApprovalState.Expired, "Expired"),
        (ApprovalState.Failed, "Failed"), (ApprovalState.Unknown, "Unknown"),
    ];

    private IReadOnlyList<ApprovalSummary> _rows = [];

    [Inject] private ApprovalQueries Approvals { get; set; } = null!;
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

    protected override bool Concerns(Change change) => change.Topic == Topics.Approvals;

    protected override async Task LoadAsync() =>
        _rows = await Approvals.ListAsync(new ApprovalFilter(Selected == "all" ? "" : Selected, Query ?? "", Before, PageSize), Left);
}
