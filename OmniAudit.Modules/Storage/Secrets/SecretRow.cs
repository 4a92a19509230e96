using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.Storage.Secrets;

/// <summary>A sealed secret: its content under a data key of its own, and the data key wrapped by the master key. Both by AES-256-GCM with the name as associated data.</summary>
internal sealed class SecretRow : IEntityTypeConfiguration<SecretRow>
{
    public string Name { get; set; } = "";
    /// <summary>Which master key wraps the data key: <see cref="MasterKey.Id"/>.</summary>
    public string MasterKeyId { get; set; } = "";
    public byte[] KeyNonce { get; set; } = [];
    /// <summary>Ciphertext, then the 16-byte tag.</summary>
    public byte[] WrappedKey { get; set; } = [];
    public byte[] Nonce { get; set; } = [];
    /// <summary>Ciphertext, then the 16-byte tag.</summary>
    public byte[] Ciphertext { get; set; } = [];
    public DateTimeOffset CreatedAt { get; set; }

    public void Configure(EntityTypeBuilder<SecretRow> builder)
    {
        builder.ToTable("secrets").HasKey(s => s.Name);
        builder.Property(s => s.Name).HasMaxLength(200);
        builder.Property(s => s.MasterKeyId).HasMaxLength(16);
        builder.HasIndex(s => s.MasterKeyId);
    }
}
