using OmniAudit.Modules.AdminOps.Rules.Sigma;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>A rule ready to be asked. Safe for several threads.</summary>
/// <param name="Members">One, or every rule that a correlation, and those in it, name.</param>
/// <param name="Plan">What is counted; null when every match is an alert.</param>
/// <param name="Groups">For each member: how the group's values are read.</param>
/// <param name="Counted">For each member: the field whose values count.</param>
/// <param name="SlotMs">How long a slot of the clock is that makes one alert.</param>
internal sealed record CompiledRule(
    string Kind, IReadOnlyList<SigmaDocument> Documents, IReadOnlyList<SigmaMatcher> Members, SigmaPlan? Plan, IReadOnlyList<string> GroupNames, IReadOnlyList<IReadOnlyList<FieldReader>> Groups,
    IReadOnlyList<FieldReader?> Counted, long SlotMs, IReadOnlyList<(string Why, SigmaClause Clause)> Exclusions)
{
    /// <summary>How much of an event is looked at.</summary>
    public EventPart Needs { get; } = ((EventPart[])[
        .. Members.Select(m => m.Clause.Needs), .. Groups.SelectMany(g => g).Select(r => r.Needs), .. Counted.OfType<FieldReader>().Select(r => r.Needs), .. Exclusions.Select(e => e.Clause.Needs)]).DefaultIfEmpty().Max();

    /// <summary>The operations one of which an event must have for any member; null when it may have any.</summary>
    public IReadOnlySet<string>? Operations => Needed(m => m.Operations);

    /// <summary>The names one of which an event's actor must have for any member; null when it may be anybody.</summary>
    public IReadOnlySet<string>? Actors => Needed(m => m.Clause.Actors);

    /// <summary>The group's values of an event that a member matched; empty text for what it does not have.</summary>
    public IReadOnlyList<string> GroupOf(int member, EventFields e) => [.. Groups[member].Select(r => Cut(r.Values(e).FirstOrDefault(v => !string.IsNullOrEmpty(v)) ?? ""))];

    public string? CountedOf(int member, EventFields e) => Counted[member] is { } reader ? reader.Values(e).FirstOrDefault(v => !string.IsNullOrEmpty(v)) is { } value ? Cut(value) : null : null;

    private HashSet<string>? Needed(Func<SigmaMatcher, IReadOnlySet<string>?> of)
    {
        var all = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var member in Members)
        {
            if (of(member) is not { } some) return null;
            all.UnionWith(some);
        }
        return all;
    }

    private static string Cut(string value) => value.Length <= 300 ? value : value[..300];
}

/// <summary>Turns what a person says into what is asked of events.</summary>
internal static class RuleCompiler
{
    private const int MostMinutes = 44_640;
    private const int MostConditions = 50, MostValues = 1000, LongestValue = 2000;
    private static readonly Dictionary<string, IReadOnlyList<string>> NoPlaceholders = [];

