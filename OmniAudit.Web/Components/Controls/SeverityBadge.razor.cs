using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A finding's severity, s1 (worst) to s4.</summary>
public sealed partial class SeverityBadge
{
    [Parameter, EditorRequired] public string Severity { get; set; } = "";

    private (string Tone, string Icon) Look => Severity switch
    {
        "s1" => ("bad", "alert"),
        "s2" => ("warn", "alert"),
        "s3" => ("info", "question"),
        _ => ("quiet", "question"),
    };
}
