using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>Everything about one page in one viewport.</summary>
public sealed partial class VisitView
{
    [Parameter, EditorRequired] public string ScanId { get; set; } = "";
    [Parameter, EditorRequired] public ReportPage Visit { get; set; } = null!;
    /// <summary>Unique on the page.</summary>
    [Parameter, EditorRequired] public string Id { get; set; } = "";

    private IReadOnlyList<ReportAudit> Reviews => [.. Visit.Audits.Where(a => a.Review is not null)];

    private static (string Word, string Tone, string Icon) Look(ReportAudit audit) => audit.Score switch
    {
        null when audit.Review is not null => ("needs a person's look", "quiet", "eye"),
        null => ("not applicable", "quiet", "question"),
        >= 0.9 => ("passed", "good", "check"),
        > 0 => ($"{ScanWords.Points(audit.Score)} of 100", "warn", "alert"),
        _ => (audit.Weight > 0 ? "failed" : "not done", audit.Weight > 0 ? "bad" : "warn", audit.Weight > 0 ? "cross" : "alert"),
    };
}
