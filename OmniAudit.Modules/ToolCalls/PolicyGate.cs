using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Judges what a call wants to touch, before anything is queued and again when a write is executed.</summary>
internal sealed class PolicyGate(UrlPolicy urls, RepositoryPolicy repositories, ExportPathPolicy exportPaths)
{
    /// <summary>The first target that is not allowed; null when all are.</summary>
    public async Task<FieldError?> CheckAsync(CatalogTool tool, object input, CancellationToken cancellationToken)
    {
        foreach (var target in tool.Targets(input))
        {
            var verdict = target.Subject switch
            {
                PolicySubject.Url => await urls.CheckAsync(target.Value, cancellationToken),
                PolicySubject.Repository => repositories.Check(target.Value),
                PolicySubject.ReadRepository => RepositoryPolicy.CheckForm(target.Value),
                PolicySubject.ExportPath => exportPaths.Check(target.Value),
                _ => throw new InvalidOperationException($"No policy judges {target.Subject}."),
            };
            if (!verdict.Allowed) return new FieldError(target.Field, verdict.Message);
        }
        return null;
    }

    /// <summary>
    /// The first target outside an agent's own bounds; null when all are inside. They narrow what the server's policies
    /// allow, whatever the tool's risk: whole repository names, and whole hosts of parsed URLs. Asks nobody, so it can be
    /// asked inside a transaction.
    /// </summary>
    public static FieldError? CheckBounds(CatalogTool tool, object input, AgentScope bounds, string agentName)
    {
        if (bounds.Repositories.Count == 0 && bounds.Hosts.Count == 0) return null;
        foreach (var target in tool.Targets(input))
        {
            var (allowed, list, option) = target.Subject switch
            {
                PolicySubject.Repository or PolicySubject.ReadRepository => (bounds.CoversRepository(target.Value), bounds.Repositories, "repositories"),
                PolicySubject.Url => (IsInside(target.Value, bounds), bounds.Hosts, "hosts"),
                _ => (true, [], ""),
            };
            if (!allowed) return new FieldError(target.Field, $"is outside the {option} of agent {agentName} ({string.Join(", ", list)}). {AgentScope.HowToChange(agentName, option)}");
        }
        return null;
    }

    /// <summary>Why a URL lies outside an agent's hosts; null when it does not.</summary>
    public static string? WhyNotVisit(string url, AgentScope bounds, string agentName) =>
        IsInside(url, bounds) ? null : $"{url} is outside the hosts of agent {agentName} ({string.Join(", ", bounds.Hosts)}). {AgentScope.HowToChange(agentName, "hosts")}";

    /// <summary>Why a repository lies outside an agent's own; null when it does not.</summary>
    public static string? WhyNotRepository(string repository, AgentScope bounds, string agentName) =>
        bounds.CoversRepository(repository) ? null : $"{(repository.Length > 0 ? repository : "what belongs to no repository")} is outside the repositories of agent {agentName} ({string.Join(", ", bounds.Repositories)}). {AgentScope.HowToChange(agentName, "repositories")}";

    private static bool IsInside(string url, AgentScope bounds) => bounds.Hosts.Count == 0 || (WebTarget.TryParse(url, out var target, out _) && new HostList(bounds.Hosts).Matches(target.Host, target.Port));

    /// <summary>What the call touches, for people: the first target's value, or the tool itself.</summary>
    public static string TargetOf(CatalogTool tool, object input) => tool.Targets(input).FirstOrDefault()?.Value ?? tool.Name;
}
