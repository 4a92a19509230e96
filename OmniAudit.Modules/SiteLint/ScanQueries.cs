using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.SiteLint.Findings;
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
    int Pages, int S1, int S2, int S3, int S4, string? ReportRef, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt)
{
    /// <summary>Against the baseline; null when nothing was compared.</summary>
    public int? NewFindings { get; init; }
    /// <summary>Against the baseline; null when nothing was compared.</summary>
    public int? FixedFindings { get; init; }
    /// <summary><c>passed</c> or <c>failed</c> by its budgets; null without budgets or before the end.</summary>
    public string? Verdict { get; init; }
    /// <summary>The schedule that started it.</summary>
    public string? ScheduleId { get; init; }
}

/// <summary>Which scans a list shows; null or empty: all.</summary>
/// <param name="Site">A part of the address.</param>
/// <param name="Status">One of <see cref="JobStatus"/>.</param>
/// <param name="Verdict"><c>passed</c>, <c>failed</c>, or <c>none</c> for scans without budgets.</param>
public sealed record ScanFilter(string? Site = null, string? Status = null, string? Profile = null, string? Verdict = null, string? ScheduleId = null);

/// <summary>Which findings of a scan are shown; null or empty: all.</summary>
/// <param name="Severity"><c>s1</c> to <c>s4</c>.</param>
/// <param name="Category">One of <see cref="FindingCategory"/>.</param>
/// <param name="State"><c>new</c> or <c>persisting</c>, against the baseline.</param>
/// <param name="Viewport">Findings seen in this viewport.</param>
/// <param name="Text">A part of the title, rule, selector, page or id.</param>
public sealed record FindingFilter(string? Severity = null, string? Category = null, string? State = null, string? Viewport = null, string? Text = null)
{
    /// <summary>The findings that match, in the report's order.</summary>
    public IEnumerable<Finding> Of(ScanReport report)
    {
        var isNew = report.Comparison?.New.ToHashSet(StringComparer.Ordinal) ?? [];
        return report.Findings.Where(f =>
            (string.IsNullOrEmpty(Severity) || f.Severity == Severity) && (string.IsNullOrEmpty(Category) || f.Category == Category) &&
            (string.IsNullOrEmpty(Viewport) || f.Viewports.Contains(Viewport)) &&
            (string.IsNullOrEmpty(State) || (report.Comparison is not null && isNew.Contains(f.FindingId) == (State == "new"))) &&
            (string.IsNullOrEmpty(Text) || SearchWords.AllIn([Text], f.Title, f.Rule, f.Selector, f.PageUrl, f.FindingId, f.Evidence)));
    }
}

/// <summary>A page of scans, newest first.</summary>
/// <param name="Before">Give it to the next call; null at the end.</param>
public sealed record ScanList(IReadOnlyList<ScanSummary> Scans, string? Before);

