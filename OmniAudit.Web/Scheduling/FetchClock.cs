using OmniAudit.Modules.AdminOps.Ingest;
using Quartz;

namespace OmniAudit.Web.Scheduling;

/// <summary>Rings for every source of audit events that is read by the clock: once at the start, then at its interval. What is due is read from the source's row.</summary>
internal sealed class FetchClock(ISchedulerFactory schedulers, EventFetch fetch, TimeProvider time) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (fetch.Scheduled.Count == 0) return;
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        foreach (var source in fetch.Scheduled)
        {
            var job = JobBuilder.Create<DueFetch>().WithIdentity($"fetch-{source}").UsingJobData(DueFetch.SourceKey, source).Build();
            var trigger = TriggerBuilder.Create(time).WithIdentity($"fetch-{source}").StartAt(time.GetUtcNow() + fetch.Interval).WithSimpleSchedule(s => s.WithInterval(fetch.Interval).RepeatForever()).Build();
            // In place of what another server, or other settings, have left there.
            await scheduler.ScheduleJobs(new Dictionary<IJobDetail, IReadOnlyCollection<ITrigger>> { [job] = [trigger] }, ScheduleJobOptions.Replacing, cancellationToken);
            await fetch.RunDueAsync(source, afterStart: true, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Starts the fetch of a source whose time has come.</summary>
internal sealed class DueFetch(EventFetch fetch) : IJob
{
    public const string SourceKey = "source";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) =>
        await fetch.RunDueAsync(context.MergedJobDataMap.GetString(SourceKey)!, afterStart: false, cancellationToken);
}
