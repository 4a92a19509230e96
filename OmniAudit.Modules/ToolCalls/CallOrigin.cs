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

    /// <summary>The request this call comes back for; null for one that asks anew.</summary>
    public FollowUp? FollowUp { get; init; }

    /// <summary>Why the endpoint has refused this call already: it is recorded like every other, and not run. Null for most.</summary>
    public ToolOutcome.Refused? Refused { get; init; }

    /// <summary>The caller follows long work by itself and wants its job at once.</summary>
    public bool AsTask { get; init; }

    /// <summary>Told how far a call is that takes long (0 to 1) and what is happening; null when nobody listens.</summary>
    public Action<double, string>? Progress { get; init; }
}

/// <summary>A write's call that returns for the request it made before. It executes nothing: it only hears how the request stands.</summary>
/// <param name="ApprovalId">The request; it must be of the same caller, tool and arguments.</param>
/// <param name="AskedSha256">Lower-case hex SHA-256 of the canonical arguments that the request was made with.</param>
/// <param name="Wait">How long to wait for a decision that is still missing.</param>
/// <param name="Confirm">The caller's own word for it; counts only where <see cref="ApprovalTicket.SelfConfirms"/> holds.</param>
public sealed record FollowUp(string ApprovalId, string AskedSha256, TimeSpan Wait, bool Confirm = false)
{
    /// <summary>The refusal's code when the request is not of this caller, tool and arguments.</summary>
    public const string Mismatch = "follow_up_mismatch";
}
