namespace OmniAudit.Modules.Tools;

/// <summary>Who acts. <see cref="Subject"/> is stable over renames and decides equality between requester and approver.</summary>
/// <param name="Kind">Agent, person, or the product itself.</param>
/// <param name="Subject">For example <c>agent:agt_01j…</c>, <c>person:opr_01j…</c>, <c>system:dispatcher</c>.</param>
/// <param name="Name">The name shown to people.</param>
public sealed record Actor(ActorKind Kind, string Subject, string Name)
{
    /// <summary>The product itself, acting on what a person has already decided or on a schedule.</summary>
    public static Actor System { get; } = new(ActorKind.System, "system:omniaudit", "OmniAudit");
}

/// <summary>The kinds of <see cref="Actor"/>.</summary>
public enum ActorKind
{
    /// <summary>A program that calls over MCP. Can never decide an approval.</summary>
    Agent = 1,
    /// <summary>A person in an interactive console session.</summary>
    Person = 2,
    /// <summary>The product itself.</summary>
    System = 3,
}
