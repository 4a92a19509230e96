using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps;

/// <summary>The services of Microsoft 365 audit events. Tools are found by the catalog.</summary>
internal static class AdminOpsModule
{
    public static IServiceCollection AddAdminOps(this IServiceCollection services)
    {
        services.AddSingleton<EventStore>().AddSingleton<EventParts>().AddSingleton<EventFinder>();
        services.AddSingleton(s => new EventTallies(s.GetRequiredService<Database>(), s.GetRequiredService<EventFinder>()));
        services.AddSingleton(s => new EventSearch(s.GetRequiredService<Database>(), s.GetRequiredService<EventFinder>(), s.GetRequiredService<EventTallies>()));
        services.AddSingleton(s => new EventNotes(s.GetRequiredService<Database>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EventRetention>().AddHostedService(s => s.GetRequiredService<EventRetention>());
        services.AddAdminOpsAsk();
        services.AddAdminOpsIngest();
        services.AddAdminOpsRules();
        return services;
    }
}
