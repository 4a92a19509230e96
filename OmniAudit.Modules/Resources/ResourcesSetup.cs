using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OmniAudit.Modules.Resources;

/// <summary>What agents can read by URI.</summary>
internal static class ResourcesSetup
{
    public static IServiceCollection AddResources(this IServiceCollection services)
    {
        services.TryAddSingleton(s => ResourceCatalog.FromAssemblies(s, typeof(ResourceCatalog).Assembly));
        return services;
    }
}
