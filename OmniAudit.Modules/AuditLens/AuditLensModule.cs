using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.AuditLens.Triage;
using OmniAudit.Modules.GitHub;

namespace OmniAudit.Modules.AuditLens;

/// <summary>The services of CI triage. Tools are found by the catalog.</summary>
internal static class AuditLensModule
{
    public static IServiceCollection AddAuditLens(this IServiceCollection services) => services.AddGitHub().AddEvidence().AddTriage();
}
