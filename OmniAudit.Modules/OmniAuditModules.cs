using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.AdminOps;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Health;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Keys;
using OmniAudit.Modules.Nodes;
using OmniAudit.Modules.Oidc;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.ReleaseButler;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Retention;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;
using OmniAudit.Modules.Webhooks;

namespace OmniAudit.Modules;

/// <summary>The product without its hosts: every module, in one list.</summary>
public static class OmniAuditModules
{
    /// <summary>Registers everything; <see cref="StartAsync"/> must complete before the first use.</summary>
    public static IServiceCollection AddOmniAudit(this IServiceCollection services, OmniAuditOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddMetrics();
        services.AddStorage();
        services.AddNodes();
        services.AddToolCalls();
        services.AddJobs();
        services.AddSiteLint();
        services.AddAuditLens();
        services.AddReleaseButler();
        services.AddAdminOps();
        services.AddIdentities();
        services.AddOidc();
        services.AddWebhooks();
        services.AddResources();
        services.AddRetention();
        services.AddHealth();
        services.AddSingleton(s => new KeyDesk(
            s.GetRequiredService<SecretVault>(), s.GetRequiredService<ReceiptLog>(), s.GetRequiredService<AgentDirectory>(), s.GetRequiredService<Database>(),
            s.GetRequiredService<AuditTrail>(), s.GetRequiredService<OmniAuditOptions>()));
        return services;
    }

