using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The person's own account: name, ways in, sessions, and what the role allows.</summary>
public sealed partial class AccountPage
{
    private OperatorInfo? _person;
    private IReadOnlyList<PasskeyInfo> _passkeys = [];
    private IReadOnlyList<IdentityChange> _changes = [];
    private string? _renaming;
    private string? _done;
    private string? _error;
    private string _name = "";
    private string _label = "";

    [Inject] private OperatorDirectory Operators { get; set; } = null!;
    [Inject] private PasskeyDirectory Passkeys { get; set; } = null!;

    protected override bool Concerns(Change change) => change.Topic == Topics.People && change.Id == _person?.OperatorId;

    protected override async Task LoadAsync()
    {
        if (Person is not { } own) return;
        var before = _person;
        _person = await Operators.FindAsync(own.Subject["person:".Length..], Left);
        if (_person is not { } person) return;
        if (before?.DisplayName != person.DisplayName) _name = person.DisplayName;
        _passkeys = await Passkeys.ListAsync(person.OperatorId, Left);
        _changes = await Operators.ChangesAsync(person.OperatorId, 20, Left);
    }

    private Task SaveNameAsync() => ActAsync(own => Operators.SetDisplayNameAsync(_person!.OperatorId, _name, own, Left), "Your name is saved.");

    private Task RenameAsync(PasskeyInfo passkey) => ActAsync(async own =>
    {
        await Passkeys.RenameAsync(passkey.Id, _label, own, Left);
        _renaming = null;
    }, "The passkey has its new name.");

    private Task RemoveAsync(PasskeyInfo passkey) => ActAsync(own => Passkeys.RemoveAsync(_person!.OperatorId, passkey.Id, own, Left),
        _passkeys.Count == 1 && _person is { HasPassword: false, Issuer: null } ? "Removed. You have no way to sign in by yourself now: set a password or add a passkey before you leave." : "Removed: it signs nobody in any more. You can delete it on your device too.");

    /// <summary>The open pages of this person, this one too, hear of it and go to the sign-in.</summary>
    private Task SignOutAsync() => ActAsync(own => Operators.SignOutEverywhereAsync(_person!.OperatorId, own, Left), null);

    private async Task ActAsync(Func<Actor, Task> act, string? done)
    {
        (_done, _error) = (null, null);
        if (await CurrentPersonAsync() is not { } own)
        {
            _error = "Your session has ended. Sign in again; nothing was done.";
            return;
        }
        try
        {
            await act(own);
            _done = done;
        }
        catch (IdentityRefusedException refused)
        {
            _error = refused.Message;
        }
        await LoadAsync();
    }

    private static string May(Role role) => role switch
    {
        Role.Viewer => "you see everything that is not secret, and change nothing.",
        Role.Operator => "you see everything, start work such as scans, and ask for writes, which others decide.",
        Role.Approver => "you also decide what others ask for, edit and settle it, approve in advance, and stop all writes.",
        _ => "you also change people, agents, approval rules and webhooks.",
    };
}
