using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>A person who signs in to the console. Never deleted: the id stands in receipts.</summary>
internal sealed class OperatorRow : IEntityTypeConfiguration<OperatorRow>
{
    public string OperatorId { get; set; } = "";
    /// <summary>Lower case.</summary>
    public string UserName { get; set; } = "";
    public string DisplayName { get; set; } = "";
    /// <summary>ASP.NET Core Identity's format; null until a password is set.</summary>
    public string? PasswordHash { get; set; }
    /// <summary>Changes with whatever must end the sessions that are open.</summary>
    public string SecurityStamp { get; set; } = "";
    /// <summary>Password checks begun since the last one that succeeded.</summary>
    public int FailedAttempts { get; set; }
    public DateTimeOffset? LockedUntil { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? LastSignInAt { get; set; }
    public DateTimeOffset? DisabledAt { get; set; }
    /// <summary>Names of the groups the person is in, sorted, joined by commas.</summary>
    public string Groups { get; set; } = "";
    public Role Role { get; set; } = Role.Approver;
    /// <summary>The OIDC issuer the person signs in by, and their <c>sub</c> there; null for those who have an account here only.</summary>
    public string? Issuer { get; set; }
    public string? IssuerSubject { get; set; }

    public OperatorInfo ToInfo() => new(OperatorId, UserName, DisplayName, SecurityStamp, PasswordHash is not null, LockedUntil, CreatedAt, LastSignInAt, DisabledAt, Groups, Role, Issuer);

    public static string[] GroupsOf(string joined) => joined.Split(',', StringSplitOptions.RemoveEmptyEntries);

    public void Configure(EntityTypeBuilder<OperatorRow> builder)
    {
        builder.ToTable("operators").HasKey(o => o.OperatorId);
        builder.Property(o => o.OperatorId).HasMaxLength(40);
        builder.Property(o => o.UserName).HasMaxLength(64);
        builder.Property(o => o.DisplayName).HasMaxLength(100);
        builder.Property(o => o.PasswordHash).HasMaxLength(400);
        builder.Property(o => o.Groups).HasMaxLength(1000);
        builder.Property(o => o.SecurityStamp).HasMaxLength(64);
        builder.Property(o => o.Role).HasMaxLength(16).HasConversion(role => role.ToString().ToLowerInvariant(), text => Enum.Parse<Role>(text, ignoreCase: true));
        builder.Property(o => o.Issuer).HasMaxLength(400);
        builder.Property(o => o.IssuerSubject).HasMaxLength(255);
        builder.HasIndex(o => o.UserName).IsUnique();
        // Who came by an issuer is found by both; several people without one are no conflict.
        builder.HasIndex(o => new { o.Issuer, o.IssuerSubject }).IsUnique();
    }
}

/// <summary>An operator, without the password.</summary>
/// <param name="OperatorId"><c>opr_…</c>; stable over renames, and what receipts name.</param>
/// <param name="UserName">What the person types to sign in; lower case.</param>
/// <param name="DisplayName">What others see.</param>
/// <param name="SecurityStamp">Put it into the session; see <see cref="OperatorDirectory.FindSessionAsync"/>.</param>
/// <param name="HasPassword">False until one is set: the person signs in by a link.</param>
/// <param name="LockedUntil">Set while too many wrong passwords keep passwords from being tried.</param>
/// <param name="DisabledAt">Set while the person may not sign in.</param>
/// <param name="Groups">What approval rules call the person: names, sorted, joined by commas; see <see cref="OperatorDirectory.Admins"/>.</param>
/// <param name="Role">What the person may do in the console.</param>
/// <param name="Issuer">The OIDC issuer the person signs in by; null for those who have an account here only.</param>
public sealed record OperatorInfo(
    string OperatorId, string UserName, string DisplayName, string SecurityStamp, bool HasPassword,
    DateTimeOffset? LockedUntil, DateTimeOffset CreatedAt, DateTimeOffset? LastSignInAt, DateTimeOffset? DisabledAt, string Groups, Role Role, string? Issuer)
{
    /// <summary>The person as one who acts.</summary>
    public Actor Actor => new(ActorKind.Person, $"person:{OperatorId}", DisplayName);

    /// <summary>True for a member of the group.</summary>
    public bool IsIn(string group) => OperatorRow.GroupsOf(Groups).Contains(group);
}
