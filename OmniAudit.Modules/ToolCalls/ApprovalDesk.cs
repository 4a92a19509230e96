using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
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

/// <summary>What became of a person's act. <see cref="Accepted"/> is false when nothing was changed by it.</summary>
/// <param name="State">The request's state now.</param>
/// <param name="Message">For the person: what happens next, or who was first, or what to change.</param>
/// <param name="ReceiptId">The decision's receipt, when there is one.</param>
/// <param name="Errors">The arguments at fault, when an edit was refused for them.</param>
public sealed record DecisionResult(bool Accepted, string State, string Message, string? ReceiptId = null, IReadOnlyList<FieldError>? Errors = null);

/// <summary>A request and the digest of its payload that the person was shown.</summary>
public sealed record ShownRequest(string ApprovalId, string PayloadSha256);

/// <summary>
/// Takes people's decisions about requests. Each act and its receipt are one commit; of two about the same request one
/// wins, and the other is told whose it was. Nothing here can be reached with an agent's credentials.
/// </summary>
public sealed class ApprovalDesk
{
    /// <summary>The most requests of one batch.</summary>
    public const int MostAtOnce = 100;
    private const int LongestReason = 2000;

    private readonly Database _database;
    private readonly ApprovalStore _store;
    private readonly ApprovalRules _rules;
    private readonly ApprovalLedger _ledger;
    private readonly TimeProvider _time;
    private readonly ILogger<ApprovalDesk> _log;

    internal ApprovalDesk(Database database, ApprovalStore store, ApprovalRules rules, ApprovalLedger ledger, TimeProvider time, ILogger<ApprovalDesk> log) =>
        (_database, _store, _rules, _ledger, _time, _log) = (database, store, rules, ledger, time, log);

    /// <summary>A person's decision about exactly the bytes with the given digest.</summary>
    /// <param name="payloadSha256">The digest the person was shown.</param>
    /// <param name="reason">Required to deny.</param>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person: agents cannot decide.</exception>
    public Task<DecisionResult> DecideAsync(string approvalId, Decision decision, string reason, string payloadSha256, Actor person, CancellationToken cancellationToken) =>
        DecideManyAsync([new ShownRequest(approvalId, payloadSha256)], decision, reason, person, cancellationToken);

    /// <summary>One decision about several requests, each with its own receipt: all are decided, or, if one of them cannot be, none; that one is named.</summary>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person.</exception>
    public async Task<DecisionResult> DecideManyAsync(IReadOnlyList<ShownRequest> requests, Decision decision, string reason, Actor person, CancellationToken cancellationToken)
    {
        RequirePerson(person);
        reason = reason.Trim();
        if (requests.Count is 0 or > MostAtOnce) return new DecisionResult(false, "", $"Choose 1 to {MostAtOnce} requests.");
        if (decision == Decision.Deny && reason.Length == 0) return new DecisionResult(false, ApprovalState.Pending, "Reason: say why, so that the agent can do better.");
        if (reason.Length > LongestReason) return new DecisionResult(false, ApprovalState.Pending, $"Reason: at most {LongestReason:N0} characters, has {reason.Length:N0}.");
        return await ActAsync(requests.Select(r => r.ApprovalId), async db =>
        {
            DecisionResult? last = null;
            foreach (var request in requests.DistinctBy(r => r.ApprovalId))
            {
                last = await DecideAsync(db, request, decision, reason, person, cancellationToken);
                // Thrown so that what was decided before it in this batch is rolled back with its receipts.
                if (!last.Accepted && requests.Count > 1) throw new BatchRefusedException(last with { Message = $"Nothing was decided, because of {request.ApprovalId}: {last.Message}" });
            }
            return requests.Count == 1 ? last! : new DecisionResult(true, last!.State, $"{requests.Count} requests: {(decision == Decision.Approve ? "approved by you" : "denied")}.");
        }, cancellationToken);
    }

    /// <summary>Takes a request back: one that waits, or that is approved and not begun.</summary>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person.</exception>
    public Task<DecisionResult> WithdrawAsync(string approvalId, string reason, Actor person, CancellationToken cancellationToken)
    {
        RequirePerson(person);
        reason = reason.Trim();
        if (reason.Length is 0 or > LongestReason) return Task.FromResult(new DecisionResult(false, "", $"Reason: 1 to {LongestReason:N0} characters."));
        return ActAsync([approvalId], async db =>
        {
            if (await _store.FindAsync(db, approvalId, cancellationToken) is not { } approval) return Gone(approvalId);
            if (!ApprovalState.CanMove(approval.State, ApprovalState.Cancelled)) return Late(approval);
            var (need, doing) = approval.RequesterSubject == person.Subject ? (Role.Operator, "Withdrawing your request") : (Role.Approver, "Withdrawing what others asked for");
            if (await OperatorDirectory.WhyNotAsync(db, person, need, doing, cancellationToken) is { } refused) return new DecisionResult(false, approval.State, refused);
            await _ledger.CancelAsync(db, approval, person, reason, cancellationToken);
            return new DecisionResult(true, approval.State, "Withdrawn. Nothing ran; the agent will read your reason.", approval.OutcomeReceiptId ?? approval.DecisionReceiptId);
        }, cancellationToken);
    }

