using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.ReleaseButler.Publishing;

namespace OmniAudit.Modules.ReleaseButler;

/// <summary>The services of releases. Tools are found by the catalog.</summary>
internal static class ReleaseButlerModule
{
    public static IServiceCollection AddReleaseButler(this IServiceCollection services) => services.AddNotes().AddPublishing();
}
