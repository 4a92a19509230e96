using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Scans;

namespace OmniAudit.Web.Components.Pages;

/// <summary>All scans, newest first, and how their sites went.</summary>
public sealed partial class ScansPage
{
    private const int PageSize = 50;

    private static readonly (string Value, string Label)[] Statuses = [.. new[] { JobStatus.Queued, JobStatus.Running, JobStatus.Completed, JobStatus.Failed }.Select(s => (s, s))];
    private static readonly (string Value, string Label)[] Profiles = [("quick", "quick"), ("standard", "standard"), ("deep", "deep")];
    private static readonly (string Value, string Label)[] Verdicts = [("passed", "kept"), ("failed", "not kept"), ("none", "no budgets")];

    private ScanList _list = new([], null);
    private IReadOnlyList<SiteTrend> _sites = [];
    private string _states = "";

    [Inject] private ScanQueries Scans { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "site")] public string? Site { get; set; }
    [SupplyParameterFromQuery(Name = "status")] public string? Status { get; set; }
    [SupplyParameterFromQuery(Name = "profile")] public string? Profile { get; set; }
    [SupplyParameterFromQuery(Name = "verdict")] public string? Verdict { get; set; }
    [SupplyParameterFromQuery(Name = "schedule")] public string? Schedule { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    private bool IsFiltered => (Site + Status + Profile + Verdict + Schedule + Before).Length > 0;

    protected override bool Concerns(Change change) => change.Topic == Topics.Jobs;

    protected override async Task LoadAsync()
    {
        _list = await Scans.ListAsync(new ScanFilter(Site, Status, Profile, Verdict, Schedule), string.IsNullOrEmpty(Before) ? null : Before, PageSize, Left);
        // A job tells of every step; a curve grows when a scan ends.
        var states = string.Join(' ', _list.Scans.Select(s => s.ScanId + s.Status));
        if (states == _states) return;
        _states = states;
        _sites = await SiteTrends.LoadAsync(Scans, _list.Scans, Left);
    }

    private static string Count(ScanSummary scan, int count) => scan.Status == JobStatus.Completed ? count.ToString() : "–";
}
