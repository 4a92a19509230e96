using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>
/// Looks in the world for what became of writes whose end nobody saw. Only a positive match settles one; not finding it
/// proves nothing, so it stays unknown until a person has looked.
/// </summary>
internal sealed class EffectSearch(
    Database database, ApprovalStore store, ApprovalLedger ledger, ReceiptLog receipts, ToolCatalog catalog, ChangeFeed changes, Duties duties, IServiceProvider services, TimeProvider time, ILogger<EffectSearch> log)
    : BackgroundService
{
    private static readonly Actor Self = new(ActorKind.System, "system:reconciler", "OmniAudit");
    private static readonly TimeSpan LookLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(2);

    /// <summary>How long after one look the next comes; effects may show late. After the last it is left to people.</summary>
    private static readonly TimeSpan[] Pauses =
        [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(12), TimeSpan.FromHours(24)];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => duties.DoAsync(Duties.Effects, SearchAsync, stoppingToken);

    private async Task SearchAsync(CancellationToken stoppingToken)
    {
        // One remembered wake-up is enough, however many changes come while it looks.
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = changes.Subscribe(change => { if (change.Topic == Topics.Approvals) wake.Writer.TryWrite(true); });
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (receipts.Refusal is null)
                    foreach (var id in await database.ReadAsync(db => store.ToLookForAsync(db, stoppingToken), stoppingToken)) await LookAsync(id, stoppingToken);
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
                log.LogError(failure, "The effects of unknown writes could not be looked for");
                await Task.Delay(Sweep, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    internal async Task LookAsync(string approvalId, CancellationToken cancellationToken)
    {
        var unknown = (await database.ReadAsync(db => store.FindAsync(db, approvalId, cancellationToken), cancellationToken))!;
        var found = await FindAsync(unknown, cancellationToken);
        var settled = await database.WriteAsync(async db =>
        {
            var approval = (await store.FindAsync(db, approvalId, cancellationToken))!;
            // A person may have settled it meanwhile.
            if (approval.State != ApprovalState.Unknown) return false;
            if (found is { } effect)
            {
                await ledger.SettleAsync(db, approval, ApprovalState.Executed, effect.GetRawText(), Self, "Its effect was found.", cancellationToken);
                return true;
            }
            approval.NextLookAt = approval.Looks < Pauses.Length ? time.GetUtcNow() + Pauses[approval.Looks] : null;
            approval.Looks++;
            approval.Touch();
            return false;
        }, cancellationToken);
        log.LogInformation("The effect of {ApprovalId} was looked for: {status}", approvalId, found is null ? "not found" : "found");
        if (settled) await ledger.PublishAsync(approvalId, cancellationToken);
    }

    private async Task<JsonElement?> FindAsync(ApprovalRow approval, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LookLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (catalog.Find(approval.Tool) is not { CanFindEffect: true } tool) return null;
            using var payload = JsonDocument.Parse(approval.Payload);
            return await tool.FindEffectAsync(services, tool.Parse(payload.RootElement), ApprovedCallDispatcher.CallOf(approval), either.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            log.LogWarning(failure, "The effect of {ApprovalId} could not be looked for", approval.ApprovalId);
            return null;
        }
    }
}
