using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>What an agent may use and touch, within what the server's own policies allow. Empty lists do not narrow.</summary>
/// <param name="ReadOnly">Only tools of risk read: no work is started, no write is asked for.</param>
/// <param name="ToolSets">Modules (<c>sitelint</c>) and single tools (<c>core.health</c>) the agent may call.</param>
/// <param name="CallsPerMinute">The most calls in any 60 seconds; null for no budget of its own.</param>
/// <param name="Repositories"><c>owner/name</c> or <c>owner/*</c>.</param>
/// <param name="Hosts">Hosts whose URLs it may name, as URL_ALLOWLIST writes them.</param>
public sealed record AgentScope(bool ReadOnly, IReadOnlyList<string> ToolSets, int? CallsPerMinute, IReadOnlyList<string> Repositories, IReadOnlyList<string> Hosts)
{
    /// <summary>No narrowing.</summary>
    public static AgentScope Everything { get; } = new(false, [], null, [], []);
}

/// <summary>Who calls over MCP, and within which bounds.</summary>
public sealed record Caller(Actor Actor, AgentScope Scope);
