using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Webhooks;

/// <summary>What admins do about deliveries. Every method answers null when it is done, and otherwise why not.</summary>
public sealed class WebhookDesk
{
    private readonly Database _database;
    private readonly WebhookTargets _targets;
    private readonly WebhookOutbox _outbox;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookDesk> _log;

    internal WebhookDesk(Database database, WebhookTargets targets, WebhookOutbox outbox, ChangeFeed changes, TimeProvider time, ILogger<WebhookDesk> log) =>
        (_database, _targets, _outbox, _changes, _time, _log) = (database, targets, outbox, changes, time, log);

    /// <summary>Makes a waiting or dead delivery due now, under its own id; a dead one has all its attempts again.</summary>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person.</exception>
    public async Task<string?> SendAgainAsync(string deliveryId, Actor person, CancellationToken cancellationToken)
    {
        Require(person);
        var refusal = await _database.WriteAsync(async db =>
        {
            if (await WhyNotAsync(db, person, cancellationToken) is { } refused) return refused;
            var row = await db.Set<WebhookDeliveryRow>().FirstOrDefaultAsync(d => d.DeliveryId == deliveryId, cancellationToken);
            if (row is null || row.State == WebhookDeliveryState.Delivered) return "It has been delivered or dropped meanwhile.";
            if (_targets.Find(row.TargetKey) is null) return $"{row.TargetHost} is no longer in WEBHOOK_URLS. Put it back and restart, or drop the delivery.";
            if (row.State == WebhookDeliveryState.Dead) (row.State, row.Attempts) = (WebhookDeliveryState.Waiting, 0);
            row.NextAt = _time.GetUtcNow();
            return null;
        }, cancellationToken);
        if (refusal is null) Done("sent again", deliveryId, person);
        return refusal;
    }

    /// <summary>Deletes a dead delivery.</summary>
    /// <inheritdoc cref="SendAgainAsync" path="/exception"/>
    public async Task<string?> DropAsync(string deliveryId, Actor person, CancellationToken cancellationToken)
    {
        Require(person);
        var refusal = await _database.WriteAsync(async db =>
        {
            if (await WhyNotAsync(db, person, cancellationToken) is { } refused) return refused;
            var dropped = await db.Set<WebhookDeliveryRow>().Where(d => d.DeliveryId == deliveryId && d.State == WebhookDeliveryState.Dead).ExecuteDeleteAsync(cancellationToken);
            return dropped == 0 ? "It is not dead any more." : null;
        }, cancellationToken);
        if (refusal is null) Done("dropped", deliveryId, person);
        return refusal;
    }

    /// <summary>Sends a <c>test.ping</c> to one target, the way every event goes.</summary>
    /// <param name="targetKey"><see cref="WebhookTargetView.Key"/>.</param>
    /// <inheritdoc cref="SendAgainAsync" path="/exception"/>
    public async Task<string?> SendTestAsync(string targetKey, Actor person, CancellationToken cancellationToken)
    {
        Require(person);
        if (_targets.Find(targetKey) is not { } target) return "This target is not in WEBHOOK_URLS.";
        var refusal = await _database.WriteAsync(async db =>
        {
            if (await WhyNotAsync(db, person, cancellationToken) is { } refused) return refused;
            _outbox.AddTest(db, target);
            return null;
        }, cancellationToken);
        if (refusal is null) Done("asked for a test", target.Host, person);
        return refusal;
    }

    private static Task<string?> WhyNotAsync(OmniAuditDb db, Actor person, CancellationToken cancellationToken) => OperatorDirectory.WhyNotAsync(db, person, Role.Admin, "Acting on webhooks", cancellationToken);

    private static void Require(Actor person)
    {
        if (person.Kind != ActorKind.Person) throw new UnauthorizedAccessException("Only a person signed in to the console acts on deliveries.");
    }

    private void Done(string what, string id, Actor person)
    {
        _log.LogInformation("Webhooks: {Subject} {What}: {Id}", person.Subject, what, id);
        _changes.Publish(Topics.Webhooks, id);
    }
}
