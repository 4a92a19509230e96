using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps.Alerts;

/// <summary>Alerts, and what people do about them. Operators may; every step is in the alert's history.</summary>
public sealed class EventAlerts
{
    /// <summary>The most events of an alert that are kept by id; beyond, they are only counted.</summary>
    public const int MostEvents = AlertWriter.MostEvents;

    private const int LongestReason = 1000;
    private static readonly TimeSpan LongestSnooze = TimeSpan.FromDays(90);

    private readonly Database _database;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal EventAlerts(Database database, ChangeFeed changes, TimeProvider time) => (_database, _changes, _time) = (database, changes, time);

    /// <summary>A page of alerts, newest first.</summary>
    /// <param name="limit">1 to 200; what is outside is taken as the nearest.</param>
    /// <param name="cursor">The last page's; one that is none gives the first page.</param>
    public Task<AlertPage> ListAsync(AlertQuery query, int limit, string? cursor, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        limit = Math.Clamp(limit, 1, 200);
        var rows = Matching(db, query);
        if (long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var before)) rows = rows.Where(a => a.AlertId < before);
        var page = await rows.OrderByDescending(a => a.AlertId).Take(limit + 1).ToListAsync(cancellationToken);
        var more = page.Count > limit;
        if (more) page.RemoveAt(limit);
        return new AlertPage(page.ConvertAll(View), more ? EventId.Text(page[^1].AlertId) : null);
    }, cancellationToken);

    /// <summary>How many wait, by severity.</summary>
    public Task<AlertCounts> CountAsync(CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        var waiting = (await Matching(db, new AlertQuery()).GroupBy(a => a.Severity).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancellationToken)).ToDictionary(g => g.Key, g => g.Count, StringComparer.Ordinal);
        return new AlertCounts(waiting.GetValueOrDefault("s1"), waiting.GetValueOrDefault("s2"), waiting.GetValueOrDefault("s3"), waiting.GetValueOrDefault("s4"),
            await Matching(db, new AlertQuery(AlertStates.Suppressed)).CountAsync(cancellationToken));
    }, cancellationToken);

    /// <summary>One with its history; null when there is none.</summary>
    public Task<EventAlertDetail?> FindAsync(string alertId, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        if (!EventId.TryParse(alertId, out var id) || await db.Set<AlertRow>().FirstOrDefaultAsync(a => a.AlertId == id, cancellationToken) is not { } row) return null;
        var history = await db.Set<AlertChangeRow>().Where(c => c.AlertId == id).OrderBy(c => c.ChangeId).ToListAsync(cancellationToken);
        var events = await db.Set<AlertEventRow>().Where(e => e.AlertId == id).OrderByDescending(e => e.EventId).Select(e => e.EventId).ToListAsync(cancellationToken);
        return new EventAlertDetail(View(row), history.ConvertAll(c => new AlertChange(c.ChangeId, c.At, c.ByName, c.What, c.Reason)), events.ConvertAll(EventId.Text));
    }, cancellationToken);

    /// <summary>Moves an alert to another state.</summary>
    /// <param name="state">One of <see cref="AlertStates.All"/>.</param>
    /// <param name="reason">May be empty; at most 1000 characters.</param>
    /// <exception cref="IdentityRefusedException">The person may not, or what is asked makes no sense; says which.</exception>
    /// <exception cref="KeyNotFoundException">There is no such alert.</exception>
    public Task<EventAlert> SetStateAsync(string alertId, string state, string reason, Actor by, CancellationToken cancellationToken) => ActAsync(alertId, reason, by, "Handling alerts", (db, row, now) =>
    {
        if (!AlertStates.All.Contains(state)) throw new IdentityRefusedException($"state: '{state}' is none of {string.Join(", ", AlertStates.All)}.");
        (row.State, row.ClosedAt, row.HandledByName) = (state, state == AlertStates.Closed ? now : null, by.Name);
        return Task.FromResult(state == AlertStates.Open ? "reopened" : state);
    }, cancellationToken);

    /// <summary>Suppresses an alert, and further ones of its rule and values, until a time.</summary>
    /// <param name="wholeRule">All alerts of its rule, whatever their values.</param>
    /// <param name="reason">3 to 1000 characters.</param>
    /// <param name="until">In the future, at most 90 days.</param>
    /// <exception cref="IdentityRefusedException">The person may not, or reason or time cannot be used; says which.</exception>
    /// <exception cref="KeyNotFoundException">There is no such alert.</exception>
    public Task<EventAlert> SnoozeAsync(string alertId, DateTimeOffset until, string reason, bool wholeRule, Actor by, CancellationToken cancellationToken) => ActAsync(alertId, reason, by, "Snoozing alerts", (db, row, now) =>
    {
        if (reason.Trim().Length < 3) throw new IdentityRefusedException("reason: say in a few words why; whoever looks for the missing alerts reads it.");
        if (until <= now) throw new IdentityRefusedException("until: choose a time in the future.");
        if (until - now > LongestSnooze) throw new IdentityRefusedException($"until: at most {LongestSnooze.TotalDays:0} days ahead. For good, use an exclusion of the rule.");
        (row.SnoozedUntil, row.SnoozeReason) = (until, $"Snoozed by {by.Name} until {until.ToUniversalTime():yyyy-MM-dd HH:mm} UTC: {reason.Trim()}");
        db.Add(new AlertSnoozeRow { RuleId = row.RuleId, Fingerprint = wholeRule ? null : row.Fingerprint, Until = until, Reason = reason.Trim(), By = by.Subject, ByName = by.Name, At = now });
        return Task.FromResult($"snoozed until {until.ToUniversalTime():yyyy-MM-dd HH:mm} UTC{(wholeRule ? ", the whole rule" : "")}");
    }, cancellationToken);

    /// <summary>Ends what suppresses further alerts like this one, and shows this one again.</summary>
    /// <exception cref="IdentityRefusedException">The person may not.</exception>
    /// <exception cref="KeyNotFoundException">There is no such alert.</exception>
    public Task<EventAlert> WakeAsync(string alertId, Actor by, CancellationToken cancellationToken) => ActAsync(alertId, "", by, "Ending a snooze", async (db, row, now) =>
    {
        (row.SnoozedUntil, row.SnoozeReason) = (null, null);
        await db.Set<AlertSnoozeRow>().Where(s => s.RuleId == row.RuleId && s.Until > now && (s.Fingerprint == null || s.Fingerprint == row.Fingerprint)).ExecuteUpdateAsync(set => set.SetProperty(s => s.Until, now), cancellationToken);
        return "snooze ended";
    }, cancellationToken);

    private async Task<EventAlert> ActAsync(string alertId, string reason, Actor by, string doing, Func<OmniAuditDb, AlertRow, DateTimeOffset, Task<string>> act, CancellationToken cancellationToken)
    {
        if (reason.Length > LongestReason) throw new IdentityRefusedException($"reason: at most {LongestReason:N0} characters.");
        var alert = await _database.WriteAsync(async db =>
        {
            if (await OperatorDirectory.WhyNotAsync(db, by, Role.Operator, doing, cancellationToken) is { } refused) throw new IdentityRefusedException(refused);
            if (!EventId.TryParse(alertId, out var id) || await db.Set<AlertRow>().FirstOrDefaultAsync(a => a.AlertId == id, cancellationToken) is not { } row) throw new KeyNotFoundException($"There is no alert {alertId}.");
            var now = _time.GetUtcNow();
            var what = await act(db, row, now);
            row.ChangedAt = now;
            db.Add(new AlertChangeRow { AlertId = id, At = now, By = by.Subject, ByName = by.Name, What = what, Reason = reason.Trim() });
            return View(row);
        }, cancellationToken);
        _changes.Publish(Topics.Alerts, alert.AlertId);
        return alert;
    }

    private IQueryable<AlertRow> Matching(OmniAuditDb db, AlertQuery query)
    {
        var now = _time.GetUtcNow();
        IQueryable<AlertRow> rows = db.Set<AlertRow>();
        rows = query.State switch
        {
            null or "" => rows.Where(a => a.State != AlertStates.Closed && a.Suppressed == null && (a.SnoozedUntil == null || a.SnoozedUntil <= now)),
            "all" => rows,
            AlertStates.Suppressed => rows.Where(a => a.Suppressed != null || a.SnoozedUntil > now),
            var state => rows.Where(a => a.State == state && a.Suppressed == null && (a.SnoozedUntil == null || a.SnoozedUntil <= now)),
        };
        if (!string.IsNullOrEmpty(query.Severity)) rows = rows.Where(a => a.Severity == query.Severity);
        if (!string.IsNullOrEmpty(query.RuleId)) rows = rows.Where(a => a.RuleId == query.RuleId);
        if (!string.IsNullOrWhiteSpace(query.Text))
        {
            var text = query.Text.Trim();
            // Group is JSON: what it escapes is sought as it stands there.
            var (name, value) = (Like(text), Like(JsonSerializer.Serialize(text)[1..^1]));
            rows = rows.Where(a => EF.Functions.Like(a.RuleName, name, "!") || EF.Functions.Like(a.Group, value, "!"));
        }
        if (EventId.TryParse(query.EventId ?? "", out var e)) rows = rows.Where(a => db.Set<AlertEventRow>().Any(l => l.AlertId == a.AlertId && l.EventId == e));
        return rows;
    }

    private static string Like(string text) => $"%{text.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%";

    private EventAlert View(AlertRow a)
    {
        var snoozed = a.Suppressed is null && a.SnoozedUntil > _time.GetUtcNow();
        return new EventAlert(
            EventId.Text(a.AlertId), a.RuleId, a.RuleName, a.Severity, a.Fingerprint, JsonSerializer.Deserialize<List<AlertGroupValue>>(a.Group)!, a.State, a.Suppressed ?? (snoozed ? a.SnoozeReason : null), snoozed ? a.SnoozedUntil : null,
            DateTimeOffset.FromUnixTimeMilliseconds(a.Slot), a.Events, EventId.Text(a.FirstEventId), EventId.TimeOf(a.FirstEventId), EventId.Text(a.LastEventId), EventId.TimeOf(a.LastEventId), a.RaisedAt, a.ChangedAt, a.HandledByName);
    }
}