    /// <param name="filters">Sigma filters that may be about it.</param>
    /// <exception cref="RuleRefusedException">Something about it cannot be used; names the field.</exception>
    public static CompiledRule Compile(EventRuleRequest request, IReadOnlyList<SigmaDocument> filters)
    {
        if (request.GroupMinutes is < 1 or > MostMinutes) throw new RuleRefusedException("group_minutes", $"1 to {MostMinutes:N0} minutes.");
        if (request.Threshold is { } t)
        {
            if (t.Count is < 2 or > 100_000) throw new RuleRefusedException("threshold.count", "2 to 100,000. For an alert on every event leave the threshold out.");
            if (t.Minutes is < 1 or > MostMinutes) throw new RuleRefusedException("threshold.minutes", $"1 to {MostMinutes:N0} minutes.");
        }
        if (request.GroupBy.Count > 5) throw new RuleRefusedException("group_by", "at most 5 fields.");
        if (request.Exclusions.Count > MostConditions) throw new RuleRefusedException("exclusions", $"at most {MostConditions}.");
        var exclusions = request.Exclusions.Select((e, i) =>
        {
            if (e.Why.Trim().Length is < 3 or > 500) throw new RuleRefusedException($"exclusions[{i}].why", "say in 3 to 500 characters why.");
            if (e.Conditions.Count == 0) throw new RuleRefusedException($"exclusions[{i}].conditions", "say which events.");
            return (e.Why.Trim(), Matcher(e.Conditions, $"exclusions[{i}].conditions").Clause);
        }).ToList();
        if (string.IsNullOrWhiteSpace(request.Sigma))
        {
            if (request.Conditions.Count == 0) throw new RuleRefusedException("conditions", "say which events: at least one condition.");
            return OfMember(RuleKinds.Simple, [], Matcher(request.Conditions, "conditions"), request, exclusions);
        }
        if (request.Conditions.Count > 0) throw new RuleRefusedException("conditions", "a Sigma rule has none beside its own; use exclusions.");
        try
        {
            return OfSigma(request, filters, exclusions);
        }
        catch (SigmaRefusedException refused)
        {
            throw new RuleRefusedException(refused.Field == "sigma" ? "sigma" : $"sigma.{refused.Field}", refused.Message[(refused.Field.Length + 2)..]);
        }
    }

    private static CompiledRule OfSigma(EventRuleRequest request, IReadOnlyList<SigmaDocument> filters, IReadOnlyList<(string, SigmaClause)> exclusions)
    {
        var documents = SigmaReader.Read(request.Sigma!);
        if (documents.Any(d => d.Correlation is not null))
        {
            if (request.Threshold is not null) throw new RuleRefusedException("threshold", "a correlation has its own.");
            return OfCorrelation(request, documents, filters, exclusions);
        }
        if (documents.Count > 1) throw new SigmaRefusedException("sigma", $"{documents.Count} rules; import them, or write one.");
        var document = documents[0];
        if (document.Filter is { } filter)
        {
            // Compiled to be refused when it cannot be read.
            _ = SigmaMatcher.Compile(document.LogSource, filter.Detection, document.Placeholders, []);
            return new CompiledRule(RuleKinds.Filter, documents, [], null, [], [], [], 1, []);
        }
        return OfMember(RuleKinds.Sigma, documents, Matcher(document, filters), request, exclusions);
    }

    /// <summary>The outermost correlation is the one that no other names.</summary>
    private static CompiledRule OfCorrelation(EventRuleRequest request, IReadOnlyList<SigmaDocument> documents, IReadOnlyList<SigmaDocument> filters, IReadOnlyList<(string, SigmaClause)> exclusions)
    {
        var outermost = documents.Where(d => d.Correlation is not null && !documents.Any(o => o.Correlation?.Rules.Any(d.IsCalled) == true)).ToList();
        if (outermost is not [{ Correlation: { } outer }]) throw new SigmaRefusedException("correlation.rules", outermost.Count == 0 ? "correlations name each other in a circle." : "one correlation at a time; import several.");
        var (matchers, groups, counted) = (new List<SigmaMatcher>(), new List<IReadOnlyList<FieldReader>>(), new List<FieldReader?>());
        var plan = Plan(outer, 0);
        return new CompiledRule(RuleKinds.Correlation, documents, matchers, plan, outer.GroupBy, groups, counted, Slot(request, outer.Timespan), exclusions);

        SigmaPlan Plan(SigmaCorrelation correlation, int depth)
        {
            if (depth > 3) throw new SigmaRefusedException("correlation.rules", "correlations of correlations, nested too deep or in a circle.");
            if (correlation.GroupBy.Count != outer.GroupBy.Count) throw new SigmaRefusedException("correlation.group-by", "correlations of one another group by equally many fields, in the same order.");
            return new SigmaPlan(correlation, [.. correlation.Rules.Select(name => Part(correlation, name, depth))]);
        }

        (int, SigmaPlan?) Part(SigmaCorrelation correlation, string name, int depth)
        {
            var document = documents.FirstOrDefault(d => d.Filter is null && d.IsCalled(name)) ?? throw new SigmaRefusedException("correlation.rules", $"there is no rule '{SigmaReader.Cut(name)}' beside it.");
            if (document.Correlation is { } inner) return (-1, Plan(inner, depth + 1));
            if (matchers.Count >= 50) throw new SigmaRefusedException("correlation.rules", "more than 50 rules.");
            var matcher = Matcher(document, filters);
            FieldReader Reader(string field) => FieldReaders.Find(matcher.Scope.Dialect, Aliased(correlation, document, field));
            matchers.Add(matcher);
            groups.Add([.. correlation.GroupBy.Select(Reader)]);
            counted.Add(correlation.Field.Length > 0 ? Reader(correlation.Field) : null);
            return (matchers.Count - 1, null);
        }
    }

