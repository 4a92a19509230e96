using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Where writes are asked for and followed: takes requests in, answers how they stand, lets their requester withdraw them. Executes nothing itself.</summary>
internal sealed class RequestDesk(
    Database database, ApprovalStore store, ApprovalRules rules, ApprovalLedger ledger, ConfirmationTokens tokens, ChangeFeed changes, OmniAuditOptions options, TimeProvider time)
{
    /// <summary>How long a call that names an approved request waits for its outcome before it answers "still executing".</summary>
    private static readonly TimeSpan OutcomeWait = TimeSpan.FromSeconds(20);

    /// <summary>The refusal's code when a person's role does not suffice.</summary>
    public const string RoleNeeded = "role_needed";

    /// <summary>Puts the request into the queue; the answer's row is on disk before it is given.</summary>
    /// <param name="payload">What is shown, approved and sent.</param>
    /// <param name="facts">What the tool found; shown to the approver and compared before it runs.</param>
    /// <param name="asked">What the requester sent, where the tool wrote something out; null where that is the payload.</param>
    public async Task<ToolOutcome> SubmitAsync(
        CatalogTool tool, object input, byte[] payload, string? idempotencyKey, IReadOnlyList<Fact> facts, CallOrigin origin, CancellationToken cancellationToken, byte[]? asked = null)
    {
        var request = new ApprovalRequest(
            tool.Name, PolicyGate.TargetOf(tool, input), tool.Intent(input), RiskOf(tool), payload, CanonicalJson.Sha256Hex(asked ?? payload), FactList.ToJson(facts), idempotencyKey, origin.Actor, origin.Client, origin.Session, origin.RequestId);
        var (approval, receipted) = await database.WriteAsync(db => SubmitAsync(db, request, cancellationToken), cancellationToken);
        if (receipted) await ledger.PublishAsync(approval.ApprovalId, cancellationToken);
        else changes.Publish(Topics.Approvals, approval.ApprovalId);
        return await AnswerAsync(await SettledAsync(approval, origin.Progress, cancellationToken), cancellationToken);
    }

    private async Task<(ApprovalRow Approval, bool Receipted)> SubmitAsync(OmniAuditDb db, ApprovalRequest request, CancellationToken cancellationToken)
    {
        if (request.Requester.Kind == ActorKind.Person && await OperatorDirectory.WhyNotAsync(db, request.Requester, Role.Operator, "Asking for writes", cancellationToken) is { } refused)
            throw new ToolRefusedException(RoleNeeded, refused);
        if (await store.FindSameAsync(db, request, cancellationToken) is { } same) return (same, false);
        var rule = await rules.InForceAsync(db, request.Tool, request.Target, request.Requester.Name, cancellationToken);
        var approval = await store.AddAsync(db, request, rule, cancellationToken);
        ledger.Created(db, approval);
        var now = time.GetUtcNow();
        if (await StandingRules.FindAsync(db, request.Requester.Subject, request.Tool, request.Target, request.Payload, now, cancellationToken) is not { } standing) return (approval, false);
        // The rule speaks for the person who made it, as far as that person may still approve.
        var active = await OperatorDirectory.ActiveAsync(db, [standing.CreatedBySubject], cancellationToken);
        if (!active.TryGetValue(standing.CreatedBySubject, out var groups) || !rule.Require.CanCount(groups)) return (approval, false);
        standing.Uses++;
        approval.StandingRuleId = standing.StandingRuleId;
        var vote = new ApprovalVoteRow
        {
            VoteId = Ids.New("vot", time), ApprovalId = approval.ApprovalId, PayloadSha256 = approval.PayloadSha256,
            Subject = standing.CreatedBySubject, By = standing.Subject, Name = $"Standing rule of {standing.CreatedByName}", At = now,
        };
        db.Add(vote);
        if (rule.Require.IsMetBy([groups])) await ledger.DecideAsync(db, approval, ApprovalState.Approved, vote.By, vote.Name, "", cancellationToken);
        else await ledger.VoteAsync(db, approval, vote, cancellationToken);
        return (approval, true);
    }

    /// <summary>How an earlier request stands. Waits a little for one that is being executed.</summary>
    public async Task<ToolOutcome> FollowAsync(CatalogTool tool, byte[] payload, string token, Actor actor, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        var approval = ConfirmationTokens.ApprovalIdOf(token) is { } id ? await ReadAsync(id, cancellationToken) : null;
        // Forged, another agent's and unknown look the same from outside: there is nothing to probe.
        if (approval is null || approval.RequesterSubject != actor.Subject || !await tokens.IsGenuineAsync(token, approval, cancellationToken))
            throw new ToolRefusedException("unknown_token", "confirmation_token: names no request of yours. Call again without it to ask for approval.", WriteContract.TokenArgument);
        if (approval.Tool != tool.Name || approval.AskedSha256 != CanonicalJson.Sha256Hex(payload))
            throw new ToolRefusedException("token_mismatch", $"confirmation_token: belongs to another call ({approval.Tool}, arguments with SHA-256 {approval.AskedSha256}). Repeat exactly that call, or call without the token to ask anew.", WriteContract.TokenArgument);
        return await AnswerAsync(await SettledAsync(await ConfirmedAsync(approval, actor, cancellationToken), progress, cancellationToken), cancellationToken);
    }

    /// <summary>How the request stands that a repeated call comes back for; waits for a missing decision as long as the call allows.</summary>
    public async Task<ToolOutcome> FollowAsync(CatalogTool tool, byte[] payload, FollowUp followUp, Actor actor, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        var approval = await ReadAsync(followUp.ApprovalId, cancellationToken);
        if (approval is null || approval.RequesterSubject != actor.Subject || approval.Tool != tool.Name || approval.AskedSha256 != followUp.AskedSha256 || followUp.AskedSha256 != CanonicalJson.Sha256Hex(payload))
            throw new ToolRefusedException(FollowUp.Mismatch, "This call is not the one that the request was made with. Repeat exactly that call, or ask anew.");
        if (followUp.Confirm) approval = await ConfirmedAsync(approval, actor, cancellationToken);
        if (approval.State == ApprovalState.Pending && followUp.Wait > TimeSpan.Zero) approval = await DecidedAsync(approval.ApprovalId, followUp.Wait, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return await AnswerAsync(await SettledAsync(approval, progress, cancellationToken), cancellationToken);
    }

    /// <summary>One of the requester's own requests and its answer, as they stand at this moment; null when there is none.</summary>
    public async Task<FollowedRequest?> FindAsync(string approvalId, Actor requester, CancellationToken cancellationToken) =>
        await ReadAsync(approvalId, cancellationToken) is { } a && a.RequesterSubject == requester.Subject
            ? new FollowedRequest(
                a.ApprovalId, a.Tool, a.State, await AnswerAsync(a, cancellationToken), a.CreatedAt, a.FinishedAt ?? a.ClaimedAt ?? a.DecidedAt ?? a.CreatedAt,
                a.State == ApprovalState.Cancelled && a.ClosedBySubject == requester.Subject)
            : null;

    /// <summary>The requester confirms its own write, where its rule lets it, and hears the outcome. Elsewhere this decides nothing. Null when there is no such request.</summary>
    public async Task<ToolOutcome?> ConfirmAsync(string approvalId, Actor requester, CancellationToken cancellationToken) =>
        await ReadAsync(approvalId, cancellationToken) is { } approval && approval.RequesterSubject == requester.Subject
            ? await AnswerAsync(await SettledAsync(await ConfirmedAsync(approval, requester, cancellationToken), null, cancellationToken), cancellationToken)
            : null;

    private async Task<ApprovalRow> ConfirmedAsync(ApprovalRow approval, Actor actor, CancellationToken cancellationToken) =>
        approval.State == ApprovalState.Pending && FrozenRule.Of(approval).Mode == FrozenRule.Self ? await ConfirmSelfAsync(approval.ApprovalId, actor, cancellationToken) : approval;

    /// <summary>The request once it no longer waits for a decision, or as it stands after so long. Its expiry is seen at the end of the waiting.</summary>
    internal async Task<ApprovalRow> DecidedAsync(string approvalId, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        return await changes.WaitAsync(
            approvalId, async () => (await ReadAsync(approvalId, CancellationToken.None))!, a => a.State != ApprovalState.Pending || a.ExpiresAt <= time.GetUtcNow(), either.Token);
    }

    /// <summary>Why a person may not call a tool of this risk; null for one who may, and for agents, whose keys say what they may.</summary>
    public async Task<string?> WhyNotAsync(Actor actor, ToolRisk risk, CancellationToken cancellationToken) => actor.Kind != ActorKind.Person ? null : await database.ReadAsync(
        db => OperatorDirectory.WhyNotAsync(db, actor, risk == ToolRisk.Read ? Role.Viewer : Role.Operator, risk == ToolRisk.Write ? "Asking for writes" : "Starting work", cancellationToken), cancellationToken);

    /// <summary>Takes a request back that waits, or is approved and not begun.</summary>
    /// <exception cref="ToolRefusedException">There is no such request of this requester.</exception>
    public async Task<(string State, bool Withdrawn)> WithdrawAsync(string approvalId, string reason, Actor requester, CancellationToken cancellationToken)
    {
        var (state, withdrawn) = await database.WriteAsync(async db =>
        {
            var approval = await store.FindAsync(db, approvalId, cancellationToken);
            if (approval is null || approval.RequesterSubject != requester.Subject) throw ToolRefusedException.NotFound("approval_id", approvalId, "Use approval.id of one of your own requests.");
            if (!ApprovalState.CanMove(approval.State, ApprovalState.Cancelled)) return (approval.State, false);
            await ledger.CancelAsync(db, approval, requester, reason, cancellationToken);
            return (approval.State, true);
        }, cancellationToken);
        if (withdrawn) await ledger.PublishAsync(approvalId, cancellationToken);
        return (state, withdrawn);
    }

    /// <summary>Approvals:Mode=self only: the caller's own word is the decision, and every receipt says so.</summary>
    private async Task<ApprovalRow> ConfirmSelfAsync(string approvalId, Actor actor, CancellationToken cancellationToken)
    {
        var approval = await database.WriteAsync(async db =>
        {
            var row = (await store.FindAsync(db, approvalId, cancellationToken))!;
            var inForce = await rules.InForceAsync(db, row.Tool, row.Target, row.RequesterName, cancellationToken);
            if (row.State == ApprovalState.Pending && row.ExpiresAt > time.GetUtcNow() && row.PayloadVersion == 1 && inForce.Mode == FrozenRule.Self && inForce.Sha256 == row.PolicySha256)
                await ledger.ConfirmSelfAsync(db, row, actor, cancellationToken);
            return row;
        }, cancellationToken);
        await ledger.PublishAsync(approvalId, cancellationToken);
        return approval;
    }

    /// <summary>The request once nothing about it is in motion any more, or as it stands after a while.</summary>
    private async Task<ApprovalRow> SettledAsync(ApprovalRow approval, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        if (approval.State == ApprovalState.Pending && approval.ExpiresAt <= time.GetUtcNow())
        {
            approval = await database.WriteAsync(async db =>
            {
                var row = (await store.FindAsync(db, approval.ApprovalId, cancellationToken))!;
                if (row.State == ApprovalState.Pending) await ledger.ExpireAsync(db, row, cancellationToken);
                return row;
            }, cancellationToken);
            await ledger.PublishAsync(approval.ApprovalId, cancellationToken);
        }
        if (approval.State is not (ApprovalState.Approved or ApprovalState.Executing)) return approval;
        using var limit = new CancellationTokenSource(OutcomeWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var settled = await changes.WaitAsync(
            approval.ApprovalId,
            async () =>
            {
                var now = (await ReadAsync(approval.ApprovalId, CancellationToken.None))!;
                progress?.Invoke(RequestStatus.StepOf(now.State), $"{now.Tool}: {now.State}");
                return now;
            },
            a => ApprovalState.IsFinal(a.State) || a.Held is not null, either.Token);
        cancellationToken.ThrowIfCancellationRequested();
        return settled;
    }

    private Task<ApprovalRow?> ReadAsync(string approvalId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => store.FindAsync(db, approvalId, cancellationToken), cancellationToken);

    private async Task<ToolOutcome> AnswerAsync(ApprovalRow approval, CancellationToken cancellationToken)
    {
        var ticket = new ApprovalTicket(
            approval.ApprovalId, await tokens.IssueAsync(approval, cancellationToken), approval.State, $"{options.App.PublicUrl.TrimEnd('/')}/approvals/{approval.ApprovalId}",
            approval.ExpiresAt, approval.PayloadSha256, approval.RiskLevel, approval.PayloadVersion > 1, FrozenRule.Of(approval).Mode == FrozenRule.Self, approval.Held, approval.AskedSha256, approval.Intent);
        return approval.State switch
        {
            ApprovalState.Executed => new ToolOutcome.Succeeded(ExecutedResult(approval, ticket)),
            ApprovalState.Denied => new ToolOutcome.Refused("denied", $"NOT EXECUTED. {approval.DecidedByName} denied it: {approval.Reason}", [], ticket),
            ApprovalState.Expired when approval.DecidedAt is not null => new ToolOutcome.Refused("expired", $"NOT EXECUTED. {approval.DecidedByName} approved it, but it could not begin before it expired. Call again without confirmation_token to ask anew.", [], ticket),
            ApprovalState.Expired => new ToolOutcome.Refused("expired", "NOT EXECUTED. Nobody decided in time. Call again without confirmation_token to ask anew.", [], ticket),
            ApprovalState.Cancelled => new ToolOutcome.Refused("cancelled", $"NOT EXECUTED. {approval.ClosedByName} withdrew it{(approval.Reason.Length > 0 ? $": {approval.Reason}" : ".")} Call again without confirmation_token to ask anew.", [], ticket),
            ApprovalState.Failed when approval.ClosedByName.Length > 0 => new ToolOutcome.Failed(approval.ApprovalId, $"NOT EXECUTED. Its outcome was unknown; {approval.ClosedByName} looked and says it did not happen: {approval.Reason}", ticket),
            ApprovalState.Failed when approval.ResultJson is { } begun => new ToolOutcome.Failed(approval.ErrorReference ?? approval.ApprovalId, $"NOT FINISHED. It was approved and begun: {approval.Error}", ticket, JsonDocument.Parse(begun).RootElement),
            ApprovalState.Failed => new ToolOutcome.Failed(approval.ErrorReference ?? approval.ApprovalId, $"Approved, but it could not be done: {approval.Error}", ticket),
            ApprovalState.Unknown => new ToolOutcome.Failed(approval.ErrorReference ?? approval.ApprovalId, $"OUTCOME UNKNOWN. It was approved and begun, and nobody saw the end: {approval.Error} It will not be run again by itself; {(approval.NextLookAt is null ? "a person must look." : "its effect is being looked for.")}", ticket),
            _ => new ToolOutcome.NeedsApproval(ticket),
        };
    }

    private static JsonElement ExecutedResult(ApprovalRow approval, ApprovalTicket ticket)
    {
        var result = approval.ResultJson is { } known ? (JsonObject)JsonNode.Parse(known)! : [];
        result["status"] = "executed";
        result["executed"] = true;
        result["message"] = $"Executed once, approved by {approval.DecidedByName}.{(ticket.Edited ? $" {approval.EditedByName} changed the arguments before." : "")}{(approval.ClosedByName.Length > 0 ? $" Nobody saw its end at first; settled by {approval.ClosedByName}: {approval.Reason}" : "")}";
        result["receipt_id"] = approval.SettlementReceiptId ?? approval.OutcomeReceiptId;
        var about = new JsonObject { ["id"] = ticket.Id, ["state"] = ticket.State, ["url"] = ticket.Url, ["args_sha256"] = ticket.ArgumentsSha256 };
        if (ticket.Edited) about["edited"] = true;
        result["approval"] = about;
        return JsonSerializer.SerializeToElement(result);
    }

    private static string RiskOf(CatalogTool tool) => tool.Destructive ? "destructive_write" : "write";
}

/// <summary>Facts in the form in which they are kept and compared.</summary>
internal static class FactList
{
    public static string ToJson(IReadOnlyList<Fact> facts)
    {
        var json = new JsonObject();
        foreach (var fact in facts) json[fact.Name] = fact.Value;
        return Encoding.UTF8.GetString(CanonicalJson.Write(JsonSerializer.SerializeToElement(json)));
    }

    public static IReadOnlyList<Fact> Of(string json) =>
        [.. ((JsonObject)JsonNode.Parse(json)!).Select(p => new Fact(p.Key, p.Value!.GetValue<string>()))];

    /// <summary>What is another now than it was, in words; null when nothing is.</summary>
    public static string? Difference(string before, string now)
    {
        if (before == now) return null;
        var (was, known) = (Of(before).ToDictionary(f => f.Name, f => f.Value), Of(now).ToDictionary(f => f.Name, f => f.Value));
        return string.Join("; ", was.Keys.Union(known.Keys).Where(n => was.GetValueOrDefault(n) != known.GetValueOrDefault(n))
            .Select(n => $"{n} was {was.GetValueOrDefault(n, "not known")}, is now {known.GetValueOrDefault(n, "not known")}"));
    }
}
