using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Webhooks;

namespace OmniAudit.Modules.AdminOps.Alerts;

/// <summary>Whose alert it is: a rule's, of one group, in one slot.</summary>
/// <param name="Excluded">Why no alert is raised; null when one is.</param>
internal sealed record AlertPlace(string RuleId, string RuleName, string Severity, IReadOnlyList<AlertGroupValue> Group, long Slot, string? Excluded)
{
    /// <summary>Stable: by the rule and the values, not by when or how often.</summary>
    public string Fingerprint => Convert.ToHexStringLower(Hash([RuleId, .. Group.SelectMany(g => new[] { g.Name, g.Value.ToLowerInvariant() }), .. Excluded is null ? [] : new[] { "\u0001excluded", Excluded }])[..16]);

    internal static byte[] Hash(IEnumerable<string> parts) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(parts.Select(p => $"{p.Length}:{p}"))));
}

/// <summary>Writes what rules found, inside the transaction that takes the events off the queue.</summary>
internal sealed class AlertWriter(WebhookOutbox outbox, TimeProvider time)
{
    /// <summary>The most events of an alert that are kept by id; beyond, they are only counted.</summary>
    public const int MostEvents = 1000;

    /// <summary>Adds events to the alert of their place, and raises it if there is none. Events that are in it already add nothing.</summary>
    /// <returns>True when an alert was raised that is not suppressed.</returns>
    public async Task<bool> AddAsync(OmniAuditDb db, AlertPlace place, IReadOnlyList<long> eventIds, CancellationToken cancellationToken)
    {
        var (row, raised) = await FindOrRaiseAsync(db, place, cancellationToken);
        var known = row.Events == 0 ? [] : await db.Set<AlertEventRow>().Where(e => e.AlertId == row.AlertId && eventIds.Contains(e.EventId)).Select(e => e.EventId).ToListAsync(cancellationToken);
        var fresh = eventIds.Except(known).ToList();
        if (fresh.Count == 0) return false;
        foreach (var id in fresh.Take((int)Math.Max(0, MostEvents - row.Events))) db.Add(new AlertEventRow { AlertId = row.AlertId, EventId = id });
        row.Events += fresh.Count;
        Spread(row, fresh.Min(), fresh.Max());
        Reopen(db, row, fresh);
        Announce(db, row, raised);
        await SaveAsync(db, cancellationToken);
        return raised && row.Suppressed is null;
    }

    /// <summary>Makes the alert of a place have exactly these events; with none it goes, unless a person has handled it.</summary>
    /// <returns>True when an alert was raised that is not suppressed.</returns>
    public async Task<bool> SetAsync(OmniAuditDb db, AlertPlace place, IReadOnlyList<long> eventIds, CancellationToken cancellationToken)
    {
        if (eventIds.Count == 0)
        {
            await WithdrawAsync(db, place, cancellationToken);
            return false;
        }
        var (row, raised) = await FindOrRaiseAsync(db, place, cancellationToken);
        var kept = eventIds.Take(MostEvents).ToHashSet();
        var known = raised ? [] : await db.Set<AlertEventRow>().AsTracking().Where(e => e.AlertId == row.AlertId).ToListAsync(cancellationToken);
        var before = known.Select(e => e.EventId).ToHashSet();
        if (row.Events == eventIds.Count && before.SetEquals(kept)) return false;
        db.RemoveRange(known.Where(e => !kept.Contains(e.EventId)));
        var fresh = kept.Except(before).ToList();
        foreach (var id in fresh) db.Add(new AlertEventRow { AlertId = row.AlertId, EventId = id });
        (row.Events, row.FirstEventId, row.LastEventId) = (eventIds.Count, eventIds[0], eventIds[^1]);
        row.ChangedAt = time.GetUtcNow();
        if (fresh.Count > 0) Reopen(db, row, fresh);
        Announce(db, row, raised);
        await SaveAsync(db, cancellationToken);
        return raised && row.Suppressed is null;
    }

