using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Mcp;

/// <summary>Outcomes as tool results: the same facts as text and as structure, because clients show one or the other.</summary>
internal sealed class McpResults(ToolCatalog catalog, McpToolNames names, ServerPresence server)
{
    private const int LongestIntent = 300;

    private static readonly JsonSerializerOptions Text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="tool">As it was called; an unknown one is no write.</param>
    public CallToolResult Of(ToolOutcome outcome, string tool, Implementation? client)
    {
        var (declared, spelling) = (catalog.Find(tool), names.For(client));
        var isWrite = declared?.Risk == ToolRisk.Write;
        return Of(outcome switch
        {
            ToolOutcome.Succeeded succeeded => succeeded.Result,
            ToolOutcome.NeedsApproval waiting => JsonSerializer.SerializeToElement(Waiting(waiting.Ticket, declared?.Name ?? tool, spelling)),
            ToolOutcome.Refused refused => JsonSerializer.SerializeToElement(Refusal(refused, isWrite, spelling)),
            ToolOutcome.Failed failed => JsonSerializer.SerializeToElement(Failure(failed, isWrite, spelling)),
            _ => throw new InvalidOperationException("ToolOutcome is closed."),
        }, outcome is ToolOutcome.Refused or ToolOutcome.Failed);
    }

    public static CallToolResult Of(JsonElement structured, bool isError)
    {
        structured = ResultBound.Fit(McpText.Marked(structured));
        return new CallToolResult
        {
            IsError = isError,
            StructuredContent = structured,
            Content = [new TextContentBlock { Text = JsonSerializer.Serialize(structured, Text) }],
        };
    }

    private JsonObject Waiting(ApprovalTicket ticket, string tool, McpSpelling spelling) => new()
    {
        ["status"] = "requires_confirmation",
        ["executed"] = false,
        ["requires_confirmation"] = true,
        ["risk_level"] = ticket.RiskLevel,
        ["confirmation_token"] = ticket.Token,
        ["message"] = spelling.InText(ticket switch
        {
            { Held: { } held } => $"NOT YET EXECUTED. It is approved and held back. {held} It runs when things are again as they were approved; withdraw it with core.cancel_request to ask anew.",
            { State: not "pending" } => "NOT YET EXECUTED. It is approved and about to be executed. Ask again with core.get_request.",
            { SelfConfirms: true } => "NOT EXECUTED. Confirm it by calling again with exactly the same arguments plus confirmation_token: then it runs, once, without a person being asked.",
            _ => $"NOT EXECUTED. Waiting for a person to approve it at {ticket.Url} until {ticket.ExpiresAt:yyyy-MM-ddTHH:mm:ssZ}. The token approves nothing: repeating this call with it only tells how the request stands.",
        } + (server.IsRunning ? "" : " No OmniAudit server is running on this data directory: until one is started (./run.sh), nobody can decide and nothing is executed.")),
        ["approval"] = Describe(ticket, ticket.Intent),
        ["next"] = ticket is { SelfConfirms: true, State: "pending" }
            ? new JsonObject { ["tool"] = spelling.Of(tool), ["how"] = "Call this tool again with exactly the same arguments plus confirmation_token." }
            : new JsonObject
            {
                ["tool"] = spelling.Of("core.get_request"),
                ["arguments"] = new JsonObject { ["approval_id"] = ticket.Id },
                ["how"] = "Tell your user to open approval.url. Then ask with next.tool and next.arguments; or call this tool again with exactly the same arguments plus confirmation_token.",
            },
    };

    private static JsonObject Refusal(ToolOutcome.Refused refused, bool isWrite, McpSpelling spelling)
    {
        var body = new JsonObject { ["error"] = refused.Code, ["message"] = spelling.InText(refused.Message) };
        if (isWrite) (body["status"], body["executed"]) = (refused.Ticket?.State ?? "refused", false);
        if (refused.Errors.Count > 0)
            body["errors"] = new JsonArray([.. refused.Errors.Select(e => new JsonObject { ["field"] = e.Field, ["message"] = spelling.InText(e.Message) })]);
        if (refused.Ticket is { } ticket) body["approval"] = Describe(ticket);
        return body;
    }

    private static JsonObject Failure(ToolOutcome.Failed failed, bool isWrite, McpSpelling spelling)
    {
        var body = failed.Begun is { } begun ? JsonObject.Create(begun)! : [];
        (body["error"], body["message"], body["reference"]) = (failed.Code, spelling.InText(failed.Message), failed.Reference);
        if (isWrite) body["status"] = failed.Ticket?.State ?? "failed";
        // Whether an unknown write happened is exactly what is not known; one that failed certainly did not.
        if (failed.Ticket?.State == "failed") body["executed"] = false;
        if (failed.Ticket is { } ticket) body["approval"] = Describe(ticket);
        return body;
    }

    private static JsonObject Describe(ApprovalTicket ticket, string intent = "")
    {
        var about = new JsonObject
        {
            ["id"] = ticket.Id,
            ["token"] = ticket.Token,
            ["state"] = ticket.State,
            ["url"] = ticket.Url,
            ["expires_at"] = ticket.ExpiresAt.ToString("yyyy-MM-ddTHH:mm:ssZ"),
            ["args_sha256"] = ticket.ArgumentsSha256,
        };
        if (intent.Length > 0) about["intent"] = intent.Length <= LongestIntent ? intent : intent[..(char.IsHighSurrogate(intent[LongestIntent - 2]) ? LongestIntent - 2 : LongestIntent - 1)] + "…";
        if (ticket.Edited) about["edited"] = true;
        return about;
    }
}
