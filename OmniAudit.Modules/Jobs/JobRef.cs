using System.ComponentModel;

namespace OmniAudit.Modules.Jobs;

/// <summary>How a job stands, as tools answer it.</summary>
internal sealed record JobRef(
    string JobId,
    string Module,
    [property: Description("queued, running, completed or failed")] string Status,
    [property: Description("0 to 1")] double Progress,
    [property: Description("What is happening now")] string Step,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    string? ResultRef,
    [property: Description("Why it failed")] string? Error)
{
    public static JobRef Of(JobRow job) => new(job.JobId, job.Module, job.Status, job.Progress, job.Step, job.StartedAt, job.FinishedAt, job.ResultRef, job.Error);
}
