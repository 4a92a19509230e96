using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.SiteLint;

/// <summary>A scan in a list. <see cref="Status"/> to <see cref="Error"/> are its job's.</summary>
/// <param name="ScanId">Sorts by creation.</param>
/// <param name="Status">One of <see cref="JobStatus"/>.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="Pages">0 until completed, like the counts.</param>
public sealed record ScanSummary(
    string ScanId, string JobId, string Url, string Profile, string ViewportSet, string RequestedByName, string Status, double Progress, string Step, string? Error,
    int Pages, int S1, int S2, int S3, int S4, string? ReportRef, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt);

/// <summary>A page of scans, newest first.</summary>
/// <param name="Before">Give it to the next call; null at the end.</param>
public sealed record ScanList(IReadOnlyList<ScanSummary> Scans, string? Before);

/// <summary>One scan.</summary>
/// <param name="Report">Null until completed.</param>
/// <param name="ReportProblem">Why a completed scan's report cannot be shown; null otherwise.</param>
public sealed record ScanDetail(ScanSummary Scan, ScanReport? Report, string? ReportProblem);

/// <summary>Reads scans for people.</summary>
public sealed class ScanQueries
{
    private readonly Database _database;
    private readonly ReportStore _reports;

    internal ScanQueries(Database database, ReportStore reports) => (_database, _reports) = (database, reports);

    /// <summary>Newest first. Takes the same time wherever in the list it starts.</summary>
    /// <param name="before">The last page's <see cref="ScanList.Before"/>; null for the newest.</param>
    /// <param name="take">1 to 200.</param>
    public Task<ScanList> ListAsync(string? before, int take, CancellationToken cancellationToken) =>
        _database.ReadAsync(async db =>
        {
            take = Math.Clamp(take, 1, 200);
            var scans = db.Set<ScanRow>().AsQueryable();
            // Ids sort by creation, and compare alike in the database and here.
            if (before is not null) scans = scans.Where(s => string.Compare(s.ScanId, before) < 0);
            var rows = await Joined(db, scans.OrderByDescending(s => s.ScanId).Take(take + 1)).ToListAsync(cancellationToken);
            var page = rows.OrderByDescending(r => r.Scan.ScanId, StringComparer.Ordinal).Take(take).Select(Summary).ToList();
            return new ScanList(page, rows.Count > take ? page[^1].ScanId : null);
        }, cancellationToken);

    /// <summary>One scan without its report; null when there is none by that id.</summary>
    public Task<ScanSummary?> SummaryAsync(string scanId, CancellationToken cancellationToken) => _database.ReadAsync(
        async db => await Joined(db, db.Set<ScanRow>().Where(s => s.ScanId == scanId)).FirstOrDefaultAsync(cancellationToken) is { } row ? Summary(row) : null, cancellationToken);

    /// <summary>Those of the newest <paramref name="depth"/> scans in whose address, id or profile every pattern (LIKE, <c>\</c> escapes) matches; newest first.</summary>
    public Task<IReadOnlyList<ScanSummary>> SearchAsync(IReadOnlyList<string> patterns, int depth, int take, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<ScanSummary>>(async db =>
        {
            var scans = db.Set<ScanRow>().OrderByDescending(s => s.ScanId).Take(depth);
            foreach (var pattern in patterns)
                scans = scans.Where(s => EF.Functions.Like(s.Url, pattern, "\\") || EF.Functions.Like(s.ScanId, pattern, "\\") || EF.Functions.Like(s.Profile, pattern, "\\"));
            var rows = await Joined(db, scans.OrderByDescending(s => s.ScanId).Take(take)).ToListAsync(cancellationToken);
            return [.. rows.OrderByDescending(r => r.Scan.ScanId, StringComparer.Ordinal).Select(Summary)];
        }, cancellationToken);

    /// <summary>One scan with its report; null when there is none by that id.</summary>
    public async Task<ScanDetail?> FindAsync(string scanId, CancellationToken cancellationToken)
    {
        var row = await _database.ReadAsync(db => Joined(db, db.Set<ScanRow>().Where(s => s.ScanId == scanId)).FirstOrDefaultAsync(cancellationToken), cancellationToken);
        if (row is null) return null;
        if (row.Scan.ReportRef is null) return new ScanDetail(Summary(row), null, null);
        try
        {
            return new ScanDetail(Summary(row), await _reports.LoadAsync(row.Scan.ReportRef, cancellationToken), null);
        }
        catch (ObjectMissingException e)
        {
            return new ScanDetail(Summary(row), null, e.Message);
        }
    }

    /// <summary>Opens a screenshot, the report or the archive of a scan, and nothing else of the store.</summary>
    /// <returns>Null when the scan does not refer to that object.</returns>
    /// <exception cref="ObjectMissingException">The store lost it.</exception>
    public async Task<Stream?> OpenObjectAsync(string scanId, string reference, CancellationToken cancellationToken)
    {
        var scan = await _reports.FindAsync(scanId, cancellationToken);
        if (scan?.ReportRef is null) return null;
        var own = reference == scan.ReportRef || reference == scan.ZipRef ||
            (await _reports.LoadAsync(scan.ReportRef, cancellationToken)).Pages.Any(p => p.Screenshot?.Reference == reference);
        return own ? await _reports.OpenAsync(reference, cancellationToken) : null;
    }

    private static IQueryable<ScanWithJob> Joined(OmniAuditDb db, IQueryable<ScanRow> scans) =>
        scans.Join(db.Set<JobRow>(), s => s.JobId, j => j.JobId, (s, j) => new ScanWithJob { Scan = s, Job = j });

    private static ScanSummary Summary(ScanWithJob row)
    {
        var (s, j) = (row.Scan, row.Job);
        return new ScanSummary(
            s.ScanId, s.JobId, s.Url, s.Profile, s.ViewportSet, j.RequestedByName, j.Status, j.Progress, j.Step, j.Error,
            s.Pages, s.S1, s.S2, s.S3, s.S4, s.ReportRef, s.CreatedAt, j.StartedAt, j.FinishedAt);
    }

    private sealed class ScanWithJob
    {
        public required ScanRow Scan { get; init; }
        public required JobRow Job { get; init; }
    }
}
