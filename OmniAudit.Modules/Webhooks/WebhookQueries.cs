using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Webhooks;

/// <summary>A target as people see it: never its whole address, which may hold a secret.</summary>
/// <param name="Key">Tells targets on the same host apart.</param>
/// <param name="Host">Host and port.</param>
public sealed record WebhookTargetView(string Key, string Host, int Waiting, int Delivered, int Dead);

/// <summary>A delivery as people see it.</summary>
/// <param name="Sequence">Its place in the list; larger is newer.</param>
/// <param name="State">One of <see cref="WebhookDeliveryState"/>.</param>
/// <param name="ApprovalId">Null for a test.</param>
/// <param name="NextAt">When it is tried next; of use while waiting.</param>
/// <param name="LastError">Why the last attempt failed; may hold text of the target.</param>
public sealed record WebhookDeliveryView(
    long Sequence, string DeliveryId, string Host, string TargetKey, string Type, string? ApprovalId, string State, int Attempts, DateTimeOffset NextAt, int? LastStatus, string? LastError,
    DateTimeOffset? LastAt, DateTimeOffset CreatedAt, DateTimeOffset? DeliveredAt);

/// <summary>Reads targets and deliveries.</summary>
public sealed class WebhookQueries
{
    private readonly Database _database;
    private readonly WebhookTargets _targets;

    internal WebhookQueries(Database database, WebhookTargets targets) => (_database, _targets) = (database, targets);

    /// <summary>The configured targets and how their deliveries stand.</summary>
    public Task<IReadOnlyList<WebhookTargetView>> TargetsAsync(CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<WebhookTargetView>>(async db =>
    {
        var counts = await db.Set<WebhookDeliveryRow>().GroupBy(d => new { d.TargetKey, d.State }).Select(g => new { g.Key.TargetKey, g.Key.State, Count = g.Count() }).ToListAsync(cancellationToken);
        return [.. _targets.All.Select(t => new WebhookTargetView(t.Key, t.Host, Count(t, WebhookDeliveryState.Waiting), Count(t, WebhookDeliveryState.Delivered), Count(t, WebhookDeliveryState.Dead)))];

        int Count(WebhookTarget target, string state) => counts.FirstOrDefault(c => c.TargetKey == target.Key && c.State == state)?.Count ?? 0;
    }, cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="state">One of <see cref="WebhookDeliveryState"/>, or empty for all.</param>
    /// <param name="before">The <see cref="WebhookDeliveryView.Sequence"/> of the last row seen: the list goes on below it.</param>
    /// <param name="take">1 to 200.</param>
    public Task<IReadOnlyList<WebhookDeliveryView>> ListAsync(string state, long? before, int take, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<WebhookDeliveryView>>(async db =>
        {
            var rows = db.Set<WebhookDeliveryRow>().AsQueryable();
            if (state.Length > 0) rows = rows.Where(d => d.State == state);
            if (before is { } below) rows = rows.Where(d => d.Sequence < below);
            return await rows.OrderByDescending(d => d.Sequence).Take(Math.Clamp(take, 1, 200)).Select(d => new WebhookDeliveryView(
                d.Sequence, d.DeliveryId, d.TargetHost, d.TargetKey, d.Type, d.ApprovalId, d.State, d.Attempts, d.NextAt, d.LastStatus, d.LastError, d.LastAt, d.CreatedAt, d.DeliveredAt))
                .ToListAsync(cancellationToken);
        }, cancellationToken);

    /// <summary>How many are given up and wait for a person.</summary>
    public Task<int> CountDeadAsync(CancellationToken cancellationToken) =>
        _database.ReadAsync(db => db.Set<WebhookDeliveryRow>().CountAsync(d => d.State == WebhookDeliveryState.Dead, cancellationToken), cancellationToken);
}
