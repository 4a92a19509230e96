using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Layout;
using OmniAudit.Web.Components.Scans;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One finding with its evidence, and what can be done about it.</summary>
public sealed partial class FindingPage
{
    private const string VerifyTool = "sitelint.verify_finding";
    private const string IssueTool = "auditlens.create_issue";

    private ScanDetail? _detail;
    private Finding? _finding;
    private IssueDraft? _draft;
    private ToolOutcome? _verified;
    private string _mark = "";
    private bool _loaded, _verifying;

    [Inject] private ScanQueries Scans { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Parameter] public string ScanId { get; set; } = "";
    [Parameter] public string FindingId { get; set; } = "";

    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        if (_finding?.FindingId == FindingId && _detail?.Scan.ScanId == ScanId) return;
        (_draft, _verified) = (null, null);
        _detail = await Scans.FindAsync(ScanId, Left);
        _finding = _detail?.Report?.Findings.FirstOrDefault(f => f.FindingId == FindingId);
        _mark = _finding is null ? "" : new FindingMarks(_detail!.Report!).Of(_finding);
        _loaded = true;
    }

    private void Draft() => _draft = IssueDraft.Of(_finding!, ScanId, _detail!.Report!.FinishedAt, Navigation.ToAbsoluteUri(PageLinks.Finding(ScanId, FindingId)).AbsoluteUri);

    private async Task VerifyAsync()
    {
        if (_verifying) return;
        _verifying = true;
        StateHasChanged();
        try
        {
            _verified = await RunAsync(VerifyTool, new { scan_id = ScanId, finding_id = FindingId });
        }
        finally
        {
            _verifying = false;
        }
    }

    private async Task<ToolOutcome?> SendAsync(JsonElement arguments) => await RunAsync(IssueTool, arguments);
}
