using OmniAudit.Modules.SiteLint.Schedules;
using OmniAudit.Modules.Storage;
using Quartz;

namespace OmniAudit.Web.Scheduling;

/// <summary>
/// Gives every scan schedule a trigger of Quartz at its next time, and keeps them so as schedules change. The rows are the truth: a trigger only rings, and
/// what is due is read from the rows. At the start it rings once, for what was missed.
/// </summary>
internal sealed class ScanClock(ISchedulerFactory schedulers, ScanSchedules schedules, ChangeFeed changes, TimeProvider time, ILogger<ScanClock> log) : IHostedService, IDisposable
{
    private static readonly JobKey Ring = new("scan-schedules");

    private readonly SemaphoreSlim _one = new(1, 1);
    private IDisposable? _subscription;

    /// <summary>Reads an expression the way the scheduler does.</summary>
    public static IReadOnlyList<DateTimeOffset> Times(string expression, TimeZoneInfo zone, DateTimeOffset after, int count)
    {
        var cron = new CronExpression(expression, zone);
        var times = new List<DateTimeOffset>();
        for (DateTimeOffset? at = cron.GetNextValidTimeAfter(after); at is { } next && times.Count < count; at = cron.GetNextValidTimeAfter(next)) times.Add(next.ToUniversalTime());
        return times;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        await scheduler.AddJob(JobBuilder.Create<DueScans>().WithIdentity(Ring).StoreDurably().Build(), AddJobOptions.Replacing, cancellationToken);
        await scheduler.TriggerJob(Ring, cancellationToken);
        _subscription = changes.Subscribe(change => { if (change.Topic == Topics.Schedules) _ = SetLoggedAsync(change.Id); });
        foreach (var schedule in await schedules.ListAsync(cancellationToken)) await SetAsync(schedule.ScheduleId);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _one.Dispose();

    private async Task SetLoggedAsync(string scheduleId)
    {
        try
        {
            await SetAsync(scheduleId);
        }
        catch (Exception failure) when (failure is SchedulerException or ObjectDisposedException)
        {
            // The row keeps its time: the next start, or the next ring of any schedule, finds it due.
            log.LogError(failure, "Schedule {ScheduleId} got no trigger", scheduleId);
        }
    }

    private async Task SetAsync(string scheduleId)
    {
        var scheduler = await schedulers.GetScheduler();
        var key = new TriggerKey(scheduleId);
        await _one.WaitAsync();
        try
        {
            if (await schedules.FindAsync(scheduleId, CancellationToken.None) is not { Enabled: true, NextAt: { } at })
            {
                await scheduler.UnscheduleJob(key);
                return;
            }
            // The clock that the scheduler has: a trigger that goes by another one is missed again and again, without end.
            var trigger = TriggerBuilder.Create(time).WithIdentity(key).ForJob(Ring).StartAt(at).Build();
            if (await scheduler.RescheduleJob(key, trigger) is null) await scheduler.ScheduleJob(trigger);
        }
        finally
        {
            _one.Release();
        }
    }
}

/// <summary>Starts the scans whose time has come.</summary>
internal sealed class DueScans(ScanSchedules schedules) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => await schedules.RunDueAsync(cancellationToken);
}
