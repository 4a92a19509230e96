using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Ci;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One run: what failed, and what of it is stored.</summary>
public sealed partial class RunPage
{
    private const int MostJobs = 200;
    private const int MostEvidence = 50;

    private CiRunDetail? _detail;
    private string? _problem, _asked;
    private IReadOnlyList<EvidenceSummary> _evidence = [];

    [Inject] private CiRuns Runs { get; set; } = null!;
    [Inject] private EvidenceQueries Stored { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Parameter] public string Owner { get; set; } = "";
    [Parameter] public string Name { get; set; } = "";
    [Parameter] public long RunId { get; set; }

    private string Repo => $"{Owner}/{Name}";
    private bool Stopped => !IsLive || Busy is not null || Role < Role.Operator;

    protected override bool Concerns(Change change) => change.Topic == Topics.Evidence;

    protected override async Task LoadAsync()
    {
        _evidence = [.. (await Stored.ListAsync(Repo, RunId, null, MostEvidence, Left)).Evidence.Where(e => string.Equals(e.Repo, Repo, StringComparison.OrdinalIgnoreCase))];
        if (!IsLive || _asked == $"{Repo}/{RunId}") return;
        (_asked, _problem, _detail) = ($"{Repo}/{RunId}", null, null);
        try
        {
            _detail = await Runs.DetailAsync(Repo, RunId, Left);
        }
        catch (CiUnavailableException refused)
        {
            _problem = refused.Message;
        }
    }

    private async Task FetchAsync(string source, string name, int? attempt = null)
    {
        // Evidence of an artifact is of no attempt: every attempt adds to the run's artifacts.
        if (await CallAsync($"{source}{name}{attempt}", "auditlens.fetch_evidence", new { repo = Repo, run_id = RunId, artifact_name = name, source, attempt }) is not null) await LoadAsync();
    }

    private async Task ReadAsync()
    {
        // Oldest first, so that the set does not depend on what is stored later.
        var all = _evidence.Select(e => e.EvidenceId).Order(StringComparer.Ordinal).ToList();
        if (await CallAsync("read", "auditlens.parse_findings", new { evidence_ref = all[0], with_refs = all.Skip(1).ToArray() }) is { } answer && !Left.IsCancellationRequested)
            Navigation.NavigateTo(CiLinks.Findings(answer.GetProperty("findings_ref").GetString()!));
    }
}
