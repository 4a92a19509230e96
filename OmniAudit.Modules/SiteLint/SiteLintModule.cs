using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint;

/// <summary>The services of site scans. Tools are found by the catalog.</summary>
internal static class SiteLintModule
{
    public static IServiceCollection AddSiteLint(this IServiceCollection services)
    {
        services.TryAddSingleton(UrlPolicy.SystemResolver);
        services.TryAddSingleton<UrlPolicy>();
        services.TryAddSingleton<RepositoryPolicy>();
        services.TryAddSingleton<ExportPathPolicy>();
        services.AddSingleton<ReportStore>();
        services.AddSingleton<ScanRunner>();
        services.AddSingleton<IJobHandler, ScanJob>();
        services.AddSingleton(s => new ScanQueries(s.GetRequiredService<Database>(), s.GetRequiredService<ReportStore>()));
        return services;
    }
}
