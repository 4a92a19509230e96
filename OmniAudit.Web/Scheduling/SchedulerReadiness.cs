using OmniAudit.Modules.Health;
using Quartz;

namespace OmniAudit.Web.Scheduling;

/// <summary>Whether queued jobs are run, and whether the server is not about to stop: a load balancer sends nothing more to one that is.</summary>
internal static class SchedulerReadiness
{
    public static IServiceCollection AddSchedulerReadiness(this IServiceCollection services) => services.AddSingleton(s => new ReadinessCheck("scheduler", async cancellationToken =>
    {
        if (s.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested) return "stopping: the server is about to end";
        var scheduler = await s.GetRequiredService<ISchedulerFactory>().GetScheduler(cancellationToken);
        return await scheduler.GetStatus(cancellationToken) == SchedulerStatus.Running ? null : "not_running: queued jobs are not run";
    }));
}
