using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>What a person decides about a request.</summary>
public enum Decision
{
    /// <summary>Run exactly what was shown.</summary>
    Approve = 1,
    /// <summary>Do not run it; the reason reaches the agent.</summary>
    Deny = 2,
}

/// <summary>What became of a decision. <see cref="Accepted"/> is false when nothing was changed by it.</summary>
/// <param name="State">The request's state now.</param>
/// <param name="Message">For the person who decided: what happens next, or who was first, or what to change.</param>
/// <param name="ReceiptId">The decision's receipt, when it was accepted.</param>
public sealed record DecisionResult(bool Accepted, string State, string Message, string? ReceiptId = null);

/// <summary>Takes requests in, answers how they stand, and takes people's decisions. Executes nothing itself.</summary>
public sealed class ApprovalDesk
{
    /// <summary>How long a call that names an approved request waits for its outcome before it answers "still executing".</summary>
    private static readonly TimeSpan OutcomeWait = TimeSpan.FromSeconds(20);

    private readonly Database _database;
    private readonly ApprovalStore _store;
    private readonly ConfirmationTokens _tokens;
    private readonly ReceiptLog _receipts;
    private readonly ChangeFeed _changes;
    private readonly OmniAuditOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ApprovalDesk> _log;

    internal ApprovalDesk(
        Database database, ApprovalStore store, ConfirmationTokens tokens, ReceiptLog receipts, ChangeFeed changes, OmniAuditOptions options, TimeProvider time, ILogger<ApprovalDesk> log) =>
        (_database, _store, _tokens, _receipts, _changes, _options, _time, _log) = (database, store, tokens, receipts, changes, options, time, log);

    /// <summary>Puts the request into the queue; the answer's row is on disk before it is given.</summary>
    internal async Task<ToolOutcome> SubmitAsync(CatalogTool tool, object input, byte[] payload, CallOrigin origin, CancellationToken cancellationToken)
    {
        var request = new ApprovalRequest(
            tool.Name, PolicyGate.TargetOf(tool, input), tool.Intent(input), RiskOf(tool), payload, PolicySha256(), origin.Actor, origin.Client, origin.RequestId,
            TimeSpan.FromSeconds(_options.Approvals.TtlSeconds));
        var approval = await _database.WriteAsync(db => _store.SubmitAsync(db, request, cancellationToken), cancellationToken);
        _changes.Publish(Topics.Approvals, approval.ApprovalId);
        return await AnswerAsync(approval, cancellationToken);
    }

    /// <summary>How an earlier request stands. Waits a little for one that is being executed.</summary>
    internal async Task<ToolOutcome> FollowAsync(CatalogTool tool, byte[] payload, string token, Actor actor, CancellationToken cancellationToken)
    {
        var approval = ConfirmationTokens.ApprovalIdOf(token) is { } id ? await ReadAsync(id, cancellationToken) : null;
        // Forged, another agent's and unknown look the same from outside: there is nothing to probe.
        if (approval is null || approval.RequesterSubject != actor.Subject || !await _tokens.IsGenuineAsync(token, approval, cancellationToken))
            throw new ToolRefusedException("unknown_token", "confirmation_token: names no request of yours. Call again without it to ask for approval.", WriteContract.TokenArgument);
        if (approval.Tool != tool.Name || approval.PayloadSha256 != CanonicalJson.Sha256Hex(payload))
            throw new ToolRefusedException("token_mismatch", $"confirmation_token: belongs to another call ({approval.Tool}, arguments with SHA-256 {approval.PayloadSha256}). Repeat exactly that call, or call without the token to ask anew.", WriteContract.TokenArgument);
        if (approval.State is ApprovalState.Approved or ApprovalState.Executing) approval = await WaitForEndAsync(approval.ApprovalId, cancellationToken);
        else if (approval.State == ApprovalState.Pending && approval.ExpiresAt <= _time.GetUtcNow()) approval = await ExpireAsync(approval.ApprovalId, cancellationToken);
        return await AnswerAsync(approval, cancellationToken);
    }

