using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Layout;

/// <summary>Header, navigation and the place where pages go. A page that breaks leaves both standing.</summary>
public sealed partial class MainLayout : IDisposable
{
    private ConsoleErrorBoundary? _boundary;
    private FreezeBar? _freeze;
    private string _find = "";
    private string _announcement = "";
    private Arrival? _arrived;

    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;
    [Inject] private PendingApprovals Pending { get; set; } = null!;

    private bool IsFrozen => _freeze?.IsFrozen == true;

    /// <summary>Relative to this page: the document's base would make a bare fragment the start page.</summary>
    private string SkipHref => Navigation.ToBaseRelativePath(Navigation.Uri).Split('#')[0] + "#content";

    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += OnLocationChanged;
        Pending.Arrived += Announce;
        await Pending.StartAsync(follow: RendererInfo.IsInteractive);
    }

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
