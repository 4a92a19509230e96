using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>
/// Executes what people approved: claim, act, outcome. The claim (approved → executing) is on disk before the tool is
/// called, and nothing that was claimed is ever claimed again, so a write happens at most once; one whose end nobody saw
/// is said to be unknown.
/// </summary>
internal sealed class ApprovedCallDispatcher(
    Database database, ApprovalStore store, ApprovalDesk desk, ReceiptLog receipts, ToolCatalog catalog, PolicyGate policy, ChangeFeed changes,
    CallMetrics metrics, IServiceProvider services, TimeProvider time, ILogger<ApprovedCallDispatcher> log) : BackgroundService
{
    /// <summary>How often expiry is looked for; decisions wake the loop at once.</summary>
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);

    /// <summary>A result past this is not kept with the approval; the tool must answer with a reference instead.</summary>
    private const int LargestResult = 256 * 1024;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SettleInterruptedAsync(cancellationToken);
        }
        catch (LogRefusedException refused)
        {
            // They stay "executing", and nothing new is claimed either: both need a receipt.
            log.LogError(refused, "Interrupted executions cannot be settled while the receipt log refuses to sign");
        }
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // One remembered wake-up is enough, however many changes come while the loop works.
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = changes.Subscribe(change =>
        {
            if (change.Topic == Topics.Approvals) wake.Writer.TryWrite(true);
        });
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Expiry needs a receipt, like every other end: while the log refuses to sign it waits too.
                if (receipts.Refusal is null) await desk.ExpireOverdueAsync(stoppingToken);
                var approved = await database.ReadAsync(db => store.ApprovedAsync(db, stoppingToken), stoppingToken);
                foreach (var approvalId in approved) await ExecuteAsync(approvalId, stoppingToken);
                using var sweep = new CancellationTokenSource(Sweep, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(sweep.Token, stoppingToken);
                await wake.Reader.ReadAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                // The sweep is due, or the server stops.
            }
            catch (Exception failure)
            {
                // The store refused (disk full, locked): what is approved stays approved and is tried again.
                log.LogError(failure, "Approved calls could not be dispatched");
                await Task.Delay(Sweep, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Rows that a dead process had claimed: nobody knows whether the deed happened.</summary>
    private async Task SettleInterruptedAsync(CancellationToken cancellationToken)
    {
        var settled = await database.WriteAsync(async db =>
        {
            var interrupted = await store.InterruptedAsync(db, cancellationToken);
            foreach (var approval in interrupted)
                await EndAsync(db, approval, ApprovalState.Unknown, null, "the server stopped while it was being executed.", approval.ApprovalId, cancellationToken);
            return interrupted.ConvertAll(a => a.ApprovalId);
        }, cancellationToken);
        foreach (var approvalId in settled)
        {
            log.LogWarning("Approval {ApprovalId} was being executed when the server stopped; its outcome is unknown", approvalId);
            await desk.PublishAsync(approvalId, cancellationToken);
        }
    }

    private async Task ExecuteAsync(string approvalId, CancellationToken cancellationToken)
    {
        // A crash before this commit leaves "approved": executed after the restart. A crash after it leaves "executing":
        // settled as unknown after the restart.
        var claimed = await ClaimAsync(approvalId, cancellationToken);
        if (claimed is null) return;
        changes.Publish(Topics.Approvals, approvalId);

        var started = time.GetTimestamp();
        var (state, result, error, reference) = await RunAsync(claimed);
        metrics.Called(claimed.Tool, state, time.GetElapsedTime(started).TotalSeconds);
        log.LogInformation("approved call {ApprovalId} {tool} {status} {duration_ms}", approvalId, claimed.Tool, state, Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 1));

        // From here on the deed is done or not, and only this process knows: the outcome is written even while the server
        // stops, and tried again while the store refuses. Nothing else is claimed meanwhile.
        while (true)
        {
            try
            {
                await database.WriteAsync(async db =>
                {
                    var approval = (await store.FindAsync(db, approvalId, CancellationToken.None))!;
                    await EndAsync(db, approval, state, result, error, reference, CancellationToken.None);
                }, CancellationToken.None);
                break;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                log.LogError(failure, "The outcome of {ApprovalId} ({status}) could not be written; trying again", approvalId, state);
                await Task.Delay(Sweep, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        await desk.PublishAsync(approvalId, CancellationToken.None);
    }

    private async Task<ApprovalRow?> ClaimAsync(string approvalId, CancellationToken cancellationToken)
    {
        // Nothing is done whose outcome could not be receipted: what is approved waits until the log signs again.
        if (receipts.Refusal is not null) return null;
        try
        {
            var claimed = await database.WriteAsync(async db =>
            {
                var approval = await store.FindAsync(db, approvalId, cancellationToken);
                if (approval?.State != ApprovalState.Approved) return null;
                if (approval.ExpiresAt <= time.GetUtcNow())
                {
                    await desk.ExpireAsync(db, approval, cancellationToken);
                    return null;
                }
                approval.MoveTo(ApprovalState.Executing);
                approval.ClaimedAt = time.GetUtcNow();
                return approval;
            }, cancellationToken);
            if (claimed is null) await desk.PublishAsync(approvalId, cancellationToken);
            return claimed;
        }
        catch (DbUpdateConcurrencyException)
        {
            return null;
        }
    }

    /// <summary>Runs the stored bytes. Not cancelled by a stopping server: an interrupted write would be an unknown one.</summary>
    private async Task<(string State, string? Result, string? Error, string? Reference)> RunAsync(ApprovalRow approval)
    {
        CatalogTool tool;
        object input;
        try
        {
            tool = catalog.Find(approval.Tool) ?? throw new ToolRefusedException("unknown_tool", $"the tool {approval.Tool} no longer exists.");
            using var payload = JsonDocument.Parse(approval.Payload);
            input = tool.Parse(payload.RootElement);
            if (await policy.CheckAsync(tool, input, CancellationToken.None) is { } denied)
                throw new ToolRefusedException("policy_denied", $"policy no longer allows it. {denied.Field}: {denied.Message}");
        }
        catch (Exception failure)
        {
            // Nothing was sent yet, whatever went wrong.
            log.LogWarning(failure, "Approved call {ApprovalId} of {Tool} could not begin", approval.ApprovalId, approval.Tool);
            return (ApprovalState.Failed, null, failure is ToolRefusedException ? failure.Message : "it could not begin; nothing was done.", approval.ApprovalId);
        }
        try
        {
            var requester = new Actor(ActorKind.Agent, approval.RequesterSubject, approval.RequesterName);
            var call = new ToolCall(approval.ApprovalId, requester, approval.RequestId, approval.ApprovalId);
            var result = (await tool.RunAsync(services, input, call, CancellationToken.None)).GetRawText();
            if (result.Length <= LargestResult) return (ApprovalState.Executed, result, null, null);
            log.LogWarning("{Tool} answered {Length} characters to {ApprovalId}; only the digest is kept", tool.Name, result.Length, approval.ApprovalId);
            return (ApprovalState.Executed, JsonSerializer.Serialize(new { result_cut_off = true, result_sha256 = CanonicalJson.Sha256Hex(Encoding.UTF8.GetBytes(result)) }), null, null);
        }
        catch (ToolRefusedException refused)
        {
            // The type promises that nothing was done.
            return (ApprovalState.Failed, null, refused.Message, approval.ApprovalId);
        }
        catch (Exception failure)
        {
            log.LogError(failure, "Approved call {ApprovalId} of {Tool} broke off", approval.ApprovalId, approval.Tool);
            return (ApprovalState.Unknown, null, $"it broke off in the middle (reference {approval.ApprovalId}).", approval.ApprovalId);
        }
    }

    private async Task EndAsync(OmniAuditDb db, ApprovalRow approval, string state, string? result, string? error, string? reference, CancellationToken cancellationToken)
    {
        Debug.Assert(ApprovalState.IsFinal(state));
        approval.MoveTo(state);
        (approval.FinishedAt, approval.ResultJson, approval.Error, approval.ErrorReference) = (time.GetUtcNow(), result, error, reference);
        approval.OutcomeReceiptId = (await receipts.AppendAsync(db, ApprovalDesk.ReceiptOf(approval, "outcome"), cancellationToken)).ReceiptId;
    }
}
