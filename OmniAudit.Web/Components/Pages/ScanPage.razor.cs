using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One scan: its progress, then what it found.</summary>
public sealed partial class ScanPage
{
    private ScanDetail? _detail;
    private bool _loaded;

    [Inject] private ScanQueries Scans { get; set; } = null!;

    [Parameter] public string ScanId { get; set; } = "";

    protected override bool Concerns(Change change) => change.Topic == Topics.Jobs && (_detail is null || change.Id == _detail.Scan.JobId);

    protected override async Task LoadAsync()
    {
        _detail = await Scans.FindAsync(ScanId, Left);
        _loaded = true;
    }

    private static string Host(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.Host : url;
}
