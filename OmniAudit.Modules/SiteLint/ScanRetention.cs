using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint.Schedules;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.SiteLint;

/// <summary>Deletes old scans, with their jobs and their points on the curves. Their objects go with the next sweep.</summary>
internal static class ScanRetention
{
    /// <summary>
    /// Deletes the oldest, inside a write. Those stay that wait or run, that a request waiting for its end names, and that another scan is or will be compared with: the
    /// baselines that schedules and unfinished scans name, and of every schedule its newest report.
    /// </summary>
    /// <param name="before">Those asked for earlier.</param>
    /// <param name="named">Ids that open requests name.</param>
    /// <returns>How many.</returns>
    public static async Task<int> DeleteAsync(OmniAuditDb db, DateTimeOffset before, int most, IReadOnlyCollection<string> named, CancellationToken cancellationToken)
    {
        var schedules = await db.Set<ScanScheduleRow>().Select(s => new { s.ScheduleId, s.ArgumentsJson }).ToListAsync(cancellationToken);
        var scheduleIds = schedules.ConvertAll(s => s.ScheduleId);
        var waiting = await db.Set<JobRow>().Where(j => j.Kind == ScanJob.JobKind && (j.Status == JobStatus.Queued || j.Status == JobStatus.Running)).Select(j => j.ArgumentsJson).ToListAsync(cancellationToken);
        var newest = await db.Set<ScanRow>().Where(s => s.ReportRef != null && s.ScheduleId != null && scheduleIds.Contains(s.ScheduleId)).GroupBy(s => s.ScheduleId).Select(g => g.Max(s => s.ScanId)!).ToListAsync(cancellationToken);
        List<string> kept = [.. newest, .. named, .. schedules.Select(s => s.ArgumentsJson).Concat(waiting).SelectMany(Ids.In)];

        var scans = await db.Set<ScanRow>().Where(s => s.CreatedAt < before && !kept.Contains(s.ScanId))
            .Where(s => !db.Set<JobRow>().Any(j => j.JobId == s.JobId && (j.Status == JobStatus.Queued || j.Status == JobStatus.Running)))
            .OrderBy(s => s.ScanId).Take(most).Select(s => new { s.ScanId, s.JobId }).ToListAsync(cancellationToken);
        if (scans.Count == 0) return 0;
        var (scanIds, jobIds) = (scans.ConvertAll(s => s.ScanId), scans.ConvertAll(s => s.JobId));
        await db.Set<ScanTrendRow>().Where(t => scanIds.Contains(t.ScanId)).ExecuteDeleteAsync(cancellationToken);
        await db.Set<JobRow>().Where(j => jobIds.Contains(j.JobId)).ExecuteDeleteAsync(cancellationToken);
        return await db.Set<ScanRow>().Where(s => scanIds.Contains(s.ScanId)).ExecuteDeleteAsync(cancellationToken);
    }
}
