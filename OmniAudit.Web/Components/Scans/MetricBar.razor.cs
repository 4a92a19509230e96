using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Web.Components.Scans;

/// <summary>A measured value as a bar over the zones good, needs work and poor.</summary>
public sealed partial class MetricBar
{
    [Parameter, EditorRequired] public double Value { get; set; }

    /// <summary>Null draws the bar alone.</summary>
    [Parameter] public MetricThresholds? Thresholds { get; set; }

    private double Most => Math.Max(Value, (Thresholds?.Poor ?? Value) * 1.5);

    private double X(double value) => Most <= 0 ? 0 : Math.Clamp(value / Most, 0, 1) * 120;

    private string At(double value) => ScanWords.N(X(value));
}
