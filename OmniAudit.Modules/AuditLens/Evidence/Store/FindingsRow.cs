using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>What was read out of evidence, once: the findings are an object.</summary>
internal sealed class FindingsRow : IEntityTypeConfiguration<FindingsRow>
{
    /// <summary><c>fns_…</c>: the findings_ref of the tools.</summary>
    public string FindingsId { get; set; } = "";
    /// <summary>The first piece of evidence; all are in the object.</summary>
    public string EvidenceId { get; set; } = "";
    public string Repo { get; set; } = "";
    public long RunId { get; set; }
    public string HeadSha { get; set; } = "";
    public string Profile { get; set; } = "";
    public string Dedupe { get; set; } = "";
    /// <summary>Compared with this one; null when nothing was compared.</summary>
    public string? BaseId { get; set; }
    public int Count { get; set; }
    public int S1 { get; set; }
    public int S2 { get; set; }
    public int S3 { get; set; }
    public int S4 { get; set; }
    public int? New { get; set; }
    public int? Fixed { get; set; }
    public string ObjectRef { get; set; } = "";
    public string Sha256 { get; set; } = "";
    /// <summary>The ids, ten bytes each, sorted: who knows a finding finds the set.</summary>
    public byte[] FindingKeys { get; set; } = [];
    public string CreatedBy { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<FindingsRow> builder)
    {
        builder.ToTable("finding_sets").HasKey(f => f.FindingsId);
        builder.Property(f => f.FindingsId).HasMaxLength(40);
        builder.Property(f => f.EvidenceId).HasMaxLength(40);
        builder.Property(f => f.Repo).HasMaxLength(201);
        builder.Property(f => f.HeadSha).HasMaxLength(64);
        builder.Property(f => f.Profile).HasMaxLength(40);
        builder.Property(f => f.Dedupe).HasMaxLength(20);
        builder.Property(f => f.BaseId).HasMaxLength(40);
        builder.Property(f => f.Sha256).HasMaxLength(64);
        builder.HasIndex(f => f.EvidenceId);
        builder.HasIndex(f => new { f.Repo, f.FindingsId });
    }
}
