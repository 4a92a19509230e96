using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.SiteLint;

/// <summary>The services of site scans. Tools are found by the catalog.</summary>
internal static class SiteLintModule
{
    public static IServiceCollection AddSiteLint(this IServiceCollection services)
    {
        services.AddSingleton<ReportStore>();
        services.AddSingleton<ScanRunner>();
        services.AddSingleton<IJobHandler, ScanJob>();
        services.AddSingleton(s => new ScanQueries(s.GetRequiredService<Database>(), s.GetRequiredService<ReportStore>()));
        return services;
    }
}
