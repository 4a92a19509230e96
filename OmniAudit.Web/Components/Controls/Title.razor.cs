using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Web.Components.Controls;

/// <summary>The browser's title: the page, after how many requests wait.</summary>
public sealed partial class Title : IDisposable
{
    [Inject] private PendingApprovals Pending { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    [Parameter, EditorRequired] public string Text { get; set; } = "";

    protected override void OnInitialized() => Pending.Changed += OnChanged;

    private void OnChanged() => _ = InvokeAsync(StateHasChanged);

    public void Dispose() => Pending.Changed -= OnChanged;
}
