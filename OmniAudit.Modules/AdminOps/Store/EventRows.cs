using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>One event, as it is filtered, listed and counted. Written once.</summary>
internal sealed class EventRow : IEntityTypeConfiguration<EventRow>
{
    /// <summary><see cref="Events.EventId"/>: sorts by time.</summary>
    public long EventId { get; set; }
    /// <summary>16 bytes of a hash of tenant, source and source id: a record is stored once.</summary>
    public byte[] Key { get; set; } = [];
    public string Tenant { get; set; } = "";
    public string Source { get; set; } = "";
    public string SourceId { get; set; } = "";
    public DateTimeOffset IngestedAt { get; set; }
    public string Service { get; set; } = "";
    public int? RecordType { get; set; }
    public string? Category { get; set; }
    public string Operation { get; set; } = "";
    public EventOutcome Outcome { get; set; }
    public string? ResultRaw { get; set; }
    public string? ResultCode { get; set; }
    public string ActorKind { get; set; } = "";
    public string? ActorId { get; set; }
    public string? ActorUpn { get; set; }
    public string? ActorDisplay { get; set; }
    public string? Ip { get; set; }
    public int? Port { get; set; }
    public string? UserAgent { get; set; }
    /// <summary>Targets, changes and doubts, as JSON.</summary>
    public string Details { get; set; } = "";
    public string? CorrelationId { get; set; }
    public string? ClientApp { get; set; }
    public string? Geo { get; set; }
    public string Summary { get; set; } = "";
    public string? Severity { get; set; }

    /// <summary>Who did what, where, and how it ended: half of the columns, which is what it costs to read very many rows.</summary>
    public static readonly Expression<Func<EventRow, EventRow>> Brief = e => new EventRow
    {
        EventId = e.EventId, Tenant = e.Tenant, Source = e.Source, Service = e.Service, RecordType = e.RecordType, Operation = e.Operation, Outcome = e.Outcome, ResultRaw = e.ResultRaw,
        ActorKind = e.ActorKind, ActorId = e.ActorId, ActorUpn = e.ActorUpn, ActorDisplay = e.ActorDisplay, Ip = e.Ip,
    };

    /// <summary>What it is counted by.</summary>
    public string OperationNorm => AuditEvent.Norm(Operation);

    /// <inheritdoc cref="OperationNorm"/>
    public string ActorKey => EventActor.KeyOf(ActorUpn, ActorId, ActorDisplay);

    public void Configure(EntityTypeBuilder<EventRow> builder)
    {
        builder.ToTable("audit_events").HasKey(e => e.EventId);
        builder.Property(e => e.EventId).ValueGeneratedNever();
        builder.Property(e => e.Key).HasMaxLength(16).IsFixedLength();
        builder.Property(e => e.Tenant).HasMaxLength(64);
        builder.Property(e => e.Source).HasMaxLength(16);
        builder.Property(e => e.SourceId).HasMaxLength(EventBounds.Id);
        builder.Property(e => e.Service).HasMaxLength(EventBounds.Name);
        builder.Property(e => e.Operation).HasMaxLength(EventBounds.Text);
        builder.Property(e => e.CorrelationId).HasMaxLength(EventBounds.Id);
        builder.HasIndex(e => e.Key).IsUnique();
    }
}

/// <summary>The record itself, byte for byte, compressed. Apart from the row, so that lists never read it.</summary>
internal sealed class EventRawRow : IEntityTypeConfiguration<EventRawRow>
{
    public long EventId { get; set; }
    /// <summary>Brotli; as it is when that is not smaller: <see cref="Packed"/>.</summary>
    public byte[] Content { get; set; } = [];
    public bool Packed { get; set; }
    /// <summary>Of the record's own bytes.</summary>
    public byte[] Sha256 { get; set; } = [];

    public void Configure(EntityTypeBuilder<EventRawRow> builder)
    {
        builder.ToTable("audit_event_raw").HasKey(e => e.EventId);
        builder.Property(e => e.EventId).ValueGeneratedNever();
        builder.Property(e => e.Sha256).HasMaxLength(32).IsFixedLength();
        builder.HasOne<EventRow>().WithOne().HasForeignKey<EventRawRow>(e => e.EventId).OnDelete(DeleteBehavior.Cascade);
    }
}

/// <summary>An event that arrived and that the rules have not seen: a queue. A row goes in with its event, and out with what the rules made of it.</summary>
internal sealed class EventArrivalRow : IEntityTypeConfiguration<EventArrivalRow>
{
    public long ArrivalId { get; set; }
    public long EventId { get; set; }

    public void Configure(EntityTypeBuilder<EventArrivalRow> builder) => builder.ToTable("audit_event_arrivals").HasKey(a => a.ArrivalId);
}

/// <summary>What events are counted by. Written once; <see cref="EventCounts.KindId"/> says how it gets its id.</summary>
internal sealed class EventKindRow : IEntityTypeConfiguration<EventKindRow>
{
    public long KindId { get; set; }
    public string Source { get; set; } = "";
    public string Service { get; set; } = "";
    /// <summary>Empty, with the result, in the kinds of <see cref="CountStep.BriefHour"/> and <see cref="CountStep.BriefDay"/>.</summary>
    public string Operation { get; set; } = "";
    public EventOutcome Outcome { get; set; }
    public string Result { get; set; } = "";

