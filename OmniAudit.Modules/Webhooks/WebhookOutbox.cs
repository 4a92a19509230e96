using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Webhooks;

/// <summary>
/// Takes events in. Call inside the transaction of the change they tell of: what is committed is delivered whatever
/// crashes, and what is rolled back is never sent. The sender wakes by what is published after the commit, on
/// <see cref="Topics.Approvals"/> or <see cref="Topics.Webhooks"/>.
/// </summary>
internal sealed class WebhookOutbox(WebhookTargets targets, OmniAuditOptions options, TimeProvider time)
{
    /// <summary>Adds one delivery per configured target; nothing when there is none. Does not save.</summary>
    public void Add(OmniAuditDb db, WebhookEvent e)
    {
        if (targets.All.Count == 0) return;
        var body = e.ToJson(time.GetUtcNow(), PublicUrl);
        foreach (var target in targets.All) db.Add(Row(target, e.Type, e.ApprovalId, body));
    }

    /// <summary>Adds one <see cref="WebhookTypes.AlertRaised"/> per configured target. Does not save; publish <see cref="Topics.Webhooks"/> after the commit.</summary>
    public void AddAlert(OmniAuditDb db, WebhookAlert alert)
    {
        if (targets.All.Count == 0) return;
        var body = alert.ToJson(time.GetUtcNow(), PublicUrl);
        foreach (var target in targets.All) db.Add(Row(target, WebhookTypes.AlertRaised, null, body));
    }

    /// <summary>Adds a <see cref="WebhookTypes.Test"/> for one target. Does not save.</summary>
    public void AddTest(OmniAuditDb db, WebhookTarget target) =>
        db.Add(Row(target, WebhookTypes.Test, null, WebhookEvent.TestJson(time.GetUtcNow(), PublicUrl)));

    private string PublicUrl => options.App.PublicUrl.TrimEnd('/');

    private WebhookDeliveryRow Row(WebhookTarget target, string type, string? approvalId, string body)
    {
        var now = time.GetUtcNow();
        return new WebhookDeliveryRow
        {
            DeliveryId = Ids.New("whd", time), TargetKey = target.Key, TargetHost = target.Host, Type = type, ApprovalId = approvalId, Body = body, CreatedAt = now, NextAt = now,
        };
    }
}
