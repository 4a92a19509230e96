using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Oidc;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Web.Security;

/// <summary>Access tokens on /mcp (RFC 6750, RFC 9068; MCP, authorization): taken from the Authorization header only, and refused with a challenge that says where to get one.</summary>
internal sealed class BearerTokens(AccessTokens tokens, ToolCatalog catalog, OmniAuditOptions options)
{
    /// <summary>Below this server's address; RFC 9728, 3.1 puts the resource's path behind it.</summary>
    public const string MetadataPath = "/.well-known/oauth-protected-resource";
    private const string Scheme = "Bearer ";
    private const string EveryScope = $"{AccessTokens.ReadScope} {AccessTokens.WriteScope}";

    /// <summary>The caller that the request's token names, or null when it has none: a key is looked for elsewhere.</summary>
    /// <exception cref="McpRefusal">400, 401, 403 or 503: the token, or how it was sent, is not good.</exception>
    public async Task<Caller?> AuthenticateAsync(HttpContext context)
    {
        // Addresses end up in logs, histories and referrers.
        if (context.Request.Query.ContainsKey("access_token")) throw Refuse(context, StatusCodes.Status400BadRequest, "invalid_request", "access_token: a token in the address is never read. Send it in the Authorization header.");
        var headers = context.Request.Headers.Authorization;
        if (headers.Count > 1) throw Refuse(context, StatusCodes.Status400BadRequest, "invalid_request", "Authorization: is there more than once. Send one.");
        if (!tokens.IsOn || headers.ToString() is not { } header || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var token = header[Scheme.Length..].Trim();
        if (!IsToken(token)) return null;
        if (context.Request.Headers.ContainsKey("X-Api-Key")) throw Refuse(context, StatusCodes.Status400BadRequest, "invalid_request", "X-Api-Key: comes beside an access token. Send one of them.");
        try
        {
            var caller = await tokens.ReadAsync(token, context.RequestAborted);
            // Another token of the same person would be no better: no challenge, or clients would ask for one again and again.
            if (!caller.MayCall) throw new McpRefusal(StatusCodes.Status403Forbidden, McpErrorCode.InvalidRequest, $"The token names none of the groups that may call this server (claim {options.Mcp.OAuthGroupsClaim}, MCP_OAUTH_GROUPS).");
            if (!caller.MayRead) throw Refuse(context, StatusCodes.Status403Forbidden, "insufficient_scope", $"The token has neither of the scopes {AccessTokens.ReadScope} and {AccessTokens.WriteScope}.", AccessTokens.ReadScope);
            if (!caller.MayWrite) context.Features.Set(new ReadOnlyToken());
            return caller.Caller;
        }
        catch (TokenRefusedException refused)
        {
            throw Refuse(context, StatusCodes.Status401Unauthorized, "invalid_token", $"The access token is refused: {refused.Message}.");
        }
        catch (OidcUnavailableException unavailable)
        {
            // Not the caller's fault: a 401 would make it throw away a token that may be good.
            context.Response.Headers.RetryAfter = "10";
            throw new McpRefusal(StatusCodes.Status503ServiceUnavailable, McpErrorCode.InternalError, $"The access token cannot be checked: {unavailable.Message}. The issuer is {options.Mcp.OAuthIssuer}; try again in 10 s.");
        }
    }

    /// <summary>Refuses a call that the token's scopes do not cover, in the form on which clients ask their user for more.</summary>
    /// <exception cref="McpRefusal">403.</exception>
    public void RequireScope(HttpContext context, JsonRpcMessage message)
    {
        if (context.Features.Get<ReadOnlyToken>() is null || message is not JsonRpcRequest { Method: "tools/call", Params: JsonObject parameters }) return;
        if (parameters["name"] is not JsonValue value || !value.TryGetValue(out string? name) || catalog.Find(name) is not { Risk: not ToolRisk.Read } tool) return;
        var text = $"{tool.Name} needs the scope {AccessTokens.WriteScope}; the token has {AccessTokens.ReadScope} only.";
        throw Refuse(context, StatusCodes.Status403Forbidden, "insufficient_scope", text, EveryScope);
    }

    /// <summary>Says in the answer how to get in (RFC 9728, 5.1). Without OAuth there is nothing to point at.</summary>
    public void Challenge(HttpContext context, string? error = null, string? description = null, string scope = EveryScope)
    {
        if (!tokens.IsOn)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"omniaudit\"";
            return;
        }
        var challenge = $"Bearer resource_metadata=\"{options.App.PublicUrl}{MetadataPath}/mcp\", scope=\"{scope}\"";
        if (error is not null) challenge += $", error=\"{error}\", error_description=\"{Quoted(description!)}\"";
        context.Response.Headers.WWWAuthenticate = challenge;
    }

    private McpRefusal Refuse(HttpContext context, int status, string error, string message, string scope = EveryScope)
    {
        Challenge(context, error, message, scope);
        return new McpRefusal(status, McpErrorCode.InvalidRequest, message) { AuditCode = error };
    }

    /// <summary>A JWT's header is a JSON object, so its base64url begins like this; keys do not have dots.</summary>
    private static bool IsToken(string text) => text.StartsWith("ey", StringComparison.Ordinal) && text.Contains('.', StringComparison.Ordinal);

    /// <summary>What may stand in an error_description (RFC 6750, 3).</summary>
    private static string Quoted(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' and not '"' and not '\\' ? c : '\''));

    /// <summary>The request's token has the read scope and no more.</summary>
    private sealed record ReadOnlyToken;
}
