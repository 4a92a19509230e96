using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Where a call comes from.</summary>
/// <param name="Actor">Who asks; established by the endpoint, never by the message.</param>
/// <param name="RequestId">The HTTP request's id.</param>
/// <param name="Client">The program's own word for itself (name and version); untrusted.</param>
/// <param name="Session">Tells calls of one session from those of another, without being the session's id; empty without sessions.</param>
/// <param name="Scope">What an agent may use and touch; must be given for agents, and means nothing for people.</param>
public sealed record CallOrigin(Actor Actor, string RequestId, string Client, string Session = "", AgentScope? Scope = null)
{
    /// <summary>The bounds of the call.</summary>
    /// <exception cref="InvalidOperationException">An agent came without its scope: a caller of the runner forgot it, and nothing may run.</exception>
    public AgentScope Bounds => Scope ?? (Actor.Kind == ActorKind.Agent ? throw new InvalidOperationException($"The call of {Actor.Subject} came without its scope.") : AgentScope.Everything);
}