    private static CompiledRule OfMember(string kind, IReadOnlyList<SigmaDocument> documents, SigmaMatcher matcher, EventRuleRequest request, IReadOnlyList<(string, SigmaClause)> exclusions)
    {
        IReadOnlyList<string> names = request.GroupBy.Count > 0 ? request.GroupBy : ["actor"];
        var groups = names.Select((n, i) => Field(n, matcher.Scope.Dialect, kind, $"group_by[{i}]")).ToList();
        var correlation = request.Threshold is not { } threshold ? null : new SigmaCorrelation(
            threshold.DistinctField is null ? SigmaCorrelationKind.EventCount : SigmaCorrelationKind.ValueCount, ["it"], names, TimeSpan.FromMinutes(threshold.Minutes),
            new Dictionary<string, IReadOnlyDictionary<string, string>>(), Generate: false, [("gte", threshold.Count)], threshold.DistinctField ?? "", 0);
        var counted = request.Threshold?.DistinctField is { } field ? Field(field, matcher.Scope.Dialect, kind, "threshold.distinct_field") : null;
        return new CompiledRule(kind, documents, [matcher], correlation is null ? null : new SigmaPlan(correlation, [(0, null)]), names, [groups], [counted], Slot(request, correlation?.Timespan ?? TimeSpan.Zero), exclusions);
    }

    /// <summary>A name of the form, or, for Sigma, one of its dialect's.</summary>
    private static FieldReader Field(string name, SigmaDialect dialect, string kind, string at)
    {
        if (name == "actor") return FieldReaders.Find(SigmaDialect.Own, "event.actor_key");
        if (RuleWords.Fields.Any(f => f.Field == name)) return FieldReaders.Find(SigmaDialect.Own, $"event.{name}");
        if (kind == RuleKinds.Simple && !name.StartsWith("raw.", StringComparison.Ordinal)) throw new RuleRefusedException(at, $"'{SigmaReader.Cut(name)}' is no field. Use {string.Join(", ", RuleWords.Fields.Select(f => f.Field))}, or raw. and a path of the record.");
        return name.Trim().Length is > 0 and < 200 ? FieldReaders.Find(dialect, name) : throw new RuleRefusedException(at, "name a field.");
    }

    private static long Slot(EventRuleRequest request, TimeSpan atLeast) => Math.Max(request.GroupMinutes * 60_000L, (long)atLeast.TotalMilliseconds);

    private static string Aliased(SigmaCorrelation correlation, SigmaDocument member, string field)
    {
        if (!correlation.Aliases.TryGetValue(field, out var of)) return field;
        return of.FirstOrDefault(a => member.IsCalled(a.Key)).Value ?? throw new SigmaRefusedException($"correlation.aliases.{field}", $"it does not say what it is in '{member.Title}'.");
    }

    private static SigmaMatcher Matcher(SigmaDocument document, IReadOnlyList<SigmaDocument> filters) => SigmaMatcher.Compile(
        document.LogSource, document.Detection!, document.Placeholders.Concat(filters.SelectMany(f => f.Placeholders)).DistinctBy(p => p.Key).ToDictionary(p => p.Key, p => p.Value, StringComparer.OrdinalIgnoreCase),
        filters.Where(f => IsAbout(f, document)).Select(f => f.Filter!.Detection));

