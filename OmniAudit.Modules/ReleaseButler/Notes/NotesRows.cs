using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Release notes as they were made; never changed. Written after their objects are stored: there is never a row without its document.</summary>
internal sealed class NotesRow : IEntityTypeConfiguration<NotesRow>
{
    public string NotesId { get; set; } = "";
    public string Repo { get; set; } = "";
    /// <summary>Null for a window of the latest commits.</summary>
    public string? FromName { get; set; }
    public string ToName { get; set; } = "";
    public string ToSha { get; set; } = "";
    public bool FallbackUsed { get; set; }
    public string GroupBy { get; set; } = "";
    public bool PrLinks { get; set; }
    public int Total { get; set; }
    public int OnLines { get; set; }
    public int Lines { get; set; }
    public int Excluded { get; set; }
    public int Missing { get; set; }
    public int Breaking { get; set; }
    /// <summary><see cref="StoredNotes"/>.</summary>
    public string DocumentRef { get; set; } = "";
    public string DocumentSha256 { get; set; } = "";
    public long DocumentSize { get; set; }
    public string CreatedBy { get; set; } = "";
    public string CreatedByName { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<NotesRow> builder)
    {
        builder.ToTable("release_notes").HasKey(n => n.NotesId);
        builder.Property(n => n.NotesId).HasMaxLength(40);
        builder.Property(n => n.Repo).HasMaxLength(210);
        builder.HasIndex(n => n.Repo);
    }
}

/// <summary>A version of the text of notes: 1 as it was made, the others as people saved them. Never changed, never deleted.</summary>
internal sealed class NotesVersionRow : IEntityTypeConfiguration<NotesVersionRow>
{
    public string NotesId { get; set; } = "";
    public int Number { get; set; }
    public string MarkdownRef { get; set; } = "";
    public string Sha256 { get; set; } = "";
    public long Size { get; set; }
    public string CreatedBy { get; set; } = "";
    public string CreatedByName { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<NotesVersionRow> builder)
    {
        builder.ToTable("release_note_versions").HasKey(v => new { v.NotesId, v.Number });
        builder.Property(v => v.NotesId).HasMaxLength(40);
    }
}
