using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.AdminOps.Ask;

internal static class AskSetup
{
    /// <summary>Registers <see cref="EventExplainer"/> and <see cref="EventQuestions"/>. Nothing is sent anywhere before it is asked for.</summary>
    public static IServiceCollection AddAdminOpsAsk(this IServiceCollection services)
    {
        services.AddHttpClient(ModelClient.ClientName, http => http.Timeout = Timeout.InfiniteTimeSpan)
            // Addresses of deployments would be in the log at level information.
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                ActivityHeadersPropagator = null,
                MaxResponseHeadersLength = 16,
                MaxResponseDrainSize = 0,
            });
        services.AddSingleton<ModelClient>().AddSingleton<ModelAccess>();
        services.AddSingleton(s => new EventExplainer(s.GetRequiredService<EventSearch>(), s.GetRequiredService<ModelAccess>(), s.GetRequiredService<ModelClient>(), s.GetRequiredService<OmniAuditOptions>()));
        services.AddSingleton(s => new EventQuestions(
            s.GetRequiredService<EventSearch>(), s.GetRequiredService<ModelAccess>(), s.GetRequiredService<ModelClient>(), s.GetRequiredService<OmniAuditOptions>(), s.GetRequiredService<TimeProvider>()));
        return services;
    }
}