/// <summary>A report in one of its formats, or an object that it refers to. Whoever takes it disposes of the content.</summary>
/// <param name="MediaType">Safe to serve.</param>
/// <param name="FileName">Null for what is shown and not kept.</param>
public sealed record ReportFile(Stream Content, string MediaType, string? FileName);

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
    public Task<ScanList> ListAsync(string? before, int take, CancellationToken cancellationToken) => ListAsync(new ScanFilter(), before, take, cancellationToken);

    /// <summary>Newest first, of those that match.</summary>
    /// <inheritdoc cref="ListAsync(string?, int, CancellationToken)" path="/param"/>
    public Task<ScanList> ListAsync(ScanFilter filter, string? before, int take, CancellationToken cancellationToken) =>
        _database.ReadAsync(async db =>
        {
            take = Math.Clamp(take, 1, 200);
            var scans = db.Set<ScanRow>().AsQueryable();
            // Ids sort by creation, and compare alike in the database and here.
            if (before is not null) scans = scans.Where(s => string.Compare(s.ScanId, before) < 0);
            if (!string.IsNullOrWhiteSpace(filter.Site)) scans = scans.Where(s => EF.Functions.Like(s.Url, SearchWords.Pattern(filter.Site.Trim()), "\\"));
            if (!string.IsNullOrEmpty(filter.Profile)) scans = scans.Where(s => s.Profile == filter.Profile);
            if (!string.IsNullOrEmpty(filter.ScheduleId)) scans = scans.Where(s => s.ScheduleId == filter.ScheduleId);
            if (filter.Verdict == "none") scans = scans.Where(s => s.Verdict == null);
            else if (!string.IsNullOrEmpty(filter.Verdict)) scans = scans.Where(s => s.Verdict == filter.Verdict);
            if (!string.IsNullOrEmpty(filter.Status)) scans = scans.Where(s => db.Set<JobRow>().Any(j => j.JobId == s.JobId && j.Status == filter.Status));
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
        catch (Exception e) when (e is ObjectMissingException or ObjectStoreUnavailableException)
        {
            return new ScanDetail(Summary(row), null, e.Message);
        }
    }

    /// <summary>Opens a screenshot, the report or the archive of a scan, and nothing else of the store.</summary>
    /// <returns>Null when the scan does not refer to that object.</returns>
    /// <exception cref="ObjectMissingException">The store lost it.</exception>
    public async Task<ReportFile?> OpenObjectAsync(string scanId, string reference, CancellationToken cancellationToken)
    {
        var scan = await _reports.FindAsync(scanId, cancellationToken);
        if (scan?.ReportRef is null) return null;
        var (type, name) = reference == scan.ReportRef ? ("application/json", scanId + ".json")
            : reference == scan.ZipRef ? ("application/zip", scanId + ".zip")
            : (ReportObjects.Of(await _reports.LoadAsync(scan.ReportRef, cancellationToken)).GetValueOrDefault(reference), (string?)null);
        return type is null ? null : new ReportFile(await _reports.OpenAsync(reference, cancellationToken), type, name);
    }

    /// <summary>The report of a completed scan as a file to download.</summary>
    /// <param name="format"><c>json</c>, <c>zip</c>, <c>html</c>, <c>sarif</c>, <c>junit</c> or <c>markdown</c>.</param>
    /// <returns>Null when there is no such report or format.</returns>
    /// <exception cref="ObjectMissingException">The store lost the report.</exception>
    public async Task<ReportFile?> DownloadAsync(string scanId, string format, CancellationToken cancellationToken)
    {
        if (!ReportFormat.All.Contains(format) || await _reports.FindAsync(scanId, cancellationToken) is not { ReportRef: not null } scan) return null;
        var stored = await _reports.InFormatAsync(scan, format, cancellationToken);
        return new ReportFile(await _reports.OpenAsync(stored.Reference, cancellationToken), ReportFormat.MediaType(format), $"{scanId}-{ReportFormat.FileName(format)}");
    }

    /// <summary>How the scans of a site or a schedule went, oldest first: one point per scan and viewport.</summary>
    /// <param name="site">Any address of the site; null for every site of the schedule.</param>
    /// <param name="take">Points, 1 to 1000; the newest ones.</param>
    public Task<IReadOnlyList<ScanTrendPoint>> TrendAsync(string? site, string? scheduleId, int take, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<ScanTrendPoint>>(async db =>
        {
            var rows = db.Set<ScanTrendRow>().AsQueryable();
            if (!string.IsNullOrEmpty(site))
            {
                var origin = Baseline.ReportFinisher.OriginOf(site);
                rows = rows.Where(t => t.Site == origin);
            }
            if (!string.IsNullOrEmpty(scheduleId)) rows = rows.Where(t => t.ScheduleId == scheduleId);
            var newest = await rows.OrderByDescending(t => t.ScanId).ThenBy(t => t.Viewport).Take(Math.Clamp(take, 1, 1000))
                .Join(db.Set<ScanRow>(), t => t.ScanId, s => s.ScanId, (t, s) => new { Trend = t, Scan = s }).ToListAsync(cancellationToken);
            return [.. newest.OrderBy(r => r.Trend.ScanId, StringComparer.Ordinal).ThenBy(r => r.Trend.Viewport, StringComparer.Ordinal).Select(r => ScanTrendRow.Point(r.Trend, r.Scan))];
        }, cancellationToken);

    private static IQueryable<ScanWithJob> Joined(OmniAuditDb db, IQueryable<ScanRow> scans) =>
        scans.Join(db.Set<JobRow>(), s => s.JobId, j => j.JobId, (s, j) => new ScanWithJob { Scan = s, Job = j });

    private static ScanSummary Summary(ScanWithJob row)
    {
        var (s, j) = (row.Scan, row.Job);
        return new ScanSummary(
            s.ScanId, s.JobId, s.Url, s.Profile, s.ViewportSet, j.RequestedByName, j.Status, j.Progress, j.Step, j.Error,
            s.Pages, s.S1, s.S2, s.S3, s.S4, s.ReportRef, s.CreatedAt, j.StartedAt, j.FinishedAt)
        {
            NewFindings = s.NewFindings, FixedFindings = s.FixedFindings, Verdict = s.Verdict, ScheduleId = s.ScheduleId,
        };
    }

    private sealed class ScanWithJob
    {
        public required ScanRow Scan { get; init; }
        public required JobRow Job { get; init; }
    }
}
