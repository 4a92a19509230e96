using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Approvals;

/// <summary>A person's approval given in advance: for one agent, one tool, a target and arguments, a few hours and a few uses.</summary>
internal sealed class StandingRuleRow : IEntityTypeConfiguration<StandingRuleRow>
{
    public string StandingRuleId { get; set; } = "";
    public string AgentSubject { get; set; } = "";
    public string AgentName { get; set; } = "";
    public string Tool { get; set; } = "";
    /// <summary>A pattern in which <c>*</c> stands for any text.</summary>
    public string Target { get; set; } = "";
    /// <summary>Canonical JSON object: what the arguments must be; see <see cref="StandingRuleRequest"/>.</summary>
    public string Arguments { get; set; } = "{}";
    public string CreatedBySubject { get; set; } = "";
    public string CreatedByName { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public int MaxUses { get; set; }
    public int Uses { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public string EndedByName { get; set; } = "";

    public void Configure(EntityTypeBuilder<StandingRuleRow> builder)
    {
        builder.ToTable("standing_rules").HasKey(r => r.StandingRuleId);
        builder.HasIndex(r => new { r.AgentSubject, r.Tool, r.ExpiresAt });
        builder.Property(r => r.Uses).IsConcurrencyToken();
    }

    /// <summary>What receipts call it.</summary>
    public string Subject => "rule:" + StandingRuleId;

    public bool IsLive(DateTimeOffset now) => EndedAt is null && ExpiresAt > now && Uses < MaxUses;

    public StandingRule ToInfo(DateTimeOffset now) => new(
        StandingRuleId, AgentName, Tool, Target, Arguments, CreatedByName, CreatedAt, ExpiresAt, MaxUses, Uses, EndedAt, EndedByName, IsLive(now));
}

/// <summary>A standing rule as a page shows it.</summary>
/// <param name="Arguments">JSON object: what the arguments must be; see <see cref="StandingRuleRequest"/>.</param>
/// <param name="IsLive">It still counts: not ended, not expired, uses left.</param>
public sealed record StandingRule(
    string StandingRuleId, string AgentName, string Tool, string Target, string Arguments, string CreatedByName, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt,
    int MaxUses, int Uses, DateTimeOffset? EndedAt, string EndedByName, bool IsLive);

/// <summary>What a standing rule is to cover.</summary>
/// <param name="AgentSubject">The agent's stable subject.</param>
/// <param name="Target">A pattern in which <c>*</c> stands for any text.</param>
/// <param name="Arguments">By name what an argument must be: <c>{"is": value}</c> exactly that, <c>{"like": "nightly *"}</c> a text in which <c>*</c> stands for any text, <c>{"absent": true}</c> not given. Others are free.</param>
/// <param name="Lifetime">At most 8 hours.</param>
/// <param name="MaxUses">1 to 100.</param>
public sealed record StandingRuleRequest(string AgentSubject, string AgentName, string Tool, string Target, JsonElement Arguments, TimeSpan Lifetime, int MaxUses);

/// <summary>The standing rules' rows; run inside transactions.</summary>
internal static class StandingRules
{
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(8);
    public const int MostUses = 100;
    private const int LongestPattern = 500;

    /// <summary>The oldest live rule that covers the write.</summary>
    public static async Task<StandingRuleRow?> FindAsync(OmniAuditDb db, string agentSubject, string tool, string target, byte[] payload, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var live = await db.Set<StandingRuleRow>().Where(r => r.AgentSubject == agentSubject && r.Tool == tool && r.ExpiresAt > now && r.EndedAt == null && r.Uses < r.MaxUses)
            .OrderBy(r => r.StandingRuleId).ToListAsync(cancellationToken);
        if (live.Count == 0) return null;
        using var arguments = JsonDocument.Parse(payload);
        return live.Find(r => ApprovalRule.Matches(r.Target.ToLowerInvariant(), target.ToLowerInvariant()) && Covers(r.Arguments, arguments.RootElement));
    }

    public static bool Covers(string pattern, JsonElement arguments)
    {
        using var wanted = JsonDocument.Parse(pattern);
        return wanted.RootElement.EnumerateObject().All(p => arguments.TryGetProperty(p.Name, out var given) ? Holds(p.Value, given) : p.Value.TryGetProperty("absent", out _));
    }

    /// <summary>True for what may stand behind an argument's name.</summary>
    public static bool IsCondition(JsonElement condition) =>
        condition.ValueKind == JsonValueKind.Object && condition.EnumerateObject().ToList() is [var only]
        && (only.Name == "is" || (only is { Name: "like", Value.ValueKind: JsonValueKind.String } && only.Value.GetString()!.Length <= LongestPattern) || only is { Name: "absent", Value.ValueKind: JsonValueKind.True });

    private static bool Holds(JsonElement condition, JsonElement given) =>
        condition.TryGetProperty("is", out var exactly) ? JsonElement.DeepEquals(exactly, given)
        : condition.TryGetProperty("like", out var pattern) && given.ValueKind == JsonValueKind.String && ApprovalRule.Matches(pattern.GetString()!, given.GetString()!);
}
