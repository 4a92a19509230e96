using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>The optional index of every three characters.</summary>
internal sealed class EventParts(OmniAuditOptions options)
{
    private volatile bool _whole;

    /// <summary>It is on and has every event. Events that came while it was off are not in it; then nothing may be left to it.</summary>
    public async Task<bool> AreWholeAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        if (!options.AdminOps.SubstringIndex || _whole) return _whole;
        if (EventEngine.IsPostgres(db)) return false;
        await db.Database.OpenConnectionAsync(cancellationToken);
        return _whole = (await db.Database.SqlQueryRaw<long>($"SELECT (SELECT COUNT(*) FROM audit_events) - (SELECT COUNT(*) FROM {EventTables.Parts}_docsize) AS \"Value\"").ToListAsync(cancellationToken))[0] <= 0;
    }

    /// <summary>The newest that have the parts and fit: a stretch of one index at a time, and what the other has in it.</summary>
    public async Task<List<long>> ReadAsync(OmniAuditDb db, EventIds ids, string parts, int most, CancellationToken cancellationToken)
    {
        var (found, before) = (new List<long>(), ids.Before);
        while (found.Count < most)
        {
            var alone = ids.Expression is null && ids.IncludeTags.Count + ids.ExcludeTags.Count == 0;
            var stretch = await new EventIds(parts, ids.From, before, [], [], EventTables.Parts).ReadAsync(db, alone ? most : most * 4, cancellationToken);
            if (stretch.Count == 0) break;
            if (alone) found.AddRange(stretch);
            else
            {
                var fitting = (await (ids with { From = stretch[^1], Before = stretch[0] + 1 }).ReadAsync(db, int.MaxValue, cancellationToken)).ToHashSet();
                found.AddRange(stretch.Where(fitting.Contains));
            }
            before = stretch[^1];
        }
        return found.Count > most ? found[..most] : found;
    }
}
