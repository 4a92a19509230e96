using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The receipt log.</summary>
public sealed partial class ReceiptsPage
{
    private ReceiptPage _page = new([], null);
    private ReceiptLogStatus? _status;
    private SubjectBook _book = SubjectBook.Empty;

    [Inject] private ReceiptQueries Receipts { get; set; } = null!;
    [Inject] private OperatorDirectory Operators { get; set; } = null!;
    [Inject] private AgentDirectory Agents { get; set; } = null!;
    [Inject] private ApprovalQueries Approvals { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "kind")] public string? Kind { get; set; }
    [SupplyParameterFromQuery(Name = "state")] public string? State { get; set; }
    [SupplyParameterFromQuery(Name = "tool")] public string? Tool { get; set; }
    [SupplyParameterFromQuery(Name = "person")] public string? Who { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Query { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    private ReceiptFilterValues Values => new(Kind, State, Tool, Who, Query);

    private bool Filtered => Values.Chosen.Any();

    protected override bool Concerns(Change change) => change.Topic == Topics.Receipts;

    protected override async Task LoadAsync()
    {
        _book = await SubjectBook.ReadAsync(Operators, Agents, Approvals, Left);
        // A subject that nobody here has may still stand in old receipts.
        var people = string.IsNullOrWhiteSpace(Who) ? null : _book.Find(Who.Trim()) is { Count: > 0 } found ? found : [Who.Trim()];
        var filter = new ReceiptFilter(Tool, null, Kind, State, Query, people, string.IsNullOrWhiteSpace(Query) ? null : _book.Find(Query.Trim()));
        _page = await Receipts.ListAsync(filter, Cursor, 50, Left);
        _status = await Receipts.GetStatusAsync(Left);
    }

    /// <summary>A cursor is a place in the log; a mangled one in a link shows the newest page.</summary>
    private string? Cursor => Before is { Length: > 0 and < 19 } && Before.All(char.IsAsciiDigit) && (Before[0] != '0' || Before.Length == 1) ? Before : null;
}
