using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.Webhooks;

/// <summary>
/// Sends what is due. Every target has a lane of its own, which sends one delivery at a time, oldest first: a slow or dead
/// target holds up nobody else, and there are never more requests under way than targets. The outcome is noted after the
/// answer; a crash in between sends the delivery again under the same id (at least once).
/// </summary>
internal sealed class WebhookSender(
    Database database, WebhookTargets targets, WebhookClient client, WebhookLimits limits, WorkMetrics metrics, ChangeFeed changes, Duties duties, TimeProvider time, ILogger<WebhookSender> log) : BackgroundService
{
    /// <summary>A lane looks again after this time even when nothing woke it.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => targets.All.Count == 0
        ? KeepHouseAsync(stoppingToken)
        : duties.DoAsync(Duties.Webhooks, mine => Task.WhenAll([KeepHouseAsync(mine), .. targets.All.Select(target => RunLaneAsync(target, mine))]), stoppingToken);

    /// <summary>Deletes delivered rows that are too old or too many. Dead ones stay until a person acts.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - limits.DeliveredFor;
        await database.WriteAsync(async db =>
        {
            var delivered = db.Set<WebhookDeliveryRow>().Where(d => d.State == WebhookDeliveryState.Delivered);
            var newestTooMany = await delivered.OrderByDescending(d => d.Sequence).Skip(limits.MostDelivered).Select(d => d.Sequence).FirstOrDefaultAsync(cancellationToken);
            await delivered.Where(d => d.DeliveredAt < before || d.Sequence <= newestTooMany).ExecuteDeleteAsync(cancellationToken);
        }, cancellationToken);
    }

    private async Task KeepHouseAsync(CancellationToken stoppingToken)
    {
        var retired = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!retired) await RetireRemovedTargetsAsync(stoppingToken);
                retired = true;
                await SweepAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(failure, "Old webhook deliveries could not be cleared away; trying again in an hour");
            }
            await Task.Delay(SweepEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What waits for a target that is no longer configured would wait for ever.</summary>
    private async Task RetireRemovedTargetsAsync(CancellationToken cancellationToken)
    {
        var known = targets.All.Select(t => t.Key).ToList();
        var retired = await database.WriteAsync(db => db.Set<WebhookDeliveryRow>().Where(d => d.State == WebhookDeliveryState.Waiting && !known.Contains(d.TargetKey)).ExecuteUpdateAsync(
            set => set.SetProperty(d => d.State, WebhookDeliveryState.Dead).SetProperty(d => d.LastError, "target_removed: this target is no longer in WEBHOOK_URLS."), cancellationToken), cancellationToken);
        if (retired > 0) log.LogWarning("{Count} webhook deliveries waited for targets that are no longer in WEBHOOK_URLS; they are dead now", retired);
    }

    private async Task RunLaneAsync(WebhookTarget target, CancellationToken stoppingToken)
    {
        // One remembered wake-up is enough, however many changes come while the lane works.
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = changes.Subscribe(change =>
        {
            if (change.Topic is Topics.Approvals or Topics.Webhooks) wake.Writer.TryWrite(true);
        });
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var (due, pause) = await NextAsync(target, stoppingToken);
                if (due is not null)
                {
                    await DeliverAsync(target, due, stoppingToken);
                    continue;
                }
                using var later = new CancellationTokenSource(pause, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(later.Token, stoppingToken);
                await wake.Reader.ReadAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                // The next one is due, or the server stops.
            }
            catch (Exception failure)
            {
                log.LogError(failure, "The webhook deliveries to {Host} could not be read; trying again", target.Host);
                await Task.Delay(AfterFailure, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The oldest that is due, or how long to wait for one.</summary>
    private async Task<(WebhookDeliveryRow? Due, TimeSpan Pause)> NextAsync(WebhookTarget target, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await database.ReadAsync<(WebhookDeliveryRow?, TimeSpan)>(async db =>
        {
            var waiting = db.Set<WebhookDeliveryRow>().Where(d => d.State == WebhookDeliveryState.Waiting && d.TargetKey == target.Key);
            if (await waiting.Where(d => d.NextAt <= now).OrderBy(d => d.Sequence).FirstOrDefaultAsync(cancellationToken) is { } due) return (due, TimeSpan.Zero);
            var next = await waiting.OrderBy(d => d.NextAt).Select(d => (DateTimeOffset?)d.NextAt).FirstOrDefaultAsync(cancellationToken);
            return (null, next is null ? Idle : TimeSpan.FromTicks(Math.Clamp((next.Value - now).Ticks, TimeSpan.TicksPerMillisecond, Idle.Ticks)));
        }, cancellationToken);
    }

    private async Task DeliverAsync(WebhookTarget target, WebhookDeliveryRow delivery, CancellationToken stoppingToken)
    {
        // A crash from here until the outcome is on disk leaves the row as it is, due: it is sent again with this id.
        var attempt = await client.SendAsync(target.Url, delivery.DeliveryId, delivery.Body, stoppingToken);
        var now = time.GetUtcNow();
        var attempts = delivery.Attempts + 1;
        var pause = attempt is { Error: not null, Status: not 410 } ? WebhookLimits.PauseAfter(attempts, attempt.RetryAfter) : null;
        var state = attempt.Error is null ? WebhookDeliveryState.Delivered : pause is null ? WebhookDeliveryState.Dead : WebhookDeliveryState.Waiting;
        metrics.WebhookTried(state == WebhookDeliveryState.Delivered ? "sent" : state == WebhookDeliveryState.Dead ? "dead" : "failed");
        while (true)
        {
            try
            {
                await database.WriteAsync(db => db.Set<WebhookDeliveryRow>().Where(d => d.Sequence == delivery.Sequence && d.State == WebhookDeliveryState.Waiting).ExecuteUpdateAsync(
                    set => set.SetProperty(d => d.State, state).SetProperty(d => d.Attempts, attempts).SetProperty(d => d.NextAt, now + (pause ?? TimeSpan.Zero))
                        .SetProperty(d => d.LastStatus, attempt.Status).SetProperty(d => d.LastError, attempt.Error).SetProperty(d => d.LastAt, now)
                        .SetProperty(d => d.DeliveredAt, attempt.Error == null ? now : (DateTimeOffset?)null), CancellationToken.None), CancellationToken.None);
                break;
            }
            catch (Exception refused) when (!stoppingToken.IsCancellationRequested)
            {
                // Left as it is it would be sent again at once, and again: the lane waits for the store instead.
                log.LogError(refused, "The outcome of webhook delivery {DeliveryId} could not be written; trying again", delivery.DeliveryId);
                await Task.Delay(AfterFailure, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        if (state == WebhookDeliveryState.Dead) log.LogError("Webhook delivery {DeliveryId} ({Type}) to {Host} is given up after {Attempts} attempts: {Error}", delivery.DeliveryId, delivery.Type, target.Host, attempts, attempt.Error);
        else if (state == WebhookDeliveryState.Waiting) log.LogWarning("Webhook delivery {DeliveryId} ({Type}) to {Host} failed, attempt {Attempts}: {Error}", delivery.DeliveryId, delivery.Type, target.Host, attempts, attempt.Error);
        changes.Publish(Topics.Webhooks, delivery.DeliveryId);
    }
}
