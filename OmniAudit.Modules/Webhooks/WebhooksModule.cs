using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.Webhooks;

/// <summary>Events to other systems. Wants the store and a HostResolver.</summary>
internal static class WebhooksModule
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services.TryAddSingleton(new WebhookLimits());
        services.TryAddSingleton<OutsideConnections>();
        services.AddSingleton<WebhookTargets>().AddSingleton<WebhookOutbox>().AddSingleton<WebhookClient>().AddSingleton<WebhookSender>();
        services.AddHostedService(s => s.GetRequiredService<WebhookSender>());
        services.AddSingleton(s => new WebhookQueries(s.GetRequiredService<Database>(), s.GetRequiredService<WebhookTargets>()));
        services.AddSingleton(s => new WebhookDesk(
            s.GetRequiredService<Database>(), s.GetRequiredService<WebhookTargets>(), s.GetRequiredService<WebhookOutbox>(), s.GetRequiredService<ChangeFeed>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<WebhookDesk>>()));
        return services;
    }
}
