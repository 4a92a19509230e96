using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Ci;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One piece of evidence: its manifest, and what was read out of it.</summary>
public sealed partial class EvidencePage
{
    private const int Most = 500;

    private EvidenceDetail? _detail;
    private string _profile = "auto", _dedupe = "by_id";
    private SubjectBook _book = SubjectBook.Empty;
    private bool _loaded;

    [Inject] private EvidenceQueries Stored { get; set; } = null!;
    [Inject] private OperatorDirectory Operators { get; set; } = null!;
    [Inject] private AgentDirectory Agents { get; set; } = null!;
    [Inject] private ApprovalQueries Approvals { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Parameter] public string EvidenceId { get; set; } = "";

    protected override bool Concerns(Change change) => change.Topic == Topics.Evidence;

    protected override async Task LoadAsync()
    {
        _book = await SubjectBook.ReadAsync(Operators, Agents, Approvals, Left);
        _detail = await Stored.GetAsync(EvidenceId, Left);
        _loaded = true;
    }

    private async Task ReadAsync()
    {
        if (await CallAsync("read", "auditlens.parse_findings", new { evidence_ref = EvidenceId, parser_profile = _profile, dedupe_strategy = _dedupe }) is { } answer && !Left.IsCancellationRequested)
            Navigation.NavigateTo(CiLinks.Findings(answer.GetProperty("findings_ref").GetString()!));
    }
}
