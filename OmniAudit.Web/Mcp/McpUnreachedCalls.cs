using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OmniAudit.Modules.ToolCalls;

namespace OmniAudit.Web.Mcp;

/// <summary>A tools/call that never reached the runner (refused by a check or by the SDK, or its caller left first) leaves its row all the same.</summary>
internal sealed class McpUnreachedCalls(ToolCallRunner runner)
{
    public const string NotACall = "The parameters do not fit tools/call.";

    /// <param name="code">What the row says, for example <c>invalid_request</c> or <c>cancelled</c>.</param>
    public Task RecordAsync(JsonRpcMessage message, McpCaller sender, string why, string code = McpRefusal.NotACall)
    {
        if (message is not JsonRpcRequest { Method: "tools/call" } || sender.IsRecorded) return Task.CompletedTask;
        sender.IsRecorded = true;
        var name = McpHttpChecks.ParamsOf(message)?["name"] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
        return runner.RecordRefusedAsync(name, new CallOrigin(sender.Caller.Actor, sender.RequestId, "", Scope: sender.Caller.Scope), code, why);
    }
}
