using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using Serilog.Context;

namespace OmniAudit.Web.Mcp;

/// <summary>The catalogue as MCP tools, and outcomes as tool results. Every call goes to the runner, unknown names too, so that each is recorded.</summary>
internal sealed class McpToolAdapter(ToolCatalog catalog, ToolCallRunner runner)
{
    private static readonly JsonSerializerOptions Text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Tool[] _list = [.. catalog.All.Select(Describe)];

    /// <summary>A list of its own per answer: the SDK and filters add to it.</summary>
    public ValueTask<ListToolsResult> ListAsync(RequestContext<ListToolsRequestParams> request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ListToolsResult { Tools = [.. _list] });

    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var (actor, requestId) = McpCaller.Read(request.User);
        var client = request.JsonRpcRequest.Context?.ClientInfo ?? request.Server.ClientInfo;
        var origin = new CallOrigin(actor, requestId, client is null ? "" : Bounded($"{client.Name} {client.Version}"), SessionMark(request.Server.SessionId));
        var arguments = JsonSerializer.SerializeToElement(request.Params.Arguments ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal));
        // A session's handlers run in the context of its first request: log lines must carry this one's id.
        using var context = LogContext.PushProperty("request_id", requestId);
        var outcome = await runner.RunAsync(request.Params.Name, arguments, origin, cancellationToken);
        // An unknown tool is a protocol error (server/tools, error handling), recorded like any other call.
        if (outcome is ToolOutcome.Refused { Code: "unknown_tool" } unknown) throw new McpProtocolException(unknown.Message, McpErrorCode.InvalidParams);
        return Result(outcome, catalog.Find(request.Params.Name)?.Risk == ToolRisk.Write);
    }

    /// <summary>Tells sessions apart for people, and is no use to anyone who reads it.</summary>
    private static string SessionMark(string? sessionId) =>
        string.IsNullOrEmpty(sessionId) ? "" : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(sessionId)))[..8];

    private static string Bounded(string text) => text.Length <= 100 ? text : text[..100];

    private static Tool Describe(CatalogTool tool) => new()
    {
        Name = tool.Name,
        Title = tool.Title,
        Description = tool.Description,
        InputSchema = tool.InputSchema,
        OutputSchema = tool.OutputSchema,
        Annotations = new ToolAnnotations
        {
            Title = tool.Title,
            ReadOnlyHint = tool.Risk == ToolRisk.Read,
            DestructiveHint = tool.Destructive,
            IdempotentHint = tool.Idempotent,
            OpenWorldHint = tool.OpenWorld,
        },
    };

    /// <summary>The same facts twice, because clients show either the text or the structure.</summary>
    internal static CallToolResult Result(ToolOutcome outcome, bool isWrite)
    {
        var isError = outcome is ToolOutcome.Refused or ToolOutcome.Failed;
        var structured = outcome switch
        {
            ToolOutcome.Succeeded succeeded => succeeded.Result,
            ToolOutcome.NeedsApproval waiting => JsonSerializer.SerializeToElement(Waiting(waiting.Ticket)),
            ToolOutcome.Refused refused => JsonSerializer.SerializeToElement(Refusal(refused, isWrite)),
            ToolOutcome.Failed failed => JsonSerializer.SerializeToElement(Failure(failed, isWrite)),
            _ => throw new InvalidOperationException("ToolOutcome is closed."),
        };
        structured = McpText.Marked(structured);
        return new CallToolResult
        {
            IsError = isError,
            StructuredContent = structured,
            Content = [new TextContentBlock { Text = JsonSerializer.Serialize(structured, Text) }],
        };
    }

    private static JsonObject Waiting(ApprovalTicket ticket) => new()
    {
        ["status"] = "requires_confirmation",
        ["executed"] = false,
        ["requires_confirmation"] = true,
        ["risk_level"] = ticket.RiskLevel,
        ["confirmation_token"] = ticket.Token,
        ["message"] = ticket switch
        {
            { Held: { } held } => $"NOT YET EXECUTED. It is approved and held back. {held} It runs when things are again as they were approved; withdraw it with core.cancel_request to ask anew.",
            { State: not "pending" } => "NOT YET EXECUTED. It is approved and about to be executed. Call again with the same arguments and confirmation_token.",
            { SelfConfirms: true } => "NOT EXECUTED. Confirm it by calling again with exactly the same arguments plus confirmation_token: then it runs, once, without a person being asked.",
            _ => $"NOT EXECUTED. Waiting for a person to approve it at {ticket.Url} until {ticket.ExpiresAt:yyyy-MM-ddTHH:mm:ssZ}. The token approves nothing: repeating this call with it only tells how the request stands.",
        },
        ["approval"] = Describe(ticket),
        ["next"] = new JsonObject
        {
            ["tool"] = "the same tool",
            ["how"] = ticket.SelfConfirms
                ? "Call this tool again with exactly the same arguments plus confirmation_token."
                : "Tell your user to open approval.url. Then call this tool again with exactly the same arguments plus confirmation_token.",
        },
    };

    private static JsonObject Refusal(ToolOutcome.Refused refused, bool isWrite)
    {
        var body = new JsonObject { ["error"] = refused.Code, ["message"] = refused.Message };
        if (isWrite) (body["status"], body["executed"]) = (refused.Ticket?.State ?? "refused", false);
        if (refused.Errors.Count > 0)
            body["errors"] = new JsonArray([.. refused.Errors.Select(e => new JsonObject { ["field"] = e.Field, ["message"] = e.Message })]);
        if (refused.Ticket is { } ticket) body["approval"] = Describe(ticket);
        return body;
    }

    private static JsonObject Failure(ToolOutcome.Failed failed, bool isWrite)
    {
        var body = new JsonObject { ["error"] = "failed", ["message"] = failed.Message, ["reference"] = failed.Reference };
        if (isWrite) body["status"] = failed.Ticket?.State ?? "failed";
        // Whether an unknown write happened is exactly what is not known; one that failed certainly did not.
        if (failed.Ticket?.State == "failed") body["executed"] = false;
        if (failed.Ticket is { } ticket) body["approval"] = Describe(ticket);
        return body;
    }

    private static JsonObject Describe(ApprovalTicket ticket)
    {
        var about = About(ticket);
        if (ticket.Edited) about["edited"] = true;
        return about;
    }

    private static JsonObject About(ApprovalTicket ticket) => new()
    {
        ["id"] = ticket.Id,
        ["token"] = ticket.Token,
        ["state"] = ticket.State,
        ["url"] = ticket.Url,
        ["expires_at"] = ticket.ExpiresAt.ToString("yyyy-MM-ddTHH:mm:ssZ"),
        ["args_sha256"] = ticket.ArgumentsSha256,
    };
}
