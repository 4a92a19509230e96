using OmniAudit.Modules.Oidc;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Web.Security;

/// <summary>Where a client learns whose tokens /mcp takes (RFC 9728). At the root too, for clients that do not put the path behind it.</summary>
internal static class ResourceMetadata
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in new[] { BearerTokens.MetadataPath, BearerTokens.MetadataPath + "/mcp" }) routes.MapGet(path, Describe).AllowAnonymous();
    }

    private static IResult Describe(HttpContext context, AccessTokens tokens, OmniAuditOptions options)
    {
        if (!tokens.IsOn) return Results.NotFound(new { error = "no_oauth", message = "This server takes no access tokens; agents have keys (MCP_AUTH_MODE)." });
        context.Response.Headers.CacheControl = "public, max-age=300";
        return Results.Json(new
        {
            resource = tokens.Resource,
            authorization_servers = new[] { options.Mcp.OAuthIssuer },
            scopes_supported = new[] { AccessTokens.ReadScope, AccessTokens.WriteScope },
            bearer_methods_supported = new[] { "header" },
            resource_name = options.App.Name,
        });
    }
}
