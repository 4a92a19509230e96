using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.Webhooks;

/// <summary>One event for one target, until it has arrived or is given up. Nothing is noted before a send: a row whose send nobody saw the end of is due, and is sent again under the same id.</summary>
internal sealed class WebhookDeliveryRow : IEntityTypeConfiguration<WebhookDeliveryRow>
{
    /// <summary>Counts up: the order of age, also within one millisecond.</summary>
    public long Sequence { get; set; }
    /// <summary>The <c>webhook-id</c> header; the same for every attempt.</summary>
    public string DeliveryId { get; set; } = "";
    /// <summary><see cref="WebhookTarget.Key"/>. The address itself may hold a secret and is not stored.</summary>
    public string TargetKey { get; set; } = "";
    public string TargetHost { get; set; } = "";
    public string Type { get; set; } = "";
    public string? ApprovalId { get; set; }
    /// <summary>The JSON text that is signed and sent, unchanged over attempts.</summary>
    public string Body { get; set; } = "";
    public string State { get; set; } = WebhookDeliveryState.Waiting;
    /// <summary>Attempts made since it was added, or since a person sent it again after it was dead.</summary>
    public int Attempts { get; set; }
    public DateTimeOffset NextAt { get; set; }
    public int? LastStatus { get; set; }
    /// <summary>Why the last attempt failed: a stable word, a colon, and what to do. At most 500 characters, no control characters.</summary>
    public string? LastError { get; set; }
    public DateTimeOffset? LastAt { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? DeliveredAt { get; set; }

    public void Configure(EntityTypeBuilder<WebhookDeliveryRow> builder)
    {
        builder.ToTable("webhook_deliveries").HasKey(d => d.Sequence);
        builder.HasIndex(d => d.DeliveryId).IsUnique();
        builder.HasIndex(d => new { d.State, d.TargetKey, d.Sequence });
    }
}

/// <summary>How a delivery stands.</summary>
public static class WebhookDeliveryState
{
    /// <summary>Not there yet; is sent when its time comes.</summary>
    public const string Waiting = "waiting";
    /// <summary>The target answered 2xx.</summary>
    public const string Delivered = "delivered";
    /// <summary>Given up; a person sends it again or drops it.</summary>
    public const string Dead = "dead";
}
