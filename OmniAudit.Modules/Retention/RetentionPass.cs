using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Retention;

/// <summary>
/// Once a day: deletes scans and evidence that are older than the settings keep them, a hundred in one transaction with the row of the audit log that says so, then the
/// objects that nothing refers to any more. Receipts, approvals and the audit log are never touched. What a crash interrupts, the next pass goes on with; of two servers
/// on one database each may do it, for every step looks first.
/// </summary>
internal sealed class RetentionPass(Database database, ObjectSweeper sweeper, ChangeFeed changes, OmniAuditOptions options, TimeProvider time, ILogger<RetentionPass> log) : BackgroundService
{
    private const int Batch = 100;

    /// <summary>A server that is started again and again must not read every report each time.</summary>
    private static readonly TimeSpan First = TimeSpan.FromHours(1);
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);

    /// <summary>One pass.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.SiteLint.RetentionDays is > 0 and var scanDays)
            await DeleteAsync("retention.delete_scans", "scans", "SITELINT_RETENTION_DAYS", scanDays, Topics.Jobs, async (db, before) => await ScanRetention.DeleteAsync(db, before, Batch, (await OpenAsync(db, cancellationToken)).Named, cancellationToken), cancellationToken);
        if (options.Evidence.RetentionDays is > 0 and var days)
        {
            await EvidenceAsync("retention.delete_drafts", "triage drafts", days, (old, db) => old.DeleteDraftsAsync(db, cancellationToken), cancellationToken);
            await EvidenceAsync("retention.delete_findings", "sets of findings", days, (old, db) => old.DeleteFindingsAsync(db, cancellationToken), cancellationToken);
            await EvidenceAsync("retention.delete_evidence", "pieces of evidence", days, (old, db) => old.DeleteEvidenceAsync(db, cancellationToken), cancellationToken);
        }
        var swept = await sweeper.RunAsync(Actor.System, dryRun: false, TextWriter.Null, UpkeepProgress.None, cancellationToken);
        if (swept.Refusal is not null) log.LogWarning("Objects were not swept: {error}", swept.Refusal);
        else if (swept.Objects > 0) log.LogInformation("Deleted {Objects} objects ({Bytes} bytes) that nothing refers to", swept.Objects, swept.Bytes);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.SiteLint.RetentionDays == 0 && options.Evidence.RetentionDays == 0) return;
        await Task.Delay(First, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var timer = new PeriodicTimer(Interval, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                log.LogError(failure, "Old scans, evidence or objects could not be deleted; tried again in {Interval}", Interval);
            }
            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task EvidenceAsync(string deed, string what, int days, Func<EvidenceRetention, OmniAuditDb, Task<int>> delete, CancellationToken cancellationToken) =>
        DeleteAsync(deed, what, "EVIDENCE_RETENTION_DAYS", days, Topics.Evidence, async (db, before) =>
        {
            var (requests, named) = await OpenAsync(db, cancellationToken);
            return await delete(new EvidenceRetention(before, Batch, requests, named), db);
        }, cancellationToken);

    private async Task DeleteAsync(string deed, string what, string setting, int days, string topic, Func<OmniAuditDb, DateTimeOffset, Task<int>> delete, CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow().AddDays(-days);
        var total = 0;
        int deleted;
        do
        {
            deleted = await database.WriteAsync(async db =>
            {
                var gone = await delete(db, before);
                if (gone > 0) db.Add(AuditTrail.Row(deed, Actor.System, "server", $"{gone} {what} from before {before:yyyy-MM-dd} ({setting}={days})", time));
                return gone;
            }, cancellationToken);
            total += deleted;
        }
        while (deleted > 0);
        if (total == 0) return;
        log.LogInformation("Deleted {Count} {What} from before {Before}: {Setting}={Days}", total, what, before, setting, days);
        changes.Publish(topic, "");
        changes.Publish(Topics.Calls, "");
    }

    /// <summary>The requests that may still lead to something, and every id in what they would do: a person decides about what they can still look at.</summary>
    private static async Task<(List<string> Requests, List<string> Named)> OpenAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var open = await ApprovalStore.Unsettled(db).Select(a => new { a.ApprovalId, a.Payload }).ToListAsync(cancellationToken);
        return (open.ConvertAll(a => a.ApprovalId), [.. open.SelectMany(a => Ids.In(Encoding.UTF8.GetString(a.Payload))).Distinct(StringComparer.Ordinal)]);
    }
}
