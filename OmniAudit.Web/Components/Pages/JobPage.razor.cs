using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>A job as such; what it made has a page of its own.</summary>
public sealed partial class JobPage
{
    private JobView? _job;
    private bool _loaded;

    [Inject] private JobQueries Jobs { get; set; } = null!;

    [Parameter] public string JobId { get; set; } = "";

    /// <summary>A scan and its job share what follows the prefix.</summary>
    private string? ScanId => _job is { Kind: "sitelint.scan" } job ? "scn_" + job.JobId["job_".Length..] : null;

    /// <summary>So do a triage and its job.</summary>
    private string? DraftId => _job is { Kind: "auditlens.triage" } job ? "tri_" + job.JobId["job_".Length..] : null;

    protected override bool Concerns(Change change) => change.Topic == Topics.Jobs && change.Id == JobId;

    protected override async Task LoadAsync()
    {
        _job = await Jobs.FindAsync(JobId, Left);
        _loaded = true;
    }
}
