using System.Threading.Channels;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Mcp;

/// <summary>
/// The transport of 2024-11-05, which some clients still use: one GET is the session and carries every answer, messages are
/// posted beside it. Same callers, same checks, same cap and same tools as <see cref="McpEndpoint"/>.
/// </summary>
internal sealed class McpSseEndpoint(
    McpSessions sessions, McpServerOptionsFactory options, McpSubscriptions subscriptions, AgentAuthentication agents, BearerTokens tokens, McpUnreachedCalls unreached,
    ILoggerFactory loggers, IHostApplicationLifetime lifetime, IServiceProvider services, TimeProvider time)
{
    private const string StreamPath = "/mcp/sse";
    private const string MessagesPath = "/mcp/messages/";

    /// <summary>Calls under way in one session: its answers come on the other stream, so nothing else holds a client back.</summary>
    private const int MostCalls = 32;

    public static void Map(IEndpointRouteBuilder routes)
    {
        McpEndpoint.Map<McpSseEndpoint>(routes, HttpMethods.Get, StreamPath, (endpoint, context) => endpoint.StreamAsync(context));
        McpEndpoint.Map<McpSseEndpoint>(routes, HttpMethods.Post, MessagesPath, (endpoint, context) => endpoint.PostAsync(context));
    }

    private async Task StreamAsync(HttpContext context)
    {
        var actor = (await agents.AuthenticateAsync(context)).Actor;
        McpEndpoint.RefuseInStateless(context, "The event stream");
        McpEndpoint.CheckAcceptsEvents(context.Request);
        var id = McpSessions.NewId();
        await using var events = new McpEventStream(time, context.Response.Body);
        var transport = new SseResponseStreamTransport(events, $"{context.Request.PathBase}{MessagesPath}?session_id={id}", id);
        var offered = options.Create(scopeRequests: true);
        var calls = new SemaphoreSlim(MostCalls, MostCalls);
        offered.Filters.Message.IncomingFilters.Add(next => async (received, cancellationToken) =>
        {
            try
            {
                await next(received, cancellationToken);
            }
            finally
            {
                if (received.JsonRpcMessage is JsonRpcRequest) calls.Release();
                await unreached.RecordAsync(received.JsonRpcMessage, McpCaller.Of(received.User), McpUnreachedCalls.NotACall);
            }
        });
        var server = McpServer.Create(transport, offered, loggers, services);
        var session = new McpSession(id, actor.Subject, transport, server, null, time.GetUtcNow()) { Calls = calls, Watching = subscriptions.Open(id, actor.Subject, server) };
        session.TryListen();
        await sessions.AddAsync(session, context.Response);
        try
        {
            McpEndpoint.BeginEventStream(context);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, session.Closed);
            await transport.RunAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            // The client or the server ends the stream.
        }
        finally
        {
            await sessions.RemoveAsync(session);
        }
    }

    private async Task PostAsync(HttpContext context)
    {
        var sender = McpCaller.Principal(await agents.AuthenticateAsync(context), context.TraceIdentifier);
        McpHttpChecks.CheckContentType(context.Request);
        var message = await unreached.ReadAsync(context, sender, time);
        try
        {
            tokens.RequireScope(context, message);
            var version = McpHttpChecks.CheckVersion(context.Request, message);
            if (version == McpProtocol.Stateless) throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, $"{version} is not spoken here; POST to /mcp.");
            if (message is JsonRpcRequest { Method: "initialize" } initialize) McpHttpChecks.CheckInitialize(initialize, version);
            var (session, transport) = sessions.Find<SseResponseStreamTransport>(SessionIdOf(context.Request), sender.Caller.Actor.Subject);
            message.Context = new JsonRpcMessageContext { User = sender, ProtocolVersion = version };
            if (message is JsonRpcRequest && !await session.Calls!.WaitAsync(0))
            {
                context.Response.Headers.RetryAfter = "1";
                throw new McpRefusal(StatusCodes.Status503ServiceUnavailable, McpErrorCode.InternalError, $"This session has {MostCalls} calls under way, the most it may. Wait for an answer.");
            }
            await transport.OnMessageReceivedAsync(message, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
        catch (Exception ended) when (ended is ChannelClosedException or InvalidOperationException)
        {
            throw McpSessions.Unknown();
        }
        catch (McpRefusal refusal)
        {
            refusal.Id = message is JsonRpcRequest request ? request.Id : default;
            await unreached.RecordAsync(message, sender, refusal.Message, refusal.AuditCode);
            throw;
        }
    }

    private static string SessionIdOf(HttpRequest request)
    {
        // Both spellings are about: the Python SDK's servers write the first, the others the second.
        var id = request.Query["session_id"].ToString() is { Length: > 0 } given ? given : request.Query["sessionId"].ToString();
        return id.Length > 0 ? id : throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, $"session_id: is required in the query. GET {StreamPath} names the whole address in its first event.");
    }
}
