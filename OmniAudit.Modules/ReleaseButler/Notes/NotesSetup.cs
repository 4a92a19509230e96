using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>The services of release notes.</summary>
internal static class NotesSetup
{
    public static IServiceCollection AddNotes(this IServiceCollection services)
    {
        services.AddSingleton<NotesStore>().AddSingleton<IObjectReferrer, NotesReferences>().AddSingleton<NotesCollector>();
        services.AddSingleton(s => new NotesQueries(s.GetRequiredService<Database>(), s.GetRequiredService<NotesStore>(), s.GetRequiredService<GitHubClient>()));
        services.AddSingleton(s => new NotesDesk(s.GetRequiredService<Database>(), s.GetRequiredService<NotesStore>(), s.GetRequiredService<ChangeFeed>()));
        return services;
    }
}
