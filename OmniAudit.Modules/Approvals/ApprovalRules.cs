using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Approvals;

/// <summary>A rule made in the console. Never deleted: requests and receipts were made under it.</summary>
internal sealed class ApprovalRuleRow : IEntityTypeConfiguration<ApprovalRuleRow>
{
    public string RuleId { get; set; } = "";
    /// <summary>The rule's normal form.</summary>
    public string Text { get; set; } = "";
    public string CreatedBySubject { get; set; } = "";
    public string CreatedByName { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? RemovedAt { get; set; }
    public string RemovedByName { get; set; } = "";

    public void Configure(EntityTypeBuilder<ApprovalRuleRow> builder)
    {
        builder.ToTable("approval_rules").HasKey(r => r.RuleId);
        builder.Property(r => r.Text).HasMaxLength(600);
        builder.HasIndex(r => r.RemovedAt);
    }
}

/// <summary>A rule as a page shows it.</summary>
/// <param name="RuleId">Empty for one that stands in the settings and can only be changed there.</param>
/// <param name="RemovedAt">Set for one that no longer counts.</param>
public sealed record ApprovalRuleInfo(string RuleId, ApprovalRule Rule, string CreatedByName, DateTimeOffset? CreatedAt, DateTimeOffset? RemovedAt, string RemovedByName);

/// <summary>Which rule is in force for a write: the settings' rules in their order, then the console's from the oldest on, then the default.</summary>
public sealed class ApprovalRules
{
    private readonly Database _database;
    private readonly OmniAuditOptions _options;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal ApprovalRules(Database database, OmniAuditOptions options, ChangeFeed changes, TimeProvider time) =>
        (_database, _options, _changes, _time) = (database, options, changes, time);

    /// <summary>What holds where no rule covers a write.</summary>
    public FrozenRule Default => new("default", _options.Approvals.Mode, Requirement.OneOfAnyone, _options.Approvals.TtlSeconds, "");

    /// <summary>Those of the settings first; removed ones last.</summary>
    public async Task<IReadOnlyList<ApprovalRuleInfo>> ListAsync(CancellationToken cancellationToken)
    {
        var rows = await _database.ReadAsync(db => db.Set<ApprovalRuleRow>().OrderBy(r => r.RemovedAt != null).ThenBy(r => r.RuleId).ToListAsync(cancellationToken), cancellationToken);
        return [.. _options.Approvals.Rules.Select(r => new ApprovalRuleInfo("", r, "", null, null, "")),
            .. rows.Where(r => ApprovalRule.Parse(r.Text).Rule is not null).Select(r => new ApprovalRuleInfo(r.RuleId, ApprovalRule.Parse(r.Text).Rule!, r.CreatedByName, r.CreatedAt, r.RemovedAt, r.RemovedByName))];
    }

    /// <summary>Adds a rule; requests that wait under another rule than the one now in force become void.</summary>
    /// <returns>What is wrong with it, or null. Admins may.</returns>
    public async Task<string?> AddAsync(ApprovalRule rule, Actor person, CancellationToken cancellationToken)
    {
        var error = await _database.WriteAsync(async db =>
        {
            if (await OperatorDirectory.WhyNotAsync(db, person, Role.Admin, "Changing rules", cancellationToken) is { } refused) return refused;
            var rows = await ConsoleRulesAsync(db, cancellationToken);
            if (rows.Count >= 100) return "There are 100 rules already. Remove one first.";
            if (_options.Approvals.Rules.Concat(rows.Select(r => ApprovalRule.Parse(r.Text).Rule!)).Any(r => r.Name == rule.Name)) return $"name: there is a rule '{rule.Name}' already.";
            db.Add(new ApprovalRuleRow { RuleId = Ids.New("pol", _time), Text = rule.ToString(), CreatedBySubject = person.Subject, CreatedByName = person.Name, CreatedAt = _time.GetUtcNow() });
            return (string?)null;
        }, cancellationToken);
        if (error is null) _changes.Publish(Topics.Approvals, Changed);
        return error;
    }

    /// <summary>Ends a console rule. Ending it again, or one that does not exist, changes nothing.</summary>
    /// <returns>Why not, or null. Admins may.</returns>
    public async Task<string?> RemoveAsync(string ruleId, Actor person, CancellationToken cancellationToken)
    {
        var error = await _database.WriteAsync(async db =>
        {
            if (await OperatorDirectory.WhyNotAsync(db, person, Role.Admin, "Changing rules", cancellationToken) is { } refused) return refused;
            if (await db.Set<ApprovalRuleRow>().FirstOrDefaultAsync(r => r.RuleId == ruleId && r.RemovedAt == null, cancellationToken) is { } row)
                (row.RemovedAt, row.RemovedByName) = (_time.GetUtcNow(), person.Name);
            return (string?)null;
        }, cancellationToken);
        if (error is null) _changes.Publish(Topics.Approvals, Changed);
        return error;
    }

    /// <summary>The change's id when rules were added or removed.</summary>
    internal const string Changed = "rules";

    /// <summary>The rule in force for a write, inside a transaction.</summary>
    internal async Task<FrozenRule> InForceAsync(OmniAuditDb db, string tool, string target, string agent, CancellationToken cancellationToken)
    {
        var console = (await ConsoleRulesAsync(db, cancellationToken)).Select(r => ApprovalRule.Parse(r.Text).Rule).OfType<ApprovalRule>();
        return _options.Approvals.Rules.Concat(console).FirstOrDefault(r => r.Covers(tool, target, agent)) is { } rule
            ? new FrozenRule(rule.Name, "human", rule.Require, rule.TtlSeconds > 0 ? rule.TtlSeconds : _options.Approvals.TtlSeconds, rule.ToString())
            : Default;
    }

    private static Task<List<ApprovalRuleRow>> ConsoleRulesAsync(OmniAuditDb db, CancellationToken cancellationToken) =>
        db.Set<ApprovalRuleRow>().AsNoTracking().Where(r => r.RemovedAt == null).OrderBy(r => r.RuleId).ToListAsync(cancellationToken);
}
