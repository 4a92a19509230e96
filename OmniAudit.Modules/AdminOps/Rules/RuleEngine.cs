using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.AdminOps.Alerts;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>
/// Asks the rules about every event that arrived, once. A batch's arrivals go in the transaction that writes what the rules made of it: a crash leaves both or neither, and a batch that another
/// process took is left to it. A rule that breaks is switched off and says why; the others go on.
/// </summary>
internal sealed class RuleEngine(Database database, EventRules kept, AlertWriter alerts, ChangeFeed changes, TimeProvider time, ILogger<RuleEngine> log) : BackgroundService
{
    private const int Batch = 500;
    /// <summary>A correlation that would have to hold more events of one group and slot than this is switched off: it counts everything.</summary>
    public const int MostHits = 20_000;
    /// <summary>A rule with more open alerts than this is switched off: nobody reads them.</summary>
    public const int MostOpen = 500;

    /// <summary>Late events are up to seven days late; hits are kept for longer than any timespan and that.</summary>
    private static readonly TimeSpan HitsFor = TimeSpan.FromDays(45);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private RuleSet _rules = new([], (_, _) => { });
    private (long, int) _revision = (-1, 0);
    private DateTimeOffset _swept = DateTimeOffset.MinValue;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = changes.Subscribe(change =>
        {
            if (change.Topic == Topics.Events && change.Id.Length == 0) wake.Writer.TryWrite(true);
        });
        var seeded = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!seeded) await kept.SeedAsync(stoppingToken);
                seeded = true;
                await DrainAsync(stoppingToken);
                await SweepAsync(stoppingToken);
                using var pause = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                pause.CancelAfter(Idle);
                await ((Task)wake.Reader.WaitToReadAsync(pause.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wake.Reader.TryRead(out _);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(failure, "Rules could not be asked about new events; trying again");
                await Task.Delay(AfterFailure, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Takes everything off the queue.</summary>
    internal async Task DrainAsync(CancellationToken cancellationToken)
    {
        while (await StepAsync(cancellationToken)) { }
    }

    /// <summary>One batch; false when the queue was empty.</summary>
    internal async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await CompileAsync(cancellationToken);
        var rules = _rules;
        var broken = new Dictionary<string, string>(StringComparer.Ordinal);
        var findings = new List<(RuleFinding Finding, long EventId)>();
        var (arrivals, any) = await database.ReadAsync(async db =>
        {
            var queue = await db.Set<EventArrivalRow>().OrderBy(a => a.ArrivalId).Take(Batch).ToListAsync(cancellationToken);
            if (queue.Count == 0 || rules.Rules.Count == 0) return (queue, queue.Count > 0);
            var ids = queue.Select(a => a.EventId).Distinct().ToList();
            // Most events concern no rule: those are not read any further.
            var kinds = await db.Set<EventRow>().Where(e => ids.Contains(e.EventId)).Select(e => new { e.EventId, e.Source, e.RecordType, e.Operation }).ToListAsync(cancellationToken);
            var asked = await EventSearch.ReadAsync(db, [.. kinds.Where(k => rules.IsAsked(k.Source, k.RecordType, k.Operation)).Select(k => k.EventId)], cancellationToken);
            var raw = (await EventSearch.WithRawAsync(db, asked.FindAll(e => rules.NeedsRaw(e.Event)), cancellationToken)).ToDictionary(p => p.Event.Id, p => p.Raw, StringComparer.Ordinal);
            foreach (var e in asked) findings.AddRange(rules.Ask(e.Event, raw.GetValueOrDefault(e.Id), (rule, why) => broken.TryAdd(rule, why)).Select(f => (f, Events.EventId.Of(e.Id))));
            return (queue, true);
        }, cancellationToken);
        if (!any) return false;

        var (first, last, expected) = (arrivals[0].ArrivalId, arrivals[^1].ArrivalId, arrivals.Count);
        var (raised, written) = (false, false);
        try
        {
            await database.WriteAsync(async db =>
            {
                if (await db.Set<EventArrivalRow>().Where(a => a.ArrivalId >= first && a.ArrivalId <= last).ExecuteDeleteAsync(cancellationToken) != expected) throw new TakenException();
                foreach (var byRule in findings.GroupBy(f => f.Finding.RuleId))
                {
                    raised |= await WriteAsync(db, byRule.Key, rules.Rules[byRule.Key], [.. byRule], broken, cancellationToken);
                    written = true;
                }
                foreach (var (rule, why) in broken) await SwitchOffAsync(db, rule, why, cancellationToken);
            }, cancellationToken);
        }
        catch (TakenException)
        {
            // Another process took some of them and writes theirs; what is left is read anew.
            return true;
        }

        if (written) changes.Publish(Topics.Alerts, "");
        if (raised) changes.Publish(Topics.Webhooks, "");
        if (broken.Count > 0 || written) changes.Publish(Topics.EventRules, "");
        return true;
    }

    private async Task<bool> WriteAsync(
        OmniAuditDb db, string ruleId, CompiledRule rule, List<(RuleFinding Finding, long EventId)> found, Dictionary<string, string> broken, CancellationToken cancellationToken)
    {
        // Deleted or switched off meanwhile: nobody asked any more.
        if (await db.Set<EventRuleRow>().FirstOrDefaultAsync(r => r.RuleId == ruleId && r.Enabled, cancellationToken) is not { } row) return false;
        var raised = false;
        AlertPlace Place(IReadOnlyList<string> values, long slot, string? excluded) =>
            new(ruleId, row.Name, row.Request.Severity, [.. rule.GroupNames.Zip(values, (n, v) => new AlertGroupValue(n, v))], slot, excluded);
        foreach (var (key, events) in Slots(found.Where(f => f.Finding.Excluded is not null || rule.Plan is null), rule.SlotMs))
        {
            raised |= await alerts.AddAsync(db, Place(key.Values, key.Slot, key.Excluded), events, cancellationToken);
        }
        if (rule.Plan is not null)
        {
            foreach (var group in found.Where(f => f.Finding.Excluded is null).GroupBy(f => string.Join('\u001f', f.Finding.Group).ToLowerInvariant()))
            {
                raised |= await CountAsync(db, ruleId, rule, [.. group], (values, slot) => Place(values, slot, null), why => broken.TryAdd(ruleId, why), cancellationToken);
            }
        }
        var now = time.GetUtcNow();
        row.Hits += found.Select(f => f.EventId).Distinct().Count();
        row.LastHitAt = now;
        if (raised) row.LastAlertAt = now;
        if (raised && await db.Set<AlertRow>().CountAsync(a => a.RuleId == ruleId && a.State == AlertStates.Open && a.Suppressed == null, cancellationToken) > MostOpen)
        {
            broken.TryAdd(ruleId, $"it has more than {MostOpen:N0} open alerts: narrow it, group it by something with fewer values, or close them");
        }
        return raised;
    }

    private static IEnumerable<((IReadOnlyList<string> Values, long Slot, string? Excluded) Key, List<long> Events)> Slots(IEnumerable<(RuleFinding Finding, long EventId)> found, long slotMs) =>
        from f in found
        let slot = (f.EventId >> 20) / slotMs * slotMs
        group f by (string.Join('\u001f', f.Finding.Group).ToLowerInvariant(), slot, f.Finding.Excluded) into same
        select ((same.First().Finding.Group, same.Key.slot, same.Key.Excluded), same.Select(f => f.EventId).Distinct().Order().ToList());

    /// <summary>Adds hits of a group, and makes the alerts of every slot that they can bear on what all its hits say.</summary>
    private async Task<bool> CountAsync(
        OmniAuditDb db, string ruleId, CompiledRule rule, List<(RuleFinding Finding, long EventId)> found, Func<IReadOnlyList<string>, long, AlertPlace> place, Action<string> broken, CancellationToken cancellationToken)
    {
        var values = found[0].Finding.Group;
        var group = AlertPlace.Hash(values.Select(v => v.ToLowerInvariant()))[..16];
        var ids = found.Select(f => f.EventId).Distinct().ToList();
        var known = (await db.Set<RuleHitRow>().Where(h => h.RuleId == ruleId && h.Group == group && ids.Contains(h.EventId)).Select(h => new { h.EventId, h.Member }).ToListAsync(cancellationToken))
            .Select(h => (h.EventId, h.Member)).ToHashSet();
        var fresh = found.Where(f => known.Add((f.EventId, f.Finding.Member))).ToList();
        if (fresh.Count == 0) return false;
        foreach (var f in fresh) db.Add(new RuleHitRow { RuleId = ruleId, Group = group, EventId = f.EventId, Member = f.Finding.Member, Value = f.Finding.Value });
        await db.SaveChangesAsync(cancellationToken);

        var (span, raised) = (rule.Plan!.SpanMs, false);
        var slots = new SortedSet<long>(fresh.SelectMany(f => Range(f.EventId >> 20, span, rule.SlotMs)));
        foreach (var slot in slots)
        {
            // What counts in a slot may have begun a timespan before it.
            var (from, to) = (Math.Max(0, slot - span) << 20, (slot + rule.SlotMs) << 20);
            var hits = await db.Set<RuleHitRow>().AsNoTracking().Where(h => h.RuleId == ruleId && h.Group == group && h.EventId >= from && h.EventId < to).OrderBy(h => h.EventId).Take(MostHits + 1)
                .Select(h => new { h.EventId, h.Member, h.Value }).ToListAsync(cancellationToken);
            if (hits.Count > MostHits)
            {
                broken($"it counts more than {MostHits:N0} events of one group ({string.Join(", ", values)}): narrow it, or group it by more");
                return raised;
            }
            var episode = Sigma.SigmaWindows.Find(rule.Plan, hits.Select(h => new Sigma.SigmaHit(h.EventId, h.Member, h.Value)), rule.SlotMs).FirstOrDefault(e => e.Slot == slot);
            raised |= await alerts.SetAsync(db, place(values, slot), episode?.Events ?? [], cancellationToken);
        }
        return raised;
    }

    /// <summary>The slots of the moments at which a hit is within the timespan.</summary>
    private static IEnumerable<long> Range(long at, long span, long slotMs)
    {
        for (var slot = at / slotMs * slotMs; slot <= at + span; slot += slotMs) yield return slot;
    }

    private async Task SwitchOffAsync(OmniAuditDb db, string ruleId, string why, CancellationToken cancellationToken)
    {
        if (await db.Set<EventRuleRow>().FirstOrDefaultAsync(r => r.RuleId == ruleId, cancellationToken) is not { Enabled: true } row) return;
        (row.Enabled, row.Problem) = (false, $"Switched off: {why}.");
        row.Revision = await EventRules.NextRevisionAsync(db, cancellationToken);
        db.Add(new EventRuleChangeRow { RuleId = ruleId, RuleName = row.Name, At = time.GetUtcNow(), What = row.Problem });
        log.LogWarning("Rule {RuleId} was switched off: {Why}", ruleId, why);
    }

    /// <summary>Takes up changed rules, whoever changed them.</summary>
    private async Task CompileAsync(CancellationToken cancellationToken)
    {
        var rules = await database.ReadAsync(async db =>
        {
            var enabled = db.Set<EventRuleRow>().Where(r => r.Enabled);
            var revision = (await db.Set<EventRuleRow>().MaxAsync(r => (long?)r.Revision, cancellationToken) ?? 0, await enabled.CountAsync(cancellationToken));
            if (revision == _revision) return null;
            _revision = revision;
            return await enabled.OrderBy(r => r.RuleId).ToListAsync(cancellationToken);
        }, cancellationToken);
        if (rules is null) return;
        var broken = new Dictionary<string, string>(StringComparer.Ordinal);
        _rules = new RuleSet(rules.Select(r => (r.RuleId, r.Request)), (id, why) => broken[id] = why);
        if (broken.Count == 0) return;
        await database.WriteAsync(async db =>
        {
            foreach (var (id, why) in broken) await SwitchOffAsync(db, id, why, cancellationToken);
        }, cancellationToken);
        changes.Publish(Topics.EventRules, "");
    }

    /// <summary>Deletes hits that nothing can be counted with any more, and snoozes that ended long ago. Every hour.</summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - _swept < TimeSpan.FromHours(1)) return;
        _swept = now;
        var (before, ended) = (Events.EventId.From(now - HitsFor), now - HitsFor);
        await database.WriteAsync(async db =>
        {
            await db.Set<RuleHitRow>().Where(h => h.EventId < before).ExecuteDeleteAsync(cancellationToken);
            await db.Set<AlertSnoozeRow>().Where(s => s.Until < ended).ExecuteDeleteAsync(cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Another process took some of the batch: undoes the transaction.</summary>
    private sealed class TakenException() : Exception("Another process took some of these events.");
}
