using System.Text;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Webhooks;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>
/// Every step in a request's life, each with its receipt. The methods run inside Database.WriteAsync: the step and its
/// receipt are one commit, and <see cref="PublishAsync"/> follows it. Nothing else moves a request.
/// </summary>
internal sealed class ApprovalLedger(ReceiptLog receipts, WebhookOutbox webhooks, ChangeFeed changes, TimeProvider time, ILogger<ApprovalLedger> log)
{
    /// <summary>What stands in receipts of a write that its caller confirmed without any person.</summary>
    public const string SelfConfirmed = "self_confirmed";
    private const string SelfPrefix = "self:";

    /// <summary>It is in the queue. No receipt yet: nothing was decided.</summary>
    public void Created(OmniAuditDb db, ApprovalRow approval) => Tell(db, approval, WebhookTypes.Created);

    /// <summary>One of several approvals that are needed.</summary>
    public async Task VoteAsync(OmniAuditDb db, ApprovalRow approval, ApprovalVoteRow vote, CancellationToken cancellationToken)
    {
        approval.Touch();
        Tell(db, approval, WebhookTypes.Vote);
        await AppendAsync(db, ReceiptOf(approval, ReceiptKind.Vote) with { Decision = ApprovalState.Approved, DecidedBy = vote.By }, cancellationToken);
    }

    /// <summary>The decision. <paramref name="bySubject"/> names all approvers, joined by commas.</summary>
    public async Task<string> DecideAsync(OmniAuditDb db, ApprovalRow approval, string state, string bySubject, string byName, string reason, CancellationToken cancellationToken)
    {
        approval.MoveTo(state);
        (approval.DecidedAt, approval.DecidedBySubject, approval.DecidedByName, approval.Reason) = (time.GetUtcNow(), bySubject, byName, reason);
        if (ApprovalState.IsFinal(state)) approval.FinishedAt = approval.DecidedAt;
        Tell(db, approval, WebhookTypes.Decided);
        return approval.DecisionReceiptId = await AppendAsync(db, ReceiptOf(approval, ReceiptKind.Decision), cancellationToken);
    }

    public Task<string> ConfirmSelfAsync(OmniAuditDb db, ApprovalRow approval, Actor requester, CancellationToken cancellationToken) =>
        DecideAsync(db, approval, ApprovalState.Approved, SelfPrefix + requester.Subject, $"{requester.Name} (its own confirmation)", "", cancellationToken);

    /// <summary>Its time is over. Approved in time but not begun in time: the decision keeps its receipt, and that nothing came of it gets one too.</summary>
    public Task ExpireAsync(OmniAuditDb db, ApprovalRow approval, CancellationToken cancellationToken) => CloseAsync(db, approval, ApprovalState.Expired, cancellationToken);

    /// <summary>Withdrawn, or void; nothing ran.</summary>
    public Task CancelAsync(OmniAuditDb db, ApprovalRow approval, Actor by, string reason, CancellationToken cancellationToken)
    {
        (approval.ClosedBySubject, approval.ClosedByName, approval.Reason) = (by.Subject, by.Name, reason);
        return CloseAsync(db, approval, ApprovalState.Cancelled, cancellationToken);
    }

    /// <summary>From here on nobody else may begin it.</summary>
    /// <param name="by">This server.</param>
    public void Claim(ApprovalRow approval, string by)
    {
        approval.MoveTo(ApprovalState.Executing);
        (approval.ClaimedAt, approval.ClaimedBy, approval.Held, approval.NextLookAt) = (time.GetUtcNow(), by, null, null);
    }

    /// <summary>How the execution ended.</summary>
    /// <param name="look">True when the effect of an unknown one can be looked for.</param>
    public async Task EndAsync(OmniAuditDb db, ApprovalRow approval, string state, string? result, string? error, bool look, CancellationToken cancellationToken)
    {
        approval.MoveTo(state);
        (approval.FinishedAt, approval.ResultJson, approval.Error) = (time.GetUtcNow(), result, error);
        approval.ErrorReference = error is null ? null : approval.ApprovalId;
        Tell(db, approval, TypeOf(state));
        if (state == ApprovalState.Unknown && look) (approval.NextLookAt, approval.Looks) = (time.GetUtcNow(), 0);
        approval.OutcomeReceiptId = await AppendAsync(db, ReceiptOf(approval, ReceiptKind.Outcome), cancellationToken);
    }

