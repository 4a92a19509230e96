using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OmniAudit.Web.Mcp;

/// <summary>What the specification asks of every answer and the SDK leaves to its user. Added to every server's options, around whatever handlers it has.</summary>
internal static class McpGuards
{
    /// <summary>How long a client may take a list for current (SEP-2549). Lists depend on who asks, so they are private.</summary>
    public static readonly TimeSpan ListsStayFresh = TimeSpan.FromMinutes(1);

    public static void Add(McpServerOptions options)
    {
        var requests = options.Filters.Request;
        requests.ListToolsFilters.Add(next => async (request, cancellationToken) => Cacheable(await next(request, cancellationToken), ListsStayFresh));
        requests.ListPromptsFilters.Add(next => async (request, cancellationToken) => Cacheable(await next(request, cancellationToken), ListsStayFresh));
        requests.ListResourcesFilters.Add(next => async (request, cancellationToken) => Cacheable(await next(request, cancellationToken), ListsStayFresh));
        requests.ListResourceTemplatesFilters.Add(next => async (request, cancellationToken) => Cacheable(await next(request, cancellationToken), ListsStayFresh));
        // What a resource holds changes any time: requests are decided, scans go on.
        requests.ReadResourceFilters.Add(next => async (request, cancellationToken) => Cacheable(await ReadAsync(next, request, cancellationToken), TimeSpan.Zero));
        requests.GetPromptFilters.Add(next => (request, cancellationToken) => GuardAsync(() => next(request, cancellationToken), request.Server, request.JsonRpcRequest));
        // A CallToolFilter does not work beside a handler of alternate results (tasks).
#pragma warning disable MCPEXP002 // Experimental, and the one filter that sees every call.
        requests.CallToolWithAlternateFilters.Add((request, next, cancellationToken) => GuardAsync(() => next(request, cancellationToken), request.Server, request.JsonRpcRequest));
#pragma warning restore MCPEXP002
        options.Filters.Message.OutgoingFilters.Add(next => (context, cancellationToken) =>
        {
            McpText.MarkInvisible(context.JsonRpcMessage);
            return next(context, cancellationToken);
        });
    }

    private static T Cacheable<T>(T result, TimeSpan timeToLive) where T : ICacheableResult
    {
        result.TimeToLive ??= timeToLive;
        result.CacheScope ??= CacheScope.Private;
        return result;
    }

    /// <summary>A resource that is not there is an error which names it (SEP-2164).</summary>
    private static async ValueTask<ReadResourceResult> ReadAsync(McpRequestHandler<ReadResourceRequestParams, ReadResourceResult> next, RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken)
    {
        try
        {
            return await GuardAsync(() => next(request, cancellationToken), request.Server, request.JsonRpcRequest);
        }
        catch (McpProtocolException missing) when (missing.ErrorCode is McpErrorCode.InvalidParams or McpErrorCode.ResourceNotFound && !missing.Data.Contains("uri"))
        {
            missing.Data["uri"] = request.Params.Uri;
            throw;
        }
    }

    /// <summary>Asks a client only for what it said it can do; else the call fails with what is missing (−32021).</summary>
    private static async ValueTask<T> GuardAsync<T>(Func<ValueTask<T>> call, McpServer server, JsonRpcRequest request)
    {
        var version = request.Context?.ProtocolVersion ?? server.NegotiatedProtocolVersion;
        // Per request since 2026-07-28; the server knows a session's.
        var client = server.ClientCapabilities;
        try
        {
            return await call();
        }
        catch (InputRequiredException needed)
        {
            if (Missing(needed.Result, client?.Elicitation) is { } missing) throw new MissingRequiredClientCapabilityException(missing);
            throw;
        }
        catch (UrlElicitationRequiredException needed) when (version != McpProtocol.WithUrlElicitation)
        {
            // The error −32042 exists in 2025-11-25 only; its successor asks for input instead, and has no elicitationId.
            if (version != McpProtocol.Stateless || client?.Elicitation?.Url is null) throw new MissingRequiredClientCapabilityException(UrlElicitation());
            throw new InputRequiredException(needed.Elicitations.Select((e, i) => (Key: $"open_{i + 1}", Request: InputRequest.ForElicitation(new ElicitRequestParams { Mode = "url", Url = e.Url, Message = e.Message })))
                .ToDictionary(e => e.Key, e => e.Request, StringComparer.Ordinal));
        }
        catch (UrlElicitationRequiredException) when (client?.Elicitation?.Url is null)
        {
            throw new MissingRequiredClientCapabilityException(UrlElicitation());
        }
    }

    private static ClientCapabilities UrlElicitation() => new() { Elicitation = new ElicitationCapability { Url = new UrlElicitationCapability() } };

    /// <summary>What these requests need and the client did not declare; null when it declared everything. We ask people only: no sampling, no roots.</summary>
    private static ClientCapabilities? Missing(InputRequiredResult asked, ElicitationCapability? client)
    {
        var modes = (asked.InputRequests?.Values ?? []).Where(r => r.Method == RequestMethods.ElicitationCreate).Select(r => r.ElicitationParams?.Mode).ToList();
        var missing = new ElicitationCapability
        {
            Url = modes.Contains("url") && client?.Url is null ? new UrlElicitationCapability() : null,
            // An empty elicitation object is one with forms.
            Form = modes.Any(m => m != "url") && (client is null || (client.Form is null && client.Url is not null)) ? new FormElicitationCapability() : null,
        };
        return missing is { Url: null, Form: null } ? null : new ClientCapabilities { Elicitation = missing };
    }
}
