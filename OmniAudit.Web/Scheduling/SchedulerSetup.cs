using OmniAudit.Modules.Nodes;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.Storage;
using Quartz;

namespace OmniAudit.Web.Scheduling;

/// <summary>
/// Quartz, which decides when and where. On SQLite it keeps its triggers in memory: there is one server, and the rows of jobs
/// and schedules are the truth. On a database that servers share it keeps them in tables of its own there, as a cluster: each
/// trigger fires on one server, and what a server that died was running is given to another one.
/// </summary>
internal static class SchedulerSetup
{
    /// <summary>Fetches of audit events that may wait for Microsoft, or for one another, without keeping a scan from its place (scans count their own places).</summary>
    private const int AuditFetches = 8;

    /// <summary>How often a server says that it lives.</summary>
    private static readonly TimeSpan CheckIn = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LookForWork = TimeSpan.FromSeconds(2);

    /// <summary>Silent for so long after that, it is taken for dead: longer than a pause of the machine or a restart of the database should be.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static IServiceCollection AddScheduler(this IServiceCollection services, OmniAuditOptions options)
    {
        services.AddQuartz(quartz =>
        {
            quartz.UseDefaultThreadPool(options.SiteLint.MaxParallelScans + (options.AdminOps.Sources.Count > 0 ? AuditFetches : 0));
            if (options.SiteLint.MaxParallelScansOverall > 0)
                quartz.UseExecutionLimits(limits => limits.ForGroup(ScanJobs.Kind, options.SiteLint.MaxParallelScansOverall, ExecutionLimitScope.Cluster));
            if (options.Database.IsShared) quartz.UsePersistentStore(store => UseDatabase(store, options));
            else quartz.UseInMemoryStore();
        });
        services.AddOptions<QuartzSchedulerOptions>().Configure<ServerNodes>((quartz, nodes) =>
        {
            quartz.InstanceId = nodes.ThisId;
            // What another server has queued is noticed within this time.
            if (options.Database.IsShared) quartz.IdleWaitTime = LookForWork;
            // A stopping server interrupts its jobs and waits for them to notice: they go to another server, or back to the queue.
            quartz.ShutdownJobInterruption = ShutdownJobInterruption.WhenWaitingForJobs;
        });
        services.AddSingleton<NodeSource>(s => cancellationToken => NodesAsync(s.GetRequiredService<ISchedulerFactory>(), cancellationToken));
        return services;
    }

    private static void UseDatabase(IPersistentStoreBuilder store, OmniAuditOptions options)
    {
        if (options.Database.Provider == DatabaseOptions.PostgreSql) store.UsePostgres(DatabasePlace.ConnectionString(options));
        else store.UseSqlServer(DatabasePlace.ConnectionString(options));
        store.ProvisionSchema();
        store.ConfigureStore(s =>
        {
            s.StoreJobDataAsStrings = true;
            s.RecoverFiringsCancelledByShutdown = true;
        });
        store.UseClustering(cluster => (cluster.CheckinInterval, cluster.CheckinMisfireThreshold) = (CheckIn, Patience));
    }

    private static async Task<IReadOnlyList<ServerNode>> NodesAsync(ISchedulerFactory schedulers, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        var nodes = new List<ServerNode>();
        foreach (var node in await scheduler.QueryClusterNodes(cancellationToken))
        {
            var state = node.State switch { ClusterNodeState.Alive => NodeState.Alive, ClusterNodeState.Overdue => NodeState.Late, _ => NodeState.Gone };
            nodes.Add(new ServerNode(node.InstanceId, node.IsCurrentNode, state, node.LastCheckInUtc));
        }
        return nodes;
    }
}