    private static void AddToolCalls(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly));
        services.AddSingleton(UrlPolicy.SystemResolver);
        services.AddSingleton<UrlPolicy>().AddSingleton<RepositoryPolicy>().AddSingleton<ExportPathPolicy>().AddSingleton<PolicyGate>();
        services.AddSingleton<CallMetrics>().AddSingleton<RateLimiter>();
        services.AddSingleton<ApprovalStore>().AddSingleton<ConfirmationTokens>();
        services.AddReceipts();
        services.AddSingleton(s => new ApprovalQueries(s.GetRequiredService<Database>()));
        services.AddSingleton(s => new AuditQueries(s.GetRequiredService<Database>()));
        services.AddSingleton(s => new ApprovalRules(s.GetRequiredService<Database>(), s.GetRequiredService<OmniAuditOptions>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new FreezeSwitch(s.GetRequiredService<Database>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ApprovalLedger>().AddSingleton<RequestDesk>().AddSingleton<RequestStatus>();
        services.AddSingleton(s => new RequestFollower(s.GetRequiredService<RequestDesk>()));
        services.AddSingleton(s => new ApprovalDesk(
            s.GetRequiredService<Database>(), s.GetRequiredService<ApprovalStore>(), s.GetRequiredService<ApprovalRules>(), s.GetRequiredService<ApprovalLedger>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<ApprovalDesk>>()));
        services.AddSingleton(s => new ApprovalEditor(
            s.GetRequiredService<ApprovalDesk>(), s.GetRequiredService<ApprovalStore>(), s.GetRequiredService<ApprovalRules>(), s.GetRequiredService<ApprovalLedger>(),
            s.GetRequiredService<ToolCatalog>(), s.GetRequiredService<PolicyGate>(), s, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new StandingRuleDesk(s.GetRequiredService<Database>(), s.GetRequiredService<ApprovalLedger>(), s.GetRequiredService<ToolCatalog>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new ToolCallRunner(
            s.GetRequiredService<ToolCatalog>(), s.GetRequiredService<PolicyGate>(), s.GetRequiredService<RateLimiter>(), s.GetRequiredService<RequestDesk>(),
            s.GetRequiredService<AuditLog.AuditLog>(), s.GetRequiredService<CallMetrics>(), s, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<ToolCallRunner>>()));
        services.AddSingleton<AuditLog.AuditLog>();
        services.AddSingleton(s => new AuditTrail(s.GetRequiredService<AuditLog.AuditLog>(), s.GetRequiredService<TimeProvider>()));
        services.AddHostedService(s => s.GetRequiredService<AuditLog.AuditLog>());
        services.AddSingleton<ApprovalSweeper>().AddSingleton<ApprovedCallDispatcher>().AddSingleton<EffectSearch>();
        services.AddHostedService(s => s.GetRequiredService<ApprovedCallDispatcher>());
        services.AddHostedService(s => s.GetRequiredService<EffectSearch>());
    }

    private static void AddNodes(this IServiceCollection services)
    {
        services.AddSingleton(s => new ServerNodes(s.GetService<NodeSource>(), s.GetRequiredService<OmniAuditOptions>()));
        services.AddSingleton(s => new UsedOnce(s.GetRequiredService<Database>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new AgentSessions(s.GetRequiredService<Database>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()));
    }

    private static void AddJobs(this IServiceCollection services)
    {
        services.AddSingleton<JobStore>();
        services.AddSingleton(s => new JobQueries(s.GetRequiredService<Database>()));
        services.AddSingleton(s => new JobRunner(
            s.GetRequiredService<Database>(), s.GetRequiredService<JobStore>(), s.GetServices<IJobHandler>(), s.GetRequiredService<ChangeFeed>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<JobRunner>>(), s.GetRequiredService<WorkMetrics>()));
    }

    /// <summary>
    /// Makes a process ready that takes tool calls beside the server, or without one: its calls are recorded and its requests
    /// stored, and the server executes them. Call <see cref="EndBesideServerAsync"/> before it ends.
    /// </summary>
    /// <exception cref="StorageStartException">The store cannot be used; the message is for the operator.</exception>
    public static async Task StartBesideServerAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<StoragePreparation>().PrepareAsync(StorageUse.Command, cancellationToken);
        await OpenAsync(services, cancellationToken);
        await services.GetRequiredService<AuditLog.AuditLog>().StartBesideServerAsync();
        services.GetRequiredService<ChangeRelay>().Send();
    }

    /// <summary>Lets a command that is no tool call leave rows in the audit log. Call <see cref="EndBesideServerAsync"/> before it ends.</summary>
    public static Task RecordBesideServerAsync(IServiceProvider services) => services.GetRequiredService<AuditLog.AuditLog>().StartBesideServerAsync();

    /// <summary>Writes what is still to be recorded.</summary>
    public static Task EndBesideServerAsync(IServiceProvider services) => services.GetRequiredService<AuditLog.AuditLog>().StopAsync(CancellationToken.None);

    /// <summary>Makes the store ready: directory, database, schema. Call before the host starts.</summary>
    /// <exception cref="StorageStartException">The store cannot be used; the message is for the operator.</exception>
    public static async Task StartAsync(IServiceProvider services, StorageUse use, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<StoragePreparation>().PrepareAsync(use, cancellationToken);
        if (use != StorageUse.Server) return;
        services.GetRequiredService<ServerPresence>().Here();
        await OpenAsync(services, cancellationToken);
    }

    /// <summary>Makes the store ready and nothing else.</summary>
    /// <param name="more">Statements of the scheduler's own schema, which change nothing the second time.</param>
    /// <returns>The changes of the schema that were applied now.</returns>
    /// <exception cref="StorageStartException">The store cannot be used; the message is for the operator.</exception>
    public static async Task<IReadOnlyList<string>> MigrateAsync(IServiceProvider services, IReadOnlyList<string> more, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(more);
        var applied = await services.GetRequiredService<StoragePreparation>().PrepareAsync(StorageUse.Command, cancellationToken);
        if (more.Count == 0) return applied;
        await services.GetRequiredService<Database>().WriteAsync(
            async db =>
            {
                foreach (var statement in more)
                {
                    await using var command = db.Command(statement);
                    await command.ExecuteNonQueryAsync(cancellationToken);
                }
            },
            cancellationToken);
        return applied;
    }

    private static async Task OpenAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            await services.GetRequiredService<SecretVault>().CheckAsync(cancellationToken);
            await services.GetRequiredService<ReceiptLog>().OpenAsync(cancellationToken);
        }
        catch (MasterKeyException refused)
        {
            throw new StorageStartException(refused.Message, refused);
        }
        catch (LogRefusedException refused)
        {
            // People must be able to sign in and read why; until then nothing can be decided or executed.
            services.GetRequiredService<ILogger<ReceiptLog>>().LogCritical("The receipt log refuses to sign: {error}", refused.Message);
        }
    }
}
