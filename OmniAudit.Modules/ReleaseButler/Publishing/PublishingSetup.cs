using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>The services that publish and check releases.</summary>
internal static class PublishingSetup
{
    public static IServiceCollection AddPublishing(this IServiceCollection services) => services
        .AddSingleton<ReleaseFiles>()
        .AddSingleton(s => new ReleaseJournal(s.GetRequiredService<Database>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()))
        .AddSingleton<ReleasePlanner>().AddSingleton<AssetUploader>().AddSingleton<ReleasePublisher>().AddSingleton<ReleaseVerifier>()
        .AddSingleton(s => new ReleaseBoard(s.GetRequiredService<GitHubClient>(), s.GetRequiredService<ReleaseFiles>(), s.GetRequiredService<ReleaseJournal>()));
}
