using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Scans;

/// <summary>A score as an arc, a number and a word.</summary>
public sealed partial class ScoreGauge
{
    /// <summary>0 to 1; null says "not measured".</summary>
    [Parameter, EditorRequired] public double? Score { get; set; }
    [Parameter, EditorRequired] public string Label { get; set; } = "";

    private (string Word, string Tone, string Icon) Look => ScanWords.Score(Score);
}
