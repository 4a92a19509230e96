using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>How a source stands: its last run, its next one, and who runs it now.</summary>
internal sealed class SourceRow : IEntityTypeConfiguration<SourceRow>
{
    public string Source { get; set; } = "";
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
    /// <summary>The last run that came to its end.</summary>
    public DateTimeOffset? SucceededAt { get; set; }
    /// <summary>One of <see cref="FetchErrors"/>; null after a run that came to its end.</summary>
    public string? ErrorClass { get; set; }
    public string? ErrorWords { get; set; }
    /// <summary>Runs that failed since one came to its end.</summary>
    public int Failures { get; set; }
    /// <summary>When the clock starts the next run; null: not before a restart or a person asks (what failed does not mend itself).</summary>
    public DateTimeOffset? NextAt { get; set; }
    public DateTimeOffset? ReconciledAt { get; set; }
    public string? JobId { get; set; }
    public long Read { get; set; }
    public long Stored { get; set; }
    /// <summary>Who may store for this source: job and attempt. Every transaction of a run checks it.</summary>
    public string? Lease { get; set; }
    public DateTimeOffset? LeaseUntil { get; set; }

    public void Configure(EntityTypeBuilder<SourceRow> builder)
    {
        builder.ToTable("audit_sources").HasKey(s => s.Source);
        builder.Property(s => s.Source).HasMaxLength(16);
        builder.Property(s => s.JobId).HasMaxLength(40);
        builder.Property(s => s.Lease).HasMaxLength(60);
    }
}

/// <summary>What is read in one piece: a source, or a content type or kind of it.</summary>
internal sealed class FeedRow : IEntityTypeConfiguration<FeedRow>
{
    /// <summary>For example <c>directory</c>, <c>signin/servicePrincipal</c>, <c>unified/Audit.Exchange</c>.</summary>
    public string Feed { get; set; } = "";
    public string Source { get; set; } = "";
    /// <summary>Everything before this was read when it was old enough. Never the time of the newest event: those come late and out of order.</summary>
    public DateTimeOffset? SettledTo { get; set; }
    /// <summary>When its subscription was last started (at most every 15 minutes).</summary>
    public DateTimeOffset? SubscribedAt { get; set; }

    public void Configure(EntityTypeBuilder<FeedRow> builder)
    {
        builder.ToTable("audit_feeds").HasKey(f => f.Feed);
        builder.Property(f => f.Feed).HasMaxLength(60);
        builder.Property(f => f.Source).HasMaxLength(16);
    }
}

/// <summary>
/// One thing that was fetched, or could not be: a window of time, a blob of the unified audit log, an imported file. Written once, in the transaction that stores the
/// last of its events, and chained: each row's hash covers the one before.
/// </summary>
internal sealed class CoverageRow : IEntityTypeConfiguration<CoverageRow>
{
    /// <summary>1, 2, 3, … without gaps.</summary>
    public long Number { get; set; }
    public string Source { get; set; } = "";
    public string Feed { get; set; } = "";
    /// <summary>One of <see cref="CoverageKinds"/>.</summary>
    public string Kind { get; set; } = "";
    /// <summary>One of <see cref="CoverageStates"/>.</summary>
    public string State { get; set; } = "";
    /// <summary>The blob's content id, or the file's name; empty for a window.</summary>
    public string Name { get; set; } = "";
    /// <summary>The window's beginning; when a blob was made; when a file was imported.</summary>
    public DateTimeOffset From { get; set; }
    public DateTimeOffset To { get; set; }
    /// <summary>Up to here nothing more is expected; the rest of the window is read again.</summary>
    public DateTimeOffset SettledTo { get; set; }
    /// <summary>Blobs that a window lists.</summary>
    public int Listed { get; set; }
    public int Read { get; set; }
    public int Stored { get; set; }
    public int Duplicates { get; set; }
    public int Refused { get; set; }
    /// <summary>Of the bytes that were fetched, in order; empty when there were none. Lower-case hex.</summary>
    public string Sha256 { get; set; } = "";
    /// <summary>Why something is missing; empty when nothing is.</summary>
    public string Reason { get; set; } = "";
    /// <summary>The job, or who imported.</summary>
    public string By { get; set; } = "";
    public DateTimeOffset At { get; set; }
    public byte[] Previous { get; set; } = [];
    public byte[] Hash { get; set; } = [];

    public void Configure(EntityTypeBuilder<CoverageRow> builder)
    {
        builder.ToTable("audit_coverage").HasKey(c => c.Number);
        builder.Property(c => c.Number).ValueGeneratedNever();
        builder.Property(c => c.Source).HasMaxLength(16);
        builder.Property(c => c.Feed).HasMaxLength(60);
        builder.Property(c => c.Kind).HasMaxLength(10);
        builder.Property(c => c.State).HasMaxLength(10);
        builder.Property(c => c.Name).HasMaxLength(EventBounds.Id);
        builder.Property(c => c.Previous).HasMaxLength(32).IsFixedLength();
        builder.Property(c => c.Hash).HasMaxLength(32).IsFixedLength();
        builder.HasIndex(c => new { c.Feed, c.Kind, c.Name });
        builder.HasIndex(c => new { c.From, c.Feed });
    }
}

/// <summary>The values of <see cref="CoverageRow.Kind"/>.</summary>
internal static class CoverageKinds
{
    public const string Window = "window";
    public const string Blob = "blob";
    public const string Import = "import";
}

/// <summary>The values of <see cref="CoverageRow.State"/>.</summary>
internal static class CoverageStates
{
    /// <summary>Read to its end, and all of it stored.</summary>
    public const string Fetched = "fetched";
    /// <summary>Read, but not all: <see cref="CoverageRow.Reason"/>.</summary>
    public const string Partial = "partial";
    /// <summary>Too old to be had any more.</summary>
    public const string Expired = "expired";
    /// <summary>Listed, and then not there.</summary>
    public const string Missing = "missing";
    /// <summary>There, but not readable as what it should be.</summary>
    public const string Refused = "refused";
}
