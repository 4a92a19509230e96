using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Webhooks;

namespace OmniAudit.Web.Components.Pages;

/// <summary>What needs a person, what runs, what happened; nothing on it that cannot be opened.</summary>
public sealed partial class OverviewPage
{
    private static readonly (string Status, string Label, string Tone)[] Tiles =
    [
        (CallStatus.Succeeded, "calls succeeded", ""), (CallStatus.NeedsApproval, "asked for approval", ""), (CallStatus.Refused, "refused", ""),
        (CallStatus.Failed, "failed", "bad"), (CallStatus.Unknown, "unknown", "bad"),
    ];

    private IReadOnlyList<ApprovalSummary> _pending = [];
    private IReadOnlyList<JobView> _jobs = [];
    private IReadOnlyDictionary<string, int> _calls = new Dictionary<string, int>();
    private int _unknown;
    private int _deadWebhooks;

    [Inject] private ApprovalQueries Approvals { get; set; } = null!;
    [Inject] private JobQueries Jobs { get; set; } = null!;
    [Inject] private WebhookQueries Webhooks { get; set; } = null!;
    [Inject] private AuditQueries Audit { get; set; } = null!;

    protected override bool Concerns(Change change) => change.Topic is Topics.Approvals or Topics.Jobs or Topics.Calls or Topics.Webhooks;

    protected override async Task LoadAsync()
    {
        _pending = await Approvals.ListAsync(new ApprovalFilter(ApprovalState.Pending, Take: 10), Left);
        _unknown = (await Approvals.CountAsync(Left)).Unknown;
        _deadWebhooks = await Webhooks.CountDeadAsync(Left);
        _jobs = [.. await Jobs.ListAsync(JobStatus.Running, 10, Left), .. await Jobs.ListAsync(JobStatus.Queued, 10, Left)];
        _calls = await Audit.CountAsync(Time.GetUtcNow().AddDays(-1), Left);
    }
}
