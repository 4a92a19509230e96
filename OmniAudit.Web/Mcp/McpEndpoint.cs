using System.Security.Claims;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Features;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Mcp;

/// <summary>
/// The Streamable HTTP endpoint: checks the HTTP side in a fixed order, then hands the message to the SDK. Sessions for
/// protocol versions that have them, one short-lived server per request for 2026-07-28.
/// </summary>
internal sealed class McpEndpoint(
    McpSessions sessions, McpServerOptionsFactory options, McpSubscriptions subscriptions, AgentAuthentication agents, BearerTokens tokens, McpUnreachedCalls unreached,
    ILoggerFactory loggers, IHostApplicationLifetime lifetime, IServiceProvider services, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _resuming = new(1, 1);

    public void Dispose() => _resuming.Dispose();

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map<McpEndpoint>(routes, HttpMethods.Post, "/mcp", (endpoint, context) => endpoint.PostAsync(context));
        Map<McpEndpoint>(routes, HttpMethods.Get, "/mcp", (endpoint, context) => endpoint.GetAsync(context));
        Map<McpEndpoint>(routes, HttpMethods.Delete, "/mcp", (endpoint, context) => endpoint.DeleteAsync(context));
        McpSseEndpoint.Map(routes);
    }

    /// <summary>A route for agents: no cookie, no antiforgery token, refusals as JSON-RPC errors.</summary>
    internal static void Map<T>(IEndpointRouteBuilder routes, string method, string path, Func<T, HttpContext, Task> handle) where T : notnull =>
        routes.MapMethods(path, [method], async (HttpContext context, T endpoint) =>
        {
            try
            {
                await handle(endpoint, context);
            }
            catch (McpRefusal refusal) when (!context.Response.HasStarted)
            {
                await refusal.WriteAsync(context);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client left; there is nobody to answer.
            }
        }).DisableAntiforgery().AllowAnonymous();

    private async Task PostAsync(HttpContext context)
    {
        var caller = await agents.AuthenticateAsync(context);
        McpHttpChecks.CheckMediaTypes(context.Request);
        var sender = McpCaller.Principal(caller, context.TraceIdentifier);
        var message = await unreached.ReadAsync(context, sender, time);
        var (why, code) = (McpUnreachedCalls.NotACall, McpRefusal.NotACall);
        try
        {
            tokens.RequireScope(context, message);
            var version = McpHttpChecks.CheckVersion(context.Request, message);
            message.Context = new JsonRpcMessageContext { User = sender, ProtocolVersion = version };
            if (version == McpProtocol.Stateless)
            {
                McpHttpChecks.CheckStateless(context.Request, message);
                await ServeStatelessAsync(context, message);
            }
            else
            {
                await ServeSessionAsync(context, message, caller.Actor, sender);
            }
        }
        catch (McpRefusal refusal)
        {
            refusal.Id = message is JsonRpcRequest request ? request.Id : default;
            (why, code) = (refusal.Message, refusal.AuditCode);
            throw;
        }
        finally
        {
            var left = context.RequestAborted.IsCancellationRequested;
            // What was handed to a session goes on without the connection and records itself.
            if (!left || message.Context?.ProtocolVersion == McpProtocol.Stateless)
                await unreached.RecordAsync(message, sender, left ? "The caller left before the call began." : why, left ? "cancelled" : code);
        }
    }

    private async Task ServeStatelessAsync(HttpContext context, JsonRpcMessage message)
    {
        var offered = options.Create(scopeRequests: false);
        if (message is JsonRpcRequest { Method: "tools/call" } && McpHttpChecks.ParamsOf(message) is { } call)
            McpParameterHeaders.Check(context.Request.Headers, options.InputSchemaOf(offered, call["name"]!.GetValue<string>()), call["arguments"] as JsonObject);
        var transport = new StreamableHttpServerTransport(loggers) { Stateless = true };
        var server = McpServer.Create(transport, offered, loggers, context.RequestServices);
        // The client closing its stream is its cancellation (2026-07-28): the call is stopped, not left to run.
        using var run = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var running = server.RunAsync(run.Token);
        try
        {
            await AnswerAsync(context, transport, message, first =>
            {
                if (first is JsonRpcError { Error: { } error } && !context.Response.HasStarted)
                {
                    context.Response.StatusCode = (McpErrorCode)error.Code switch
                    {
                        McpErrorCode.MethodNotFound => StatusCodes.Status404NotFound,
                        McpErrorCode.HeaderMismatch or McpErrorCode.MissingRequiredClientCapability or McpErrorCode.UnsupportedProtocolVersion => StatusCodes.Status400BadRequest,
                        _ => context.Response.StatusCode,
                    };
                }
                return default;
            });
        }
        finally
        {
            await transport.DisposeAsync();
            await run.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await server.DisposeAsync();
        }
    }

    private async Task ServeSessionAsync(HttpContext context, JsonRpcMessage message, Actor actor, ClaimsPrincipal sender)
    {
        if (message is JsonRpcRequest { Method: "initialize" } initialize)
        {
            McpHttpChecks.CheckInitialize(initialize, message.Context!.ProtocolVersion);
            if (context.Request.Headers[McpProtocol.SessionIdHeader].Count == 0)
            {
                await BeginSessionAsync(context, message, actor);
                return;
            }
        }
        var (session, transport) = await FindAsync(context, actor, sender);
        context.Response.Headers[McpProtocol.SessionIdHeader] = session.Id;
        try
        {
            await AnswerAsync(context, transport, message, null);
        }
        catch (Exception ended) when (ended is ChannelClosedException or ObjectDisposedException or OperationCanceledException && session.Closed.IsCancellationRequested && !context.Response.HasStarted)
        {
            // Deleted or swept between the look and the call.
            throw McpSessions.Unknown();
        }
    }

    private async Task BeginSessionAsync(HttpContext context, JsonRpcMessage message, Actor actor)
    {
        var (session, transport, server) = Make(McpSessions.NewId(), actor);
        // Taken in before the answer leaves: the client may use the session the moment it reads its id.
        await sessions.AddAsync(session, context.Response);
        await sessions.KeepAsync(session, (message as JsonRpcRequest)?.Params?.ToJsonString() ?? "{}");
        context.Response.Headers[McpProtocol.SessionIdHeader] = session.Id;
        try
        {
            await AnswerAsync(context, transport, message, null);
        }
        finally
        {
            // A refused handshake, or a client that left during it, leaves no live session behind.
            if (server.NegotiatedProtocolVersion is null) await sessions.RemoveAsync(session);
        }
    }

    private (McpSession Session, StreamableHttpServerTransport Transport, McpServer Server) Make(string id, Actor actor)
    {
        var transport = new StreamableHttpServerTransport(loggers) { SessionId = id, FlowExecutionContextFromRequests = false };
        var server = McpServer.Create(transport, options.Create(scopeRequests: true), loggers, services);
        var session = new McpSession(id, actor.Subject, transport, server, new McpEventStream(time), time.GetUtcNow()) { Watching = subscriptions.Open(id, actor.Subject, server) };
        return (session, transport, server);
    }

    /// <summary>Goes on with a session that another server began, or this one before its restart: the handshake is made again with what the client said then, and its answer is dropped.</summary>
    private async Task ResumeAsync(HttpContext context, string id, Actor actor, ClaimsPrincipal sender)
    {
        await _resuming.WaitAsync(context.RequestAborted);
        try
        {
            if (sessions.Has(id, actor.Subject) || await sessions.OpeningAsync(id, actor.Subject, context.RequestAborted) is not { } opening) return;
            var (session, transport, _) = Make(id, actor);
            await sessions.AddAsync(session, context.Response);
            var about = new JsonRpcMessageContext { User = sender };
            await transport.HandlePostRequestAsync(new JsonRpcRequest { Id = new RequestId("resume"), Method = RequestMethods.Initialize, Params = JsonNode.Parse(opening), Context = about }, new MemoryStream(), null, context.RequestAborted);
            await transport.HandlePostRequestAsync(new JsonRpcNotification { Method = NotificationMethods.InitializedNotification, Context = about }, new MemoryStream(), null, context.RequestAborted);
        }
        finally
        {
            _resuming.Release();
        }
    }

    private async Task AnswerAsync(HttpContext context, StreamableHttpServerTransport transport, JsonRpcMessage message, Func<JsonRpcMessage?, ValueTask>? onFirst)
    {
        BeginEventStream(context);
        await using var events = new McpEventStream(time, context.Response.Body);
        var wrote = await transport.HandlePostRequestAsync(message, events, onFirst, context.RequestAborted);
        if (wrote || context.Response.HasStarted) return;
        context.Response.Headers.ContentType = default;
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private async Task GetAsync(HttpContext context)
    {
        var caller = await agents.AuthenticateAsync(context);
        RefuseInStateless(context, "GET");
        CheckAcceptsEvents(context.Request);
        var (session, transport) = await FindAsync(context, caller.Actor, McpCaller.Principal(caller, context.TraceIdentifier));
        if (!session.TryListen()) throw new McpRefusal(StatusCodes.Status409Conflict, McpErrorCode.InvalidRequest, "This session already has an open GET stream.");
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            context.Response.Headers[McpProtocol.SessionIdHeader] = session.Id;
            BeginEventStream(context);
            await session.ListenAsync(transport, context.Response.Body, end.Token);
        }
        catch (OperationCanceledException)
        {
            // The client or the server ends the stream; the session lives on.
        }
        finally
        {
            session.EndListen(time.GetUtcNow());
        }
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var caller = await agents.AuthenticateAsync(context);
        RefuseInStateless(context, "DELETE");
        await sessions.RemoveAsync((await FindAsync(context, caller.Actor, McpCaller.Principal(caller, context.TraceIdentifier))).Session);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task<(McpSession Session, StreamableHttpServerTransport Transport)> FindAsync(HttpContext context, Actor actor, ClaimsPrincipal sender)
    {
        var id = context.Request.Headers[McpProtocol.SessionIdHeader].ToString();
        if (id.Length == 0) throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, $"{McpProtocol.SessionIdHeader}: is required. A session begins with initialize; {McpProtocol.Stateless} needs none.");
        if (!sessions.Has(id, actor.Subject)) await ResumeAsync(context, id, actor, sender);
        return sessions.Find<StreamableHttpServerTransport>(id, actor.Subject);
    }

    internal static void RefuseInStateless(HttpContext context, string method)
    {
        var version = context.Request.Headers[McpProtocol.VersionHeader].ToString();
        if (version.Length > 0 && !McpProtocol.IsKnown(version)) throw McpRefusal.UnsupportedVersion(version);
        if (version != McpProtocol.Stateless) return;
        context.Response.Headers.Allow = HttpMethods.Post;
        throw new McpRefusal(StatusCodes.Status405MethodNotAllowed, McpErrorCode.InvalidRequest, $"{method} is not part of {McpProtocol.Stateless}.");
    }

    internal static void CheckAcceptsEvents(HttpRequest request)
    {
        if (!McpHttpChecks.Accepts(request.GetTypedHeaders().Accept, "text/event-stream"))
            throw new McpRefusal(StatusCodes.Status406NotAcceptable, McpErrorCode.InvalidRequest, "Accept: must contain text/event-stream.");
    }

    internal static void BeginEventStream(HttpContext context)
    {
        context.Response.Headers.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
    }
}
