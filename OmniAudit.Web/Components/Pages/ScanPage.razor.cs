using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One scan: its progress, then what it found.</summary>
public sealed partial class ScanPage
{
    private ScanDetail? _detail;
    private (string Tone, string Text)? _answer;
    private bool _loaded;

    [Inject] private ScanQueries Scans { get; set; } = null!;
    [Inject] private ScanProgress Live { get; set; } = null!;
    [Inject] private JobRunner Jobs { get; set; } = null!;

    [Parameter] public string ScanId { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")] public string? Tab { get; set; }
    [SupplyParameterFromQuery(Name = "severity")] public string? Severity { get; set; }
    [SupplyParameterFromQuery(Name = "category")] public string? Category { get; set; }
    [SupplyParameterFromQuery(Name = "viewport")] public string? Viewport { get; set; }
    [SupplyParameterFromQuery(Name = "state")] public string? State { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Text { get; set; }

    private string Selected => _detail?.Report is { } report && Tabs(report).Any(t => t.Value == Tab) ? Tab! : "";

    protected override bool Concerns(Change change) => change.Topic == Topics.Jobs && (_detail is null || change.Id == _detail.Scan.JobId);

    protected override async Task LoadAsync()
    {
        // A finished report never changes, and may be large: a filter needs no second reading.
        if (_detail is { Report: not null } known && known.Scan.ScanId == ScanId) return;
        if (_detail?.Scan.ScanId != ScanId) _answer = null;
        _detail = await Scans.FindAsync(ScanId, Left);
        _loaded = true;
    }

    private async Task CancelAsync()
    {
        if (_detail is null) return;
        if (await CurrentPersonAsync() is not { } person) _answer = ("bad", "Your session has ended. Sign in again; nothing was done.");
        else _answer = await Jobs.CancelAsync(_detail.Scan.JobId, person, Left) is { } refusal ? ("bad", refusal) : ("good", "Told to stop. The browser is closed as soon as the scan hears of it.");
        await LoadAsync();
    }

    private static IEnumerable<(string Value, string Label)> Tabs(ScanReport report)
    {
        yield return ("", $"Findings ({report.Findings.Count})");
        yield return ("pages", $"Pages ({report.Summary.Pages})");
        if (report.Comparison is not null) yield return ("compare", "Before and after");
        if (report.Verdict is not null) yield return ("budgets", "Budgets");
        yield return ("review", $"Needs review ({report.Summary.NeedsReview})");
        yield return ("crawl", "Crawl, links, network");
    }

    private static ReportSecurity? WorstGrade(ScanReport report, string viewport) =>
        report.Pages.Where(p => p.Viewport == viewport).Select(p => p.Security).OfType<ReportSecurity>().MinBy(s => s.Score);
}
