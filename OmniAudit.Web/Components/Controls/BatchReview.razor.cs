using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ToolCalls;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Every request of a batch, once more, before one decision about all of them.</summary>
public sealed partial class BatchReview
{
    private ElementReference _heading;
    private string _message = "";
    private string _reason = "";
    private bool _missing;
    private bool _busy;

    /// <summary>As they were when they were chosen: the decision names these digests.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<ApprovalSummary> Items { get; set; } = [];
    [Parameter, EditorRequired] public Decision Decision { get; set; }

    /// <summary>Takes the reason.</summary>
    [Parameter, EditorRequired] public Func<string, Task<DecisionResult>> Confirm { get; set; } = null!;
    [Parameter] public EventCallback<ApprovalSummary> Remove { get; set; }
    [Parameter] public EventCallback Leave { get; set; }

    private string Word => Decision == Decision.Approve ? "Approve" : "Deny";

    private bool IsStale(ApprovalSummary item) => _message.Contains(item.ApprovalId, StringComparison.Ordinal);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && RendererInfo.IsInteractive) await _heading.FocusAsync();
    }

    private async Task ConfirmAsync()
    {
        _missing = Decision == Decision.Deny && _reason.Trim().Length == 0;
        if (_missing || _busy) return;
        (_busy, _message) = (true, "");
        try
        {
            var result = await Confirm(_reason);
            // Of a single one the desk does not say which it was.
            if (!result.Accepted) _message = Items.Count == 1 ? $"{Items[0].ApprovalId}: {result.Message}" : result.Message;
        }
        finally
        {
            _busy = false;
        }
    }
}
