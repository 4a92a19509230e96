using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint.Auth;

/// <summary>A stored sign-in without its secrets, which are sealed under <see cref="SecretName"/>.</summary>
internal sealed class AuthProfileRow : IEntityTypeConfiguration<AuthProfileRow>
{
    public string ProfileId { get; set; } = "";
    public string Name { get; set; } = "";
    /// <summary>JSON of an <see cref="AuthShape"/>.</summary>
    public string ShapeJson { get; set; } = "{}";
    /// <summary>Another one after every change of a secret: a crash in between leaves the old one in force.</summary>
    public string SecretName { get; set; } = "";
    /// <summary>A line for each agent that may use it: its subject (or <c>*</c>), a tab, its name.</summary>
    public string Agents { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ChangedAt { get; set; }

    public AuthShape Shape() => JsonSerializer.Deserialize<AuthShape>(ShapeJson, ReportJson.Options)!;

    public AuthProfile ToInfo() => new(ProfileId, Name, Shape(), CreatedAt, ChangedAt)
    {
        Agents = [.. Agents.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Select(part => new ProfileAgent(part[0], part[^1]))],
    };

    public void Configure(EntityTypeBuilder<AuthProfileRow> builder)
    {
        builder.ToTable("auth_profiles").HasKey(p => p.ProfileId);
        builder.Property(p => p.ProfileId).HasMaxLength(40);
        builder.Property(p => p.Name).HasMaxLength(64);
        builder.Property(p => p.SecretName).HasMaxLength(200);
        builder.Property(p => p.Agents).HasMaxLength(8000).HasDefaultValue("");
        builder.HasIndex(p => p.Name).IsUnique();
    }
}
