using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>One change to who may do what, in the same commit as the change itself. Never edited, never deleted.</summary>
internal sealed class IdentityChangeRow : IEntityTypeConfiguration<IdentityChangeRow>
{
    public string ChangeId { get; set; } = "";
    public DateTimeOffset At { get; set; }
    public string BySubject { get; set; } = "";
    public string ByName { get; set; } = "";
    public string AboutSubject { get; set; } = "";
    public string AboutName { get; set; } = "";
    /// <summary>In words: "role: viewer, now approver". Holds no secret.</summary>
    public string What { get; set; } = "";

    public static IdentityChangeRow Of(Actor by, string aboutSubject, string aboutName, string what, TimeProvider time) => new()
    {
        ChangeId = Ids.New("idc", time), At = time.GetUtcNow(), BySubject = by.Subject, ByName = by.Name, AboutSubject = aboutSubject, AboutName = aboutName, What = what,
    };

    public IdentityChange ToInfo() => new(ChangeId, At, BySubject, ByName, AboutSubject, AboutName, What);

    public void Configure(EntityTypeBuilder<IdentityChangeRow> builder)
    {
        builder.ToTable("identity_changes").HasKey(c => c.ChangeId);
        builder.Property(c => c.ChangeId).HasMaxLength(40);
        builder.Property(c => c.What).HasMaxLength(1500);
        builder.HasIndex(c => c.AboutSubject);
    }
}

/// <summary>A change to who may do what, and who made it.</summary>
/// <param name="BySubject">A person's subject, or <c>system:command-line</c>.</param>
/// <param name="What">In words.</param>
public sealed record IdentityChange(string ChangeId, DateTimeOffset At, string BySubject, string ByName, string AboutSubject, string AboutName, string What);
