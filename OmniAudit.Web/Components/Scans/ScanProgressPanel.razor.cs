using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint;

namespace OmniAudit.Web.Components.Scans;

/// <summary>How far a scan is, and a way to end it.</summary>
public sealed partial class ScanProgressPanel
{
    private const int Most = 12;

    private bool _asking;

    [Parameter, EditorRequired] public ScanSummary Scan { get; set; } = null!;

    /// <summary>What it has looked at so far; the newest are shown.</summary>
    [Parameter] public IReadOnlyList<PageProgress> Pages { get; set; } = [];

    /// <summary>Why this person may not cancel it; null when they may.</summary>
    [Parameter] public string? Obstacle { get; set; }

    [Parameter, EditorRequired] public Func<Task> Cancel { get; set; } = null!;

    private async Task CancelAsync()
    {
        _asking = false;
        await Cancel();
    }
}
