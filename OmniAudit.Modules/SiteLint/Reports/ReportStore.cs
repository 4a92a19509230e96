using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>The rows of scans and the objects that their reports are.</summary>
internal sealed class ReportStore(Database database, ObjectStore objects, TimeProvider time)
{
    /// <summary>Makes the scan's row if it is not there; called by whoever comes first, the tool or the job.</summary>
    public Task<ScanRow> EnsureAsync(string jobId, ScanArguments arguments, CancellationToken cancellationToken) =>
        database.WriteAsync(async db =>
        {
            var scanId = ScanRow.IdOf(jobId);
            if (await db.Set<ScanRow>().FirstOrDefaultAsync(s => s.ScanId == scanId, cancellationToken) is { } known) return known;
            var row = new ScanRow
            {
                ScanId = scanId, JobId = jobId, Url = arguments.Url, Profile = arguments.Profile, ViewportSet = arguments.ViewportSet, CreatedAt = time.GetUtcNow(),
                ScheduleId = arguments.ScheduleId,
            };
            db.Add(row);
            return row;
        }, cancellationToken);

    public Task<ScanRow?> FindAsync(string scanId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<ScanRow>().FirstOrDefaultAsync(s => s.ScanId == scanId, cancellationToken), cancellationToken);

    /// <summary>Stores the report, then says so in the row. A crash between the two leaves an object that nobody refers to, and the scan is made again.</summary>
    public async Task<string> SaveAsync(ScanReport report, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(report, ReportJson.Options));
        var stored = await objects.PutAsync(content, "application/json", cancellationToken);
        await database.WriteAsync(async db =>
        {
            var row = await db.Set<ScanRow>().FirstAsync(s => s.ScanId == report.ScanId, cancellationToken);
            (row.ReportRef, row.ReportSha256, row.ReportSize, row.FinishedAt) = (stored.Reference, stored.Sha256, stored.Size, report.FinishedAt);
            (row.Pages, row.S1, row.S2, row.S3, row.S4) = (report.Summary.Pages, report.Summary.S1, report.Summary.S2, report.Summary.S3, report.Summary.S4);
            (row.NewFindings, row.FixedFindings) = report.Comparison is { Problem: null } compared ? (compared.New.Count, compared.Fixed.Count) : ((int?)null, (int?)null);
            row.Verdict = report.Verdict is { } verdict ? verdict.Passed ? "passed" : "failed" : null;
            await db.Set<ScanTrendRow>().Where(t => t.ScanId == report.ScanId).ExecuteDeleteAsync(cancellationToken);
            db.AddRange(ScanTrendRow.Of(report, row.ScheduleId));
        }, cancellationToken);
        return stored.Reference;
    }

    /// <exception cref="ObjectMissingException">The store lost the report.</exception>
    public async Task<ScanReport> LoadAsync(string reportRef, CancellationToken cancellationToken)
    {
        await using var content = await objects.OpenAsync(reportRef, cancellationToken);
        return await JsonSerializer.DeserializeAsync<ScanReport>(content, ReportJson.Options, cancellationToken)
            ?? throw new JsonException($"The report {reportRef} is empty.");
    }

    /// <summary>The archive of a finished scan, made now if it is asked for the first time.</summary>
    public async Task<StoredObject> ArchiveAsync(ScanRow scan, CancellationToken cancellationToken)
    {
        if (scan.ZipRef is not null) return new StoredObject(scan.ZipRef, scan.ZipSha256!, scan.ZipSize);
        var report = await LoadAsync(scan.ReportRef!, cancellationToken);
        await using var archive = await ReportArchive.BuildAsync(report, scan.ReportRef!, objects, cancellationToken);
        var stored = await objects.PutAsync(archive, "application/zip", cancellationToken);
        await database.WriteAsync(db => db.Set<ScanRow>().Where(s => s.ScanId == scan.ScanId).ExecuteUpdateAsync(set => set
            .SetProperty(s => s.ZipRef, stored.Reference).SetProperty(s => s.ZipSha256, stored.Sha256).SetProperty(s => s.ZipSize, stored.Size), cancellationToken), cancellationToken);
        return stored;
    }

    /// <summary>The report of a finished scan in one of <see cref="ReportFormat"/>; what is not stored yet is made and stored.</summary>
    public async Task<StoredObject> InFormatAsync(ScanRow scan, string format, CancellationToken cancellationToken)
    {
        if (format == ReportFormat.Json) return new StoredObject(scan.ReportRef!, scan.ReportSha256!, scan.ReportSize);
        if (format == ReportFormat.Zip) return await ArchiveAsync(scan, cancellationToken);
        var report = await LoadAsync(scan.ReportRef!, cancellationToken);
        return await PutAsync(await ReportArchive.RenderAsync(report, format, objects, cancellationToken), ReportFormat.MediaType(format), cancellationToken);
    }

    public Task<Stream> OpenAsync(string reference, CancellationToken cancellationToken) => objects.OpenAsync(reference, cancellationToken);

    public Task<StoredObject> PutAsync(byte[] content, string contentType, CancellationToken cancellationToken) =>
        objects.PutAsync(new MemoryStream(content, writable: false), contentType, cancellationToken);

    public Task<JobRow?> JobOfAsync(ScanRow scan, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<JobRow>().FirstOrDefaultAsync(j => j.JobId == scan.JobId, cancellationToken), cancellationToken);
}
