namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>The objects that a report refers to, and nothing else of the store.</summary>
internal static class ReportObjects
{
    /// <summary>Reference to media type. What the audited site wrote (documents) is text here, never HTML: nothing of it may run.</summary>
    public static IReadOnlyDictionary<string, string> Of(ScanReport report)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var page in report.Pages)
        {
            if (page.Screenshot is { } shot) all.TryAdd(shot.Reference, "image/png");
            foreach (var frame in page.Filmstrip) all.TryAdd(frame.Reference, "image/png");
            if (page.SnapshotRef is { } snapshot) all.TryAdd(snapshot, "text/plain; charset=utf-8");
        }
        foreach (var finding in report.Findings)
        {
            foreach (var reference in finding.EvidenceRefs.Append(finding.CropRef ?? "").Where(r => r.Length > 0)) all.TryAdd(reference, "image/png");
            if (finding.EvidenceSnapshotRef is { } snapshot) all.TryAdd(snapshot, "text/plain; charset=utf-8");
        }
        return all;
    }
}
