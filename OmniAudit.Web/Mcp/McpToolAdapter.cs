using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using Serilog.Context;

namespace OmniAudit.Web.Mcp;

/// <summary>The catalogue as MCP tools, and outcomes as tool results. Every call goes to the runner, unknown names too, so that each is recorded.</summary>
internal sealed class McpToolAdapter(ToolCatalog catalog, ToolCallRunner runner, McpToolNames names, McpPendingShapes pending, McpTasks tasks, McpResults results, McpResources resources)
{
    private readonly Dictionary<McpSpelling, (CatalogTool Tool, Tool Described)[]> _lists =
        new[] { names.Dotted, names.Underscore }.ToDictionary(s => s, s => catalog.All.Select(t => (t, Describe(t, s))).ToArray());

    /// <summary>The tools that this caller may call: the same bytes on every call for the same bounds and spelling, in the catalogue's order; a list of its own per answer, because the SDK and filters add to it.</summary>
    public ValueTask<ListToolsResult> ListAsync(RequestContext<ListToolsRequestParams> request, CancellationToken cancellationToken)
    {
        var bounds = McpCaller.Of(request.User).Caller.Scope;
        return ValueTask.FromResult(new ListToolsResult { Tools = [.. _lists[names.For(McpClientView.Of(request).Info)].Where(t => bounds.Covers(t.Tool)).Select(t => t.Described)] });
    }

    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var sender = McpCaller.Of(request.User);
        var (caller, requestId) = (sender.Caller, sender.RequestId);
        var client = McpClientView.Of(request);
        await using var progress = McpProgress.Of(request);
        var origin = new CallOrigin(caller.Actor, requestId, client.Info is null ? "" : Bounded($"{client.Info.Name} {client.Info.Version}"), SessionMark(request.Server.SessionId), caller.Scope)
        {
            AsTask = client.Tasks, Progress = progress is null ? null : progress.Report,
        };
        var arguments = JsonSerializer.SerializeToElement(request.Params.Arguments ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal));
        var tool = catalog.Find(request.Params.Name);
        // A session's handlers run in the context of its first request: log lines must carry this one's id.
        using var context = LogContext.PushProperty("request_id", requestId);
        if (tool?.Risk == ToolRisk.Write) origin = await pending.ResumeAsync(request, tool, client, origin, cancellationToken);

        sender.IsRecorded = true;
        var outcome = await runner.RunAsync(request.Params.Name, arguments, origin, cancellationToken);
        switch (outcome)
        {
            // An unknown tool is a protocol error (server/tools, error handling), recorded like any other call.
            case ToolOutcome.Refused { Code: "unknown_tool" } unknown:
                throw new McpProtocolException(unknown.Message, McpErrorCode.InvalidParams);
            case ToolOutcome.Refused { Code: McpRequestStates.Invalid or FollowUp.Mismatch }:
                throw new McpProtocolException(McpPendingShapes.BadState, McpErrorCode.InvalidParams);
            case ToolOutcome.NeedsApproval { Ticket.State: "pending" } waiting when origin.FollowUp is null && !McpPendingShapes.HasToken(request.Params):
                if (client.Tasks) await tasks.OfferAsync(request, waiting.Ticket.Id, caller.Actor, cancellationToken);
                else outcome = await pending.AskAsync(request, tool!, client, origin, waiting, cancellationToken);
                break;
            case ToolOutcome.Succeeded started when client.Tasks && tool?.Risk == ToolRisk.Work && started.Result.TryGetProperty("job_id", out var job):
                await tasks.OfferAsync(request, job.GetString()!, caller.Actor, cancellationToken);
                break;
            default:
                pending.Ended(request, outcome);
                break;
        }
        var result = results.Of(outcome, request.Params.Name, client.Info);
        foreach (var link in resources.LinksIn(result.StructuredContent!.Value, request.JsonRpcRequest.Context?.ProtocolVersion ?? request.Server.NegotiatedProtocolVersion)) result.Content.Add(link);
        return result;
    }

    /// <summary>Tells sessions apart for people, and is no use to anyone who reads it.</summary>
    private static string SessionMark(string? sessionId) =>
        string.IsNullOrEmpty(sessionId) ? "" : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(sessionId)))[..8];

    private static string Bounded(string text) => text.Length <= 100 ? text : text[..100];

    private static Tool Describe(CatalogTool tool, McpSpelling spelling) => new()
    {
        Name = spelling.Of(tool.Name),
        Title = tool.Title,
        Description = spelling.InText(tool.Description),
        InputSchema = InSpelling(tool.ListedInputSchema, spelling),
        OutputSchema = InSpelling(tool.ListedOutputSchema, spelling),
        Annotations = new ToolAnnotations
        {
            ReadOnlyHint = tool.Risk == ToolRisk.Read,
            DestructiveHint = tool.Destructive,
            IdempotentHint = tool.Idempotent,
            OpenWorldHint = tool.OpenWorld,
        },
        Meta = tool.Risk == ToolRisk.Write ? McpApprovalCard.OfTool() : null,
    };

    /// <summary>Names of tools stand in descriptions only.</summary>
    private static JsonElement InSpelling(JsonElement schema, McpSpelling spelling) => JsonDocument.Parse(spelling.InText(schema.GetRawText())).RootElement;
}
