using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens;

internal sealed class ListRunsTool(CiRuns runs) : ITool<ListRunsTool.Input, ListRunsTool.Output>
{
    private const int MostJobs = 60;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "auditlens.list_runs",
        Title = "List CI runs",
        Description = "Lists workflow runs of a repository, newest first; of a pull request: those of its head commit. With run_id: that run's jobs and artifacts.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.ReadableRepository<Input>(i => i.Repo),
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("owner/name")]
        [RegularExpression("[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")]
        public required string Repo { get; init; }

        [Description("A pull request")]
        [Range(1, int.MaxValue)]
        public int? PrNumber { get; init; }

        [Description("A branch")]
        [StringLength(200)]
        public string? Branch { get; init; }

        [Description("failure, timed_out, completed, …")]
        [StringLength(40)]
        public string? Status { get; init; }

        [Description("File name or id")]
        [StringLength(200)]
        public string? Workflow { get; init; }

        [Description("One run")]
        [Range(1, 9_007_199_254_740_991d)]
        public long? RunId { get; init; }

        [Description("Most runs; default 20")]
        [Range(1, 50)]
        public int? Limit { get; init; }
    }

    internal sealed record Output(
        IReadOnlyList<CiRun> Runs,
        int Count,
        [property: Description("The pull request's head commit, whose runs these are")] string? HeadSha,
        [property: Description("With run_id: jobs of all attempts, failed ones first")] IReadOnlyList<CiJob>? Jobs,
        [property: Description("With run_id")] IReadOnlyList<CiArtifact>? Artifacts,
        [property: Description("What is not among them")] string? Message);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        if (input.RunId is { } id)
        {
            var detail = await runs.GetAsync(input.Repo, id, cancellationToken);
            var jobs = detail.Jobs.Take(MostJobs).ToList();
            var left = detail.Left.Concat(detail.Jobs.Count > jobs.Count ? [$"{jobs.Count} of {detail.Jobs.Count} jobs are listed, failed ones first."] : []).ToList();
            return new Output([detail.Run], 1, detail.Run.HeadSha, jobs, detail.Artifacts, left.Count == 0 ? null : string.Join(' ', left));
        }
        var filter = new CiRunFilter(input.PrNumber, input.Branch, input.Status, input.Workflow);
        var found = await runs.FindAsync(input.Repo, filter, input.Limit ?? 20, cancellationToken);
        return new Output(found.Runs, found.Runs.Count, found.PullHeadSha, null, null, found.Left);
    }
}
