using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OmniAudit.Modules.AdminOps.Import;
using OmniAudit.Modules.AdminOps.Ingest.Http;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.AdminOps.Ingest;

internal static class AdminOpsIngest
{
    /// <summary>Registers what reads from Microsoft. Nothing is asked of it before the first fetch.</summary>
    public static IServiceCollection AddAdminOpsIngest(this IServiceCollection services)
    {
        services.TryAddSingleton(new IngestLimits());
        services.AddHttpClient(MicrosoftHttp.ClientName, http => http.Timeout = Timeout.InfiniteTimeSpan)
            // Addresses hold tenant, filters and page tokens.
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.All,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                MaxResponseHeadersLength = 64,
                ActivityHeadersPropagator = null,
            });
        services.AddSingleton<MicrosoftTokens>().AddSingleton<MicrosoftHttp>().AddSingleton<GraphFeed>().AddSingleton<ManagementFeed>();
        services.AddSingleton<EventIntake>().AddSingleton<FeedReader>().AddSingleton<IJobHandler, FetchJob>();
        services.AddSingleton(s => new EventFetch(s.GetRequiredService<Database>(), s.GetRequiredService<JobStore>(), s.GetRequiredService<OmniAuditOptions>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new SourceHealth(s.GetRequiredService<Database>(), s.GetRequiredService<OmniAuditOptions>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new CoverageQueries(s.GetRequiredService<Database>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new EventImport(s.GetRequiredService<Database>(), s.GetRequiredService<EventStore>(), s.GetRequiredService<OmniAuditOptions>(), s.GetRequiredService<WorkMetrics>(), s.GetRequiredService<TimeProvider>()));
        return services;
    }
}
