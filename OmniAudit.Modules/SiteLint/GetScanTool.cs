using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint;

internal sealed class GetScanTool(JobStore jobs) : ITool<GetScanTool.Input, ScanJobRef>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "sitelint.get_scan",
        Title = "Get scan status",
        Description = "How a scan's job stands: status, progress, step, error.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
        Idempotent = true,
    };

    internal sealed record Input
    {
        [Description("From sitelint.start_scan")]
        [StringLength(60, MinimumLength = 1)]
        public required string JobId { get; init; }
    }

    public async Task<ScanJobRef> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var job = await jobs.FindAsync(input.JobId, cancellationToken);
        return job is { Kind: ScanJob.JobKind }
            ? ScanJobRef.Of(job)
            : throw ToolRefusedException.NotFound("job_id", input.JobId, "Use the job_id that sitelint.start_scan answered.");
    }
}
