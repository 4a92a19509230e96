using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.Retention;

/// <summary>What is deleted when it is old.</summary>
internal static class RetentionModule
{
    public static IServiceCollection AddRetention(this IServiceCollection services)
    {
        services.AddSingleton(s => new ObjectSweeper(s.GetRequiredService<Database>(), s.GetRequiredService<ObjectSweep>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<RetentionPass>().AddHostedService(s => s.GetRequiredService<RetentionPass>());
        return services;
    }
}
