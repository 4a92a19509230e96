using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens;

internal sealed class TriagePrTool(JobStore jobs, TriageStore drafts) : ITool<TriagePrTool.Input, TriageJobRef>
{
    /// <summary>A small pull request is done within this; a longer one is followed by its job.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "auditlens.triage_pr",
        Title = "Triage a pull request",
        Description = "Reads all failing runs of a pull request's head into one draft: causes, new against the base, flaky, owners, labels. Posts nothing.",
        Risk = ToolRisk.Work,
        Policy = ToolPolicy.ReadableRepository<Input>(i => i.Repo),
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("owner/name")]
        [RegularExpression("[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")]
        public required string Repo { get; init; }

        [Range(1, int.MaxValue)]
        [Description("The pull request")]
        public required int PrNumber { get; init; }

        [Description("Default: the pull request's base")]
        [StringLength(250, MinimumLength = 1)]
        public string? BaseBranch { get; init; }

        [Description("Default: the base branch's last runs")]
        [Range(1L, long.MaxValue)]
        public long? BaseRunId { get; init; }

        [Description("Default: reports")]
        [AllowedValues("reports", "logs", "all", null)]
        public string? Evidence { get; init; }

        [Description("Same key, same draft")]
        [StringLength(200, MinimumLength = 1)]
        public string? IdempotencyKey { get; init; }
    }

    public async Task<TriageJobRef> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var arguments = new TriageArguments(input.Repo, input.PrNumber, input.BaseBranch, input.BaseRunId, input.Evidence ?? EvidenceChoice.Reports);
        var job = await jobs.EnqueueAsync("auditlens", TriageJob.JobKind, JsonSerializer.SerializeToElement(arguments, EvidenceJson.Options), call.Actor, string.IsNullOrWhiteSpace(input.IdempotencyKey) ? null : input.IdempotencyKey, cancellationToken);
        await drafts.EnsureAsync(job.JobId, arguments, call.Actor.Subject, cancellationToken);
        if (!call.AsTask) job = await jobs.WaitAsync(job.JobId, Wait, cancellationToken, call.Progress);
        var answer = TriageJobRef.Of(job);
        return job.Status == JobStatus.Completed && await drafts.VersionAsync(answer.DraftId, 1, cancellationToken) is { } first ? answer with { Version = 1, Markdown = first.Markdown } : answer;
    }
}
