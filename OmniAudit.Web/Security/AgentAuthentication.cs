using ModelContextProtocol;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Web.Security;

/// <summary>Which agent calls, and within which bounds: by its token or key, or the anonymous one where neither is asked for (loopback only). The console's cookie is never looked at.</summary>
internal sealed class AgentAuthentication(AgentDirectory agents, BearerTokens tokens, OmniAuditOptions options)
{
    private const string KeyHeader = "X-Api-Key";

    /// <exception cref="McpRefusal">401: there is no agent by this key.</exception>
    public async Task<Caller> AuthenticateAsync(HttpContext context)
    {
        if (await tokens.AuthenticateAsync(context) is { } caller) return caller;
        var key = context.Request.Headers[KeyHeader].ToString();
        if (key.Length == 0 && context.Request.Headers.Authorization.ToString() is { } authorization && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            key = authorization["Bearer ".Length..].Trim();
        if (key.Length > 0)
        {
            // A wrong key is refused even where none is needed: the caller believes to be somebody.
            return await agents.FindByKeyAsync(key, context.RequestAborted) ?? throw Refuse(context, $"{KeyHeader}: no agent has this key, or it was revoked or has expired.");
        }
        return options.Mcp.AuthMode == "none"
            ? await agents.FindAnonymousAsync(context.RequestAborted)
            : throw Refuse(context, $"{KeyHeader}: is required (MCP_AUTH_MODE={options.Mcp.AuthMode}){(options.Mcp.AuthMode == "oauth" ? ", or an access token in the Authorization header" : "")}. Make a key with: ./run.sh agents add NAME");
    }

    private McpRefusal Refuse(HttpContext context, string message)
    {
        tokens.Challenge(context);
        return new McpRefusal(StatusCodes.Status401Unauthorized, McpErrorCode.InvalidRequest, message);
    }
}
