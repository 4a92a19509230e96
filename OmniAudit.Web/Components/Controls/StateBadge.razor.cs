using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.Webhooks;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A state as a word, a drawing and a colour; the word is the one that answers and receipts use.</summary>
public sealed partial class StateBadge
{
    /// <summary>A state of an approval, a job, a recorded call, a webhook delivery, a standing rule, an agent, a release, its asset, or the verdict of a verification.</summary>
    [Parameter, EditorRequired] public string State { get; set; } = "";

    private (string Tone, string Icon, string Word) Look => State switch
    {
        ApprovalState.Pending => ("warn", "clock", "pending"),
        ApprovalState.Approved => ("info", "check", "approved"),
        ApprovalState.Executing => ("info", "play", "executing"),
        ApprovalState.Executed => ("good", "check", "executed"),
        ApprovalState.Failed => ("bad", "alert", "failed"),
        ApprovalState.Unknown => ("bad", "question", "unknown"),
        ApprovalState.Denied => ("bad", "cross", "denied"),
        ApprovalState.Expired => ("quiet", "clock", "expired"),
        ApprovalState.Cancelled => ("quiet", "ban", "cancelled"),
        JobStatus.Queued => ("quiet", "clock", "queued"),
        JobStatus.Running => ("info", "play", "running"),
        JobStatus.Completed => ("good", "check", "completed"),
        CallStatus.Started => ("info", "play", "started"),
        CallStatus.Succeeded => ("good", "check", "succeeded"),
        CallStatus.NeedsApproval => ("warn", "clock", "needs approval"),
        CallStatus.Refused => ("quiet", "ban", "refused"),
        "active" => ("good", "check", "active"),
        "revoked" or "off" => ("quiet", "ban", State),
        "live" => ("good", "play", "live"),
        "ended" or "used up" => ("quiet", "ban", State),
        WebhookDeliveryState.Waiting => ("warn", "clock", "waiting"),
        WebhookDeliveryState.Delivered => ("good", "check", "delivered"),
        WebhookDeliveryState.Dead => ("bad", "cross", "dead"),
        ReleaseState.Uploading or ReleaseState.Publishing => ("info", "play", State),
        ReleaseState.Published or ReleaseAssetState.Uploaded => ("good", "check", State),
        ReleaseState.Draft => ("quiet", "pencil", "draft"),
        ReleaseState.Incomplete => ("bad", "alert", "incomplete"),
        VerifyVerdict.Agree => ("good", "shield", "agrees"),
        VerifyVerdict.IntegrityOnly => ("good", "check", "integrity only"),
        VerifyVerdict.Conflict => ("bad", "cross", "conflict"),
        VerifyVerdict.NotListed => ("warn", "question", "nothing shown"),
        _ => ("quiet", "question", State),
    };
}
