using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Core;

/// <summary>Lets an agent take back what it asked for.</summary>
internal sealed class CancelRequestTool(RequestDesk desk) : ITool<CancelRequestTool.Input, CancelRequestTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "core.cancel_request",
        Title = "Withdraw a request",
        Description = "Withdraws one of your own write requests that has not begun. What has begun is not stopped.",
        Risk = ToolRisk.Work,
        Policy = ToolPolicy.None<Input>(),
        Idempotent = true,
    };

    internal sealed record Input
    {
        [Description("approval.id of the request.")]
        [StringLength(60, MinimumLength = 1)]
        public required string ApprovalId { get; init; }

        [Description("Why, for the people who saw it.")]
        [StringLength(500)]
        public string? Reason { get; init; }
    }

    internal sealed record Output(string ApprovalId, [property: Description("The request's state now")] string State, [property: Description("True when this call withdrew it")] bool Withdrawn);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var (state, withdrawn) = await desk.WithdrawAsync(input.ApprovalId, input.Reason?.Trim() ?? "", call.Actor, cancellationToken);
        return new Output(input.ApprovalId, state, withdrawn);
    }
}
