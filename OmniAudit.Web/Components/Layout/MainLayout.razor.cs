using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Components.Controls;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Components.Layout;

/// <summary>Header, navigation and the place where pages go. A page that breaks leaves both standing.</summary>
public sealed partial class MainLayout : IDisposable
{
    private ConsoleErrorBoundary? _boundary;
    private FreezeBar? _freeze;
    private Role _role = Role.Viewer;
    private string _find = "";
    private string _announcement = "";
    private Arrival? _arrived;

    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;
    [Inject] private PendingApprovals Pending { get; set; } = null!;

    [CascadingParameter] private Task<AuthenticationState>? Authentication { get; set; }

    private string? WhyNoFreeze => _role.WhyNot(Role.Approver, "Freezing");

    private bool IsFrozen => _freeze?.IsFrozen == true;

    /// <summary>Relative to this page: the document's base would make a bare fragment the start page.</summary>
    private string SkipHref => Navigation.ToBaseRelativePath(Navigation.Uri).Split('#')[0] + "#content";

    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += OnLocationChanged;
        Pending.Arrived += Announce;
        await Pending.StartAsync(follow: RendererInfo.IsInteractive);
    }

    protected override async Task OnParametersSetAsync() => _role = Authentication is null ? Role.Viewer : ConsoleSession.RoleOf((await Authentication).User) ?? Role.Viewer;

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        _boundary?.Recover();
        _ = InvokeAsync(StateHasChanged);
    }

    private void Announce(Arrival arrival) => _ = InvokeAsync(() =>
    {
        (_announcement, _arrived) = (arrival.Text, arrival);
        StateHasChanged();
    });

    private void Find()
    {
        var text = _find.Trim();
        if (text.Length == 0) return;
        _find = "";
        Navigation.NavigateTo(PageLinks.Find(text));
    }

    public void Dispose()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        Pending.Arrived -= Announce;
    }
}
