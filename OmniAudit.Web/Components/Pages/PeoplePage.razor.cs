using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Who may do what. Everybody sees it; admins change it.</summary>
public sealed partial class PeoplePage
{
    private IReadOnlyList<OperatorInfo> _operators = [];
    private IReadOnlyList<IdentityChange> _changes = [];
    private IReadOnlyDictionary<string, int> _passkeys = new Dictionary<string, int>(StringComparer.Ordinal);
    private NewLink? _made;
    private string? _error;
    private string _userName = "", _displayName = "", _role = "", _groups = "";

    [Inject] private OperatorDirectory Operators { get; set; } = null!;
    [Inject] private PasskeyDirectory Passkeys { get; set; } = null!;
    [Inject] private SignInLinks Links { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    protected override bool Concerns(Change change) => change.Topic == Topics.People;

    protected override async Task LoadAsync()
    {
        _operators = await Operators.ListAsync(Left);
        _passkeys = await Passkeys.CountAsync(Left);
        _changes = await Operators.ChangesAsync(null, 20, Left);
    }

    private async Task AddAsync()
    {
        if (await CurrentPersonAsync() is not { } admin) return;
        (_error, _made) = (null, null);
        try
        {
            var role = _role.Length > 0 ? Roles.Parse(_role) : throw new IdentityRefusedException("Role: choose one.");
            var person = await Operators.AddAsync(_userName.Trim(), _displayName.Trim().Length > 0 ? _displayName : null, role, admin, Left);
            if (_groups.Trim().Length > 0) await Operators.SetGroupsAsync(person.OperatorId, _groups.Split(','), admin, Left);
            _made = NewLink.Of(person, await Links.CreateAsync(person.OperatorId, admin, Left), Options);
            _userName = _displayName = _role = _groups = "";
        }
        catch (IdentityRefusedException refused)
        {
            _error = refused.Message;
        }
        await LoadAsync();
    }

    /// <summary>How an account stands, in words.</summary>
    internal static string StateOf(OperatorInfo person, DateTimeOffset now) =>
        person.DisabledAt is not null ? "disabled" : person.LockedUntil > now ? "locked after wrong passwords" : person.LastSignInAt is null ? "not signed in yet" : "active";

    private string WaysOf(OperatorInfo person) => Ways(person, _passkeys.GetValueOrDefault(person.OperatorId));

    /// <summary>By what a person signs in.</summary>
    internal static string Ways(OperatorInfo person, int passkeys)
    {
        var ways = new[]
        {
            person.HasPassword ? "password" : null, passkeys > 0 ? passkeys == 1 ? "1 passkey" : $"{passkeys} passkeys" : null,
            person.Issuer is { } issuer ? Uri.TryCreate(issuer, UriKind.Absolute, out var uri) ? uri.Host : issuer : null,
        }.OfType<string>().ToList();
        return ways.Count > 0 ? string.Join(", ", ways) : "a link only";
    }
}

/// <summary>A sign-in link that is shown once.</summary>
internal sealed record NewLink(string Name, string Url, DateTimeOffset Until)
{
    public static NewLink Of(OperatorInfo person, SignInLink link, OmniAuditOptions options) => new(person.DisplayName, $"{options.App.PublicUrl.TrimEnd('/')}/signin?token={link.Token}", link.ExpiresAt);
}
