using Microsoft.AspNetCore.Components;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Layout;

/// <summary>The pages that exist, in the order of urgency, and how many requests wait.</summary>
public sealed partial class NavMenu : IDisposable
{
    private static readonly Group[] Groups =
    [
        new("now", "Now", [new("/ui", "Overview", "grid"), new("/approvals", "Approvals", "inbox")]),
        new("work", "Work", [new("/scans", "Scans", "search"), new("/tools", "Tools", "wrench")]),
        new("record", "Record", [new("/receipts", "Receipts", "receipt"), new("/audit", "Audit log", "list")]),
        new("setup", "Set up", [new("/agents", "Agents", "key"), new("/people", "People", "people"), new("/connect", "Connect a client", "plug"), new("/policies", "Policies", "rule"), new("/webhooks", "Webhooks", "bell"), new("/health", "Health", "pulse")]),
    ];

    [Inject] private PendingApprovals Pending { get; set; } = null!;

    protected override void OnInitialized() => Pending.Changed += OnChanged;

    private void OnChanged() => _ = InvokeAsync(StateHasChanged);

    public void Dispose() => Pending.Changed -= OnChanged;

    private sealed record Item(string Href, string Title, string Icon);

    private sealed record Group(string Id, string Title, Item[] Items);
}
