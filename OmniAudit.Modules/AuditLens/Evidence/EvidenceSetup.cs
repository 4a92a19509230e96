using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.AuditLens.Evidence;

/// <summary>The services of evidence.</summary>
internal static class EvidenceSetup
{
    public static IServiceCollection AddEvidence(this IServiceCollection services) => services
        .AddSingleton<EvidenceStore>().AddSingleton<IObjectReferrer, EvidenceReferences>().AddSingleton<EvidenceFetcher>().AddSingleton<FindingsReader>().AddSingleton<FindingsStore>()
        .AddSingleton(s => new CiRuns(s.GetRequiredService<GitHubClient>()))
        .AddSingleton(s => new EvidenceUpload(s.GetRequiredService<Database>(), s.GetRequiredService<EvidenceStore>()))
        .AddSingleton(s => new EvidenceQueries(s.GetRequiredService<Database>(), s.GetRequiredService<EvidenceStore>(), s.GetRequiredService<FindingsStore>()));
}
