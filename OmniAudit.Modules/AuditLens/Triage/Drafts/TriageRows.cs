using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>One triage of a pull request. Whether it waits, runs or failed is the job's to say; what came of it is filled in one write, with version 1.</summary>
internal sealed class TriageDraftRow : IEntityTypeConfiguration<TriageDraftRow>
{
    /// <summary><c>tri_…</c>: the job's id with another prefix.</summary>
    public string DraftId { get; set; } = "";
    public string JobId { get; set; } = "";
    public string Repo { get; set; } = "";
    public long PrNumber { get; set; }
    public string PrTitle { get; set; } = "";
    public string HeadSha { get; set; } = "";
    public string BaseBranch { get; set; } = "";
    public int FailedRuns { get; set; }
    public int Causes { get; set; }
    public int Findings { get; set; }
    /// <summary>Null when nothing was compared.</summary>
    public int? New { get; set; }
    public int Flaky { get; set; }
    public int NotAnnotated { get; set; }
    /// <summary>Labels that were suggested, one a line.</summary>
    public string Labels { get; set; } = "";
    /// <summary>The newest version's number; 0 until the first is there. Of two who save, one wins.</summary>
    public int Version { get; set; }
    /// <summary>What it was written from: with this and the stored evidence version 1 comes out again.</summary>
    public string? FactsRef { get; set; }
    /// <summary>The findings of the pull request.</summary>
    public string? FindingsId { get; set; }
    /// <summary>The findings of the base.</summary>
    public string? BaseFindingsId { get; set; }
    public string CreatedBy { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    public static string IdOf(string jobId) => "tri_" + jobId[(jobId.IndexOf('_', StringComparison.Ordinal) + 1)..];

    public void Configure(EntityTypeBuilder<TriageDraftRow> builder)
    {
        builder.ToTable("triage_drafts").HasKey(d => d.DraftId);
        builder.Property(d => d.DraftId).HasMaxLength(40);
        builder.Property(d => d.Repo).HasMaxLength(201);
        builder.Property(d => d.HeadSha).HasMaxLength(64);
        builder.Property(d => d.FindingsId).HasMaxLength(40);
        builder.Property(d => d.BaseFindingsId).HasMaxLength(40);
        builder.Property(d => d.Version).IsConcurrencyToken();
        builder.HasIndex(d => d.JobId).IsUnique();
        builder.HasIndex(d => new { d.Repo, d.PrNumber });
    }
}

/// <summary>One version of a draft's text. Written once, never changed.</summary>
internal sealed class TriageVersionRow : IEntityTypeConfiguration<TriageVersionRow>
{
    public string DraftId { get; set; } = "";
    public int Number { get; set; }
    public string Markdown { get; set; } = "";
    /// <summary>Of the text's UTF-8, lower-case hex.</summary>
    public string Sha256 { get; set; } = "";
    public string BySubject { get; set; } = "";
    public string ByName { get; set; } = "";
    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<TriageVersionRow> builder) => builder.ToTable("triage_versions").HasKey(v => new { v.DraftId, v.Number });
}

/// <summary>A request that the console made of a draft. (Those of agents are found by the draft's id in their words.)</summary>
internal sealed class TriageRequestRow : IEntityTypeConfiguration<TriageRequestRow>
{
    public string ApprovalId { get; set; } = "";
    public string DraftId { get; set; } = "";
    public int Version { get; set; }

    public void Configure(EntityTypeBuilder<TriageRequestRow> builder)
    {
        builder.ToTable("triage_requests").HasKey(r => r.ApprovalId);
        builder.HasIndex(r => r.DraftId);
    }
}
