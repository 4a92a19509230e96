using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Rules.Sigma;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>Something a rule found in an event.</summary>
/// <param name="Excluded">Why it is not alerted; null when it is.</param>
internal sealed record RuleFinding(string RuleId, int Member, IReadOnlyList<string> Group, string? Value, string? Excluded);

/// <summary>The rules that are on, by the operations they need: an event asks only those that could match.</summary>
internal sealed class RuleSet
{
    private readonly Dictionary<string, List<(string RuleId, CompiledRule Rule, int Member)>> _byOperation = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string RuleId, CompiledRule Rule, int Member)> _always = [];
    private readonly Dictionary<string, CompiledRule> _rules = new(StringComparer.Ordinal);

    /// <param name="rules">Ids with what they say; filters among them narrow the others.</param>
    /// <param name="broken">Told of each that cannot be compiled, and why; it is left out.</param>
    public RuleSet(IEnumerable<(string RuleId, EventRuleRequest Request)> rules, Action<string, string> broken)
    {
        var all = rules.ToList();
        var filters = Filters(all.Select(r => r.Request));
        foreach (var (id, request) in all)
        {
            CompiledRule compiled;
            try
            {
                compiled = RuleCompiler.Compile(request, filters);
            }
            catch (RuleRefusedException refused)
            {
                broken(id, refused.Message);
                continue;
            }
            _rules[id] = compiled;
            for (var member = 0; member < compiled.Members.Count; member++)
            {
                if (compiled.Members[member].Operations is { } operations)
                {
                    foreach (var operation in operations)
                    {
                        if (!_byOperation.TryGetValue(operation, out var here)) _byOperation[operation] = here = [];
                        here.Add((id, compiled, member));
                    }
                }
                else _always.Add((id, compiled, member));
            }
        }
    }

    public IReadOnlyDictionary<string, CompiledRule> Rules => _rules;

    /// <summary>Some rule that could match looks into records.</summary>
    public bool NeedsRaw(AuditEvent e) => Candidates(e.OperationNorm).Any(c => c.Rule.Needs == EventPart.Record && c.Rule.Members[c.Member].Scope.Has(e));

    /// <summary>Some rule could match an event of which this much is known.</summary>
    public bool IsAsked(string source, int? recordType, string operation) => Candidates(AuditEvent.Norm(operation)).Any(c => c.Rule.Members[c.Member].Scope.Has(source, recordType));

    /// <param name="broken">Told of a rule that threw, and why; the others go on.</param>
    public IEnumerable<RuleFinding> Ask(AuditEvent e, ReadOnlyMemory<byte> raw, Action<string, string> broken)
    {
        var fields = new EventFields(e, raw);
        foreach (var (id, rule, member) in Candidates(e.OperationNorm))
        {
            RuleFinding? finding = null;
            try
            {
                finding = Ask(id, rule, member, fields);
            }
            catch (Exception failure) when (failure is System.Text.RegularExpressions.RegexMatchTimeoutException or InvalidOperationException or ArgumentException or FormatException)
            {
                broken(id, failure is System.Text.RegularExpressions.RegexMatchTimeoutException
                    ? $"a regular expression took more than {SigmaItem.RegexTimeout.TotalMilliseconds:0} ms on one event; write it without look-arounds and back references" : $"it failed on an event: {failure.Message}");
            }
            if (finding is not null) yield return finding;
        }
    }

    public static RuleFinding? Ask(string id, CompiledRule rule, int member, EventFields fields) =>
        rule.Members[member].IsMatch(fields) ? new RuleFinding(id, member, rule.GroupOf(member, fields), rule.CountedOf(member, fields), rule.Exclusions.FirstOrDefault(x => x.Clause.IsMatch(fields)).Why) : null;

    /// <summary>Those that are switched on.</summary>
    public static async Task<IReadOnlyList<SigmaDocument>> FiltersAsync(OmniAuditDb db, CancellationToken cancellationToken) =>
        Filters((await db.Set<EventRuleRow>().AsNoTracking().Where(r => r.Enabled && r.Kind == RuleKinds.Filter).ToListAsync(cancellationToken)).Select(r => r.Request));

    /// <summary>The filters among these, without those that cannot be read.</summary>
    public static IReadOnlyList<SigmaDocument> Filters(IEnumerable<EventRuleRequest> rules)
    {
        var filters = new List<SigmaDocument>();
        foreach (var request in rules.Where(r => r.Sigma?.Contains("filter:", StringComparison.Ordinal) == true))
        {
            try
            {
                filters.AddRange(SigmaReader.Read(request.Sigma!).Where(d => d.Filter is not null));
            }
            catch (SigmaRefusedException)
            {
                // Its own compiling says so.
            }
        }
        return filters;
    }

    private IEnumerable<(string RuleId, CompiledRule Rule, int Member)> Candidates(string operationNorm) => _byOperation.TryGetValue(operationNorm, out var named) ? named.Concat(_always) : _always;
}
