using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.SiteLint;

/// <summary>
/// One scan. Whether it waits, runs, ended or failed is the job's to say; here is what outlives the job: what was asked and what came of it.
/// The report fields are filled in one write, after the report is stored: there is never half a report.
/// </summary>
internal sealed class ScanRow : IEntityTypeConfiguration<ScanRow>
{
    /// <summary>The job's id with another prefix: one follows from the other.</summary>
    public string ScanId { get; set; } = "";
    public string JobId { get; set; } = "";
    public string Url { get; set; } = "";
    public string Profile { get; set; } = "";
    public string ViewportSet { get; set; } = "";
    public int Pages { get; set; }
    public int S1 { get; set; }
    public int S2 { get; set; }
    public int S3 { get; set; }
    public int S4 { get; set; }
    /// <summary>Findings that are new against the baseline; null when nothing was compared.</summary>
    public int? NewFindings { get; set; }
    public int? FixedFindings { get; set; }
    /// <summary><c>passed</c> or <c>failed</c> by its budgets; null without budgets.</summary>
    public string? Verdict { get; set; }
    /// <summary>The schedule that started it.</summary>
    public string? ScheduleId { get; set; }
    public string? ReportRef { get; set; }
    public string? ReportSha256 { get; set; }
    public long ReportSize { get; set; }
    /// <summary>The archive, made when it is first asked for.</summary>
    public string? ZipRef { get; set; }
    public string? ZipSha256 { get; set; }
    public long ZipSize { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    public static string IdOf(string jobId) => "scn_" + jobId[(jobId.IndexOf('_', StringComparison.Ordinal) + 1)..];

    public void Configure(EntityTypeBuilder<ScanRow> builder)
    {
        builder.ToTable("scans").HasKey(s => s.ScanId);
        builder.Property(s => s.ScanId).HasMaxLength(40);
        builder.Property(s => s.Verdict).HasMaxLength(20);
        builder.Property(s => s.ScheduleId).HasMaxLength(40);
        builder.HasIndex(s => s.JobId).IsUnique();
        builder.HasIndex(s => s.ScheduleId);
    }
}
