using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.SiteLint;

internal sealed class FindingsResource(ScanQueries scans, ReportStore reports) : ResourceKind
{
    public override string UriTemplate => "omniaudit://scans/{scan_id}/findings";
    public override string Name => "findings";
    public override string Title => "Findings of a scan";
    public override string Description => "Every finding of a completed scan, worst first, in parts.";
    public override string Tool => "sitelint.get_report";

    public override async Task<ResourceDocument?> FindAsync(IReadOnlyDictionary<string, string> variables, ResourceReader reader, CancellationToken cancellationToken)
    {
        if (await scans.SummaryAsync(variables["scan_id"], cancellationToken) is not { } scan) return null;
        var (report, head) = await ScanUris.ReportOfAsync(reports, scan, cancellationToken);
        var title = $"Findings on {ShortText.Of(scan.Url, 200)}";
        if (report is null) return new ResourceDocument(title, ScanUris.Page(scan.ScanId), head);
        head["note"] = ScanUris.Untrusted;
        var state = new FindingState(report);
        return new ResourceDocument(title, $"{ScanUris.Page(scan.ScanId)}#findings", head, "findings", [.. report.Findings.Select(f => State(FindingResource.Write(f, brief: true), state, f))]);
    }

    public override async Task<IReadOnlyList<string>> CompleteAsync(string variable, string prefix, IReadOnlyDictionary<string, string> known, ResourceReader reader, int take, CancellationToken cancellationToken) =>
        [.. (await scans.ListAsync(null, CompletionDepth, cancellationToken)).Scans.Where(s => s.ReportRef is not null && s.ScanId.StartsWith(prefix, StringComparison.Ordinal)).Select(s => s.ScanId).Take(take)];

    public override IEnumerable<string> UrisOf(Change change) => ScanUris.Changed(change, ScanUris.Findings);

    private static JsonObject State(JsonObject node, FindingState state, Finding finding)
    {
        if (state.Of(finding) is { } word) node["baseline_state"] = word;
        return node;
    }
}

internal sealed class FindingResource(ScanQueries scans, ReportStore reports) : ResourceKind
{
    /// <summary>Findings are in the reports alone: a search reads this many of the newest.</summary>
    private const int ReportsSearched = 10;

    public override string UriTemplate => "omniaudit://scans/{scan_id}/findings/{finding_id}";
    public override string Name => "finding";
    public override string Title => "One finding";
    public override string Description => "One finding of a completed scan: where, how bad, what to change.";
    public override string Tool => "sitelint.get_report";

    public override async Task<ResourceDocument?> FindAsync(IReadOnlyDictionary<string, string> variables, ResourceReader reader, CancellationToken cancellationToken)
    {
        if (await scans.SummaryAsync(variables["scan_id"], cancellationToken) is not { ReportRef: not null } scan) return null;
        var (report, _) = await ScanUris.ReportOfAsync(reports, scan, cancellationToken);
        if (report?.Findings.FirstOrDefault(f => f.FindingId == variables["finding_id"]) is not { } finding) return null;
        var head = Write(finding, brief: false);
        (head["scan_id"], head["site"], head["note"]) = (scan.ScanId, ShortText.Of(scan.Url, 500), ScanUris.Untrusted);
        return new ResourceDocument(TitleOf(finding), PageOf(scan, finding), head);
    }

    public override async Task<IReadOnlyList<string>> CompleteAsync(string variable, string prefix, IReadOnlyDictionary<string, string> known, ResourceReader reader, int take, CancellationToken cancellationToken)
    {
        if (variable == "scan_id")
            return [.. (await scans.ListAsync(null, CompletionDepth, cancellationToken)).Scans.Where(s => s.ReportRef is not null && s.ScanId.StartsWith(prefix, StringComparison.Ordinal)).Select(s => s.ScanId).Take(take)];
        if (!known.TryGetValue("scan_id", out var scanId) || await scans.SummaryAsync(scanId, cancellationToken) is not { } scan) return [];
        var (report, _) = await ScanUris.ReportOfAsync(reports, scan, cancellationToken);
        return [.. (report?.Findings ?? []).Select(f => f.FindingId).Where(f => f.StartsWith(prefix, StringComparison.Ordinal)).Take(take)];
    }

    public override async Task<IReadOnlyList<ResourceEntry>> SearchAsync(IReadOnlyList<string> words, ResourceReader reader, int take, CancellationToken cancellationToken)
    {
        var found = new List<ResourceEntry>();
        var newest = (await scans.ListAsync(null, ReportsSearched * 2, cancellationToken)).Scans.Where(s => s.ReportRef is not null).Take(ReportsSearched);
        foreach (var scan in newest)
        {
            if (found.Count >= take) break;
            var (report, _) = await ScanUris.ReportOfAsync(reports, scan, cancellationToken);
            found.AddRange((report?.Findings ?? []).Where(f => SearchWords.AllIn(words, f.FindingId, f.Title, f.Rule, f.Severity, f.Category, f.PageUrl, f.SuggestedFix)).Take(take - found.Count)
                .Select(f => new ResourceEntry(ScanUris.Finding(scan.ScanId, f.FindingId), TitleOf(f), PageOf(scan, f), scan.CreatedAt, MarkOf(scan.ScanId))));
        }
        return found;
    }

    public static JsonObject Write(Finding finding, bool brief)
    {
        var (line, text) = brief ? (200, 300) : (1_000, 2_000);
        return (JsonObject)JsonSerializer.SerializeToNode(finding with
        {
            Title = ShortText.Of(finding.Title, line), SuggestedFix = ShortText.Of(finding.SuggestedFix, text), PageUrl = ShortText.Of(finding.PageUrl, 500),
            Selector = ShortText.Of(finding.Selector, line), Evidence = ShortText.Of(finding.Evidence, text), EvidenceRefs = [.. finding.EvidenceRefs.Take(brief ? 2 : 10)],
            Templates = [.. finding.Templates.Take(brief ? 3 : 20).Select(t => ShortText.Of(t, 200))],
            // Marks are for comparing scans; nobody reads them.
            Places = brief ? [] : [.. finding.Places.Take(20).Select(p => p with { Url = ShortText.Of(p.Url, 300), Marks = [] })],
            PlacesUnlisted = brief ? finding.Places.Count + finding.PlacesUnlisted : Math.Max(0, finding.Places.Count - 20) + finding.PlacesUnlisted,
            EvidenceHeaders = brief ? new Dictionary<string, string>() : finding.EvidenceHeaders.ToDictionary(h => h.Key, h => ShortText.Of(h.Value, 300), StringComparer.Ordinal),
        }, ReportJson.Options)!;
    }

    private static string TitleOf(Finding finding) => $"{finding.Severity}: {ShortText.Of(finding.Title, 200)} ({finding.Rule})";

    private static string PageOf(ScanSummary scan, Finding finding) => $"{ScanUris.Page(scan.ScanId)}#{finding.FindingId}";
}
