using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using Quartz;

namespace OmniAudit.Web.Scheduling;

/// <summary>Gives durable jobs to Quartz: all that wait after a start, and each new one as it is queued. Quartz decides how many run at once.</summary>
internal sealed class JobScheduler(ISchedulerFactory schedulers, JobRunner jobs, JobQueries queue, ChangeFeed changes, TimeProvider time, ILogger<JobScheduler> log) : IHostedService
{
    private IDisposable? _elsewhere;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        jobs.Queued += Schedule;
        _elsewhere = changes.Subscribe(change => { if (change is { Topic: Topics.Jobs, Elsewhere: true }) _ = ScheduleFromElsewhereAsync(change.Id); });
        foreach (var jobId in await jobs.RecoverAsync(cancellationToken)) await ScheduleAsync(jobId);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        jobs.Queued -= Schedule;
        _elsewhere?.Dispose();
        return Task.CompletedTask;
    }

    private void Schedule(string jobId) => _ = ScheduleLoggedAsync(jobId);

    private async Task ScheduleLoggedAsync(string jobId)
    {
        try
        {
            await ScheduleAsync(jobId);
        }
        catch (SchedulerException failure)
        {
            // The job stays queued on disk and is scheduled at the next start.
            log.LogError(failure, "Job {JobId} could not be scheduled", jobId);
        }
    }

    /// <summary>A process beside the server queued it, or changed one that it had queued.</summary>
    private async Task ScheduleFromElsewhereAsync(string jobId)
    {
        if (await queue.FindAsync(jobId, CancellationToken.None) is { Status: JobStatus.Queued }) await ScheduleLoggedAsync(jobId);
    }

    private async Task ScheduleAsync(string jobId)
    {
        var scheduler = await schedulers.GetScheduler();
        if (await scheduler.GetJobDetail(new JobKey(jobId)) is not null) return;
        var job = JobBuilder.Create<QueuedJob>().WithIdentity(jobId).UsingJobData(QueuedJob.JobIdKey, jobId).Build();
        await scheduler.ScheduleJob(job, TriggerBuilder.Create(time).WithIdentity(jobId).StartNow().Build());
    }
}

/// <summary>Runs one durable job when Quartz has a free worker.</summary>
internal sealed class QueuedJob(JobRunner jobs) : IJob
{
    public const string JobIdKey = "job_id";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        await jobs.RunAsync(context.MergedJobDataMap.GetString(JobIdKey)!, cancellationToken);
}
