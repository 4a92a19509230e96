using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>What the list of receipts is narrowed to, as its address says it. Empty members do not filter.</summary>
/// <param name="Person">A subject, a name, or a part of one.</param>
public sealed record ReceiptFilterValues(string? Kind, string? State, string? Tool, string? Person, string? Text)
{
    private IEnumerable<(string Name, string Label, string? Value, ReceiptFilterValues Without)> All =>
    [
        ("kind", "Step", Kind, this with { Kind = null }), ("state", "State", State, this with { State = null }), ("tool", "Tool", Tool, this with { Tool = null }),
        ("person", "Person", Person, this with { Person = null }), ("q", "Text", Text, this with { Text = null }),
    ];

    public IEnumerable<(string Label, string Value, ReceiptFilterValues Without)> Chosen => All.Where(f => !string.IsNullOrEmpty(f.Value)).Select(f => (f.Label, f.Value!, f.Without));

    public string Link
    {
        get
        {
            var query = string.Join('&', All.Where(f => !string.IsNullOrEmpty(f.Value)).Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value!)}"));
            return query.Length == 0 ? "/receipts" : "/receipts?" + query;
        }
    }
}

/// <summary>The filters above the list of receipts. They live in the URL, and work before the page answers clicks.</summary>
public sealed partial class ReceiptFilters
{
    /// <summary>Logs of other versions may hold steps that are not here; they are under "All", and in the address they work too.</summary>
    private static readonly (string Value, string Label)[] Steps =
    [
        ("", "All"), (ReceiptKind.Decision, "Decisions"), (ReceiptKind.Outcome, "Outcomes"), (ReceiptKind.Vote, "Votes"), (ReceiptKind.Edit, "Edits"), (ReceiptKind.Settlement, "Settlements"), (ReceiptKind.StandingRule, "Standing rules"), (ReceiptKind.LogKey, "Key changes"),
    ];

    private string? _state, _tool, _person, _text;

    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private ToolCatalog Catalog { get; set; } = null!;

    [Parameter, EditorRequired] public ReceiptFilterValues Value { get; set; } = new(null, null, null, null, null);
    [Parameter, EditorRequired] public SubjectBook Book { get; set; } = SubjectBook.Empty;

    private IEnumerable<string> States => ApprovalState.All.Append(Value.State ?? "").Where(s => s.Length > 0).Distinct(StringComparer.Ordinal);

    private IEnumerable<string> Tools => Catalog.All.Where(t => t.Risk == ToolRisk.Write).Select(t => t.Name);

    protected override void OnParametersSet() => (_state, _tool, _person, _text) = (Value.State ?? "", Value.Tool, Value.Person, Value.Text);

    private void Apply() => Navigation.NavigateTo((Value with { State = _state, Tool = _tool?.Trim(), Person = _person?.Trim(), Text = _text?.Trim() }).Link);
}
