using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Mcp;

/// <summary>
/// How a client is told that its write waits for a person, in its generation's own way: a page to open (URL elicitation), a
/// form where the rule lets the caller confirm by itself, or the plain answer, which is always complete alone. Whatever comes
/// back through the protocol was written by the client and proves nothing about a person: it decides nothing.
/// </summary>
internal sealed class McpPendingShapes(RequestFollower requests, McpRequestStates states, McpSessions sessions, TimeProvider time)
{
    /// <summary>Of every state that is not what was sealed for this very call: nothing to probe.</summary>
    public const string BadState = "requestState: is not one that was given to you for this very call, has expired, or was used up. Call again without it; core.get_request tells how your request stands.";

    /// <summary>How long a repeated call waits for a decision before it gets the plain answer.</summary>
    private static readonly TimeSpan DecisionWait = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan FormPatience = TimeSpan.FromMinutes(5);
    /// <summary>After a request's own end the same call still means it for so long, and not a new one.</summary>
    private static readonly TimeSpan PageGrace = TimeSpan.FromMinutes(5);
    private const string InputKey = "approval";

    private const string ItemKey = "omniaudit:request_state";

    /// <summary>The one client of a process without sessions (stdio).</summary>
    private McpConversation? _only;

    public void Serve(McpConversation only) => _only = only;

    public static bool HasToken(CallToolRequestParams call) =>
        call.Arguments is { } arguments && arguments.TryGetValue("confirmation_token", out var token) && token.ValueKind == JsonValueKind.String && token.GetString()!.Length > 0;

    /// <summary>Recognizes a call that comes back for its request.</summary>
    public async Task<CallOrigin> ResumeAsync(RequestContext<CallToolRequestParams> request, CatalogTool tool, McpClientView client, CallOrigin origin, CancellationToken cancellationToken)
    {
        if (!client.IsStateless)
        {
            return !HasToken(request.Params) && Conversation(request)?.Find(KeyOf(request.Params), time.GetUtcNow()) is { } sent
                ? origin with { FollowUp = new FollowUp(sent.ApprovalId, sent.AskedSha256, DecisionWait) }
                : origin;
        }
        if (request.Params.RequestState is not { } sealedState) return origin;
        if (states.Open(sealedState, tool.Name, origin.Actor.Subject) is not { } state)
            return origin with { Refused = new ToolOutcome.Refused(McpRequestStates.Invalid, BadState, []) };
        request.Items[ItemKey] = state;
        var (action, decision) = Answer(request.Params.InputResponses?.TryGetValue(InputKey, out var response) is true ? response.RawValue : default);
        if (action == "accept" && decision == "deny") await requests.WithdrawAsync(state.ApprovalId, "Its user said no.", origin.Actor, cancellationToken);
        // Whoever declined, or closed the question, has decided nothing and is not kept waiting either.
        var wait = action is "decline" or "cancel" ? TimeSpan.Zero : DecisionWait;
        return origin with { FollowUp = new FollowUp(state.ApprovalId, state.AskedSha256, wait, Confirm: action == "accept" && decision == "approve") };
    }

    /// <summary>Says that the write waits. Returns the outcome to answer with; the ways that are no tool result leave as their exceptions.</summary>
    /// <exception cref="InputRequiredException">2026-07-28: the client is asked for input.</exception>
    /// <exception cref="UrlElicitationRequiredException">2025-11-25: the client is to open a page first.</exception>
    public async Task<ToolOutcome> AskAsync(
        RequestContext<CallToolRequestParams> request, CatalogTool tool, McpClientView client, CallOrigin origin, ToolOutcome.NeedsApproval waiting, CancellationToken cancellationToken)
    {
        var ticket = waiting.Ticket;
        if (client.Url && client.IsStateless) throw InputRequired(Page(tool, ticket));
        if (client.Url && client.Version == "2025-11-25" && SendToPage(request, tool, ticket)) throw new UrlElicitationRequiredException(PageMessage(tool, ticket), [WithId(Page(tool, ticket), ticket)]);
        if (!client.Form || client.Url || !ticket.SelfConfirms) return waiting;
        if (client.IsStateless) throw InputRequired(Form(tool, ticket));
        return client.Version is "2025-06-18" or "2025-11-25" ? await AskFormAsync(request, tool, origin, waiting, cancellationToken) : waiting;

        InputRequiredException InputRequired(ElicitRequestParams question) => new(
            new Dictionary<string, InputRequest>(StringComparer.Ordinal) { [InputKey] = InputRequest.ForElicitation(question) }, states.Seal(tool.Name, ticket, origin.Actor.Subject));
    }

    /// <summary>An answer that is not "still pending" was given: the state that fetched it, or the page that led to it, is used up.</summary>
    public void Ended(RequestContext<CallToolRequestParams> request, ToolOutcome outcome)
    {
        if (outcome is ToolOutcome.NeedsApproval) return;
        if (request.Items.TryGetValue(ItemKey, out var item) && item is RequestState state) states.UseUp(state);
        if (ApprovalOf(outcome) is { } approvalId) Conversation(request)?.Forget(approvalId);
    }

