using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Where a call comes from.</summary>
/// <param name="Actor">Who asks; established by the endpoint, never by the message.</param>
/// <param name="RequestId">The HTTP request's id.</param>
/// <param name="Client">The program's own word for itself (name and version); untrusted.</param>
/// <param name="Session">Tells calls of one session from those of another, without being the session's id; empty without sessions.</param>
/// <param name="Progress">Told how far a call is that takes long (0 to 1) and what is happening; null when nobody listens.</param>
public sealed record CallOrigin(Actor Actor, string RequestId, string Client, string Session = "", Action<double, string>? Progress = null);
