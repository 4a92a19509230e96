using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Core;

internal sealed class GetJobTool(JobStore jobs) : ITool<GetJobTool.Input, JobRef>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "core.get_job",
        Title = "Get a job",
        Description = "How a job stands, its progress, result_ref or error.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        [Description("job_…")]
        [StringLength(40, MinimumLength = 1)]
        public required string JobId { get; init; }
    }

    public async Task<JobRef> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken) =>
        await jobs.FindAsync(input.JobId, cancellationToken) is { } job
            ? JobRef.Of(job)
            : throw ToolRefusedException.NotFound("job_id", input.JobId, "Use the job_id that the starting call answered.");
}
