using Microsoft.AspNetCore.Server.Kestrel.Core;
using OmniAudit.Modules;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Schedules;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Endpoints;
using OmniAudit.Web.Endpoints.AdminOps;
using OmniAudit.Web.Mcp;
using OmniAudit.Web.Observability;
using OmniAudit.Web.Scheduling;
using OmniAudit.Web.Security;
using Quartz;

namespace OmniAudit.Web;

/// <summary>The one process: console, MCP endpoint and scheduler around the modules.</summary>
internal static class OmniAuditServer
{
    /// <summary>Builds the server with its store ready and its socket bound; nothing is served yet to people or agents without a sign-in or a key.</summary>
    /// <exception cref="StorageStartException">The data directory or database cannot be used.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<WebApplication> StartAsync(OmniAuditOptions options, Action<WebApplicationBuilder>? customize, CancellationToken cancellationToken)
    {
        var app = Build(options, customize);
        try
        {
            await OmniAuditModules.StartAsync(app.Services, StorageUse.Server, cancellationToken);
            app.Services.StartObservability();
            await app.StartAsync(cancellationToken);
            if (options.App.PublicUrl.Length == 0 || options.App.Port == 0) options.App.PublicUrl = app.Urls.First();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private static WebApplication Build(OmniAuditOptions options, Action<WebApplicationBuilder>? customize)
    {
        // The content root is where the program lies: the current directory is the caller's business.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, ApplicationName = typeof(OmniAuditServer).Assembly.GetName().Name });
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 4 * 1024 * 1024;
            // Slow senders (slow loris) lose their connection: headers whole in 15 s, bodies at 240 bytes/s after the first 5 s.
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        });
        builder.WebHost.UseUrls($"http://{(options.App.Host.Contains(':', StringComparison.Ordinal) ? $"[{options.App.Host}]" : options.App.Host)}:{options.App.Port}");
        builder.WebHost.UseStaticWebAssets();
        builder.AddObservability(options);

        builder.Services.AddRouting();
        builder.Services.AddOmniAudit(options);
        builder.Services.AddSingleton<AgentAuthentication>().AddSingleton<BearerTokens>().AddSingleton<HostGuard>();
        builder.Services.AddMcp().AddSingleton<McpEndpoint>().AddSingleton<McpSseEndpoint>().AddHostedService(s => s.GetRequiredService<McpSessions>());
        builder.Services.AddScheduler(options);
        builder.Services.AddQuartzHostedService(quartz => quartz.WaitForJobsToComplete = true);
        builder.Services.AddHostedService<JobScheduler>().AddSchedulerReadiness();
        builder.Services.AddSingleton<CronTimes>(ScanClock.Times).AddHostedService<ScanClock>().AddHostedService<FetchClock>();
        builder.Services.AddConsole();
        builder.Services.AddAdminOpsApi();
        customize?.Invoke(builder);

        var app = builder.Build();
        if (options.Observability.OtelEnabled) app.UseRequestSpans();
        app.UseRequestIds();
        app.Use((context, next) => context.RequestServices.GetRequiredService<HostGuard>().InvokeAsync(context, next));
        app.Use(AdminOpsApi.TellHealthToPrograms);
        app.UseRouting();
        app.MapConsole();
        McpEndpoint.Map(app);
        ResourceMetadata.Map(app);
        ServiceEndpoints.Map(app);
        AdminOpsApi.Map(app);
        return app;
    }
}
