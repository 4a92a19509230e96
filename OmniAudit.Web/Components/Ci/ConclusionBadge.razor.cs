using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence;

namespace OmniAudit.Web.Components.Ci;

/// <summary>How a run or job ended, or that it has not.</summary>
public sealed partial class ConclusionBadge
{
    [Parameter, EditorRequired] public string? Conclusion { get; set; }
    [Parameter, EditorRequired] public string Status { get; set; } = "";

    private (string Tone, string Icon, string Word) Look => Conclusion switch
    {
        null or "" => ("info", "clock", Status.Replace('_', ' ')),
        "success" => ("good", "check", "success"),
        "cancelled" => ("warn", "ban", "cancelled"),
        "skipped" or "neutral" or "stale" => ("quiet", "pause", Conclusion),
        _ when CiRuns.IsFailure(Conclusion) => ("bad", "cross", Conclusion.Replace('_', ' ')),
        _ => ("quiet", "question", Conclusion),
    };
}
