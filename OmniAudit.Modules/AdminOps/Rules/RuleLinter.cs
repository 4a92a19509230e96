using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Rules.Sigma;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>Whether a rule can fire here.</summary>
/// <param name="CanFire">False: it never can, and <paramref name="Because"/> says why.</param>
/// <param name="Because">Why it never can.</param>
/// <param name="Notes">What makes it unlikely, or late.</param>
public sealed record RuleLint(bool CanFire, IReadOnlyList<string> Because, IReadOnlyList<string> Notes)
{
    /// <summary><c>fires</c>, or <c>never can, because …</c>.</summary>
    public string Verdict => CanFire ? "fires" : $"never can, because {string.Join("; ", Because)}";
}

/// <summary>Finds rules that can never fire: a field that no record has, a word left to fill in, an operation that nothing is called, a log that is not read here.</summary>
internal sealed class RuleLinter(Database database)
{
    public async Task<RuleLint> LintAsync(EventRuleRequest request, CancellationToken cancellationToken) => Lint(request, await database.ReadAsync(db => RuleSet.FiltersAsync(db, cancellationToken), cancellationToken), await SeenAsync(cancellationToken));

    public async Task<IReadOnlyDictionary<string, RuleLint>> LintAllAsync(CancellationToken cancellationToken)
    {
        var (filters, seen) = (await database.ReadAsync(db => RuleSet.FiltersAsync(db, cancellationToken), cancellationToken), await SeenAsync(cancellationToken));
        var rules = await database.ReadAsync(db => db.Set<EventRuleRow>().ToListAsync(cancellationToken), cancellationToken);
        return rules.ToDictionary(r => r.RuleId, r => Lint(r.Request, filters, seen), StringComparer.Ordinal);
    }

    internal static RuleLint Lint(EventRuleRequest request, IReadOnlyList<SigmaDocument> filters, SeenOperations seen)
    {
        CompiledRule rule;
        try
        {
            rule = RuleCompiler.Compile(request, filters);
        }
        catch (RuleRefusedException refused)
        {
            return new RuleLint(false, [$"it cannot be read: {refused.Message}"], []);
        }
        if (rule.Kind == RuleKinds.Filter) return new RuleLint(true, [], ["a filter narrows other rules and raises no alert itself"]);
        var notes = new List<string>();
        var members = rule.Members.Select(m => Never(m, seen, notes)).ToList();
        // A sequence needs every member; a count needs one.
        var needsAll = rule.Plan?.Correlation is { Kind: SigmaCorrelationKind.Temporal or SigmaCorrelationKind.TemporalOrdered };
        var because = needsAll ? members.FirstOrDefault(m => m.Count > 0) ?? [] : members.All(m => m.Count > 0) ? members.SelectMany(m => m).ToList() : [];
        return new RuleLint(because.Count == 0, [.. because.Distinct()], [.. notes.Distinct()]);
    }

    private static List<string> Never(SigmaMatcher matcher, SeenOperations seen, List<string> notes)
    {
        if (matcher.Scope.NotIngested is { } why) return [why];
        var never = Never(matcher.Clause, matcher.Scope, seen, notes);
        if (never.Count == 0 && !matcher.Scope.Sources.Any(seen.Sources.Contains)) notes.Add($"no event of {string.Join(" or ", matcher.Scope.Sources)} has come in yet");
        return never;
    }

    private static List<string> Never(SigmaClause clause, SigmaScope scope, SeenOperations seen, List<string> notes)
    {
        switch (clause)
        {
            case SigmaClause.And and:
                return [.. and.Parts.SelectMany(p => Never(p, scope, seen, notes))];
            case SigmaClause.Or or:
                var parts = or.Parts.Select(p => Never(p, scope, seen, notes)).ToList();
                return parts.All(p => p.Count > 0) ? [.. parts.SelectMany(p => p).Take(3)] : [];
            case SigmaClause.Test test:
                if (test.Never is { } filled) return [$"{test.Field.Name}: {filled}"];
                if (test.Patterns is null) return [];
                if (!test.Field.Known) return [$"no record of this log has a field '{SigmaReader.Cut(test.Field.Name)}'"];
                return test.Field.Operations is { Count: 0 } ? Operation(test, scope, seen, notes) : [];
            default:
                return [];
        }
    }

    private static List<string> Operation(SigmaClause.Test test, SigmaScope scope, SeenOperations seen, List<string> notes)
    {
        if (test.Patterns!.Any(p => scope.Sources.Any(s => seen.Of(s).Any(o => p.IsMatch(o, cased: false)))) || test.Patterns!.Any(p => OperationVocabulary.Of(scope.Dialect).Any(o => p.IsMatch(o, cased: false) || Events.AuditEvent.Norm(p.Shown).Equals(o, StringComparison.OrdinalIgnoreCase)))) return [];
        var names = string.Join(", ", test.Patterns!.Take(3).Select(p => $"'{SigmaReader.Cut(p.Shown)}'"));
        // Of the unified log nobody has a whole list.
        if (OperationVocabulary.IsWhole(scope.Dialect)) return [$"no operation is called {names}"];
        notes.Add($"no event seen so far is called {names}, and the list of known operations has none");
        return [];
    }

    private Task<SeenOperations> SeenAsync(CancellationToken cancellationToken) => database.ReadAsync(async db => new SeenOperations(
        (await db.Set<EventKindRow>().Where(k => k.Operation != "").Select(k => new { k.Source, k.Operation }).Distinct().Take(20_000).ToListAsync(cancellationToken)).Select(c => (c.Source, c.Operation))), cancellationToken);
}

/// <summary>What the store has had.</summary>
internal sealed class SeenOperations(IEnumerable<(string Source, string Operation)> seen)
{
    private readonly ILookup<string, string> _bySource = seen.ToLookup(s => s.Source, s => s.Operation);

    public IEnumerable<string> Sources => _bySource.Select(g => g.Key);

    public IEnumerable<string> Of(string source) => _bySource[source];
}
