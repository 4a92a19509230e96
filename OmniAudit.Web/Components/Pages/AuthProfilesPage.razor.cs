using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Scans;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The stored sign-ins of scans. Secrets go in here and never come out.</summary>
public sealed partial class AuthProfilesPage
{
    private readonly Dictionary<string, string> _secrets = new(StringComparer.Ordinal);
    private IReadOnlyList<AuthProfile> _profiles = [];
    private AuthProfileFields _new = new();
    private AuthProfile? _replacing, _opening;
    private (string Tone, string Text)? _answer;
    private string? _error, _removing;
    private string _agents = "";

    [Inject] private AuthProfiles Profiles { get; set; } = null!;

    protected override bool Concerns(Change change) => change.Topic == Topics.AuthProfiles;

    protected override async Task LoadAsync() => _profiles = await Profiles.ListAsync(Left);

    private void Replace(AuthProfile? profile)
    {
        _secrets.Clear();
        (_replacing, _opening, _error, _answer) = (profile, null, null, null);
    }

    private void Open(AuthProfile? profile)
    {
        (_opening, _replacing, _error, _answer) = (profile, null, null, null);
        _agents = string.Join('\n', (profile?.Agents ?? []).Select(a => a.Subject == ProfileAgent.Everyone ? a.Subject : a.Name));
    }

    private Task AddAsync() => ActAsync(async person =>
    {
        var (shape, secrets) = _new.Read();
        var added = await Profiles.AddAsync(_new.Name.Trim(), shape, secrets, person, Left, ScanFormFields.Lines(_new.AgentNames));
        _new = new AuthProfileFields();
        return $"{added.Name} is stored.";
    });

    private Task SaveSecretsAsync() => ActAsync(async person =>
    {
        var changed = await Profiles.ReplaceSecretsAsync(_replacing!.ProfileId, _secrets.Where(s => s.Value.Length > 0).ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal), person, Left);
        Replace(null);
        return $"{changed.Name} has new secrets; scans that run keep the old ones.";
    });

    private Task SaveAgentsAsync() => ActAsync(async person =>
    {
        var changed = await Profiles.SetAgentsAsync(_opening!.ProfileId, ScanFormFields.Lines(_agents), person, Left);
        Open(null);
        return $"{changed.Name}: {string.Join(", ", AuthProfileFields.Agents(changed))}.";
    });

    private Task RemoveAsync(AuthProfile profile) => ActAsync(async person =>
    {
        await Profiles.RemoveAsync(profile.ProfileId, person, Left);
        if (_replacing?.ProfileId == profile.ProfileId || _opening?.ProfileId == profile.ProfileId) Replace(null);
        return $"{profile.Name} was deleted with its secrets.";
    }, atForm: false);

    private async Task ActAsync(Func<Actor, Task<string>> act, bool atForm = true)
    {
        (_error, _answer, _removing) = (null, null, null);
        if (await CurrentPersonAsync() is not { } person) _answer = ("bad", "Your session has ended. Sign in again; nothing was done.");
        else
        {
            try
            {
                _answer = ("good", await act(person));
            }
            catch (IdentityRefusedException refusal)
            {
                if (atForm && Role >= Role.Admin) _error = refusal.Message;
                else _answer = ("bad", refusal.Message);
            }
        }
        await LoadAsync();
    }
}
