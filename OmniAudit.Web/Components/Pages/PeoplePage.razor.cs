using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Who may ask and who may decide.</summary>
public sealed partial class PeoplePage
{
    private IReadOnlyList<AgentInfo> _agents = [];
    private IReadOnlyList<OperatorInfo> _operators = [];
    private NewAgent? _newAgent;
    private string _name = "";
    private string? _error;
    private string? _revoking;

    [Inject] private AgentDirectory Agents { get; set; } = null!;
    [Inject] private OperatorDirectory Operators { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    protected override bool Concerns(Change change) => change.Topic == Topics.Calls;

    protected override async Task LoadAsync()
    {
        _agents = await Agents.ListAsync(Left);
        _operators = await Operators.ListAsync(Left);
    }

    private async Task AddAsync()
    {
        if (await CurrentPersonAsync() is null) return;
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
        if (await CurrentPersonAsync() is null) return;
        await Agents.RevokeAsync(agent.AgentId, Left);
        _revoking = null;
        if (_newAgent?.Agent.AgentId == agent.AgentId) _newAgent = null;
        await LoadAsync();
    }

    private string StateOf(AgentInfo agent) =>
        agent.RevokedAt is not null ? "revoked" : agent.ExpiresAt <= Time.GetUtcNow() ? "expired" : "active";

    private string StateOf(OperatorInfo person) =>
        person.DisabledAt is not null ? "disabled" : person.LockedUntil > Time.GetUtcNow() ? "locked after wrong passwords" : person.HasPassword ? "active" : "no password yet";
}
