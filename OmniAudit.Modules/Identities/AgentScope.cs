using System.Globalization;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.Identities;

/// <summary>What an agent may use and touch, within what the server's own policies allow. Empty lists do not narrow. Two with the same entries are equal.</summary>
/// <param name="ReadOnly">Only tools of risk read: no work is started, no write is asked for.</param>
/// <param name="ToolSets">Modules (<c>sitelint</c>) and single tools (<c>core.health</c>) the agent may call.</param>
/// <param name="CallsPerMinute">The most calls in any 60 seconds; null for no budget of its own.</param>
/// <param name="Repositories"><c>owner/name</c> or <c>owner/*</c>.</param>
/// <param name="Hosts">Hosts whose URLs it may name, as URL_ALLOWLIST writes them.</param>
public sealed record AgentScope(bool ReadOnly, IReadOnlyList<string> ToolSets, int? CallsPerMinute, IReadOnlyList<string> Repositories, IReadOnlyList<string> Hosts)
{
    /// <summary>No narrowing.</summary>
    public static AgentScope Everything { get; } = new(false, [], null, [], []);

    /// <summary>True when the agent may call this tool; tools/list shows it these and no others.</summary>
    public bool Covers(CatalogTool tool) =>
        (!ReadOnly || tool.Risk == ToolRisk.Read) && IsInSets(tool);

    /// <summary>True when the agent may name this repository, or see what belongs to it.</summary>
    /// <param name="repository">owner/name; what belongs to none, "", lies outside all bounds.</param>
    public bool CoversRepository(string repository) => Repositories.Count == 0 || Repositories.Any(r => RepositoryPolicy.Covers(r, repository));

    /// <summary>Why it may not, and who can change that; null when <see cref="Covers"/>.</summary>
    public string? WhyNot(CatalogTool tool, string agentName) =>
        Covers(tool) ? null
        : !IsInSets(tool)
            ? $"{tool.Name} is not among the tools of agent {agentName} ({string.Join(", ", ToolSets)}). {HowToChange(agentName, "tools")}"
            : $"Agent {agentName} may only read, and {tool.Name} {(tool.Risk == ToolRisk.Write ? "writes" : "starts or changes something")}. {HowToChange(agentName, "read-only")}";

    private bool IsInSets(CatalogTool tool) => ToolSets.Count == 0 || ToolSets.Any(s => s == tool.Module || s == tool.Name);

    /// <summary>Who can change an agent's bounds, and where, for the texts of refusals.</summary>
    internal static string HowToChange(string agentName, string option) =>
        $"An admin of this server can change it: in the console under Agents, or with ./run.sh agents set {agentName} --{option}.";

    /// <summary>All bounds in one line for people.</summary>
    public string InWords()
    {
        var parts = new List<string>();
        if (ReadOnly) parts.Add("reads only");
        if (ToolSets.Count > 0) parts.Add($"tools {string.Join(", ", ToolSets)}");
        if (CallsPerMinute is { } calls) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{calls} calls a minute"));
        if (Repositories.Count > 0) parts.Add($"repositories {string.Join(", ", Repositories)}");
        if (Hosts.Count > 0) parts.Add($"hosts {string.Join(", ", Hosts)}");
        return parts.Count == 0 ? "no bounds of its own" : string.Join("; ", parts);
    }

    /// <inheritdoc/>
    public bool Equals(AgentScope? other) =>
        other is not null && ReadOnly == other.ReadOnly && CallsPerMinute == other.CallsPerMinute && ToolSets.SequenceEqual(other.ToolSets)
        && Repositories.SequenceEqual(other.Repositories) && Hosts.SequenceEqual(other.Hosts);

    /// <inheritdoc/>
    public override int GetHashCode() => InWords().GetHashCode(StringComparison.Ordinal);
}

/// <summary>Who calls over MCP, and within which bounds.</summary>
public sealed record Caller(Actor Actor, AgentScope Scope);
