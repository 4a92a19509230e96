
namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>A rule, compiled once.</summary>
internal sealed class SigmaMatcher
{
    private const int DeepestSelection = 5;

    private SigmaMatcher(SigmaScope scope, SigmaClause clause) => (Scope, Clause, Operations) = (scope, clause, clause.Operations);

    public SigmaScope Scope { get; }
    public SigmaClause Clause { get; }

    /// <inheritdoc cref="SigmaClause.Operations"/>
    public IReadOnlySet<string>? Operations { get; }

    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">An expression that needs backtracking took too long.</exception>
    public bool IsMatch(EventFields e) => Scope.Has(e.Event) && Clause.IsMatch(e);

    /// <param name="filters">Conditions that must hold beside the rule's own.</param>
    /// <exception cref="SigmaRefusedException"/>
    public static SigmaMatcher Compile(SigmaLogSource source, SigmaDetection detection, IReadOnlyDictionary<string, IReadOnlyList<string>> placeholders, IEnumerable<SigmaDetection> filters)
    {
        var scope = SigmaScope.Of(source);
        var clauses = filters.Select(f => Whole(f, scope.Dialect, placeholders, "filter")).ToList();
        clauses.Insert(0, Whole(detection, scope.Dialect, placeholders, "detection"));
        return new SigmaMatcher(scope, clauses is [var only] ? only : new SigmaClause.And(clauses));
    }

    private static SigmaClause Whole(SigmaDetection detection, SigmaDialect dialect, IReadOnlyDictionary<string, IReadOnlyList<string>> placeholders, string at)
    {
        var selections = detection.Selections.ToDictionary(s => s.Key, s => Selection(s.Value, dialect, placeholders, $"{at}.{s.Key}", 0), StringComparer.Ordinal);
        var conditions = detection.Conditions.Select(c => Resolve(SigmaCondition.Parse(c, $"{at}.condition"), selections, $"{at}.condition")).ToList();
        return conditions is [var only] ? only : new SigmaClause.Or(conditions);
    }

    /// <summary>Puts selections in for their names.</summary>
    /// <exception cref="SigmaRefusedException">A name is not there.</exception>
    internal static SigmaClause Resolve(SigmaCondition condition, IReadOnlyDictionary<string, SigmaClause> selections, string at)
    {
        switch (condition)
        {
            case SigmaCondition.And and: return new SigmaClause.And([.. and.Parts.Select(p => Resolve(p, selections, at))]);
            case SigmaCondition.Or or: return new SigmaClause.Or([.. or.Parts.Select(p => Resolve(p, selections, at))]);
            case SigmaCondition.Not not: return new SigmaClause.Not(Resolve(not.Part, selections, at));
            case SigmaCondition.Named named:
                return selections.GetValueOrDefault(named.Selection) ?? throw new SigmaRefusedException(at, $"there is no selection '{SigmaReader.Cut(named.Selection)}'.");
            case SigmaCondition.Of of:
                // What begins with _ is meant for other conditions to name.
                var pattern = of.Pattern is { } given ? SigmaPattern.Parse(given) : null;
                var meant = selections.Where(s => pattern is null ? !s.Key.StartsWith('_') : pattern.IsMatch(s.Key, cased: true)).OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => s.Value).ToList();
                if (meant.Count == 0) throw new SigmaRefusedException(at, of.Pattern is null ? "'them' is no selection: all begin with _." : $"no selection is called '{SigmaReader.Cut(of.Pattern)}'.");
                return of.All ? new SigmaClause.And(meant) : new SigmaClause.Or(meant);
            default: throw new InvalidOperationException();
        }
    }

    private static SigmaClause Selection(SigmaNode node, SigmaDialect dialect, IReadOnlyDictionary<string, IReadOnlyList<string>> placeholders, string at, int depth)
    {
        if (depth > DeepestSelection) throw new SigmaRefusedException(at, $"nested more than {DeepestSelection} deep.");
        switch (node)
        {
            case SigmaMap { Entries.Count: > 0 } map:
                var items = map.Entries.Select(e => SigmaItem.Compile(e.Key, e.Value, dialect, placeholders, at)).ToList();
                return items is [var only] ? only : new SigmaClause.And(items);
            case SigmaList { Items.Count: > 0 } list:
                return new SigmaClause.Or([.. list.Items.Select(i => Selection(i, dialect, placeholders, at, depth + 1))]);
            case SigmaScalar { Value: not null }:
                return SigmaItem.Compile("", node, dialect, placeholders, at);
            default:
                throw new SigmaRefusedException(at, $"line {node.Line}: it is empty.");
        }
    }
}
