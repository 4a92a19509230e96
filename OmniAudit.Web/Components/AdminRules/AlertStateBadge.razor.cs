using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Alerts;

namespace OmniAudit.Web.Components.AdminRules;

/// <summary>How far people are with an alert, and who.</summary>
public sealed partial class AlertStateBadge
{
    [Parameter, EditorRequired] public EventAlert Alert { get; set; } = null!;

    private (string Tone, string Icon) Look => Alert.State switch
    {
        AlertStates.Open => ("warn", "alert"),
        AlertStates.Acknowledged => ("info", "eye"),
        _ => ("good", "check"),
    };
}
