using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>A UTC day of a feed.</summary>
/// <param name="State">complete: every moment of it is read and settled, and nothing of it is missing. partial: not so; <paramref name="Gaps"/> says what. none: nothing of it was read.</param>
/// <param name="Read">Records that were read in windows or blobs of this day, those read again too.</param>
public sealed record CoverageDay(string Source, string Feed, DateOnly Day, string State, IReadOnlyList<CoverageGap> Gaps, long Read, long Stored);

/// <summary>What is missing of a day.</summary>
/// <param name="Blob">A content id, for a gap that is one blob.</param>
public sealed record CoverageGap(DateTimeOffset From, DateTimeOffset To, string Why, string? Blob = null);

/// <summary>A row of the ledger.</summary>
/// <param name="Kind">window, blob or import.</param>
/// <param name="State">fetched, partial, expired, missing or refused.</param>
/// <param name="Sha256">Of the fetched bytes, in order.</param>
/// <param name="Hash">Of this row and all before it, lower-case hex.</param>
public sealed record CoverageEntry(
    long Number, string Source, string Feed, string Kind, string State, string Name, DateTimeOffset From, DateTimeOffset To, DateTimeOffset SettledTo, int Listed, int Read, int Stored, int Duplicates, int Refused,
    string Sha256, string Reason, string By, DateTimeOffset At, string Hash);

/// <summary>Whether the ledger's chain is whole.</summary>
/// <param name="Broken">The number of the first row that does not fit; null when all do.</param>
public sealed record CoverageCheck(long Rows, long? Broken);

/// <summary>Reads the ledger of what was fetched.</summary>
public sealed class CoverageQueries
{
    private readonly Database _database;
    private readonly TimeProvider _time;

    internal CoverageQueries(Database database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>The last days of every feed that was ever read, newest day first. Days of the unified log are those on which its blobs were made.</summary>
    /// <param name="days">1 to 60.</param>
    public Task<IReadOnlyList<CoverageDay>> DaysAsync(int days, CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<CoverageDay>>(async db =>
    {
        var now = _time.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var oldest = today.AddDays(1 - Math.Clamp(days, 1, 60));
        var from = Start(oldest);
        var rows = await db.Set<CoverageRow>().Where(c => c.To >= from && c.Kind != CoverageKinds.Import)
            .Select(c => new Span(c.Source, c.Feed, c.Kind, c.State, c.Name, c.From, c.To, c.SettledTo, c.Read, c.Stored, c.Reason)).ToListAsync(cancellationToken);
        var result = new List<CoverageDay>();
        foreach (var feed in rows.GroupBy(r => (r.Source, r.Feed)).OrderBy(g => g.Key.Feed, StringComparer.Ordinal))
            for (var day = today; day >= oldest; day = day.AddDays(-1)) result.Add(Day(feed.Key.Source, feed.Key.Feed, day, [.. feed], now));
        return [.. result.OrderByDescending(d => d.Day)];
    }, cancellationToken);

    /// <summary>The ledger's rows that touch a day, oldest first; at most 1000.</summary>
    /// <param name="feed">Null for all.</param>
    public Task<IReadOnlyList<CoverageEntry>> LedgerAsync(DateOnly day, string? feed, CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<CoverageEntry>>(async db =>
    {
        var (from, to) = (Start(day), Start(day.AddDays(1)));
        var rows = await db.Set<CoverageRow>().Where(c => c.From < to && c.To >= from && (feed == null || c.Feed == feed)).OrderBy(c => c.Number).Take(1000).ToListAsync(cancellationToken);
        return rows.ConvertAll(c => new CoverageEntry(
            c.Number, c.Source, c.Feed, c.Kind, c.State, c.Name, c.From, c.To, c.SettledTo, c.Listed, c.Read, c.Stored, c.Duplicates, c.Refused, c.Sha256, c.Reason, c.By, c.At, Convert.ToHexStringLower(c.Hash)));
    }, cancellationToken);

    /// <summary>Reads the whole chain; takes as long as the ledger is.</summary>
    public Task<CoverageCheck> VerifyAsync(CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        var (rows, broken) = await CoverageLedger.VerifyAsync(db, cancellationToken);
        return new CoverageCheck(rows, broken);
    }, cancellationToken);

    private static CoverageDay Day(string source, string feed, DateOnly day, List<Span> rows, DateTimeOffset now)
    {
        var (start, end) = (Start(day), Start(day.AddDays(1)));
        var windows = rows.Where(r => r.Kind == CoverageKinds.Window && r.From < end && r.To > start).ToList();
        var blobs = rows.Where(r => r.Kind == CoverageKinds.Blob && r.From >= start && r.From < end).ToList();
        var gaps = new List<CoverageGap>();
        var at = start;
        foreach (var window in windows.Where(w => w.State == CoverageStates.Fetched && w.SettledTo > start).OrderBy(w => w.From))
        {
            if (window.From > at) gaps.Add(new CoverageGap(at, window.From < end ? window.From : end, WhyNot(at, windows)));
            if (window.SettledTo > at) at = window.SettledTo;
        }
        if (at < end) gaps.Add(new CoverageGap(at, end, end > now || at + TimeSpan.FromDays(1) > now ? "not settled yet" : WhyNot(at, windows)));
        gaps.AddRange(blobs.Where(b => b.State != CoverageStates.Fetched).Select(b => new CoverageGap(b.From, b.To, $"{b.State}: {b.Reason}", b.Name)));
        var any = windows.Count > 0 || blobs.Count > 0;
        var counted = blobs.Count > 0 ? blobs : windows;
        return new CoverageDay(source, feed, day, gaps.Count == 0 ? "complete" : any ? "partial" : "none", any ? gaps : [], counted.Sum(r => (long)r.Read), counted.Sum(r => (long)r.Stored));
    }

    private static string WhyNot(DateTimeOffset at, List<Span> windows) =>
        windows.FirstOrDefault(w => w.State != CoverageStates.Fetched && w.From <= at && w.To > at) is { } why ? $"{why.State}: {why.Reason}" : "not read";

    private static DateTimeOffset Start(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private sealed record Span(string Source, string Feed, string Kind, string State, string Name, DateTimeOffset From, DateTimeOffset To, DateTimeOffset SettledTo, int Read, int Stored, string Reason);
}
