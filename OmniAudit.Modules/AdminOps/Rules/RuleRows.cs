using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>A rule.</summary>
internal sealed class EventRuleRow : IEntityTypeConfiguration<EventRuleRow>
{
    public string RuleId { get; set; } = "";
    /// <summary>Grows with every change of any rule: who holds compiled rules sees that they are old.</summary>
    public long Revision { get; set; }
    public string Kind { get; set; } = "";
    public string Name { get; set; } = "";
    public bool Enabled { get; set; }
    /// <summary><see cref="EventRuleRequest"/> as JSON.</summary>
    public string Definition { get; set; } = "";
    public string SigmaId { get; set; } = "";
    public string Author { get; set; } = "";
    /// <summary>The file it came from with the product; null for people's own.</summary>
    public string? Starter { get; set; }
    public string Problem { get; set; } = "";
    public long Hits { get; set; }
    public DateTimeOffset? LastHitAt { get; set; }
    public DateTimeOffset? LastAlertAt { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ChangedAt { get; set; }
    public string ChangedBy { get; set; } = "";
    public string ChangedByName { get; set; } = "";

    public EventRuleRequest Request
    {
        get => JsonSerializer.Deserialize<EventRuleRequest>(Definition)! with { Enabled = Enabled };
        set => (Definition, Name, Enabled) = (JsonSerializer.Serialize(value), value.Name, value.Enabled);
    }

    public void Configure(EntityTypeBuilder<EventRuleRow> builder)
    {
        builder.ToTable("audit_rules").HasKey(r => r.RuleId);
        builder.Property(r => r.RuleId).HasMaxLength(40);
        builder.Property(r => r.Starter).HasMaxLength(100);
        builder.HasIndex(r => r.Starter).IsUnique();
        builder.Ignore(r => r.Request);
    }

    public EventRule View() => new(RuleId, Kind, Request, SigmaId, Author, Starter is not null, Problem, Hits, LastHitAt, LastAlertAt, CreatedAt, ChangedAt, ChangedByName);
}

/// <summary>Who changed which rule and how; also of rules that are gone.</summary>
internal sealed class EventRuleChangeRow : IEntityTypeConfiguration<EventRuleChangeRow>
{
    public long ChangeId { get; set; }
    public string RuleId { get; set; } = "";
    public string RuleName { get; set; } = "";
    public DateTimeOffset At { get; set; }
    public string By { get; set; } = "";
    public string ByName { get; set; } = "";
    public string What { get; set; } = "";

    public void Configure(EntityTypeBuilder<EventRuleChangeRow> builder)
    {
        builder.ToTable("audit_rule_changes").HasKey(c => c.ChangeId);
        builder.Property(c => c.RuleId).HasMaxLength(40);
        builder.HasIndex(c => c.RuleId);
    }
}

/// <summary>An event that a correlation or threshold counts. The whole state of correlations: what is alerted follows from these rows alone.</summary>
internal sealed class RuleHitRow : IEntityTypeConfiguration<RuleHitRow>
{
    public string RuleId { get; set; } = "";
    /// <summary>16 bytes of a hash of the group's values.</summary>
    public byte[] Group { get; set; } = [];
    public long EventId { get; set; }
    /// <summary>Which of the correlation's rules.</summary>
    public int Member { get; set; }
    public string? Value { get; set; }

    public void Configure(EntityTypeBuilder<RuleHitRow> builder)
    {
        builder.ToTable("audit_rule_hits").HasKey(h => new { h.RuleId, h.Group, h.EventId, h.Member });
        builder.Property(h => h.RuleId).HasMaxLength(40);
        builder.Property(h => h.Group).HasMaxLength(16).IsFixedLength();
        builder.Property(h => h.Value).HasMaxLength(300);
        builder.HasIndex(h => h.EventId);
    }
}