    /// <summary>An unknown outcome became known.</summary>
    public async Task SettleAsync(OmniAuditDb db, ApprovalRow approval, string state, string? result, Actor by, string reason, CancellationToken cancellationToken)
    {
        approval.MoveTo(state);
        (approval.ClosedBySubject, approval.ClosedByName, approval.Reason, approval.NextLookAt) = (by.Subject, by.Name, reason, null);
        approval.ResultJson = result ?? approval.ResultJson;
        Tell(db, approval, TypeOf(state));
        approval.SettlementReceiptId = await AppendAsync(db, ReceiptOf(approval, ReceiptKind.Settlement) with { DecidedBy = by.Subject }, cancellationToken);
    }

    /// <summary>What would run is another payload now.</summary>
    public async Task EditAsync(OmniAuditDb db, ApprovalRow approval, Actor by, CancellationToken cancellationToken)
    {
        approval.Touch();
        await AppendAsync(db, ReceiptOf(approval, ReceiptKind.Edit) with { Decision = "edited", DecidedBy = by.Subject }, cancellationToken);
    }

    /// <summary>A standing rule was made or ended.</summary>
    public Task<string> StandingRuleAsync(OmniAuditDb db, StandingRuleRow rule, string state, Actor by, string sha256, CancellationToken cancellationToken) => AppendAsync(db, new ReceiptEntry
    {
        OperationId = rule.StandingRuleId,
        Kind = ReceiptKind.StandingRule,
        Tool = rule.Tool,
        Target = rule.Target,
        PayloadSha256 = sha256,
        PolicySha256 = sha256,
        Requester = rule.AgentSubject,
        Decision = state == "live" ? ApprovalState.Approved : "ended",
        DecidedBy = by.Subject,
        State = state,
    }, cancellationToken);

    /// <summary>After a commit that appended a receipt: the checkpoint goes out, and whoever looks or waits is told.</summary>
    public async Task PublishAsync(string approvalId, CancellationToken cancellationToken)
    {
        try
        {
            // Without a key the log never opened, and nothing was appended either.
            if (receipts.Vkey is not null) await receipts.PublishAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is LogRefusedException or IOException or UnauthorizedAccessException)
        {
            // The receipt is committed; the checkpoint outside the database follows at the next append or start.
            log.LogError(failure, "The receipt log's checkpoint could not be published");
        }
        changes.Publish(Topics.Approvals, approvalId);
    }

    private async Task CloseAsync(OmniAuditDb db, ApprovalRow approval, string state, CancellationToken cancellationToken)
    {
        approval.MoveTo(state);
        (approval.FinishedAt, approval.NextLookAt) = (time.GetUtcNow(), null);
        Tell(db, approval, TypeOf(state));
        if (approval.DecidedAt is null) approval.DecisionReceiptId = await AppendAsync(db, ReceiptOf(approval, ReceiptKind.Decision) with { DecidedBy = approval.ClosedBySubject }, cancellationToken);
        else approval.OutcomeReceiptId = await AppendAsync(db, ReceiptOf(approval, ReceiptKind.Outcome), cancellationToken);
    }

    /// <summary>In the same transaction: what is committed is told, what is rolled back is not.</summary>
    private void Tell(OmniAuditDb db, ApprovalRow approval, string type) => webhooks.Add(db, new WebhookEvent(
        type, approval.ApprovalId, approval.State, approval.Tool, approval.RiskLevel, approval.RequesterName, approval.CreatedAt, approval.ExpiresAt, approval.DecidedByName));

    private static string TypeOf(string state) => state switch
    {
        ApprovalState.Executed => WebhookTypes.Executed,
        ApprovalState.Failed => WebhookTypes.Failed,
        ApprovalState.Unknown => WebhookTypes.Unknown,
        ApprovalState.Expired => WebhookTypes.Expired,
        _ => WebhookTypes.Cancelled,
    };

    private async Task<string> AppendAsync(OmniAuditDb db, ReceiptEntry entry, CancellationToken cancellationToken) =>
        (await receipts.AppendAsync(db, entry, cancellationToken)).ReceiptId;

    private static ReceiptEntry ReceiptOf(ApprovalRow approval, string kind) => new()
    {
        OperationId = approval.ApprovalId,
        Kind = kind,
        Tool = approval.Tool,
        Target = approval.Target,
        PayloadSha256 = approval.PayloadSha256,
        PolicySha256 = approval.PolicySha256,
        Requester = approval.RequesterSubject,
        Decision = approval.DecidedAt is null || approval.State == ApprovalState.Denied ? approval.State
            : approval.DecidedBySubject.StartsWith(SelfPrefix, StringComparison.Ordinal) ? SelfConfirmed : ApprovalState.Approved,
        DecidedBy = approval.DecidedBySubject,
        State = approval.State,
        ResultRefSha256 = approval.ResultJson is { } result ? CanonicalJson.Sha256Hex(Encoding.UTF8.GetBytes(result)) : null,
    };
}
