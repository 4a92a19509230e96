using System.Text.Json;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Support;

/// <summary>Starts a job of the test's kind; what it does is up to whoever registers its handler.</summary>
internal sealed class ProbeJobTool(JobStore jobs) : ITool<ProbeJobTool.Input, JobRef>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "probe.start_job",
        FormerNames = ["probe.begin_work"],
        Title = "Start a job",
        Description = "Starts a job; follow it with core.get_job.",
        Risk = ToolRisk.Work,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input;

    public async Task<JobRef> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken) =>
        JobRef.Of(await jobs.EnqueueAsync("probe", "probe.job", JsonDocument.Parse("{}").RootElement, call.Actor, null, cancellationToken));
}
