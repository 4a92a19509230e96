using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.Health;

/// <summary>Whether the server can do its work, and its figures.</summary>
public static class HealthModule
{
    /// <summary>Starts a browser as a scan does, and proves its fence.</summary>
    public const string Browser = "browser";

    internal static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddSingleton(s => new ReadinessCheck("database", _ => DatabaseAsync(s.GetRequiredService<Database>())));
        services.AddSingleton(s => new ReadinessCheck("objects", cancellationToken => ObjectsAsync(s.GetRequiredService<ObjectStore>(), cancellationToken)));
        services.AddSingleton(s => new ReadinessCheck("log", _ => Task.FromResult(s.GetRequiredService<ReceiptLog>().Refusal is { } refusal
            ? $"{refusal.Reason}: the receipt log signs nothing, so no write can be decided; the console's health page says what to do" : null)));
        services.AddSingleton(s => new ReadinessCheck(Browser, cancellationToken => s.GetRequiredService<BrowserSelfTest>().WhyNotAsync(cancellationToken))
        {
            OnlyWhenAsked = true, Limit = TimeSpan.FromSeconds(30), Kept = TimeSpan.FromMinutes(1),
        });
        services.AddSingleton(s => new Readiness(s.GetServices<ReadinessCheck>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<Readiness>>()));
        services.AddSingleton(s => new ServerFigures(
            s.GetRequiredService<Database>(), s.GetRequiredService<ReceiptLog>(), s.GetRequiredService<SourceHealth>(), s.GetRequiredService<GitHubQueries>(), s.GetRequiredService<Readiness>(),
            s.GetRequiredService<WorkMetrics>(), s.GetRequiredService<OmniAuditOptions>(), s.GetRequiredService<IMeterFactory>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<ServerFigures>>()));
        return services;
    }

    private static async Task<string?> DatabaseAsync(Database database)
    {
        await database.ReadAsync(db => LogTree.NewestCheckpointAsync(db, CancellationToken.None), CancellationToken.None);
        return null;
    }

    private static async Task<string?> ObjectsAsync(ObjectStore objects, CancellationToken cancellationToken)
    {
        try
        {
            await objects.CheckAsync(cancellationToken);
            return null;
        }
        catch (ObjectStoreUnavailableException)
        {
            return "unavailable: the object store cannot be used; the server's log and OBJECT_STORE_* say why";
        }
    }
}
