using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>One request as its requester may see it.</summary>
/// <param name="State">One of the approval states.</param>
/// <param name="Outcome">What a call that asks for it would be answered now.</param>
/// <param name="UpdatedAt">When its state was last moved.</param>
/// <param name="Withdrawn">Its requester took it back.</param>
public sealed record FollowedRequest(string ApprovalId, string Tool, string State, ToolOutcome Outcome, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, bool Withdrawn);

/// <summary>What a requester may do about its own requests beside calling their tool. Foreign and unknown requests are not told apart; nothing here is a tool call, and nothing decides for a person.</summary>
public sealed class RequestFollower
{
    private readonly RequestDesk _desk;

    internal RequestFollower(RequestDesk desk) => _desk = desk;

    /// <summary>The request as it stands at this moment; null when the requester has none by this id.</summary>
    public Task<FollowedRequest?> FindAsync(string approvalId, Actor requester, CancellationToken cancellationToken) => _desk.FindAsync(approvalId, requester, cancellationToken);

    /// <summary>The requester's own confirmation, which counts only where the request's rule says so (<see cref="ApprovalTicket.SelfConfirms"/>), and the outcome; null when the requester has no such request.</summary>
    public Task<ToolOutcome?> ConfirmAsync(string approvalId, Actor requester, CancellationToken cancellationToken) => _desk.ConfirmAsync(approvalId, requester, cancellationToken);

    /// <summary>Takes the request back if it has not begun; false when that is too late, or the requester has no such request.</summary>
    public async Task<bool> WithdrawAsync(string approvalId, string reason, Actor requester, CancellationToken cancellationToken)
    {
        try
        {
            return (await _desk.WithdrawAsync(approvalId, reason, requester, cancellationToken)).Withdrawn;
        }
        catch (ToolRefusedException)
        {
            return false;
        }
    }

    /// <summary>Waits until the request no longer waits for a decision. Returns false when it still does after so long.</summary>
    public async Task<bool> WaitUntilDecidedAsync(string approvalId, TimeSpan atMost, CancellationToken cancellationToken) =>
        (await _desk.DecidedAsync(approvalId, atMost, cancellationToken)).State != Approvals.ApprovalState.Pending;
}
