using System.ComponentModel;
using OmniAudit.Modules.Jobs;

namespace OmniAudit.Modules.SiteLint;

/// <summary>How a scan's job stands, as tools answer it.</summary>
internal sealed record ScanJobRef(
    string JobId,
    string Module,
    [property: Description("queued, running, completed or failed")] string Status,
    [property: Description("0 to 1")] double Progress,
    [property: Description("What is happening now, for example: page 2 of 5, mobile")] string Step,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    [property: Description("The report, once completed; sitelint.get_report shows it")] string? ResultRef,
    [property: Description("Names the scan for sitelint.get_report and sitelint.export_report")] string ScanId,
    [property: Description("Why it failed and what to change")] string? Error)
{
    public static ScanJobRef Of(JobRow job) =>
        new(job.JobId, job.Module, job.Status, job.Progress, job.Step, job.StartedAt, job.FinishedAt, job.ResultRef, ScanRow.IdOf(job.JobId), job.Error);
}
