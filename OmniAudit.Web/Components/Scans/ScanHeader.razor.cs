using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint;

namespace OmniAudit.Web.Components.Scans;

/// <summary>What was scanned, for whom, when, and how it stands.</summary>
public sealed partial class ScanHeader
{
    [Parameter, EditorRequired] public ScanSummary Scan { get; set; } = null!;

    /// <summary>More badges.</summary>
    [Parameter] public RenderFragment? ChildContent { get; set; }

    private string? Took => Scan is { StartedAt: { } start, FinishedAt: { } end } ? (end - start) switch
    {
        { TotalSeconds: < 60 } span => $"{span.TotalSeconds:0} s",
        var span => $"{(int)span.TotalMinutes} min {span.Seconds} s",
    } : null;
}
