using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint.Schedules;

/// <summary>A scan that is made again and again.</summary>
internal sealed class ScanScheduleRow : IEntityTypeConfiguration<ScanScheduleRow>
{
    public string ScheduleId { get; set; } = "";
    public string Name { get; set; } = "";
    public string Url { get; set; } = "";
    /// <summary>The arguments of sitelint.start_scan, as they were checked.</summary>
    public string ArgumentsJson { get; set; } = "{}";
    public string Cron { get; set; } = "";
    /// <summary>An IANA name.</summary>
    public string TimeZone { get; set; } = "";
    public bool Enabled { get; set; }
    /// <summary>Null while it is off. In the past: due, or missed while nothing ran.</summary>
    public DateTimeOffset? NextAt { get; set; }
    public DateTimeOffset? LastAt { get; set; }
    public string? LastScanId { get; set; }
    /// <summary>Why the last time came to nothing; empty when it did not.</summary>
    public string Problem { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<ScanScheduleRow> builder)
    {
        builder.ToTable("scan_schedules").HasKey(s => s.ScheduleId);
        builder.Property(s => s.ScheduleId).HasMaxLength(40);
        builder.Property(s => s.Name).HasMaxLength(100);
        builder.Property(s => s.Cron).HasMaxLength(200);
        builder.Property(s => s.TimeZone).HasMaxLength(100);
        builder.HasIndex(s => s.Name).IsUnique();
    }
}

/// <summary>One change to a schedule, in the same commit as the change. Never edited, never deleted.</summary>
internal sealed class ScanScheduleChangeRow : IEntityTypeConfiguration<ScanScheduleChangeRow>
{
    public string ChangeId { get; set; } = "";
    public DateTimeOffset At { get; set; }
    public string BySubject { get; set; } = "";
    public string ByName { get; set; } = "";
    public string ScheduleId { get; set; } = "";
    public string ScheduleName { get; set; } = "";
    public string What { get; set; } = "";

    public static ScanScheduleChangeRow Of(ScanScheduleRow schedule, Actor by, string what, TimeProvider time) => new()
    {
        ChangeId = Ids.New("scc", time), At = time.GetUtcNow(), BySubject = by.Subject, ByName = by.Name, ScheduleId = schedule.ScheduleId, ScheduleName = schedule.Name,
        What = what.Length <= 1500 ? what : what[..1500],
    };

    public void Configure(EntityTypeBuilder<ScanScheduleChangeRow> builder)
    {
        builder.ToTable("scan_schedule_changes").HasKey(c => c.ChangeId);
        builder.Property(c => c.ChangeId).HasMaxLength(40);
        builder.Property(c => c.ScheduleId).HasMaxLength(40);
        builder.Property(c => c.What).HasMaxLength(1500);
        builder.HasIndex(c => c.ScheduleId);
    }
}