    public void Configure(EntityTypeBuilder<EventKindRow> builder)
    {
        builder.ToTable("audit_event_kinds").HasKey(k => k.KindId);
        builder.Property(k => k.KindId).ValueGeneratedNever();
        builder.Property(k => k.Source).HasMaxLength(16);
        builder.Property(k => k.Service).HasMaxLength(EventBounds.Name);
        builder.Property(k => k.Operation).HasMaxLength(EventBounds.Text);
        builder.Property(k => k.Result).HasMaxLength(EventBounds.Name);
    }
}

/// <summary>What a row of counts stands for. A long time is counted by days, a histogram by hours; totals need no operations.</summary>
internal enum CountStep
{
    Hour = 1,
    Day = 2,
    /// <summary>An hour by source, service and outcome alone.</summary>
    BriefHour = 3,
    /// <inheritdoc cref="BriefHour"/>
    BriefDay = 4,
}

/// <summary>How many events of a kind an hour or a day had. Kept in the transaction that stores the events.</summary>
internal sealed class EventCountRow : IEntityTypeConfiguration<EventCountRow>
{
    public CountStep Step { get; set; }
    /// <summary>Unix hours or Unix days (UTC), as the step says.</summary>
    public int At { get; set; }
    public long KindId { get; set; }
    public long Events { get; set; }

    public void Configure(EntityTypeBuilder<EventCountRow> builder) => builder.ToTable("audit_event_counts").HasKey(c => new { c.Step, c.At, c.KindId });
}

/// <summary>Somebody or something that did something. Written once.</summary>
internal sealed class EventActorRow : IEntityTypeConfiguration<EventActorRow>
{
    /// <summary><see cref="EventCounts.NameId"/> of the actor.</summary>
    public long ActorId { get; set; }
    /// <summary><see cref="EventActor.Key"/>.</summary>
    public string Actor { get; set; } = "";

    public void Configure(EntityTypeBuilder<EventActorRow> builder)
    {
        builder.ToTable("audit_actors").HasKey(a => a.ActorId);
        builder.Property(a => a.ActorId).ValueGeneratedNever();
        builder.Property(a => a.Actor).HasMaxLength(EventBounds.Id);
    }
}

/// <summary>How many events of a service an actor had on a day (UTC).</summary>
internal sealed class ActorCountRow : IEntityTypeConfiguration<ActorCountRow>
{
    /// <summary><see cref="EventCounts.NameId"/> of the service; <see cref="EventCounts.EveryService"/> for all of them.</summary>
    public long ServiceId { get; set; }
    /// <summary>Unix days.</summary>
    public int Day { get; set; }
    public long ActorId { get; set; }
    public long Events { get; set; }

    public void Configure(EntityTypeBuilder<ActorCountRow> builder) => builder.ToTable("audit_actor_counts").HasKey(c => new { c.ServiceId, c.Day, c.ActorId });
}

/// <summary>A tag on an event.</summary>
internal sealed class EventTagRow : IEntityTypeConfiguration<EventTagRow>
{
    public long EventId { get; set; }
    public string Tag { get; set; } = "";

    public void Configure(EntityTypeBuilder<EventTagRow> builder)
    {
        builder.ToTable("audit_event_tags").HasKey(t => new { t.EventId, t.Tag });
        builder.Property(t => t.Tag).HasMaxLength(EventBounds.Tag);
        builder.HasIndex(t => new { t.Tag, t.EventId });
    }
}

/// <summary>What somebody wrote about an event.</summary>
internal sealed class EventCommentRow : IEntityTypeConfiguration<EventCommentRow>
{
    public string CommentId { get; set; } = "";
    public long EventId { get; set; }
    public string Text { get; set; } = "";
    public string By { get; set; } = "";
    public string ByName { get; set; } = "";
    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<EventCommentRow> builder)
    {
        builder.ToTable("audit_event_comments").HasKey(c => c.CommentId);
        builder.Property(c => c.CommentId).HasMaxLength(40);
        builder.HasIndex(c => c.EventId);
    }
}

/// <summary>The most characters of what is kept apart from the record. Longer ones are cut in the row; the record stays whole.</summary>
internal static class EventBounds
{
    public const int Id = 300;
    public const int Name = 200;
    public const int Text = 1000;
    public const int Tag = 50;
    public const int Comment = 4000;
    public const int Tags = 30;
}

/// <summary>A service that has had events: what a filter that leaves services out chooses from.</summary>
internal sealed class EventServiceRow : IEntityTypeConfiguration<EventServiceRow>
{
    public string Service { get; set; } = "";

    public void Configure(EntityTypeBuilder<EventServiceRow> builder)
    {
        builder.ToTable("audit_services").HasKey(s => s.Service);
        builder.Property(s => s.Service).HasMaxLength(EventBounds.Name);
    }
}
