using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Approve or deny, once, by a focused button; afterwards the outcome as it happens, and what can still be done about it.</summary>
public sealed partial class DecisionPanel : IDisposable
{
    private enum Ask
    {
        Nothing = 0,
        Deny = 1,
        Withdraw = 2,
    }

    private string? _message;
    private bool _accepted;
    private string _then = "";
    private bool _busy;
    private Ask _ask;
    private string? _state;
    private string? _digest;
    private bool _subscribed;
    private bool _wasOverdue;

    [Inject] private PageClock Clock { get; set; } = null!;

    [Parameter, EditorRequired] public ApprovalDetail Detail { get; set; } = null!;
    [Parameter] public Actor? Person { get; set; }
    [Parameter] public ApprovalActs? Acts { get; set; }

    /// <summary>True while arguments are being changed and not saved: what is shown is not what was read.</summary>
    [Parameter] public bool Editing { get; set; }

    /// <summary>Opens the form in which the arguments are changed.</summary>
    [Parameter] public EventCallback BeginEdit { get; set; }
    [Parameter, EditorRequired] public ApprovalProgress Progress { get; set; } = null!;

    /// <summary>Kept whatever happens to the request: typed words are not thrown away.</summary>
    private string Reason { get; set; } = "";

    private bool CanAct => RendererInfo.IsInteractive && !_busy && Acts is not null && Person is not null;

    /// <summary>Why this person cannot act on others' requests at all.</summary>
    private string? RoleObstacle => Progress.Role.WhyNot(Role.Approver, Detail.Summary.State == ApprovalState.Pending ? "Deciding" : "Acting on it");

    private bool CanDeny => CanAct && Obstacle is null;

    private bool CanWithdraw => CanAct && Progress.Role >= (IsOwn ? Role.Operator : Role.Approver);

    private bool CanSettle => CanAct && RoleObstacle is null;

    private bool CanApprove => CanDeny && ApproveObstacle is null;

    private bool IsOwn => Person?.Subject == Detail.Summary.RequesterSubject;

    private string Described => Obstacle is not null ? "obstacle" : ApproveObstacle is not null ? "approve-obstacle effect" : "effect";

    /// <summary>Why this person can do nothing.</summary>
    private string? Obstacle =>
        Person is null ? "Sign in to decide."
        : Detail.Summary.ExpiresAt <= Clock.Now ? "This request has expired. The agent can ask again."
        : IsOwn ? "You asked for this yourself; another person must decide it. You can withdraw it."
        : RoleObstacle is { } role ? role
        : Editing ? "You are changing the arguments. Save or leave your changes first."
        : null;

    /// <summary>Why this person can only deny.</summary>
    private string? ApproveObstacle =>
        Progress.HasApproved ? "You have approved this; it waits for others. You can still deny it."
        : !Progress.MayCount ? $"This needs {Detail.Rule.Require}, and you are in none of these groups. You can deny it."
        : null;

    /// <summary>The answer to what was done here; not "it runs now" any more once it ran.</summary>
    private string? Said => _accepted && _then == ApprovalState.Approved && Detail.Summary.State is ApprovalState.Executed or ApprovalState.Failed or ApprovalState.Unknown ? null : _message;

    private string Effect =>
        ApproveObstacle is not null ? "Denying runs nothing; the agent reads your reason."
        : Progress.Completes ? $"Approving runs exactly what is shown, once, right away{(Progress.Needed > 1 ? $": yours is the last of {Progress.Needed} approvals" : "")}. Denying runs nothing; the agent reads your reason."
        : $"Your approval is the {Ordinal(Progress.Filled + 1)} of {Progress.Needed}; nothing runs yet. Denying ends it at once; the agent reads your reason.";

    private string Verb => Progress.Completes || ApproveObstacle is not null ? $"Approve and {Intent.Verb(Detail.Summary.Tool)}" : $"Approve ({Progress.Filled + 1} of {Progress.Needed})";

    private IEnumerable<(string Name, string Id)> Receipts => new[]
    {
        ("Receipt of the decision", Detail.DecisionReceiptId), ("Receipt of the outcome", Detail.OutcomeReceiptId), ("Receipt of the settlement", Detail.SettlementReceiptId),
    }.Where(r => r.Item2 is not null).Select(r => (r.Item1, r.Item2!));

    protected override void OnParametersSet()
    {
        // What was being asked for belongs to the state it was asked in; the words that were typed stay.
        if (_state != Detail.Summary.State) (_state, _ask) = (Detail.Summary.State, Ask.Nothing);
        // What was said about another version is no longer so.
        if (_digest != Detail.PayloadSha256) (_digest, _message) = (Detail.PayloadSha256, null);
        if (_subscribed || !RendererInfo.IsInteractive || Detail.Summary.State != ApprovalState.Pending) return;
        _subscribed = true;
        Clock.Subscribe(OnTick);
    }

    private void OnTick()
    {
        var overdue = Detail.Summary.ExpiresAt <= Clock.Now;
        if (overdue == _wasOverdue) return;
        _wasOverdue = overdue;
        _ = InvokeAsync(StateHasChanged);
    }

    private void Back() => _ask = Ask.Nothing;

    private Task WithdrawAsync() => ActAsync(() => Acts!.Withdraw(Reason));

    private async Task ActAsync(Func<Task<DecisionResult>> act)
    {
        if (_busy || Acts is null) return;
        _busy = true;
        _message = null;
        try
        {
            var result = await act();
            (_message, _accepted, _then) = (result.Message, result.Accepted, result.State);
            if (result.Accepted) (Reason, _ask) = ("", Ask.Nothing);
        }
        finally
        {
            _busy = false;
        }
    }

    private static string Ordinal(int number) => number switch
    {
        1 => "first",
        2 => "second",
        3 => "third",
        _ => $"{number}th",
    };

    public void Dispose()
    {
        if (_subscribed) Clock.Unsubscribe(OnTick);
    }
}
