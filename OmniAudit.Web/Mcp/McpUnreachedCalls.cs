using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OmniAudit.Modules.ToolCalls;

namespace OmniAudit.Web.Mcp;

/// <summary>A tools/call that never reached the runner (refused by a check or by the SDK, or its caller left first) leaves its row all the same.</summary>
internal sealed class McpUnreachedCalls(ToolCallRunner runner)
{
    public const string NotACall = "The parameters do not fit tools/call.";

    /// <summary>Reads the message; what looks like a call and cannot be read is recorded before it is refused.</summary>
    public async Task<JsonRpcMessage> ReadAsync(HttpContext context, McpCaller sender, TimeProvider time)
    {
        try
        {
            return await McpHttpChecks.ReadMessageAsync(context, time);
        }
        catch (McpRefusal refusal) when (refusal.Tool is { } tool)
        {
            await RecordAsync(tool, sender, refusal.Message, refusal.AuditCode);
            throw;
        }
    }

    /// <param name="code">What the row says, for example <c>invalid_request</c> or <c>cancelled</c>.</param>
    public Task RecordAsync(JsonRpcMessage message, McpCaller sender, string why, string code = McpRefusal.NotACall)
    {
        if (message is not JsonRpcRequest { Method: "tools/call" } || sender.IsRecorded) return Task.CompletedTask;
        return RecordAsync(McpHttpChecks.ParamsOf(message)?["name"] is JsonValue value && value.TryGetValue(out string? text) ? text : "", sender, why, code);
    }

    private Task RecordAsync(string tool, McpCaller sender, string why, string code)
    {
        sender.IsRecorded = true;
        return runner.RecordRefusedAsync(tool, new CallOrigin(sender.Caller.Actor, sender.RequestId, "", Scope: sender.Caller.Scope), code, why);
    }
}
