using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Nodes;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Ends requests that end by themselves: overdue, asked under a rule that was changed, or left by a server that died over them.</summary>
internal sealed class ApprovalSweeper(Database database, ApprovalStore store, ApprovalDesk desk, ApprovalLedger ledger, ToolCatalog catalog, ServerNodes nodes, TimeProvider time, ILogger<ApprovalSweeper> log)
{
    /// <summary>How often it is looked whether other servers have died over their work.</summary>
    private static readonly TimeSpan LookAfterOthers = TimeSpan.FromSeconds(10);

    private DateTimeOffset _lookedAfterOthers = DateTimeOffset.MinValue;

    /// <summary>Lets everything whose time is over expire, with its receipt.</summary>
    public async Task ExpireOverdueAsync(CancellationToken cancellationToken)
    {
        if (!await database.ReadAsync(async db => (await store.OverdueAsync(db, cancellationToken)).Count > 0, cancellationToken)) return;
        var expired = await database.WriteAsync(async db =>
        {
            var overdue = await store.OverdueAsync(db, cancellationToken);
            foreach (var approval in overdue) await ledger.ExpireAsync(db, approval, cancellationToken);
            return overdue;
        }, cancellationToken);
        foreach (var approval in expired) await ledger.PublishAsync(approval.ApprovalId, cancellationToken);
    }

    /// <summary>After rules were changed, here or in the settings: what was asked under another rule is void, and says so.</summary>
    public async Task VoidChangedAsync(CancellationToken cancellationToken)
    {
        var open = await database.ReadAsync(db => ApprovalStore.Open(db).Select(a => a.ApprovalId).ToListAsync(cancellationToken), cancellationToken);
        foreach (var batch in open.Chunk(100))
        {
            var voided = await database.WriteAsync(async db =>
            {
                var ids = new List<string>();
                foreach (var approval in await ApprovalStore.Open(db).Where(a => batch.Contains(a.ApprovalId)).ToListAsync(cancellationToken))
                    if (await desk.VoidIfRuleChangedAsync(db, approval, cancellationToken)) ids.Add(approval.ApprovalId);
                return ids;
            }, cancellationToken);
            foreach (var id in voided) await ledger.PublishAsync(id, cancellationToken);
        }
    }

    /// <summary>Rows that a server had claimed which is gone: nobody knows whether the deed happened.</summary>
    public async Task SettleInterruptedAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - _lookedAfterOthers < LookAfterOthers) return;
        var claimed = await database.ReadAsync(db => store.ClaimedElsewhereAsync(db, nodes.ThisId, cancellationToken), cancellationToken);
        _lookedAfterOthers = now;
        if (claimed.Count == 0) return;
        // Asked after the rows were read: who began one of them was in the list by then.
        var known = (await nodes.ListAsync(cancellationToken)).Select(n => n.NodeId).ToHashSet(StringComparer.Ordinal);
        var gone = claimed.Where(a => !known.Contains(a.ClaimedBy ?? "")).Select(a => a.ApprovalId).ToHashSet(StringComparer.Ordinal);
        if (gone.Count == 0) return;
        var settled = await database.WriteAsync(async db =>
        {
            var interrupted = (await store.ClaimedElsewhereAsync(db, nodes.ThisId, cancellationToken)).FindAll(a => gone.Contains(a.ApprovalId));
            foreach (var approval in interrupted)
                await ledger.EndAsync(db, approval, ApprovalState.Unknown, null, "the server stopped while it was being executed.", catalog.Find(approval.Tool)?.CanFindEffect == true, cancellationToken);
            return interrupted.ConvertAll(a => a.ApprovalId);
        }, cancellationToken);
        foreach (var approvalId in settled)
        {
            log.LogWarning("Approval {ApprovalId} was being executed when its server stopped; its outcome is unknown", approvalId);
            await ledger.PublishAsync(approvalId, cancellationToken);
        }
    }
}
