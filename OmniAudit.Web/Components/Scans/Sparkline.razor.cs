using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Scans;

/// <summary>Scores over time as a line; the numbers are its text.</summary>
public sealed partial class Sparkline
{
    /// <summary>0 to 1, oldest first.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<double> Values { get; set; } = [];
    [Parameter, EditorRequired] public string Label { get; set; } = "";

    private string Points => string.Join(' ', Values.Select((v, i) => $"{ScanWords.N(i * 100.0 / (Values.Count - 1))},{ScanWords.N(22 - Math.Clamp(v, 0, 1) * 20)}"));
}
