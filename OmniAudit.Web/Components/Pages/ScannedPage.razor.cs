using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Scans;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One page of a scan, its viewports side by side.</summary>
public sealed partial class ScannedPage
{
    private ScanDetail? _detail;
    private PageGroup? _page;
    private IReadOnlyList<Finding> _findings = [];
    private int _count;
    private bool _loaded;

    [Inject] private ScanQueries Scans { get; set; } = null!;

    [Parameter] public string ScanId { get; set; } = "";
    [Parameter] public int Number { get; set; }

    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        if (_detail?.Scan.ScanId != ScanId) _detail = await Scans.FindAsync(ScanId, Left);
        var pages = _detail?.Report is { } report ? PageGroup.Of(report) : [];
        (_count, _page) = (pages.Count, pages.ElementAtOrDefault(Number - 1));
        _findings = _page is null ? [] : [.. _detail!.Report!.Findings.Where(f => f.PageUrl == _page.Url || f.Places.Any(p => p.Url == _page.Url))];
        _loaded = true;
    }
}
