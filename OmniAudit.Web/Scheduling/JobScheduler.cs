using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using Quartz;

namespace OmniAudit.Web.Scheduling;

/// <summary>
/// Gives durable jobs to Quartz: each new one as it is queued, and again and again what it does not have: after a start, or
/// when a process died between queueing a job and handing it over. Quartz decides how many run at once, and on which server.
/// </summary>
internal sealed class JobScheduler(ISchedulerFactory schedulers, JobRunner jobs, JobQueries queue, ChangeFeed changes, TimeProvider time, ILogger<JobScheduler> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stopping = new();
    private IDisposable? _elsewhere;
    private Task _looking = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        jobs.Queued += Schedule;
        _elsewhere = changes.Subscribe(change => { if (change is { Topic: Topics.Jobs, Elsewhere: true }) _ = ScheduleFromElsewhereAsync(change.Id); });
        await RecoverAsync(cancellationToken);
        _looking = LookAsync(_stopping.Token);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        jobs.Queued -= Schedule;
        _elsewhere?.Dispose();
        await _stopping.CancelAsync();
        await _looking;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task LookAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LookAgain, time);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stopping);
                await RecoverAsync(stopping);
            }
            catch (OperationCanceledException)
            {
                // The server stops.
            }
            catch (Exception failure)
            {
                log.LogError(failure, "It could not be looked for jobs that nobody runs; tried again in {Seconds} s", LookAgain.TotalSeconds);
            }
        }
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        foreach (var jobId in await jobs.RecoverAsync(ScheduledAsync, cancellationToken)) await ScheduleLoggedAsync(jobId);

        async Task<IReadOnlySet<string>> ScheduledAsync()
        {
            var scheduler = await schedulers.GetScheduler(cancellationToken);
            return (await scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals(QueuedJob.Group), cancellationToken)).Select(k => k.Name).ToHashSet(StringComparer.Ordinal);
        }
    }

    private void Schedule(string jobId) => _ = ScheduleLoggedAsync(jobId);

    /// <summary>A process beside the server queued it, or changed one that it had queued.</summary>
    private async Task ScheduleFromElsewhereAsync(string jobId)
    {
        if (await queue.FindAsync(jobId, CancellationToken.None) is { Status: JobStatus.Queued }) await ScheduleLoggedAsync(jobId);
    }

    private async Task ScheduleLoggedAsync(string jobId)
    {
        try
        {
            await ScheduleAsync(jobId);
        }
        catch (ObjectAlreadyExistsException)
        {
            // Another server was quicker.
        }
        catch (Exception failure)
        {
            // The job stays queued on disk, and is found there.
            log.LogError(failure, "Job {JobId} could not be scheduled", jobId);
        }
    }

    private async Task ScheduleAsync(string jobId)
    {
        var scheduler = await schedulers.GetScheduler();
        var key = new JobKey(jobId, QueuedJob.Group);
        if (await scheduler.GetJobDetail(key) is not null || await queue.FindAsync(jobId, CancellationToken.None) is not { } queued) return;
        var job = JobBuilder.Create<QueuedJob>().WithIdentity(key).UsingJobData(QueuedJob.JobIdKey, jobId).RequestRecovery().Build();
        // The group is what limits count by.
        await scheduler.ScheduleJob(job, TriggerBuilder.Create(time).WithIdentity(jobId, QueuedJob.Group).WithExecutionGroup(queued.Kind).StartNow().Build());
    }
}

/// <summary>Runs one durable job when Quartz has a free worker.</summary>
internal sealed class QueuedJob(JobRunner jobs) : IJob
{
    public const string JobIdKey = "job_id";
    public const string Group = "jobs";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var jobId = context.MergedJobDataMap.GetString(JobIdKey)!;
        // The server that ran it died, or stopped.
        if (context.Recovering) await jobs.TakeOverAsync(jobId, cancellationToken);
        await jobs.RunAsync(jobId, cancellationToken);
        // Interrupted by a server that stops: said so, Quartz hands it to another one.
        cancellationToken.ThrowIfCancellationRequested();
    }
}
