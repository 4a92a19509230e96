using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>One piece of evidence. Written once, after its objects: there is never half of one.</summary>
internal sealed class EvidenceRow : IEntityTypeConfiguration<EvidenceRow>
{
    /// <summary><c>evd_…</c>: the evidence_ref of the tools.</summary>
    public string EvidenceId { get; set; } = "";
    public string Kind { get; set; } = "";
    public string Repo { get; set; } = "";
    public long RunId { get; set; }
    public int RunAttempt { get; set; }
    public string HeadSha { get; set; } = "";
    public string Workflow { get; set; } = "";
    public string Name { get; set; } = "";
    public long ArtifactId { get; set; }
    public string ContentSha256 { get; set; } = "";
    public string ManifestRef { get; set; } = "";
    /// <summary>Kept files.</summary>
    public int Files { get; set; }
    public int Rejected { get; set; }
    public long Bytes { get; set; }
    public long Redactions { get; set; }
    public string CreatedBy { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<EvidenceRow> builder)
    {
        builder.ToTable("evidence").HasKey(e => e.EvidenceId);
        builder.Property(e => e.EvidenceId).HasMaxLength(40);
        builder.Property(e => e.Kind).HasMaxLength(20);
        builder.Property(e => e.Repo).HasMaxLength(201);
        builder.Property(e => e.HeadSha).HasMaxLength(64);
        builder.Property(e => e.Name).HasMaxLength(300);
        builder.Property(e => e.ContentSha256).HasMaxLength(64);
        // The same content of the same origin is one piece of evidence.
        builder.HasIndex(e => new { e.Repo, e.RunId, e.RunAttempt, e.Kind, e.Name, e.ContentSha256 }).IsUnique();
        builder.HasIndex(e => new { e.Repo, e.HeadSha });
    }
}
