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
internal sealed class McpEndpoint(McpSessions sessions, McpServerOptionsFactory options, AgentAuthentication agents, BearerTokens tokens, ILoggerFactory loggers, IHostApplicationLifetime lifetime, IServiceProvider services, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(HttpMethods.Post, (endpoint, context) => endpoint.PostAsync(context));
        Map(HttpMethods.Get, (endpoint, context) => endpoint.GetAsync(context));
        Map(HttpMethods.Delete, (endpoint, context) => endpoint.DeleteAsync(context));

        void Map(string method, Func<McpEndpoint, HttpContext, Task> handle) =>
            routes.MapMethods("/mcp", [method], async (HttpContext context, McpEndpoint endpoint) =>
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
    }

    private async Task PostAsync(HttpContext context)
    {
        var actor = await agents.AuthenticateAsync(context);
        McpHttpChecks.CheckMediaTypes(context.Request);
        var message = await McpHttpChecks.ReadMessageAsync(context);
        try
        {
            await tokens.RequireScopeAsync(context, message);
            var version = McpHttpChecks.CheckVersion(context.Request, message);
            message.Context = new JsonRpcMessageContext { User = McpCaller.Principal(actor, context.TraceIdentifier), ProtocolVersion = version };
            if (version == McpProtocol.Stateless)
            {
                McpHttpChecks.CheckStateless(context.Request, message);
                await ServeStatelessAsync(context, message);
            }
            else
            {
                await ServeSessionAsync(context, message, actor);
            }
        }
        catch (McpRefusal refusal)
        {
            refusal.Id = message is JsonRpcRequest request ? request.Id : default;
            throw;
        }
    }

    private async Task ServeStatelessAsync(HttpContext context, JsonRpcMessage message)
    {
        var transport = new StreamableHttpServerTransport(loggers) { Stateless = true };
        var server = McpServer.Create(transport, options.Create(scopeRequests: false), loggers, context.RequestServices);
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

    private async Task ServeSessionAsync(HttpContext context, JsonRpcMessage message, Actor actor)
    {
        var id = context.Request.Headers[McpProtocol.SessionIdHeader].ToString();
        if (message is JsonRpcRequest { Method: "initialize" } && id.Length == 0)
        {
            await BeginSessionAsync(context, message, actor);
            return;
        }
        var session = sessions.Find(id, actor.Subject);
        context.Response.Headers[McpProtocol.SessionIdHeader] = session.Id;
        await AnswerAsync(context, session.Transport, message, null);
    }

    private async Task BeginSessionAsync(HttpContext context, JsonRpcMessage message, Actor actor)
    {
        await sessions.EnsureRoomAsync(context.Response);
        var transport = new StreamableHttpServerTransport(loggers) { SessionId = McpSessions.NewId(), FlowExecutionContextFromRequests = false };
        var server = McpServer.Create(transport, options.Create(scopeRequests: true), loggers, services);
        var session = new McpSession(transport.SessionId, actor.Subject, transport, server, time.GetUtcNow());
        session.Start();
        context.Response.Headers[McpProtocol.SessionIdHeader] = session.Id;
        // Registered before the answer leaves: the client may use the session the moment it reads its id.
        sessions.Add(session);
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

    private static async Task AnswerAsync(HttpContext context, StreamableHttpServerTransport transport, JsonRpcMessage message, Func<JsonRpcMessage?, ValueTask>? onFirst)
    {
        BeginEventStream(context);
        var wrote = await transport.HandlePostRequestAsync(message, context.Response.Body, onFirst, context.RequestAborted);
        if (wrote || context.Response.HasStarted) return;
        context.Response.Headers.ContentType = default;
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    private async Task GetAsync(HttpContext context)
    {
        var actor = await agents.AuthenticateAsync(context);
        RefuseInStateless(context, "GET");
        if (!McpHttpChecks.Accepts(context.Request.GetTypedHeaders().Accept, "text/event-stream"))
            throw new McpRefusal(StatusCodes.Status406NotAcceptable, McpErrorCode.InvalidRequest, "Accept: must contain text/event-stream.");
        var session = sessions.Find(context.Request.Headers[McpProtocol.SessionIdHeader].ToString(), actor.Subject);
        if (!session.TryListen()) throw new McpRefusal(StatusCodes.Status409Conflict, McpErrorCode.InvalidRequest, "This session already has an open GET stream.");
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            context.Response.Headers[McpProtocol.SessionIdHeader] = session.Id;
            BeginEventStream(context);
            await session.Transport.HandleGetRequestAsync(context.Response.Body, end.Token);
        }
        catch (OperationCanceledException)
        {
            // The client or the server ends the stream; the session lives on.
        }
        finally
        {
            session.EndListen();
        }
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var actor = await agents.AuthenticateAsync(context);
        RefuseInStateless(context, "DELETE");
        await sessions.RemoveAsync(sessions.Find(context.Request.Headers[McpProtocol.SessionIdHeader].ToString(), actor.Subject));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static void RefuseInStateless(HttpContext context, string method)
    {
        var version = context.Request.Headers[McpProtocol.VersionHeader].ToString();
        if (version.Length > 0 && version != McpProtocol.Stateless && !McpProtocol.WithSessions.Contains(version, StringComparer.Ordinal)) throw McpRefusal.UnsupportedVersion(version);
        if (version != McpProtocol.Stateless) return;
        context.Response.Headers.Allow = HttpMethods.Post;
        throw new McpRefusal(StatusCodes.Status405MethodNotAllowed, McpErrorCode.InvalidRequest, $"{method} is not part of {McpProtocol.Stateless}.");
    }

    private static void BeginEventStream(HttpContext context)
    {
        context.Response.Headers.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
    }
}
