using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.AdminOps.Alerts;

/// <summary>An alert: what a rule found about one group in one slot of the clock.</summary>
internal sealed class AlertRow : IEntityTypeConfiguration<AlertRow>
{
    public long AlertId { get; set; }
    public string RuleId { get; set; } = "";
    /// <summary>As it was called when the alert was raised.</summary>
    public string RuleName { get; set; } = "";
    public string Severity { get; set; } = "";
    /// <summary>Hex of 16 bytes of a hash of the rule, the group's values and, for what is excluded, why.</summary>
    public string Fingerprint { get; set; } = "";
    /// <summary>Where the slot begins, Unix ms of event time.</summary>
    public long Slot { get; set; }
    /// <summary>Names and values, as JSON.</summary>
    public string Group { get; set; } = "";
    public string State { get; set; } = AlertStates.Open;
    /// <summary>Why it is suppressed for good; null when it is not.</summary>
    public string? Suppressed { get; set; }
    /// <summary>It is suppressed until then.</summary>
    public DateTimeOffset? SnoozedUntil { get; set; }
    public string? SnoozeReason { get; set; }
    public long Events { get; set; }
    public long FirstEventId { get; set; }
    public long LastEventId { get; set; }
    public DateTimeOffset RaisedAt { get; set; }
    public DateTimeOffset ChangedAt { get; set; }
    public DateTimeOffset? ClosedAt { get; set; }
    public string? HandledByName { get; set; }

    public void Configure(EntityTypeBuilder<AlertRow> builder)
    {
        builder.ToTable("audit_alerts").HasKey(a => a.AlertId);
        builder.Property(a => a.RuleId).HasMaxLength(40);
        builder.Property(a => a.Fingerprint).HasMaxLength(32);
        builder.Property(a => a.State).HasMaxLength(16);
        builder.HasIndex(a => new { a.Fingerprint, a.Slot }).IsUnique();
        builder.HasIndex(a => new { a.State, a.AlertId });
        builder.HasIndex(a => new { a.RuleId, a.AlertId });
    }
}

/// <summary>An event of an alert; the first <see cref="AlertWriter.MostEvents"/> are kept.</summary>
internal sealed class AlertEventRow : IEntityTypeConfiguration<AlertEventRow>
{
    public long AlertId { get; set; }
    public long EventId { get; set; }

    public void Configure(EntityTypeBuilder<AlertEventRow> builder)
    {
        builder.ToTable("audit_alert_events").HasKey(e => new { e.AlertId, e.EventId });
        builder.HasIndex(e => e.EventId);
    }
}

/// <summary>A step of an alert's history.</summary>
internal sealed class AlertChangeRow : IEntityTypeConfiguration<AlertChangeRow>
{
    public long ChangeId { get; set; }
    public long AlertId { get; set; }
    public DateTimeOffset At { get; set; }
    public string By { get; set; } = "";
    public string ByName { get; set; } = "";
    public string What { get; set; } = "";
    public string Reason { get; set; } = "";

    public void Configure(EntityTypeBuilder<AlertChangeRow> builder)
    {
        builder.ToTable("audit_alert_changes").HasKey(c => c.ChangeId);
        builder.HasIndex(c => c.AlertId);
    }
}

/// <summary>Alerts of a fingerprint, or of a whole rule, are suppressed for a time.</summary>
internal sealed class AlertSnoozeRow : IEntityTypeConfiguration<AlertSnoozeRow>
{
    public long SnoozeId { get; set; }
    public string RuleId { get; set; } = "";
    /// <summary>Null: all alerts of the rule.</summary>
    public string? Fingerprint { get; set; }
    public DateTimeOffset Until { get; set; }
    public string Reason { get; set; } = "";
    public string By { get; set; } = "";
    public string ByName { get; set; } = "";
    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<AlertSnoozeRow> builder)
    {
        builder.ToTable("audit_alert_snoozes").HasKey(s => s.SnoozeId);
        builder.Property(s => s.RuleId).HasMaxLength(40);
        builder.Property(s => s.Fingerprint).HasMaxLength(32);
        builder.HasIndex(s => new { s.RuleId, s.Until });
    }
}