    private static bool IsAbout(SigmaDocument filter, SigmaDocument rule)
    {
        if (filter.Filter!.Rules.Any(rule.IsCalled)) return true;
        bool Fits(string of, string has) => of.Length == 0 || of == has;
        return filter.Filter.Rules is ["any"] && Fits(filter.LogSource.Product, rule.LogSource.Product) && Fits(filter.LogSource.Service, rule.LogSource.Service) && Fits(filter.LogSource.Category, rule.LogSource.Category);
    }

    /// <summary>Conditions of the form as one selection of Sigma.</summary>
    private static SigmaMatcher Matcher(IReadOnlyList<RuleCondition> conditions, string at)
    {
        if (conditions.Count > MostConditions) throw new RuleRefusedException(at, $"at most {MostConditions}.");
        var entries = conditions.Select((c, i) => Entry(c, $"{at}[{i}]")).ToList();
        try
        {
            return SigmaMatcher.Compile(SigmaLogSource.Any, new SigmaDetection(new Dictionary<string, SigmaNode> { ["form"] = new SigmaMap(entries, 0) }, ["form"]), NoPlaceholders, []);
        }
        catch (SigmaRefusedException refused)
        {
            throw new RuleRefusedException(at, refused.Message[(refused.Field.Length + 2)..]);
        }
    }

    private static KeyValuePair<string, SigmaNode> Entry(RuleCondition condition, string at)
    {
        if (RuleWords.Fields.All(f => f.Field != condition.Field) && !(condition.Field.StartsWith("raw.", StringComparison.Ordinal) && condition.Field.Length is > 4 and < 200 && !condition.Field.Contains('|', StringComparison.Ordinal)))
        {
            throw new RuleRefusedException($"{at}.field", $"'{SigmaReader.Cut(condition.Field)}' is no field. Use {string.Join(", ", RuleWords.Fields.Select(f => f.Field))}, or raw. and a path of the record.");
        }
        var field = condition.Field.StartsWith("raw.", StringComparison.Ordinal) ? condition.Field : $"event.{condition.Field}";
        var values = condition.Values.Select(v => v.Trim()).Where(v => v.Length > 0).ToList();
        var wants = condition.Op is not ("there" or "not_there");
        if (wants && values.Count == 0) throw new RuleRefusedException($"{at}.values", "give at least one value.");
        if (values.Count > MostValues || values.Any(v => v.Length > LongestValue)) throw new RuleRefusedException($"{at}.values", $"at most {MostValues:N0} values of at most {LongestValue:N0} characters.");
        if (condition.Op == "in_network" && values.FirstOrDefault(v => !v.Contains('/', StringComparison.Ordinal) && !System.Net.IPAddress.TryParse(v, out _)) is { } bad) throw new RuleRefusedException($"{at}.values", $"'{SigmaReader.Cut(bad)}' is no network such as 10.0.0.0/8.");
        // All text of a record is one value: a word in it is found, not equalled.
        var op = condition is { Field: "word", Op: "is" } ? "contains" : condition.Op;
        var key = op switch
        {
            "is" or "matches" => field,
            "is_not" => condition.Field == "word" ? $"{field}|contains|neq" : $"{field}|neq",
            "contains" => $"{field}|contains",
            "starts" => $"{field}|startswith",
            "ends" => $"{field}|endswith",
            "in_network" => $"{field}|cidr",
            "there" or "not_there" => $"{field}|exists",
            _ => throw new RuleRefusedException($"{at}.op", $"'{SigmaReader.Cut(condition.Op)}' is none of {string.Join(", ", RuleWords.Ops.Select(o => o.Op))}."),
        };
        IEnumerable<string> texts = op switch
        {
            "matches" => values,
            "in_network" => values.Select(v => v.Contains('/', StringComparison.Ordinal) ? v : v.Contains(':', StringComparison.Ordinal) ? v + "/128" : v + "/32"),
            "there" or "not_there" => [op == "there" ? "true" : "false"],
            _ => values.Select(SigmaItem.Escape),
        };
        return new(key, new SigmaList([.. texts.Select(v => new SigmaScalar(v, 0))], 0));
    }
}
