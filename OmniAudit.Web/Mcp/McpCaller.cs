using System.Security.Claims;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Mcp;

/// <summary>Carries who calls through the SDK, which knows callers as claims only.</summary>
internal static class McpCaller
{
    private const string NameClaim = "omniaudit:name";
    private const string RequestIdClaim = "omniaudit:request_id";

    public static ClaimsPrincipal Principal(Actor actor, string requestId) => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.NameIdentifier, actor.Subject), new Claim(NameClaim, actor.Name), new Claim(RequestIdClaim, requestId)], "mcp"));

    public static (Actor Actor, string RequestId) Read(ClaimsPrincipal? principal)
    {
        var subject = principal?.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new InvalidOperationException("A message reached a handler without its caller.");
        return (new Actor(ActorKind.Agent, subject, principal.FindFirstValue(NameClaim)!), principal.FindFirstValue(RequestIdClaim)!);
    }
}
