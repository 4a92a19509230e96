using System.Globalization;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Who may call over MCP, within which bounds, and what they do.</summary>
public sealed partial class AgentsPage
{
    private static readonly TimeSpan Span = TimeSpan.FromHours(24);

    private IReadOnlyList<AgentInfo> _agents = [];
    private IReadOnlyDictionary<string, CallerActivity> _activity = new Dictionary<string, CallerActivity>();
    private NewAgent? _newKey;
    private (string Tone, string Text)? _answer;
    private (string AgentId, string What) _asking;
    private AgentInfo? _editing;
    private AgentBounds? _bounds;
    private AgentBounds _new = new(AgentScope.Everything);
    private string _name = "", _days = "";
    private string? _error;

    [Inject] private AgentDirectory Agents { get; set; } = null!;
    [Inject] private AuditQueries Audit { get; set; } = null!;
    [Inject] private ToolCatalog Catalog { get; set; } = null!;

    protected override bool Concerns(Change change) => change.Topic is Topics.Agents or Topics.AgentSeen or Topics.Calls;

    protected override async Task LoadAsync()
    {
        _agents = await Agents.ListAllAsync(Left);
        _activity = await Audit.ActivityAsync(Time.GetUtcNow() - Span, Left);
    }

    private bool IsAdmin => Role >= Role.Admin;

    private async Task AddAsync()
    {
        DateTimeOffset? expires = null;
        _error = null;
        if (_days.Trim() is { Length: > 0 } days)
        {
            if (!int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > 3650)
            {
                _error = $"Key works for: '{days}' is not allowed. Allowed: 1 to 3650 days, or nothing.";
                return;
            }
            expires = Time.GetUtcNow().AddDays(count);
        }
        if (_new.Read(Catalog) is not { } scope) return;
        await ActAsync(async person =>
        {
            _newKey = await Agents.AddAsync(_name.Trim(), expires, scope, person, Left);
            (_name, _days, _new) = ("", "", new AgentBounds(AgentScope.Everything));
            return $"{_newKey.Agent.Name} was added.";
        }, refusal => _error = refusal);
    }

    private void Edit(AgentInfo agent) => (_editing, _bounds, _asking) = (agent, new AgentBounds(agent.Scope), default);

    private async Task SaveAsync()
    {
        if (_editing is not { } agent || _bounds?.Read(Catalog) is not { } scope) return;
        await ActAsync(async person =>
        {
            var changed = await Agents.SetScopeAsync(agent.AgentId, _ => scope, person, Left);
            _editing = null;
            return $"{changed.Name}: {changed.Scope.InWords()}.";
        });
    }

    private Task RotateAsync(AgentInfo agent) => ActAsync(async person =>
    {
        _newKey = await Agents.RotateAsync(agent.AgentId, person, Left);
        return $"{agent.Name} has a new key; the old one no longer works.";
    });

    private Task RevokeAsync(AgentInfo agent) => ActAsync(async person =>
    {
        await Agents.RevokeAsync(agent.AgentId, person, Left);
        if (_newKey?.Agent.AgentId == agent.AgentId) _newKey = null;
        if (_editing?.AgentId == agent.AgentId) _editing = null;
        return $"{agent.Name} was revoked.";
    });

    /// <summary>Asks again who is at the page; what they may is the directory's to judge.</summary>
    private async Task ActAsync(Func<Actor, Task<string>> act, Action<string>? refused = null)
    {
        _asking = default;
        if (await CurrentPersonAsync() is not { } person) _answer = ("bad", "Your session has ended. Sign in again; nothing was done.");
        else
        {
            try
            {
                _answer = ("good", await act(person));
            }
            catch (IdentityRefusedException refusal)
            {
                // Who has lost the role loses the form, and with it the place beside it.
                var atForm = refused is not null && IsAdmin;
                _answer = atForm ? null : ("bad", refusal.Message);
                if (atForm) refused!(refusal.Message);
            }
        }
        await LoadAsync();
    }

    /// <summary>The key's use is noted to the minute, calls exactly.</summary>
    private static DateTimeOffset? LastUsed(AgentInfo agent, CallerActivity? activity) =>
        activity is not null && !(agent.LastUsedAt > activity.LastAt) ? activity.LastAt : agent.LastUsedAt;

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count:n0} {what}s";
}
