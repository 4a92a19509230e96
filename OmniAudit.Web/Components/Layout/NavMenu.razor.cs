using Microsoft.AspNetCore.Components;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Layout;

/// <summary>The pages that exist, in the order of urgency, and how many requests wait.</summary>
public sealed partial class NavMenu : IDisposable
{
    private static readonly Group[] Groups =
    [
        new("now", "Now", [new("/ui", "Overview", "grid"), new("/approvals", "Approvals", "inbox")]),
        new("ci", "CI", [new("/runs", "Runs", "play"), new("/triage", "Triage", "question"), new("/findings", "Findings", "alert"), new("/evidence", "Evidence", "eye")]),
        new("work", "Work", [new("/scans", "Scans", "search"), new("/schedules", "Schedules", "clock"), new("/releases", "Releases", "tag"), new("/releases/notes", "Release notes", "pencil"), new("/tools", "Tools", "wrench")]),
        new("admin", "Admin", [new("/adminops", "Explorer", "eye"), new("/adminops/alerts", "Alerts", "bell"), new("/adminops/rules", "Rules", "rule"), new("/adminops/coverage", "Coverage", "pulse"), new("/adminops/import", "Import", "down")]),
        new("record", "Record", [new("/receipts", "Receipts", "receipt"), new("/audit", "Audit log", "list")]),
        new("setup", "Set up", [new("/agents", "Agents", "key"), new("/people", "People", "people"), new("/connect", "Connect a client", "plug"), new("/auth-profiles", "Auth profiles", "person"), new("/policies", "Policies", "rule"), new("/webhooks", "Webhooks", "bell"), new("/health", "Health", "pulse")]),
    ];

    [Inject] private PendingApprovals Pending { get; set; } = null!;

    protected override void OnInitialized() => Pending.Changed += OnChanged;

    /// <summary>Pages below an item's that are items themselves.</summary>
    private static IReadOnlyList<string> Below(Item item) => [.. Groups.SelectMany(g => g.Items).Select(i => i.Href).Where(h => h.StartsWith(item.Href + "/", StringComparison.Ordinal))];

    private void OnChanged() => _ = InvokeAsync(StateHasChanged);

    public void Dispose() => Pending.Changed -= OnChanged;

    private sealed record Item(string Href, string Title, string Icon);

    private sealed record Group(string Id, string Title, Item[] Items);
}
