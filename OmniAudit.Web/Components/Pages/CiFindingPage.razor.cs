using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Ci;
using OmniAudit.Web.Components.Scans;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One finding of CI evidence, and what can be done about it.</summary>
public sealed partial class CiFindingPage
{
    private FindingSetDetail? _detail;
    private StoredFinding? _stored;
    private IssueDraft? _draft;
    private bool _loaded;

    [Inject] private EvidenceQueries Evidence { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Parameter] public string FindingsId { get; set; } = "";
    [Parameter] public string FindingId { get; set; } = "";

    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        if (_stored?.Finding.FindingId == FindingId && _detail?.Set.FindingsId == FindingsId) return;
        _draft = null;
        _detail = await Evidence.SetAsync(FindingsId, Left);
        _stored = _detail?.Findings.FirstOrDefault(f => f.Finding.FindingId == FindingId) ?? _detail?.Findings.FirstOrDefault(f => f.Finding.MergedIds.Contains(FindingId));
        _loaded = true;
    }

    private void Draft() => _draft = IssueDraft.Of(_stored!, _detail!.Set, Navigation.ToAbsoluteUri(CiLinks.Finding(FindingsId, FindingId)).AbsoluteUri);

    private async Task<ToolOutcome?> SendAsync(JsonElement arguments)
    {
        await CallAsync("issue", "auditlens.create_issue", arguments);
        return Outcome;
    }
}
