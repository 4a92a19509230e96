using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One person, for admins: rights, ways in, and what was changed.</summary>
public sealed partial class PersonPage
{
    private OperatorInfo? _person;
    private IReadOnlyList<PasskeyInfo> _passkeys = [];
    private IReadOnlyList<IdentityChange> _changes = [];
    private NewLink? _made;
    private bool _loaded;
    private bool _disabling;
    private string? _done;
    private string? _error;
    private string _role = "", _groups = "", _name = "";

    [Inject] private OperatorDirectory Operators { get; set; } = null!;
    [Inject] private PasskeyDirectory Passkeys { get; set; } = null!;
    [Inject] private SignInLinks Links { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    [Parameter] public string OperatorId { get; set; } = "";

    protected override bool Concerns(Change change) => change.Topic == Topics.People && change.Id == OperatorId;

    protected override async Task LoadAsync()
    {
        var before = _person;
        _person = await Operators.FindAsync(OperatorId, Left);
        _loaded = true;
        if (_person is not { } person) return;
        // What somebody is typing stays, unless it was about something else.
        if (before?.Role != person.Role) _role = person.Role.Word();
        if (before?.Groups != person.Groups) _groups = person.Groups.Replace(",", ", ", StringComparison.Ordinal);
        if (before?.DisplayName != person.DisplayName) _name = person.DisplayName;
        _passkeys = await Passkeys.ListAsync(person.OperatorId, Left);
        _changes = await Operators.ChangesAsync(person.OperatorId, 30, Left);
    }

    private Task SaveRoleAsync() => ActAsync(admin => Operators.SetRoleAsync(_person!.OperatorId, Roles.Parse(_role), admin, Left), $"The role is {_role} now.");

    private Task SaveGroupsAsync() => ActAsync(admin => Operators.SetGroupsAsync(_person!.OperatorId, _groups.Split(','), admin, Left), "The groups are saved.");

    private Task SaveNameAsync() => ActAsync(admin => Operators.SetDisplayNameAsync(_person!.OperatorId, _name, admin, Left), "The name is saved.");

    private Task LinkAsync() => ActAsync(async admin => _made = NewLink.Of(_person!, await Links.CreateAsync(_person!.OperatorId, admin, Left), Options), null);

    private async Task ActAsync(Func<Actor, Task> act, string? done)
    {
        (_done, _error, _made, _disabling) = (null, null, null, false);
        if (await CurrentPersonAsync() is not { } admin)
        {
            _error = "Your session has ended. Sign in again; nothing was done.";
            return;
        }
        try
        {
            await act(admin);
            _done = done;
        }
        catch (IdentityRefusedException refused)
        {
            _error = refused.Message;
        }
        await LoadAsync();
    }
}
