using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.Identities;

/// <summary>A WebAuthn credential that signs an operator in (a credential record of https://www.w3.org/TR/webauthn-3/#credential-record).</summary>
internal sealed class PasskeyRow : IEntityTypeConfiguration<PasskeyRow>
{
    /// <summary>The credential's id, at most 1023 bytes; unique over all people.</summary>
    public byte[] CredentialId { get; set; } = [];
    public string OperatorId { get; set; } = "";
    /// <summary>What its owner calls it.</summary>
    public string Name { get; set; } = "";
    /// <summary>COSE_Key.</summary>
    public byte[] PublicKey { get; set; } = [];
    /// <summary>0 for authenticators that do not count; else it only grows.</summary>
    public long SignCount { get; set; }
    /// <summary>Joined by commas.</summary>
    public string Transports { get; set; } = "";
    public bool IsBackupEligible { get; set; }
    public bool IsBackedUp { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? LastUsedAt { get; set; }

    public PasskeyInfo ToInfo() => new(Convert.ToHexStringLower(CredentialId), Name, IsBackupEligible, CreatedAt, LastUsedAt);

    /// <summary>As Identity's handler knows it. The attestation was looked at once, and is not kept.</summary>
    public UserPasskeyInfo ToCredential() =>
        new(CredentialId, PublicKey, CreatedAt, (uint)SignCount, Transports.Split(',', StringSplitOptions.RemoveEmptyEntries), isUserVerified: true, IsBackupEligible, IsBackedUp, [], []) { Name = Name };

    public void Configure(EntityTypeBuilder<PasskeyRow> builder)
    {
        builder.ToTable("passkeys").HasKey(p => p.CredentialId);
        builder.Property(p => p.CredentialId).HasMaxLength(1023);
        builder.Property(p => p.OperatorId).HasMaxLength(40);
        builder.Property(p => p.Name).HasMaxLength(60);
        builder.Property(p => p.Transports).HasMaxLength(200);
        builder.HasIndex(p => p.OperatorId);
        builder.HasOne<OperatorRow>().WithMany().HasForeignKey(p => p.OperatorId).OnDelete(DeleteBehavior.Restrict);
    }
}

/// <summary>A passkey as its owner sees it.</summary>
/// <param name="Id">The credential's id in lower-case hex.</param>
/// <param name="IsSynced">It may live on several devices (a password manager's); otherwise in one device or security key.</param>
/// <param name="LastUsedAt">Null until it was used to sign in.</param>
public sealed record PasskeyInfo(string Id, string Name, bool IsSynced, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);
