using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The receipt log.</summary>
public sealed partial class ReceiptsPage
{
    private static readonly (string Value, string Label)[] Choices = [("", "All"), (ReceiptKind.Decision, "Decisions"), (ReceiptKind.Outcome, "Outcomes")];

    private ReceiptPage _page = new([], null);
    private ReceiptLogStatus? _status;

    [Inject] private ReceiptQueries Receipts { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "kind")] public string? Kind { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Query { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    private bool Filtered => !string.IsNullOrEmpty(Kind) || !string.IsNullOrEmpty(Query);

    protected override bool Concerns(Change change) => change.Topic == Topics.Receipts;

    protected override async Task LoadAsync()
    {
        _page = await Receipts.ListAsync(new ReceiptFilter(Kind: Kind, Text: Query), Cursor, 50, Left);
        _status = await Receipts.GetStatusAsync(Left);
    }

    /// <summary>A cursor is a place in the log; a mangled one in a link shows the newest page.</summary>
    private string? Cursor => Before is { Length: > 0 and < 19 } && Before.All(char.IsAsciiDigit) && (Before[0] != '0' || Before.Length == 1) ? Before : null;
}
