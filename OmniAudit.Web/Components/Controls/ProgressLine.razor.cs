using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>How far long work is, and what it does now.</summary>
public sealed partial class ProgressLine
{
    /// <summary>0 to 1.</summary>
    [Parameter, EditorRequired] public double Progress { get; set; }
    [Parameter] public string Step { get; set; } = "";
    [Parameter, EditorRequired] public string Label { get; set; } = "";

    private int Percent => (int)Math.Round(Math.Clamp(Progress, 0, 1) * 100);
}
