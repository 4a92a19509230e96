using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>Makes and ends standing rules: one person's approval in advance, for a few hours and a few uses. Both acts are receipted, and so is each use.</summary>
public sealed class StandingRuleDesk
{
    private readonly Database _database;
    private readonly ApprovalLedger _ledger;
    private readonly ToolCatalog _catalog;
    private readonly TimeProvider _time;

    internal StandingRuleDesk(Database database, ApprovalLedger ledger, ToolCatalog catalog, TimeProvider time) => (_database, _ledger, _catalog, _time) = (database, ledger, catalog, time);

    /// <summary>The longest that a standing rule counts.</summary>
    public static TimeSpan LongestLifetime => StandingRules.LongestLifetime;

    /// <summary>The newest first; live and ended ones.</summary>
    public Task<IReadOnlyList<StandingRule>> ListAsync(int take, CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<StandingRule>>(async db =>
    {
        var now = _time.GetUtcNow();
        return [.. (await db.Set<StandingRuleRow>().OrderByDescending(r => r.StandingRuleId).Take(Math.Clamp(take, 1, 200)).ToListAsync(cancellationToken)).Select(r => r.ToInfo(now))];
    }, cancellationToken);

    /// <summary>Makes a rule. It speaks with its maker's voice: what needs two approvers still needs another one.</summary>
    /// <returns>The rule, or what is wrong with the request, naming the field.</returns>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person.</exception>
    public async Task<(StandingRule? Rule, string Error)> AddAsync(StandingRuleRequest request, Actor person, CancellationToken cancellationToken)
    {
        ApprovalDesk.RequirePerson(person);
        if (WhyWrong(request) is { } wrong) return (null, wrong);
        var now = _time.GetUtcNow();
        var row = new StandingRuleRow
        {
            StandingRuleId = Ids.New("std", _time), AgentSubject = request.AgentSubject, AgentName = request.AgentName, Tool = request.Tool, Target = request.Target,
            Arguments = Encoding.UTF8.GetString(CanonicalJson.Write(request.Arguments)), CreatedBySubject = person.Subject, CreatedByName = person.Name, CreatedAt = now,
            ExpiresAt = now + request.Lifetime, MaxUses = request.MaxUses,
        };
        try
        {
            var error = await _database.WriteAsync(async db =>
            {
                if (await OperatorDirectory.WhyNotAsync(db, person, Role.Approver, "Approving in advance", cancellationToken) is { } refused) return refused;
                db.Add(row);
                await _ledger.StandingRuleAsync(db, row, "live", person, Sha256(row), cancellationToken);
                return "";
            }, cancellationToken);
            if (error.Length > 0) return (null, error);
        }
        catch (LogRefusedException refused)
        {
            return (null, $"Nothing was made, because the receipt log refuses to sign: {refused.Message}");
        }
        await _ledger.PublishAsync(row.StandingRuleId, cancellationToken);
        return (row.ToInfo(now), "");
    }

    /// <summary>Ends a rule at once. Ending it again changes nothing.</summary>
    /// <returns>Why not, or null.</returns>
    /// <exception cref="UnauthorizedAccessException">The actor is not a person.</exception>
    public async Task<string?> EndAsync(string standingRuleId, Actor person, CancellationToken cancellationToken)
    {
        ApprovalDesk.RequirePerson(person);
        var refusal = await _database.WriteAsync(async db =>
        {
            if (await OperatorDirectory.WhyNotAsync(db, person, Role.Approver, "Ending standing rules", cancellationToken) is { } refused) return refused;
            if (await db.Set<StandingRuleRow>().FirstOrDefaultAsync(r => r.StandingRuleId == standingRuleId && r.EndedAt == null, cancellationToken) is not { } row) return null;
            (row.EndedAt, row.EndedByName) = (_time.GetUtcNow(), person.Name);
            await _ledger.StandingRuleAsync(db, row, "ended", person, Sha256(row), cancellationToken);
            return null;
        }, cancellationToken);
        if (refusal is null) await _ledger.PublishAsync(standingRuleId, cancellationToken);
        return refusal;
    }

    private string? WhyWrong(StandingRuleRequest request)
    {
        if (!request.AgentSubject.StartsWith("agent:", StringComparison.Ordinal)) return "Agent: a standing rule is for an agent.";
        if (_catalog.Find(request.Tool) is not { Risk: ToolRisk.Write } tool) return $"Tool: there is no write tool '{request.Tool}'.";
        if (request.Target.Trim().Length is 0 or > 500 || request.Target.Trim() == "*") return "Target: name a repository, path or URL; * may stand for a part of it, not for all.";
        if (request.Lifetime <= TimeSpan.Zero || request.Lifetime > StandingRules.LongestLifetime) return "Lifetime: at most 8 hours.";
        if (request.MaxUses is < 1 or > StandingRules.MostUses) return $"Uses: 1 to {StandingRules.MostUses}.";
        if (request.Arguments.ValueKind != JsonValueKind.Object) return "Arguments: must be an object.";
        var unknown = request.Arguments.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => tool.ArgumentsSchema["properties"]?[n] is null);
        if (unknown is not null) return $"Arguments: {tool.Name} has no argument '{unknown}'.";
        var wrong = request.Arguments.EnumerateObject().Where(p => !StandingRules.IsCondition(p.Value)).Select(p => p.Name).FirstOrDefault();
        return wrong is null ? null : $"Arguments: {wrong} needs exactly one of is, like (a text of at most 500 characters) and absent (true).";
    }

    /// <summary>What the rule covers, hashed: what its receipts name.</summary>
    private static string Sha256(StandingRuleRow row) => CanonicalJson.Sha256Hex(CanonicalJson.Write(JsonSerializer.SerializeToElement(new
    {
        id = row.StandingRuleId, agent = row.AgentSubject, tool = row.Tool, target = row.Target, arguments = row.Arguments,
        expires_at = row.ExpiresAt.ToUnixTimeMilliseconds(), max_uses = row.MaxUses, made_by = row.CreatedBySubject,
    })));
}
