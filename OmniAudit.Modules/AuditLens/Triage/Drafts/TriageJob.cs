using System.ComponentModel;
using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>Runs a triage: asks GitHub, stores what it said, then writes the draft from that alone. An attempt after a crash goes on from what is stored.</summary>
internal sealed class TriageJob(TriageCollector collector, TriageWriter writer, TriageStore store) : IJobHandler
{
    public const string JobKind = "auditlens.triage";

    public string Kind => JobKind;

    public object Describe(JobRow job) => TriageJobRef.Of(job);

    public async Task<string> RunAsync(JobRun run, CancellationToken cancellationToken)
    {
        var arguments = run.Arguments.Deserialize<TriageArguments>(EvidenceJson.Options) ?? throw new JobFailedException("The job carries no arguments.");
        var draft = await store.EnsureAsync(run.JobId, arguments, run.RequestedBy, cancellationToken);
        if (draft.Version > 0) return draft.DraftId;
        if (draft.FactsRef is null)
        {
            var facts = await collector.CollectAsync(arguments, run.RequestedBy, branch => store.EarlierBaseAsync(arguments.Repo, branch, cancellationToken), run.Report, cancellationToken);
            await store.SaveFactsAsync(draft.DraftId, facts, cancellationToken);
            draft = (await store.FindAsync(draft.DraftId, cancellationToken))!;
        }
        await run.Report(0.75, "reading the evidence");
        try
        {
            var written = await writer.WriteAsync(await store.FactsAsync(draft, cancellationToken), null, cancellationToken);
            await run.Report(0.95, "writing the draft");
            await store.SaveFirstAsync(draft.DraftId, written, run.RequestedBy, cancellationToken);
        }
        catch (ObjectMissingException missing)
        {
            throw new JobFailedException(missing.Message, missing);
        }
        return draft.DraftId;
    }
}

/// <summary>How a triage's job stands, as tools answer it.</summary>
internal sealed record TriageJobRef(
    string JobId,
    [property: Description("queued, running, completed or failed")] string Status,
    [property: Description("0 to 1")] double? Progress,
    string? Step,
    [property: Description("Read omniaudit://triage/{draft_id} when it is completed")] string DraftId,
    [property: Description("Of the text below; auditlens.post_triage posts it")] int? Version,
    [property: Description("The draft, once completed")] string? Markdown,
    [property: Description("Why it failed and what to change")] string? Error)
{
    public static TriageJobRef Of(JobRow job) => new(job.JobId, job.Status, job.Progress, job.Step, TriageDraftRow.IdOf(job.JobId), null, null, job.Error);
}
