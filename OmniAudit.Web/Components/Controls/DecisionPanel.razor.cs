using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Approve or deny, once, by a focused button; afterwards the outcome as it happens.</summary>
public sealed partial class DecisionPanel : IDisposable
{
    private ElementReference _reasonBox;
    private string? _message;
    private bool _busy;
    private bool _denying;
    private bool _focusReason;
    private bool _reasonMissing;
    private bool _subscribed;

    [Inject] private PageClock Clock { get; set; } = null!;

    [Parameter, EditorRequired] public ApprovalDetail Detail { get; set; } = null!;
    [Parameter] public Actor? Person { get; set; }
    [Parameter] public Func<Decision, string, string, Task<DecisionResult>>? Decide { get; set; }

    /// <summary>Kept whatever happens to the request: typed words are not thrown away.</summary>
    private string Reason { get; set; } = "";

    private bool CanDecide => RendererInfo.IsInteractive && !_busy && Decide is not null && Obstacle is null;

    private string Described => Obstacle is null ? "effect" : "obstacle";

    private string? Obstacle =>
        Person is null ? "Sign in to decide."
        : Person.Subject == Detail.Summary.RequesterSubject ? "You asked for this yourself; another person must decide it."
        : Detail.Summary.ExpiresAt <= Clock.Now ? "This request has expired. The agent can ask again."
        : null;

    private string OutcomeTitle => Detail.Summary.State switch
    {
        ApprovalState.Approved or ApprovalState.Executing => "Approved, running now",
        ApprovalState.Executed => "Done",
        ApprovalState.Failed => "It could not be done",
        ApprovalState.Unknown => "Outcome unknown",
        ApprovalState.Denied => "Denied",
        ApprovalState.Expired => "Expired",
        _ => "Withdrawn",
    };

    private string OutcomeText => Detail.Summary.State switch
    {
        ApprovalState.Approved or ApprovalState.Executing => $"Approved by {Detail.Summary.DecidedByName}. This page shows the end as soon as it is known.",
        ApprovalState.Executed => $"Ran once, approved by {Detail.Summary.DecidedByName}.",
        ApprovalState.Failed => $"Approved by {Detail.Summary.DecidedByName}, tried once; nothing was changed.",
        ApprovalState.Unknown => $"Approved by {Detail.Summary.DecidedByName} and begun, but nobody saw the end. It will not run again by itself: look at the target.",
        ApprovalState.Denied => $"Denied by {Detail.Summary.DecidedByName}. Nothing ran.",
        ApprovalState.Expired => "Nobody decided in time. Nothing ran; the agent can ask again.",
        _ => "Withdrawn by its requester. Nothing ran.",
    };

    protected override void OnParametersSet()
    {
        if (_subscribed || !RendererInfo.IsInteractive || Detail.Summary.State != ApprovalState.Pending) return;
        _subscribed = true;
        Clock.Subscribe(OnTick);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_focusReason) return;
        _focusReason = false;
        await _reasonBox.FocusAsync();
    }

    private bool _wasOverdue;

    private void OnTick()
    {
        var overdue = Detail.Summary.ExpiresAt <= Clock.Now;
        if (overdue == _wasOverdue) return;
        _wasOverdue = overdue;
        _ = InvokeAsync(StateHasChanged);
    }

    private Task ApproveAsync() => DecideAsync(Decision.Approve);

    private async Task DenyAsync()
    {
        _reasonMissing = Reason.Trim().Length == 0;
        if (!_reasonMissing) await DecideAsync(Decision.Deny);
    }

    private async Task DecideAsync(Decision decision)
    {
        if (_busy || Decide is null) return;
        _busy = true;
        _message = null;
        try
        {
            var result = await Decide(decision, decision == Decision.Deny ? Reason : "", Detail.PayloadSha256);
            _message = result.Message;
            if (result.Accepted) Reason = "";
        }
        finally
        {
            _busy = false;
        }
    }

    public void Dispose()
    {
        if (_subscribed) Clock.Unsubscribe(OnTick);
    }
}
