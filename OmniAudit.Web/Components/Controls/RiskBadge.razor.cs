using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>What a tool may change, as a word with a drawing.</summary>
public sealed partial class RiskBadge
{
    /// <summary><c>read</c>, <c>work</c>, <c>write</c> or <c>destructive_write</c>.</summary>
    [Parameter, EditorRequired] public string Risk { get; set; } = "";

    private (string Tone, string Icon, string Word) Look => Risk.ToLowerInvariant() switch
    {
        "read" => ("quiet", "eye", "reads"),
        "work" => ("info", "play", "starts work"),
        "write" => ("warn", "pencil", "writes"),
        "destructive_write" => ("bad", "alert", "may overwrite or delete"),
        var other => ("quiet", "question", other),
    };
}
