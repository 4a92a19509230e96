using System.Runtime.CompilerServices;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>
/// What scans refer to: the report, the archive, and what the report names. Findings that a comparison calls fixed are the baseline's, and so are their pictures: they
/// last as long as that scan.
/// </summary>
internal sealed class ScanReferences(Database database, ReportStore reports) : IObjectReferrer
{
    public IReadOnlyList<string> Columns { get; } = ["scans.ReportRef", "scans.ZipRef"];

    public async IAsyncEnumerable<ObjectUse> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = database.RowsAsync(
            (db, last) => db.Set<ScanRow>().Where(s => s.ReportRef != null && string.Compare(s.ScanId, last) > 0).OrderBy(s => s.ScanId).Select(s => new { s.ScanId, s.ReportRef, s.ZipRef }), s => s.ScanId, cancellationToken);
        await foreach (var scan in rows)
        {
            var who = $"scan {scan.ScanId}: report";
            yield return new ObjectUse(scan.ReportRef!, who);
            if (scan.ZipRef is not null) yield return new ObjectUse(scan.ZipRef, $"scan {scan.ScanId}: archive");
            var (report, unread) = await ObjectReferrers.TryReadAsync(() => reports.LoadAsync(scan.ReportRef!, cancellationToken));
            if (report is null) yield return new ObjectUse(scan.ReportRef!, who, unread);
            else foreach (var (reference, type) in ReportObjects.Of(report)) yield return new ObjectUse(reference, $"scan {scan.ScanId}: {(type.StartsWith("image/", StringComparison.Ordinal) ? "picture" : "document")}");
        }
    }
}
