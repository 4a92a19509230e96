using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// One entry of the log, never changed or deleted. <see cref="Bytes"/> is what was logged and what is shown; the other
/// columns repeat parts of it for filters, and <see cref="LogVerifier"/> checks that they say the same. The leaf hash
/// is the level-0 <see cref="LogNodeRow"/>.
/// </summary>
internal sealed class ReceiptRow : IEntityTypeConfiguration<ReceiptRow>
{
    /// <summary>The place in the log: 0, 1, 2, … without gaps.</summary>
    public long LeafIndex { get; set; }
    public string ReceiptId { get; set; } = "";
    /// <summary>The canonical JSON of a <see cref="ReceiptLeaf"/>.</summary>
    public byte[] Bytes { get; set; } = [];
    /// <summary>Lower-case hex SHA-256 of <see cref="Bytes"/>; the next receipt of the same operation names it.</summary>
    public string Sha256 { get; set; } = "";
    /// <summary>One of <see cref="ReceiptKind"/>.</summary>
    public string Kind { get; set; } = "";
    /// <summary>The approval's id.</summary>
    public string OperationId { get; set; } = "";
    public string Tool { get; set; } = "";
    public string Target { get; set; } = "";
    public string Requester { get; set; } = "";
    public string DecidedBy { get; set; } = "";
    public string Decision { get; set; } = "";
    public string State { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<ReceiptRow> builder)
    {
        builder.ToTable("receipts").HasKey(r => r.LeafIndex);
        builder.Property(r => r.LeafIndex).ValueGeneratedNever();
        builder.Property(r => r.ReceiptId).HasMaxLength(40);
        builder.Property(r => r.Sha256).HasMaxLength(64);
        builder.Property(r => r.Kind).HasMaxLength(20);
        builder.Property(r => r.OperationId).HasMaxLength(40);
        builder.Property(r => r.Tool).HasMaxLength(100);
        builder.Property(r => r.Decision).HasMaxLength(40);
        builder.Property(r => r.State).HasMaxLength(40);
        builder.HasIndex(r => r.ReceiptId).IsUnique();
        // Lists run newest first by the key; each of these ends in the key, so a filtered page is one short range.
        builder.HasIndex(r => new { r.OperationId, r.LeafIndex });
        builder.HasIndex(r => new { r.Tool, r.LeafIndex });
        builder.HasIndex(r => new { r.State, r.LeafIndex });
        builder.HasIndex(r => new { r.Kind, r.LeafIndex });
    }
}

/// <summary>The values of a receipt's <c>type</c>.</summary>
public static class ReceiptKind
{
    /// <summary>What was decided about a write, written before anything was sent; denied and expired requests have one too.</summary>
    public const string Decision = "decision";
    /// <summary>What became of an approved write.</summary>
    public const string Outcome = "outcome";
    /// <summary>One approval of several that a write needs; the last one is the decision.</summary>
    public const string Vote = "vote";
    /// <summary>A person changed what would run, before it was decided.</summary>
    public const string Edit = "edit";
    /// <summary>An unknown outcome was settled, by what was found or by a person who looked.</summary>
    public const string Settlement = "settlement";
    /// <summary>A standing rule was made or ended; the operation is the rule's id.</summary>
    public const string StandingRule = "standing_rule";

    /// <summary>The log's signing key was changed; the target is the new public key. Only the log itself writes it.</summary>
    public const string LogKey = "log_key";

    /// <summary>Every kind.</summary>
    public static IReadOnlyList<string> All { get; } = [Decision, Outcome, Vote, Edit, Settlement, StandingRule, LogKey];
}
