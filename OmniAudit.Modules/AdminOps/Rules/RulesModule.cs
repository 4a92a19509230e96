using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AdminOps.Alerts;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>The services of rules and alerts.</summary>
internal static class RulesModule
{
    public static IServiceCollection AddAdminOpsRules(this IServiceCollection services)
    {
        services.AddSingleton<RuleLinter>().AddSingleton<AlertWriter>().AddSingleton<RuleEngine>();
        services.AddSingleton(s => new RuleBackTest(s.GetRequiredService<Database>(), s.GetRequiredService<EventSearch>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new EventRules(
            s.GetRequiredService<Database>(), s.GetRequiredService<RuleLinter>(), s.GetRequiredService<RuleBackTest>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new EventAlerts(s.GetRequiredService<Database>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()));
        services.AddHostedService(s => s.GetRequiredService<RuleEngine>());
        return services;
    }
}
