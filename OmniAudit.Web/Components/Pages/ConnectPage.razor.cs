using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Clients;

namespace OmniAudit.Web.Components.Pages;

/// <summary>What to put where in each client, and whether it has called yet.</summary>
public sealed partial class ConnectPage
{
    private IReadOnlyList<AgentInfo> _agents = [];
    private CallView? _last;

    [Inject] private AgentDirectory Agents { get; set; } = null!;
    [Inject] private AuditQueries Audit { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    /// <summary>The agent that the client will be; those who can call at this moment are offered.</summary>
    [SupplyParameterFromQuery(Name = "agent")] public string? Agent { get; set; }

    private string Url => Options.App.PublicUrl.TrimEnd('/') + "/mcp";

    /// <summary>Without a choice the agent that was added last: whoever comes here has most likely just made it.</summary>
    private AgentInfo? Chosen => _agents.FirstOrDefault(a => a.Name == Agent) ?? _agents.Where(a => !a.IsBuiltIn).MaxBy(a => a.CreatedAt) ?? (_agents.Count > 0 ? _agents[0] : null);

    private IReadOnlyList<ClientConfiguration> Clients => ClientConfigurations.For(Url, Chosen?.AgentId != "anonymous", ClientConfigurations.RunScript());

    protected override bool Concerns(Change change) => change.Topic is Topics.Calls or Topics.Agents or Topics.AgentSeen;

    protected override async Task LoadAsync()
    {
        _agents = [.. (await Agents.ListAllAsync(Left)).Where(a => Agents.StateOf(a) == "active")];
        _last = Chosen is { } chosen && await Audit.ListAsync(new CallFilter(Actor: chosen.Actor.Subject, Take: 1), Left) is [var last] ? last : null;
    }

    private void Choose(ChangeEventArgs chosen) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("agent", chosen.Value as string));
}
