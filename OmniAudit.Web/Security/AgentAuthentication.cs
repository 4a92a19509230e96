using ModelContextProtocol;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Web.Security;

/// <summary>Which agent calls, and within which bounds: by its key, or the anonymous one where keys are not asked for (loopback only). The console's cookie is never looked at.</summary>
internal sealed class AgentAuthentication(AgentDirectory agents, OmniAuditOptions options)
{
    private const string KeyHeader = "X-Api-Key";

    /// <exception cref="McpRefusal">401: there is no agent by this key.</exception>
    public async Task<Caller> AuthenticateAsync(HttpContext context)
    {
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
            : throw Refuse(context, $"{KeyHeader}: is required (MCP_AUTH_MODE=api_key). Make a key with: ./run.sh agents add NAME");
    }

    private static McpRefusal Refuse(HttpContext context, string message)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"omniaudit\"";
        return new McpRefusal(StatusCodes.Status401Unauthorized, McpErrorCode.InvalidRequest, message);
    }
}
