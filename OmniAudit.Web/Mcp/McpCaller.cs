using System.Security.Claims;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Mcp;

/// <summary>Who sends one message, carried through the SDK, which knows callers as claims only. One per message: bounds are those of the moment it came.</summary>
internal sealed class McpCaller : ClaimsPrincipal
{
    private McpCaller(Caller caller, string requestId)
        : base(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, caller.Actor.Subject)], "mcp")) => (Caller, RequestId) = (caller, requestId);

    public Caller Caller { get; }

    public string RequestId { get; }

    /// <summary>True once the runner has this message's tool call, and with it the duty to record it.</summary>
    public bool IsRecorded { get; set; }

    public static McpCaller Principal(Caller caller, string requestId) => new(caller, requestId);

    /// <exception cref="InvalidOperationException">The message did not come through an endpoint of ours.</exception>
    public static McpCaller Of(ClaimsPrincipal? principal) => principal as McpCaller ?? throw new InvalidOperationException("A message reached a handler without its caller.");

    /// <inheritdoc cref="Of"/>
    public static (Actor Actor, string RequestId) Read(ClaimsPrincipal? principal) => (Of(principal).Caller.Actor, Of(principal).RequestId);
}
