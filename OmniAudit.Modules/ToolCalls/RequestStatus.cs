using System.Text.Json.Nodes;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>How a request stands, for the agent that made it.</summary>
/// <param name="Message">The state in words, beginning with whether it was executed.</param>
/// <param name="Next">What to do now.</param>
internal sealed record RequestView(
    string ApprovalId, string Tool, string State, bool Executed, string Message, string Next, string Url, DateTimeOffset ExpiresAt, string ArgsSha256, bool Edited,
    string? Held, string? DecidedBy, DateTimeOffset? DecidedAt, string? Reason, string? Error, string? ReceiptId, JsonObject? Result);

/// <summary>Reads requests for their requesters, and waits for them to move. Changes nothing.</summary>
internal sealed class RequestStatus(Database database, ApprovalStore store, ChangeFeed changes, OmniAuditOptions options, TimeProvider time)
{
    /// <summary>The request as it stands, or as soon as it has moved.</summary>
    /// <param name="atMost">How long to wait for a change while it is not final; zero for none.</param>
    /// <param name="progress">Told how it stands, each time it is looked at.</param>
    /// <returns>Null when there is none by this id, or it is another's.</returns>
    public async Task<RequestView?> FindAsync(string approvalId, string requesterSubject, TimeSpan atMost, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        if (await ReadAsync(approvalId, cancellationToken) is not { } first || first.RequesterSubject != requesterSubject) return null;
        if (atMost <= TimeSpan.Zero || ApprovalState.IsFinal(first.State)) return View(first);
        using var limit = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var last = await changes.WaitAsync(
            approvalId,
            async () =>
            {
                var now = (await ReadAsync(approvalId, CancellationToken.None))!;
                progress?.Invoke(StepOf(now.State), $"{now.Tool}: {now.State}");
                return now;
            },
            now => now.Version != first.Version, either.Token);
        cancellationToken.ThrowIfCancellationRequested();
        return View(last);
    }

    /// <summary>How far along a request in this state is, from 0 to 1.</summary>
    public static double StepOf(string state) => state switch
    {
        ApprovalState.Pending => 0.1,
        ApprovalState.Approved => 0.4,
        ApprovalState.Executing => 0.7,
        _ => 1,
    };

    private Task<ApprovalRow?> ReadAsync(string approvalId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => store.FindAsync(db, approvalId, cancellationToken), cancellationToken);

    private RequestView View(ApprovalRow row)
    {
        var (message, next) = Words(row);
        return new RequestView(
            row.ApprovalId, row.Tool, row.State, row.State == ApprovalState.Executed, message, next, $"{options.App.PublicUrl.TrimEnd('/')}/approvals/{row.ApprovalId}",
            row.ExpiresAt, row.PayloadSha256, row.PayloadVersion > 1, row.Held, NullIfEmpty(row.DecidedByName), row.DecidedAt, NullIfEmpty(row.Reason), row.Error,
            row.SettlementReceiptId ?? row.OutcomeReceiptId ?? row.DecisionReceiptId, row.ResultJson is { } result ? (JsonObject)JsonNode.Parse(result)! : null);
    }

    private static (string Message, string Next) Words(ApprovalRow row) => row.State switch
    {
        ApprovalState.Pending => ("NOT EXECUTED. It waits for a person.", "Show your user the url. Ask again with wait_seconds, or go on with other work; do not ask for the same write anew."),
        ApprovalState.Approved when row.Held is not null => ("NOT YET EXECUTED. It is approved and held back: see held.", "It runs when things are again as they were approved. Withdraw it with core.cancel_request to ask anew."),
        ApprovalState.Approved => ("NOT YET EXECUTED. It is approved and about to run.", "Ask again with wait_seconds."),
        ApprovalState.Executing => ("It is being executed now.", "Ask again with wait_seconds."),
        ApprovalState.Executed => ($"Executed once, approved by {row.DecidedByName}.{(row.PayloadVersion > 1 ? $" {row.EditedByName} changed the arguments before." : "")}", "Nothing: result is what it did, receipt_id proves it."),
        ApprovalState.Denied => ($"NOT EXECUTED. {row.DecidedByName} denied it.", "Read reason. Ask again only with something that answers it."),
        ApprovalState.Expired => ("NOT EXECUTED. It expired before it could begin.", "Call the tool again without confirmation_token to ask anew."),
        ApprovalState.Cancelled => ($"NOT EXECUTED. {row.ClosedByName} withdrew it.", "Call the tool again without confirmation_token if it is still wanted."),
        ApprovalState.Failed when row.ResultJson is not null => ("NOT FINISHED. It was approved and begun: see error, and result for what is there so far.", "Mend what error says, then call the tool again without confirmation_token: it goes on from there."),
        ApprovalState.Failed => ("NOT EXECUTED. It was approved and could not be done: see error.", "Mend what error says, then call the tool again without confirmation_token."),
        _ => ("OUTCOME UNKNOWN. It was begun and nobody saw its end.", "Do not ask for it again: a person looks whether it happened. Ask here again later."),
    };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