    /// <summary>Says what became of a write whose outcome is unknown, after having looked.</summary>
    /// <param name="happened">True: it was done. False: it was not.</param>
    /// <param name="reason">What was seen; required.</param>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person.</exception>
    public Task<DecisionResult> SettleAsync(string approvalId, bool happened, string reason, Actor person, CancellationToken cancellationToken)
    {
        RequirePerson(person);
        reason = reason.Trim();
        if (reason.Length is 0 or > LongestReason) return Task.FromResult(new DecisionResult(false, ApprovalState.Unknown, $"What you saw: 1 to {LongestReason:N0} characters, for whoever asks later."));
        return ActAsync([approvalId], async db =>
        {
            if (await _store.FindAsync(db, approvalId, cancellationToken) is not { } approval) return Gone(approvalId);
            if (approval.State != ApprovalState.Unknown) return Late(approval);
            if (await OperatorDirectory.WhyNotAsync(db, person, Role.Approver, "Settling", cancellationToken) is { } refused) return new DecisionResult(false, approval.State, refused);
            await _ledger.SettleAsync(db, approval, happened ? ApprovalState.Executed : ApprovalState.Failed, null, person, reason, cancellationToken);
            return new DecisionResult(true, approval.State, happened ? "Settled: it happened." : "Settled: it did not happen.", approval.SettlementReceiptId);
        }, cancellationToken);
    }

    /// <summary>Has the effect of an unknown write looked for again now.</summary>
    public Task<DecisionResult> LookAgainAsync(string approvalId, Actor person, CancellationToken cancellationToken)
    {
        RequirePerson(person);
        return ActAsync([approvalId], async db =>
        {
            if (await _store.FindAsync(db, approvalId, cancellationToken) is not { } approval) return Gone(approvalId);
            if (approval.State is not (ApprovalState.Unknown or ApprovalState.Approved)) return Late(approval);
            if (await OperatorDirectory.WhyNotAsync(db, person, Role.Approver, "Having it looked at", cancellationToken) is { } refused) return new DecisionResult(false, approval.State, refused);
            (approval.NextLookAt, approval.Looks) = (_time.GetUtcNow(), 0);
            approval.Touch();
            return new DecisionResult(true, approval.State, "It is being looked at now.");
        }, cancellationToken);
    }

    private async Task<DecisionResult> DecideAsync(OmniAuditDb db, ShownRequest shown, Decision decision, string reason, Actor person, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(db, shown.ApprovalId, cancellationToken) is not { } approval) return Gone(shown.ApprovalId);
        if (approval.State != ApprovalState.Pending) return Late(approval);
        // The store is asked here, where it is decided: a page may be older than its person's role.
        if (await OperatorDirectory.WhyNotAsync(db, person, Role.Approver, decision == Decision.Deny ? "Denying" : "Approving", cancellationToken) is { } refused) return new DecisionResult(false, approval.State, refused);
        if (approval.ExpiresAt <= _time.GetUtcNow())
        {
            await _ledger.ExpireAsync(db, approval, cancellationToken);
            return new DecisionResult(false, ApprovalState.Expired, "This request has expired; nothing was done. The agent can ask again.");
        }
        if (approval.RequesterSubject == person.Subject) return new DecisionResult(false, approval.State, "You asked for this yourself; another person must decide it.");
        if (!string.Equals(approval.PayloadSha256, shown.PayloadSha256, StringComparison.Ordinal))
            return new DecisionResult(false, approval.State, "What you were shown is not what would run. Reload the request and read it again; nothing was done.");
        if (decision == Decision.Approve && CanonicalJson.Sha256Hex(approval.Payload) != approval.PayloadSha256)
            return new DecisionResult(false, approval.State, "The stored arguments do not have the digest that is stored with them: the database was changed from outside. It cannot be approved; you can deny it.");
        if (await VoidIfRuleChangedAsync(db, approval, cancellationToken)) return new DecisionResult(false, approval.State, approval.Reason);

