using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Confidence;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.AuditLens.Triage.Templates;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.AuditLens.Triage;

/// <summary>The services of triage drafts, issue templates and patches.</summary>
internal static class TriageSetup
{
    public static IServiceCollection AddTriage(this IServiceCollection services) => services
        .AddSingleton<IssueTemplates>().AddSingleton<TriageStore>().AddSingleton<IObjectReferrer, TriageReferences>().AddSingleton<TriageWriter>().AddSingleton<TriageCollector>().AddSingleton<IJobHandler, TriageJob>()
        .AddSingleton(s => new FindingLabels(s.GetRequiredService<Database>(), s.GetRequiredService<FindingsStore>(), s.GetRequiredService<ChangeFeed>(), s.GetRequiredService<TimeProvider>()))
        .AddSingleton(s => new TriageDesk(s.GetRequiredService<Database>(), s.GetRequiredService<TriageStore>(), s.GetRequiredService<ChangeFeed>()));
}
