using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.SiteLint.Baseline;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.SiteLint.Schedules;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint;

/// <summary>The services of site scans. Tools are found by the catalog.</summary>
internal static class SiteLintModule
{
    public static IServiceCollection AddSiteLint(this IServiceCollection services)
    {
        services.AddSingleton<ReportStore>().AddSingleton<IObjectReferrer, ScanReferences>();
        services.AddSingleton(s => new AuthProfiles(s.GetRequiredService<Database>(), s.GetRequiredService<SecretVault>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ReportFinisher>().AddSingleton<ScanRequestCheck>();
        services.AddSingleton<ScanRunner>().AddSingleton<FindingVerifier>().AddSingleton<BrowserSelfTest>();
        services.AddSingleton<IJobHandler, ScanJob>();
        services.AddSingleton(s => new ScanQueries(s.GetRequiredService<Database>(), s.GetRequiredService<ReportStore>()));
        services.AddSingleton(s => new ScanProgress(s.GetRequiredService<ChangeFeed>()));
        services.AddSingleton(s => new ScanSchedules(
            s.GetRequiredService<Database>(), s.GetRequiredService<ToolCatalog>(), s.GetRequiredService<UrlPolicy>(), s.GetRequiredService<CronTimes>(), s.GetRequiredService<ScanRequestCheck>(),
            s.GetRequiredService<ChangeFeed>(), s,
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<ScanSchedules>>()));
        services.AddSingleton(s => new TargetCheck(s.GetRequiredService<UrlPolicy>()));
        return services;
    }
}