        var votes = await ApprovalStore.VotesAsync(db, approval, cancellationToken);
        var active = await OperatorDirectory.ActiveAsync(db, [.. votes.Select(v => v.Subject), person.Subject], cancellationToken);
        if (decision == Decision.Deny)
        {
            var denial = await _ledger.DecideAsync(db, approval, ApprovalState.Denied, person.Subject, person.Name, reason, cancellationToken);
            return new DecisionResult(true, approval.State, "Denied. The agent will read your reason.", denial);
        }
        var need = FrozenRule.Of(approval).Require;
        if (!need.CanCount(active[person.Subject])) return new DecisionResult(false, approval.State, $"This needs {need}, and you are in none of these groups. You can deny it.");
        if (votes.Exists(v => v.Subject == person.Subject)) return new DecisionResult(false, approval.State, "You have approved this already; it waits for others.");
        var vote = new ApprovalVoteRow
        {
            VoteId = Ids.New("vot", _time), ApprovalId = approval.ApprovalId, PayloadSha256 = approval.PayloadSha256, Subject = person.Subject, By = person.Subject, Name = person.Name, At = _time.GetUtcNow(),
        };
        db.Add(vote);
        var counting = votes.Append(vote).Where(v => active.ContainsKey(v.Subject)).ToList();
        var approvers = counting.ConvertAll(v => active[v.Subject]);
        if (!need.IsMetBy(approvers))
        {
            await _ledger.VoteAsync(db, approval, vote, cancellationToken);
            var (filled, needed) = need.Progress(approvers);
            return new DecisionResult(true, approval.State, $"Your approval counts: {filled} of {needed}. It runs once the others have approved it too.");
        }
        var receipt = await _ledger.DecideAsync(db, approval, ApprovalState.Approved, string.Join(',', counting.Select(v => v.By)), string.Join(", ", counting.Select(v => v.Name)), reason, cancellationToken);
        return new DecisionResult(true, approval.State, "Approved. It runs now, once.", receipt);
    }

    /// <summary>A request is decided under the rule it was made under, or not at all.</summary>
    /// <returns>True when it became void.</returns>
    internal async Task<bool> VoidIfRuleChangedAsync(OmniAuditDb db, ApprovalRow approval, CancellationToken cancellationToken)
    {
        var inForce = await _rules.InForceAsync(db, approval.Tool, approval.Target, approval.RequesterName, cancellationToken);
        if (approval.Policy.Length == 0 || inForce.Sha256 == approval.PolicySha256) return false;
        await _ledger.CancelAsync(db, approval, Actor.System, $"The approval rule changed: it was made under '{FrozenRule.Of(approval).Name}', and '{inForce.Name}' ({inForce.Require}) is in force now. Ask again.", cancellationToken);
        return true;
    }

    /// <summary>Runs a person's act; conflicts and a refusing log become words.</summary>
    internal async Task<DecisionResult> ActAsync(IEnumerable<string> approvalIds, Func<OmniAuditDb, Task<DecisionResult>> act, CancellationToken cancellationToken)
    {
        var ids = approvalIds.ToList();
        DecisionResult result;
        try
        {
            result = await _database.WriteAsync(act, cancellationToken);
        }
        catch (BatchRefusedException refused)
        {
            return refused.Result;
        }
        catch (DbUpdateException failure) when (DatabaseConflict.Is(failure))
        {
            // Another process moved the row between our read and our update: nothing of ours was kept.
            var winner = await _database.ReadAsync(db => _store.FindAsync(db, ids[0], cancellationToken), cancellationToken);
            return winner is null ? Gone(ids[0]) : Late(winner);
        }
        catch (LogRefusedException refused)
        {
            _log.LogError(refused, "An act about {ApprovalId} could not be receipted, so it was not taken", ids[0]);
            return new DecisionResult(false, ApprovalState.Pending, $"Nothing was decided, because the receipt log refuses to sign: {refused.Message}");
        }
        foreach (var id in ids) await _ledger.PublishAsync(id, cancellationToken);
        return result;
    }

    /// <summary>Asked before work is done for somebody; asked again inside the transaction that decides.</summary>
    internal Task<string?> WhyNotAsync(Actor person, Role need, string doing, CancellationToken cancellationToken) =>
        _database.ReadAsync(db => OperatorDirectory.WhyNotAsync(db, person, need, doing, cancellationToken), cancellationToken);

    internal static void RequirePerson(Actor person)
    {
        if (person.Kind != ActorKind.Person) throw new UnauthorizedAccessException("Only a person signed in to the console decides.");
    }

    internal static DecisionResult Gone(string approvalId) => new(false, "", $"There is no request {approvalId}.");

    internal static DecisionResult Late(ApprovalRow approval) => new(false, approval.State,
        approval.ClosedByName.Length > 0 && approval.FinishedAt is { } ended ? $"{approval.ClosedByName} closed this at {ended:yyyy-MM-dd HH:mm:ss} UTC; it is {approval.State}. Nothing of yours was changed."
        : approval.DecidedAt is { } at ? $"{approval.DecidedByName} decided this at {at:yyyy-MM-dd HH:mm:ss} UTC; it is {approval.State}. Your decision changed nothing."
        : $"This request is {approval.State}. Your decision changed nothing.");

    private sealed class BatchRefusedException(DecisionResult result) : Exception(result.Message)
    {
        public DecisionResult Result { get; } = result;
    }
}
