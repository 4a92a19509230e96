using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>How a source stands.</summary>
/// <param name="Source">directory, signin, unified or intune.</param>
/// <param name="State">ok; failing (tried again at <paramref name="NextAt"/>); stopped (a person must put something right); never (not read yet); off (not read by the clock).</param>
/// <param name="JobId">The run that is under way; null when none is.</param>
/// <param name="StartedAt">Of the last run.</param>
/// <param name="SucceededAt">The last run that came to its end.</param>
/// <param name="SettledTo">Everything before this is read, in every feed; null before the first run.</param>
/// <param name="Lag">How old <paramref name="SettledTo"/> is; null without it.</param>
/// <param name="ErrorClass">One of <see cref="FetchErrors"/>; null when the last run came to its end.</param>
/// <param name="Failures">Runs that failed since one came to its end.</param>
/// <param name="Read">Records that the last run read, and how many of them were new.</param>
/// <param name="Feeds">How far each of its parts is read.</param>
public sealed record SourceState(
    string Source, string State, string? JobId, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, DateTimeOffset? SucceededAt, DateTimeOffset? NextAt, DateTimeOffset? SettledTo, TimeSpan? Lag,
    string? ErrorClass, string? Error, int Failures, long Read, long Stored, IReadOnlyList<FeedState> Feeds);

/// <summary>How far a part of a source is read.</summary>
public sealed record FeedState(string Feed, DateTimeOffset? SettledTo);

/// <summary>Reads how the sources stand.</summary>
public sealed class SourceHealth
{
    private readonly Database _database;
    private readonly OmniAuditOptions _options;
    private readonly TimeProvider _time;

    internal SourceHealth(Database database, OmniAuditOptions options, TimeProvider time) => (_database, _options, _time) = (database, options, time);

    /// <summary>Always these four, in this order: directory, signin, unified, intune.</summary>
    public Task<IReadOnlyList<SourceState>> ListAsync(CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<SourceState>>(async db =>
    {
        var rows = await db.Set<SourceRow>().ToDictionaryAsync(s => s.Source, cancellationToken);
        var feeds = await db.Set<FeedRow>().ToListAsync(cancellationToken);
        return [.. new[] { EventSources.Directory, EventSources.SignIn, EventSources.Unified, EventSources.Intune }.Select(s => State(s, rows.GetValueOrDefault(s), feeds))];
    }, cancellationToken);

    private SourceState State(string source, SourceRow? row, List<FeedRow> feeds)
    {
        var now = _time.GetUtcNow();
        var isOn = _options.AdminOps.Sources.Contains(source);
        var parts = FeedReader.FeedsOf(source, _options).Select(f => new FeedState(f, feeds.Find(r => r.Feed == f)?.SettledTo)).ToList();
        DateTimeOffset? settled = parts.Count > 0 && parts.All(p => p.SettledTo is not null) ? parts.Min(p => p.SettledTo) : null;
        var state = row?.ErrorClass is not null ? (row.NextAt is null ? "stopped" : "failing") : row?.SucceededAt is not null ? (isOn ? "ok" : "off") : isOn ? "never" : "off";
        var running = row?.Lease is not null && row.LeaseUntil > now;
        return new SourceState(
            source, state, running ? row!.JobId : null, row?.StartedAt, row?.FinishedAt, row?.SucceededAt, isOn ? row?.NextAt : null, settled, settled is { } at ? now - at : null,
            row?.ErrorClass, row?.ErrorWords, row?.Failures ?? 0, row?.Read ?? 0, row?.Stored ?? 0, parts);
    }
}