    /// <summary>Late events can undo a condition such as "fewer than".</summary>
    private async Task WithdrawAsync(OmniAuditDb db, AlertPlace place, CancellationToken cancellationToken)
    {
        var fingerprint = place.Fingerprint;
        if (await db.Set<AlertRow>().AsTracking().FirstOrDefaultAsync(a => a.Fingerprint == fingerprint && a.Slot == place.Slot, cancellationToken) is not { } row) return;
        if (row.State != AlertStates.Open)
        {
            if (!await db.Set<AlertChangeRow>().AnyAsync(c => c.AlertId == row.AlertId && c.What == "withdrawn", cancellationToken))
            {
                db.Add(new AlertChangeRow { AlertId = row.AlertId, At = time.GetUtcNow(), What = "withdrawn", Reason = "With events that came later the rule no longer holds." });
            }
            return;
        }
        await db.Set<AlertEventRow>().Where(e => e.AlertId == row.AlertId).ExecuteDeleteAsync(cancellationToken);
        await db.Set<AlertChangeRow>().Where(e => e.AlertId == row.AlertId).ExecuteDeleteAsync(cancellationToken);
        db.Remove(row);
        await db.SaveChangesAsync(cancellationToken);
    }

    private async Task<(AlertRow Row, bool Raised)> FindOrRaiseAsync(OmniAuditDb db, AlertPlace place, CancellationToken cancellationToken)
    {
        var (fingerprint, now) = (place.Fingerprint, time.GetUtcNow());
        if (await db.Set<AlertRow>().AsTracking().FirstOrDefaultAsync(a => a.Fingerprint == fingerprint && a.Slot == place.Slot, cancellationToken) is { } there) return (there, false);
        var row = new AlertRow
        {
            RuleId = place.RuleId, RuleName = place.RuleName, Severity = place.Severity, Fingerprint = fingerprint, Slot = place.Slot, Group = JsonSerializer.Serialize(place.Group), RaisedAt = now, ChangedAt = now,
            FirstEventId = long.MaxValue, LastEventId = long.MinValue,
        };
        if (place.Excluded is { } why) row.Suppressed = $"Excluded: {why}";
        else if (await db.Set<AlertSnoozeRow>().Where(s => s.RuleId == place.RuleId && s.Until > now && (s.Fingerprint == null || s.Fingerprint == fingerprint)).OrderByDescending(s => s.Until).FirstOrDefaultAsync(cancellationToken) is { } snooze)
        {
            row.Suppressed = $"Snoozed by {snooze.ByName} until {snooze.Until:yyyy-MM-dd HH:mm} UTC: {snooze.Reason}";
        }
        db.Add(row);
        // The id is needed for what hangs on it.
        await db.SaveChangesAsync(cancellationToken);
        db.Add(new AlertChangeRow { AlertId = row.AlertId, At = now, What = row.Suppressed is null ? "raised" : "suppressed", Reason = row.Suppressed ?? "" });
        return (row, true);
    }

    /// <summary>What is saved is forgotten: a batch may raise hundreds of alerts, and every save looks at all that is remembered.</summary>
    private static async Task SaveAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        await db.SaveChangesAsync(cancellationToken);
        foreach (var entry in db.ChangeTracker.Entries().Where(e => e.State == EntityState.Unchanged && e.Entity is not Rules.EventRuleRow).ToList()) entry.State = EntityState.Detached;
    }

    private void Spread(AlertRow row, long first, long last)
    {
        (row.FirstEventId, row.LastEventId) = (Math.Min(row.FirstEventId, first), Math.Max(row.LastEventId, last));
        row.ChangedAt = time.GetUtcNow();
    }

    /// <summary>What happened after somebody was done with it is news; what only arrived after it is not.</summary>
    private void Reopen(OmniAuditDb db, AlertRow row, List<long> fresh)
    {
        if (row.State != AlertStates.Closed || row.ClosedAt is not { } closed || fresh.All(id => EventId.TimeOf(id) <= closed)) return;
        (row.State, row.ClosedAt) = (AlertStates.Open, null);
        db.Add(new AlertChangeRow { AlertId = row.AlertId, At = time.GetUtcNow(), What = "reopened", Reason = "It went on after it was closed." });
    }

    private void Announce(OmniAuditDb db, AlertRow row, bool raised)
    {
        if (raised && row.Suppressed is null) outbox.AddAlert(db, new WebhookAlert(row.AlertId, row.RuleName, row.Severity, row.Events, EventId.TimeOf(row.FirstEventId), EventId.TimeOf(row.LastEventId)));
    }
}
