using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>A program that may call over MCP. Never deleted: its id stands in receipts.</summary>
internal sealed class AgentRow : IEntityTypeConfiguration<AgentRow>
{
    public string AgentId { get; set; } = "";
    public string Name { get; set; } = "";
    /// <summary>Lower-case hex SHA-256 of the key. The key has 256 random bits, so the hash needs neither salt nor stretching.</summary>
    public string KeyHash { get; set; } = "";
    /// <summary>The key's beginning, to tell keys apart on a page.</summary>
    public string KeyPrefix { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
    /// <summary>To the minute.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }
    public bool ReadOnly { get; set; }
    /// <summary>Joined by commas, as are the other lists.</summary>
    public string ToolSets { get; set; } = "";
    public int? CallsPerMinute { get; set; }
    public string Repositories { get; set; } = "";
    public string Hosts { get; set; } = "";

    public AgentInfo ToInfo() => new(AgentId, Name, KeyPrefix, CreatedAt, ExpiresAt, RevokedAt, LastUsedAt, ToScope());

    public void Narrow(AgentScope scope) => (ReadOnly, ToolSets, CallsPerMinute, Repositories, Hosts) =
        (scope.ReadOnly, string.Join(',', scope.ToolSets), scope.CallsPerMinute, string.Join(',', scope.Repositories), string.Join(',', scope.Hosts));

    public AgentScope ToScope() => new(ReadOnly, ListOf(ToolSets), CallsPerMinute, ListOf(Repositories), ListOf(Hosts));

    private static string[] ListOf(string joined) => joined.Split(',', StringSplitOptions.RemoveEmptyEntries);

    public void Configure(EntityTypeBuilder<AgentRow> builder)
    {
        builder.ToTable("agents").HasKey(a => a.AgentId);
        builder.Property(a => a.AgentId).HasMaxLength(40);
        builder.Property(a => a.Name).HasMaxLength(64);
        builder.Property(a => a.KeyHash).HasMaxLength(64);
        builder.Property(a => a.KeyPrefix).HasMaxLength(16);
        builder.Property(a => a.ToolSets).HasMaxLength(4000);
        builder.Property(a => a.Repositories).HasMaxLength(4000);
        builder.Property(a => a.Hosts).HasMaxLength(4000);
        builder.HasIndex(a => a.Name).IsUnique();
        builder.HasIndex(a => a.KeyHash).IsUnique();
    }
}

/// <summary>An agent, without its key.</summary>
/// <param name="AgentId"><c>agt_…</c>, or <c>default</c> or <c>anonymous</c>; stable, and what receipts name.</param>
/// <param name="Name">Unique, also among revoked agents.</param>
/// <param name="KeyPrefix">The key's first characters; empty for built-in agents.</param>
/// <param name="ExpiresAt">When the key stops working; null for never.</param>
/// <param name="RevokedAt">When it was revoked; null while it is not.</param>
/// <param name="LastUsedAt">When the key was last shown, to the minute.</param>
/// <param name="Scope">What it may use and touch.</param>
public sealed record AgentInfo(
    string AgentId, string Name, string KeyPrefix, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt, AgentScope Scope)
{
    /// <summary>Who acts in audit rows, approvals and receipts.</summary>
    public Actor Actor => new(ActorKind.Agent, $"agent:{AgentId}", Name);

    /// <summary>True for <c>default</c> (who shows MCP_API_KEY) and <c>anonymous</c> (who needs no key): they come from the settings and have no key of their own.</summary>
    public bool IsBuiltIn => AgentId is "default" or "anonymous";
}

/// <summary>A new agent and its key, which is stored nowhere and cannot be shown again.</summary>
public sealed record NewAgent(AgentInfo Agent, string Key);
