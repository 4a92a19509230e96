using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Core;

/// <summary>How an agent follows its own write request.</summary>
internal sealed class GetRequestTool(RequestStatus requests) : ITool<GetRequestTool.Input, RequestView>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "core.get_request",
        Title = "Follow a write request",
        Description = "How one of your write requests stands: state, decision, receipt, result, and what to do next.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        [Description("approval.id of the request, apr_…")]
        [StringLength(60, MinimumLength = 1)]
        public required string ApprovalId { get; init; }

        [Description("Seconds to wait for it to move. Default 0.")]
        [Range(0, 20)]
        public int? WaitSeconds { get; init; }
    }

    public async Task<RequestView> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken) =>
        await requests.FindAsync(input.ApprovalId, call.Actor.Subject, TimeSpan.FromSeconds(input.WaitSeconds ?? 0), call.Progress, cancellationToken)
        ?? throw ToolRefusedException.NotFound("approval_id", input.ApprovalId, "Use approval.id of one of your own requests.");
}
