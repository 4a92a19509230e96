using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Components.Layout;

/// <summary>The freeze switch: its state on every page of every open console, and the way to use it.</summary>
public sealed partial class FreezeBar : IDisposable
{
    private ElementReference _box;
    private IDisposable? _subscription;
    private Freeze? _freeze;
    private string _reason = "";
    private bool _asking;
    private bool _busy;
    private bool _focus;
    private string? _refusal;
    private Role _role = Role.Viewer;

    [Inject] private FreezeSwitch Switch { get; set; } = null!;
    [Inject] private ChangeFeed Changes { get; set; } = null!;
    [Inject] private ConsoleSignIn SignIn { get; set; } = null!;
    [CascadingParameter] private Task<AuthenticationState>? Authentication { get; set; }

    private bool IsLive => RendererInfo.IsInteractive;

    /// <summary>True while nothing is executed.</summary>
    public bool IsFrozen => _freeze is not null;

    /// <summary>The state is another one.</summary>
    [Parameter] public EventCallback Changed { get; set; }

    /// <summary>Opens the question, or closes it again.</summary>
    public void Ask()
    {
        (_asking, _focus) = (!_asking, !_asking);
        StateHasChanged();
    }

    protected override async Task OnInitializedAsync()
    {
        if (IsLive) _subscription = Changes.Subscribe(change => { if (change.Id == FreezeSwitch.Changed) _ = InvokeAsync(LoadAsync); });
        await LoadAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_focus) return;
        _focus = false;
        await _box.FocusAsync();
    }

    private async Task LoadAsync()
    {
        var before = IsFrozen;
        _freeze = await Switch.CurrentAsync(CancellationToken.None);
        if (IsFrozen) _asking = false;
        StateHasChanged();
        if (before != IsFrozen) await Changed.InvokeAsync();
    }

    protected override async Task OnParametersSetAsync() => _role = Authentication is null ? Role.Viewer : ConsoleSession.RoleOf((await Authentication).User) ?? Role.Viewer;

    /// <summary>Why this person cannot use the switch; null when they can.</summary>
    private string? WhyNot => _role.WhyNot(Role.Approver, IsFrozen ? "Lifting the freeze" : "Freezing");

    private Task FreezeAsync() => UseAsync(person => Switch.FreezeAsync(_reason, person, CancellationToken.None));

    private Task LiftAsync() => UseAsync(person => Switch.LiftAsync(person, CancellationToken.None));

    private async Task UseAsync(Func<Modules.Tools.Actor, Task<string?>> use)
    {
        if (_busy || Authentication is null) return;
        _busy = true;
        try
        {
            var user = (await Authentication).User;
            // The store is asked: sessions end while pages stay open.
            if (!await SignIn.IsCurrentAsync(user, CancellationToken.None) || ConsoleSession.ActorOf(user) is not { } person) return;
            _refusal = await use(person);
            if (_refusal is null) (_reason, _asking) = ("", false);
        }
        finally
        {
            _busy = false;
        }
    }

    public void Dispose() => _subscription?.Dispose();
}
