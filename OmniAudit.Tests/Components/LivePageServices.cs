using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Controls;
using OmniAudit.Web.Security;

namespace OmniAudit.Tests.Components;

/// <summary>What every <see cref="LivePage"/> and the title above it ask for, from an app's real store.</summary>
internal static class LivePageServices
{
    public static IServiceCollection AddLivePage(this IServiceCollection services, TestApp app) => services
        .AddSingleton(app.Get<ChangeFeed>()).AddSingleton(app.Get<ConsoleSignIn>()).AddSingleton(app.Get<AuditTrail>()).AddSingleton(app.Get<ApprovalQueries>()).AddScoped<PendingApprovals>();
}