    private static string? ApprovalOf(ToolOutcome outcome) => outcome switch
    {
        ToolOutcome.Succeeded { Result: var result } => result.TryGetProperty("approval", out var approval) && approval.TryGetProperty("id", out var id) ? id.GetString() : null,
        ToolOutcome.Refused refused => refused.Ticket?.Id,
        ToolOutcome.Failed failed => failed.Ticket?.Id,
        _ => null,
    };

    private bool SendToPage(RequestContext<CallToolRequestParams> request, CatalogTool tool, ApprovalTicket ticket)
    {
        if (Conversation(request) is not { } conversation) return false;
        var sent = new SentToPage(ticket.Id, ticket.AskedSha256, ticket.ExpiresAt + PageGrace);
        if (!conversation.TryRemember(KeyOf(request.Params), sent, time.GetUtcNow())) return false;
        _ = TellWhenDecidedAsync(conversation, ticket);
        return true;
    }

    /// <summary>To that session alone; a client that does not listen, or has left, finds out by its next call.</summary>
    private async Task TellWhenDecidedAsync(McpConversation conversation, ApprovalTicket ticket)
    {
        try
        {
            if (await requests.WaitUntilDecidedAsync(ticket.Id, ticket.ExpiresAt - time.GetUtcNow() + PageGrace, conversation.Ended))
                await conversation.Server.SendNotificationAsync("notifications/elicitation/complete", new ElicitationCompleteNotificationParams { ElicitationId = ticket.Id }, cancellationToken: conversation.Ended);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The session is over.
        }
    }

    /// <summary>Only where the rule says that no person is asked: the client's user is asked in its stead.</summary>
    private async Task<ToolOutcome> AskFormAsync(RequestContext<CallToolRequestParams> request, CatalogTool tool, CallOrigin origin, ToolOutcome.NeedsApproval waiting, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(FormPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        ElicitResult answer;
        try
        {
            answer = await request.Server.ElicitAsync(Form(tool, waiting.Ticket), either.Token);
        }
        catch (Exception e) when (e is McpException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return waiting;
        }
        var decision = answer.Content?.TryGetValue("decision", out var said) is true && said.ValueKind == JsonValueKind.String ? said.GetString() : "";
        if (!answer.IsAccepted) return waiting;
        if (decision == "approve") return await requests.ConfirmAsync(waiting.Ticket.Id, origin.Actor, cancellationToken) ?? waiting;
        if (decision != "deny" || !await requests.WithdrawAsync(waiting.Ticket.Id, "Its user said no.", origin.Actor, cancellationToken)) return waiting;
        return (await requests.FindAsync(waiting.Ticket.Id, origin.Actor, cancellationToken))?.Outcome ?? waiting;
    }

    private McpConversation? Conversation(RequestContext<CallToolRequestParams> request) =>
        request.Server.SessionId is { Length: > 0 } id ? sessions.ConversationOf(id) : _only;

    /// <summary>The call as the client wrote it: a client that repeats a call repeats its bytes.</summary>
    private static string KeyOf(CallToolRequestParams call) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(call.Name.Replace('.', '_') + "\n" + JsonSerializer.Serialize(call.Arguments))));

    private static (string Action, string Decision) Answer(JsonElement response)
    {
        if (response.ValueKind != JsonValueKind.Object) return ("", "");
        return (Text(response, "action"), response.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Object ? Text(content, "decision") : "");

        static string Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
    }

    private static ElicitRequestParams Page(CatalogTool tool, ApprovalTicket ticket) => new() { Mode = "url", Url = ticket.Url, Message = PageMessage(tool, ticket) };

    private static ElicitRequestParams WithId(ElicitRequestParams page, ApprovalTicket ticket)
    {
        page.ElicitationId = ticket.Id;
        return page;
    }

    private const int LongestIntent = 2_000;

    private static string PageMessage(CatalogTool tool, ApprovalTicket ticket) =>
        $"“{tool.Title}” waits for a person's approval (request {ticket.Id}). Open the page, sign in and decide there; opening it decides nothing.";

    /// <summary>Says what will run, as the queue would show it: whoever confirms has no other page to read.</summary>
    private static ElicitRequestParams Form(CatalogTool tool, ApprovalTicket ticket) => new()
    {
        Mode = "form",
        Message = $"“{tool.Title}” is about to run: {(ticket.Intent.Length <= LongestIntent ? ticket.Intent : ticket.Intent[..LongestIntent].TrimEnd() + "… (cut; the whole is at " + ticket.Url + ")")}. On this server you confirm it yourself; nobody else is asked.",
        RequestedSchema = new ElicitRequestParams.RequestSchema
        {
            Properties = new Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition>(StringComparer.Ordinal)
            {
                ["decision"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Title = "Decision", Enum = ["approve", "deny"] },
            },
            Required = ["decision"],
        },
    };
}
