using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Controls;

/// <summary>The agents and their keys.</summary>
public sealed partial class AgentKeys
{
    private IReadOnlyList<AgentInfo> _agents = [];
    private NewAgent? _newAgent;
    private string _name = "";
    private string? _error;
    private string? _revoking;

    [Inject] private AgentDirectory Agents { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    protected override bool Concerns(Change change) => change.Topic == Topics.Calls;

    protected override async Task LoadAsync() => _agents = await Agents.ListAsync(Left);

    private async Task AddAsync()
    {
        if (await CurrentPersonAsync() is null || Role < Role.Admin) return;
        _error = null;
        try
        {
            _newAgent = await Agents.AddAsync(_name.Trim(), null, Left);
            _name = "";
            await LoadAsync();
        }
        catch (IdentityRefusedException refused)
        {
            _error = refused.Message;
        }
    }

    private async Task RevokeAsync(AgentInfo agent)
    {
        if (await CurrentPersonAsync() is null || Role < Role.Admin) return;
        await Agents.RevokeAsync(agent.AgentId, Left);
        _revoking = null;
        if (_newAgent?.Agent.AgentId == agent.AgentId) _newAgent = null;
        await LoadAsync();
    }

    private string StateOf(AgentInfo agent) =>
        agent.RevokedAt is not null ? "revoked" : agent.ExpiresAt <= Time.GetUtcNow() ? "expired" : "active";
}
