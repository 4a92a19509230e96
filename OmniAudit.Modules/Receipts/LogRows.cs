using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.Receipts;

/// <summary>The hash of one complete subtree, leaves included. Written once when its last leaf is appended; appending and proving read O(log n) of them.</summary>
internal sealed class LogNodeRow : IEntityTypeConfiguration<LogNodeRow>
{
    /// <summary><see cref="TreeNode.Position"/>: the level in the top byte, the index below, so that one level's nodes lie side by side.</summary>
    public long Position { get; set; }
    public byte[] Hash { get; set; } = [];

    public void Configure(EntityTypeBuilder<LogNodeRow> builder)
    {
        builder.ToTable("log_nodes").HasKey(n => n.Position);
        builder.Property(n => n.Position).ValueGeneratedNever();
        builder.Property(n => n.Hash).HasMaxLength(MerkleTree.HashSize);
    }
}

/// <summary>The signed state of the log at one size. There is one for every size from 0 on.</summary>
internal sealed class LogCheckpointRow : IEntityTypeConfiguration<LogCheckpointRow>
{
    public long Size { get; set; }
    public byte[] Root { get; set; } = [];
    /// <summary>The signed note; its text repeats size and root.</summary>
    public string Note { get; set; } = "";

    public void Configure(EntityTypeBuilder<LogCheckpointRow> builder)
    {
        builder.ToTable("log_checkpoints").HasKey(c => c.Size);
        builder.Property(c => c.Size).ValueGeneratedNever();
        builder.Property(c => c.Root).HasMaxLength(MerkleTree.HashSize);
    }
}

/// <summary>Who this log is, for its whole life: one row.</summary>
internal sealed class LogIdentityRow : IEntityTypeConfiguration<LogIdentityRow>
{
    public const int OnlyId = 1;

    public int Id { get; set; } = OnlyId;
    public string Origin { get; set; } = "";
    /// <summary>The public key as other tools read it.</summary>
    public string Vkey { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<LogIdentityRow> builder)
    {
        builder.ToTable("log_identity").HasKey(i => i.Id);
        builder.Property(i => i.Id).ValueGeneratedNever();
    }
}
