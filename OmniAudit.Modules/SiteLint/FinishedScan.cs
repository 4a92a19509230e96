using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint;

/// <summary>Finds a scan whose report is there, or says why there is none.</summary>
internal static class FinishedScan
{
    /// <exception cref="ToolRefusedException">Unknown, not ready, or failed.</exception>
    public static async Task<ScanRow> RequireAsync(ReportStore reports, string scanId, CancellationToken cancellationToken)
    {
        var scan = await reports.FindAsync(scanId, cancellationToken)
            ?? throw ToolRefusedException.NotFound("scan_id", scanId, "Use the scan_id that sitelint.start_scan answered.");
        if (scan.ReportRef is not null) return scan;
        var job = await reports.JobOfAsync(scan, cancellationToken);
        throw job?.Status == JobStatus.Failed
            ? new ToolRefusedException("scan_failed", $"scan_id: the scan failed, there is no report. {job.Error} Start another one with sitelint.start_scan.", "scan_id")
            : new ToolRefusedException("not_ready", $"scan_id: the scan is {job?.Status ?? JobStatus.Queued}; its report is not ready. Ask sitelint.get_scan for job_id {scan.JobId} until it is completed.", "scan_id");
    }
}