    /// <summary>
    /// A person's decision about exactly the bytes with the given digest. One decision wins; later ones are told whose it
    /// was. The decision and its receipt are one commit.
    /// </summary>
    /// <param name="payloadSha256">The digest the person was shown.</param>
    /// <param name="reason">Required to deny.</param>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person: agents cannot decide.</exception>
    public async Task<DecisionResult> DecideAsync(string approvalId, Decision decision, string reason, string payloadSha256, Actor person, CancellationToken cancellationToken)
    {
        if (person.Kind != ActorKind.Person) throw new UnauthorizedAccessException("Only a person signed in to the console decides.");
        reason = reason.Trim();
        if (decision == Decision.Deny && reason.Length == 0) return new DecisionResult(false, ApprovalState.Pending, "Reason: say why, so that the agent can do better.");
        if (reason.Length > 2000) return new DecisionResult(false, ApprovalState.Pending, $"Reason: at most 2,000 characters, has {reason.Length}.");
        DecisionResult result;
        try
        {
            result = await _database.WriteAsync(db => DecideAsync(db, approvalId, decision, reason, payloadSha256, person, cancellationToken), cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            // Another process moved the row between our read and our update: nothing of ours was kept.
            var winner = await ReadAsync(approvalId, cancellationToken);
            result = winner is null ? new DecisionResult(false, "", "This request no longer exists.") : Late(winner);
        }
        catch (LogRefusedException refused)
        {
            _log.LogError(refused, "A decision about {ApprovalId} could not be receipted, so it was not taken", approvalId);
            return new DecisionResult(false, ApprovalState.Pending, $"Nothing was decided, because the receipt log refuses to sign: {refused.Message}");
        }
        await PublishAsync(approvalId, cancellationToken);
        return result;
    }

    private async Task<DecisionResult> DecideAsync(OmniAuditDb db, string approvalId, Decision decision, string reason, string payloadSha256, Actor person, CancellationToken cancellationToken)
    {
        var approval = await _store.FindAsync(db, approvalId, cancellationToken);
        if (approval is null) return new DecisionResult(false, "", $"There is no request {approvalId}.");
        if (approval.State != ApprovalState.Pending) return Late(approval);
        if (approval.ExpiresAt <= _time.GetUtcNow())
        {
            await ExpireAsync(db, approval, cancellationToken);
            return new DecisionResult(false, ApprovalState.Expired, "This request has expired; nothing was done. The agent can ask again.");
        }
        if (approval.RequesterSubject == person.Subject)
            return new DecisionResult(false, approval.State, "You asked for this yourself; another person must decide it.");
        if (!string.Equals(approval.PayloadSha256, payloadSha256, StringComparison.Ordinal))
            return new DecisionResult(false, approval.State, "What you were shown is not what would run. Reload the request and read it again; nothing was done.");

        approval.MoveTo(decision == Decision.Approve ? ApprovalState.Approved : ApprovalState.Denied);
        (approval.DecidedAt, approval.DecidedBySubject, approval.DecidedByName, approval.Reason) = (_time.GetUtcNow(), person.Subject, person.Name, reason);
        var receipt = await _receipts.AppendAsync(db, ReceiptOf(approval, "decision"), cancellationToken);
        approval.DecisionReceiptId = receipt.ReceiptId;
        return new DecisionResult(true, approval.State, decision == Decision.Approve ? "Approved. It runs now, once." : "Denied. The agent will read your reason.", receipt.ReceiptId);
    }

    /// <summary>Lets everything whose time is over expire, with its receipt.</summary>
    internal async Task ExpireOverdueAsync(CancellationToken cancellationToken)
    {
        var expired = await _database.WriteAsync(async db =>
        {
            var overdue = await _store.OverdueAsync(db, cancellationToken);
            foreach (var approval in overdue) await ExpireAsync(db, approval, cancellationToken);
            return overdue;
        }, cancellationToken);
        foreach (var approval in expired) await PublishAsync(approval.ApprovalId, cancellationToken);
    }

    internal async Task ExpireAsync(OmniAuditDb db, ApprovalRow approval, CancellationToken cancellationToken)
    {
        approval.MoveTo(ApprovalState.Expired);
        approval.FinishedAt = _time.GetUtcNow();
        // Approved in time but not begun in time: the decision keeps its receipt, and that nothing came of it gets one too.
        if (approval.DecidedAt is null) approval.DecisionReceiptId = (await _receipts.AppendAsync(db, ReceiptOf(approval, "decision"), cancellationToken)).ReceiptId;
        else approval.OutcomeReceiptId = (await _receipts.AppendAsync(db, ReceiptOf(approval, "outcome"), cancellationToken)).ReceiptId;
    }

    private async Task<ApprovalRow> ExpireAsync(string approvalId, CancellationToken cancellationToken)
    {
        var approval = await _database.WriteAsync(async db =>
        {
            var row = (await _store.FindAsync(db, approvalId, cancellationToken))!;
            if (row.State == ApprovalState.Pending) await ExpireAsync(db, row, cancellationToken);
            return row;
        }, cancellationToken);
        await PublishAsync(approvalId, cancellationToken);
        return approval;
    }

    /// <summary>After a commit that appended a receipt: the checkpoint goes out, and whoever looks or waits is told.</summary>
    internal async Task PublishAsync(string approvalId, CancellationToken cancellationToken)
    {
        try
        {
            // Without a key the log never opened, and nothing was appended either.
            if (_receipts.Vkey is not null) await _receipts.PublishAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is LogRefusedException or IOException or UnauthorizedAccessException)
        {
            // The receipt is committed; the checkpoint outside the database follows at the next append or start.
            _log.LogError(failure, "The receipt log's checkpoint could not be published");
        }
        _changes.Publish(Topics.Approvals, approvalId);
    }

    internal static ReceiptEntry ReceiptOf(ApprovalRow approval, string kind) => new()
    {
        OperationId = approval.ApprovalId,
        Kind = kind,
        Tool = approval.Tool,
        Target = approval.Target,
        PayloadSha256 = approval.PayloadSha256,
        PolicySha256 = approval.PolicySha256,
        Requester = approval.RequesterSubject,
        Decision = approval.State == ApprovalState.Denied || (approval.State == ApprovalState.Expired && approval.DecidedAt is null) ? approval.State : ApprovalState.Approved,
        DecidedBy = approval.DecidedBySubject,
        State = approval.State,
        ResultRefSha256 = approval.ResultJson is { } result ? CanonicalJson.Sha256Hex(Encoding.UTF8.GetBytes(result)) : null,
    };

    private async Task<ApprovalRow> WaitForEndAsync(string approvalId, CancellationToken cancellationToken)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = _changes.Subscribe(change => { if (change.Id == approvalId) Volatile.Read(ref changed).TrySetResult(); });
        using var limit = new CancellationTokenSource(OutcomeWait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (true)
        {
            var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref changed, signal);
            // Read after the new signal is in place: a change between the two is seen by one of them.
            var approval = (await ReadAsync(approvalId, cancellationToken))!;
            if (ApprovalState.IsFinal(approval.State) || limit.IsCancellationRequested) return approval;
            await signal.Task.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private Task<ApprovalRow?> ReadAsync(string approvalId, CancellationToken cancellationToken) =>
        _database.ReadAsync(db => _store.FindAsync(db, approvalId, cancellationToken), cancellationToken);

    private async Task<ToolOutcome> AnswerAsync(ApprovalRow approval, CancellationToken cancellationToken)
    {
        var ticket = new ApprovalTicket(
            approval.ApprovalId, await _tokens.IssueAsync(approval, cancellationToken), approval.State, $"{_options.App.PublicUrl.TrimEnd('/')}/approvals/{approval.ApprovalId}",
            approval.ExpiresAt, approval.PayloadSha256, approval.RiskLevel);
        return approval.State switch
        {
            ApprovalState.Executed => new ToolOutcome.Succeeded(ExecutedResult(approval, ticket)),
            ApprovalState.Denied => new ToolOutcome.Refused("denied", $"NOT EXECUTED. {approval.DecidedByName} denied it: {approval.Reason}", [], ticket),
            ApprovalState.Expired when approval.DecidedAt is not null => new ToolOutcome.Refused("expired", $"NOT EXECUTED. {approval.DecidedByName} approved it, but it could not begin before it expired. Call again without confirmation_token to ask anew.", [], ticket),
            ApprovalState.Expired => new ToolOutcome.Refused("expired", "NOT EXECUTED. Nobody decided in time. Call again without confirmation_token to ask anew.", [], ticket),
            ApprovalState.Cancelled => new ToolOutcome.Refused("cancelled", "NOT EXECUTED. The request was withdrawn.", [], ticket),
            ApprovalState.Failed => new ToolOutcome.Failed(approval.ErrorReference ?? approval.ApprovalId, $"Approved, but it could not be done: {approval.Error}", ticket),
            ApprovalState.Unknown => new ToolOutcome.Failed(approval.ErrorReference ?? approval.ApprovalId, $"OUTCOME UNKNOWN. It was approved and begun, and nobody saw the end: {approval.Error} It will not be run again by itself; a person must look.", ticket),
            _ => new ToolOutcome.NeedsApproval(ticket),
        };
    }

    private static JsonElement ExecutedResult(ApprovalRow approval, ApprovalTicket ticket)
    {
        var result = (JsonObject)JsonNode.Parse(approval.ResultJson!)!;
        result["status"] = "executed";
        result["executed"] = true;
        result["message"] = $"Executed once, approved by {approval.DecidedByName}.";
        result["receipt_id"] = approval.OutcomeReceiptId;
        result["approval"] = new JsonObject { ["id"] = ticket.Id, ["state"] = ticket.State, ["url"] = ticket.Url, ["args_sha256"] = ticket.ArgumentsSha256 };
        return JsonSerializer.SerializeToElement(result);
    }

    private static DecisionResult Late(ApprovalRow approval) => new(false, approval.State, approval.DecidedAt is { } at
        ? $"{approval.DecidedByName} decided this at {at:yyyy-MM-dd HH:mm:ss} UTC; it is {approval.State}. Your decision changed nothing."
        : $"This request is {approval.State}. Your decision changed nothing.");

    private static string RiskOf(CatalogTool tool) => tool.Destructive ? "destructive_write" : "write";

    /// <summary>The rule in force, frozen into each request: any one person who is not the requester.</summary>
    private string PolicySha256() => CanonicalJson.Sha256Hex(CanonicalJson.Write(JsonSerializer.SerializeToElement(
        new { mode = "human", approvers = 1, ttl_seconds = _options.Approvals.TtlSeconds })));
}
