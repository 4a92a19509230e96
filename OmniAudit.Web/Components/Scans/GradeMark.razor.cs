using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>The grade of the response headers.</summary>
public sealed partial class GradeMark
{
    [Parameter, EditorRequired] public ReportSecurity Security { get; set; } = null!;

    private (string Tone, string Word) Look => Security.Grade.Length == 0 ? ("quiet", "not graded") : Security.Grade[0] switch
    {
        'A' => ("good", "good"),
        'B' or 'C' => ("warn", "needs work"),
        _ => ("bad", "poor"),
    };

    private string Tone => Look.Tone;
    private string Word => Look.Word;
}
