using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.Jobs;

/// <summary>A durable piece of long work. <see cref="Status"/> is one of <see cref="JobStatus"/>.</summary>
internal sealed class JobRow : IEntityTypeConfiguration<JobRow>
{
    public string JobId { get; set; } = "";
    public string Module { get; set; } = "";
    public string Kind { get; set; } = "";
    public string Status { get; set; } = JobStatus.Queued;
    /// <summary>0 to 1.</summary>
    public double Progress { get; set; }
    /// <summary>What is happening now, for people: "page 3 of 12, mobile".</summary>
    public string Step { get; set; } = "";
    public string ArgumentsJson { get; set; } = "{}";
    public string? ResultRef { get; set; }
    public string? Error { get; set; }
    /// <summary>Who wants it ended, in words ("Cancelled by Ada."); null: nobody. On disk before the work hears of it, so that a restart does not take it up again.</summary>
    public string? Cancelled { get; set; }
    public string RequestedBy { get; set; } = "";
    public string RequestedByName { get; set; } = "";
    /// <summary>Unique per requester while set: a second submit with the same key returns this job.</summary>
    public string? IdempotencyKey { get; set; }
    /// <summary>The span that asked for it, as a W3C traceparent; null when nobody traced.</summary>
    public string? AskedBy { get; set; }
    public int Attempt { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    public void Configure(EntityTypeBuilder<JobRow> builder)
    {
        builder.ToTable("jobs").HasKey(j => j.JobId);
        builder.Property(j => j.JobId).HasMaxLength(40);
        builder.Property(j => j.AskedBy).HasMaxLength(55);
        builder.HasIndex(j => j.Status);
        builder.HasIndex(j => j.CreatedAt);
        builder.HasIndex(j => new { j.RequestedBy, j.IdempotencyKey }).IsUnique();
    }
}

/// <summary>The states of a job.</summary>
public static class JobStatus
{
    /// <summary>Accepted and durable, waiting for a free runner.</summary>
    public const string Queued = "queued";
    /// <summary>At work; after a restart it is queued again.</summary>
    public const string Running = "running";
    /// <summary>Done; the result is referenced.</summary>
    public const string Completed = "completed";
    /// <summary>Ended without a result; the error says why.</summary>
    public const string Failed = "failed";
}
