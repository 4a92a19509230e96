using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.SiteLint.Budgets;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Baseline;

/// <summary>What is added to a report once all pages are done: evidence, the comparison with the baseline, the verdict of the budgets.</summary>
internal sealed class ReportFinisher(Database database, ReportStore reports)
{
    public async Task<ScanReport> FinishAsync(ScanReport report, ScanArguments arguments, CancellationToken cancellationToken)
    {
        report = report with { Findings = FindingEvidence.Complete(report.Findings, report.Pages) };
        report = report with { Comparison = await CompareAsync(report, arguments, cancellationToken) };
        return arguments.Budgets is { } budgets ? report with { Verdict = BudgetJudge.Judge(report, budgets) } : report;
    }

    /// <summary>A scan that can be compared with: completed, and of the same origin as <paramref name="url"/>.</summary>
    /// <exception cref="ToolRefusedException">There is no such scan, it has no report, or it is of another site.</exception>
    public async Task<ScanRow> RequireBaselineAsync(string scanId, string url, CancellationToken cancellationToken)
    {
        var row = await reports.FindAsync(scanId, cancellationToken)
            ?? throw ToolRefusedException.NotFound("baseline_scan_id", scanId, "Use the scan_id of a completed scan of the same site.");
        if (row.ReportRef is null) throw new ToolRefusedException("not_ready", $"baseline_scan_id: {scanId} has no report (it is not completed, or it failed). Use a completed scan.", "baseline_scan_id");
        if (OriginOf(row.Url) != OriginOf(url))
            throw new ToolRefusedException("other_site", $"baseline_scan_id: {scanId} is a scan of {OriginOf(row.Url)}, not of {OriginOf(url)}. Scans are compared with earlier ones of the same origin only.", "baseline_scan_id");
        return row;
    }

    internal static string OriginOf(string url) => WebTarget.TryParse(url, out var target, out _) ? target.Origin : url;

    private async Task<ReportComparison?> CompareAsync(ScanReport report, ScanArguments arguments, CancellationToken cancellationToken)
    {
        ScanRow? row;
        if (arguments.BaselineScanId is { } id)
        {
            try
            {
                row = await RequireBaselineAsync(id, report.Url, cancellationToken);
            }
            catch (ToolRefusedException refused)
            {
                // Checked when the scan was asked for; pages were looked at since, and their results are not thrown away.
                return ScanComparer.None(id, refused.Message);
            }
        }
        else
        {
            row = await PreviousAsync(report, cancellationToken);
            if (row is null) return null;
        }
        try
        {
            return ScanComparer.Compare(report, await reports.LoadAsync(row.ReportRef!, cancellationToken));
        }
        catch (ObjectMissingException missing)
        {
            return ScanComparer.None(row.ScanId, missing.Message);
        }
    }

    /// <summary>The newest completed scan of the same schedule before this one; null when there is none, or when the schedule went to another site since.</summary>
    private async Task<ScanRow?> PreviousAsync(ScanReport report, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(db => db.Set<ScanRow>()
            .Where(s => s.ReportRef != null && s.ScanId != report.ScanId && string.Compare(s.ScanId, report.ScanId) < 0)
            .Where(s => db.Set<ScanRow>().Any(own => own.ScanId == report.ScanId && own.ScheduleId != null && own.ScheduleId == s.ScheduleId))
            .OrderByDescending(s => s.ScanId).FirstOrDefaultAsync(cancellationToken), cancellationToken);
        return row is not null && OriginOf(row.Url) == OriginOf(report.Url) ? row : null;
    }
}
