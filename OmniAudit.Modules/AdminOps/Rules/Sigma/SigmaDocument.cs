namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>One document of Sigma: a rule, a correlation of rules, or a filter on rules. Exactly one of the last three is there.</summary>
/// <param name="Id">The author's UUID; empty when there is none.</param>
/// <param name="Name">What correlations call it; empty when there is none.</param>
/// <param name="Level">critical, high, medium, low or informational.</param>
/// <param name="Placeholders">Values of <c>%name%</c> for <c>expand</c>: an entry of ours, <c>placeholders: {name: [values]}</c>.</param>
internal sealed record SigmaDocument(
    string Title, string Id, string Name, string Description, string Author, string Level, IReadOnlyList<string> References, IReadOnlyList<string> Tags, SigmaLogSource LogSource,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Placeholders, SigmaDetection? Detection, SigmaCorrelation? Correlation, SigmaFilter? Filter)
{
    /// <summary>Our severity: s1 critical, s2 high, s3 medium, s4 the rest.</summary>
    public string Severity => Level switch { "critical" => "s1", "high" => "s2", "medium" => "s3", _ => "s4" };

    /// <summary>True when a correlation or a filter that says <paramref name="reference"/> means this.</summary>
    public bool IsCalled(string reference) => reference.Length > 0 && (reference.Equals(Id, StringComparison.OrdinalIgnoreCase) || reference.Equals(Name, StringComparison.Ordinal));
}

/// <summary>Which logs a rule is about. Empty: not said.</summary>
internal sealed record SigmaLogSource(string Product, string Service, string Category)
{
    public static readonly SigmaLogSource Any = new("", "", "");
}

/// <param name="Conditions">One of them suffices.</param>
internal sealed record SigmaDetection(IReadOnlyDictionary<string, SigmaNode> Selections, IReadOnlyList<string> Conditions);

/// <param name="Rules">Ids or names; the single word <c>any</c> is every rule of the log source.</param>
internal sealed record SigmaFilter(IReadOnlyList<string> Rules, SigmaDetection Detection);

/// <summary>What a correlation counts.</summary>
internal enum SigmaCorrelationKind
{
    EventCount,
    ValueCount,
    Temporal,
    TemporalOrdered,
    ValueSum,
    ValueAvg,
    ValuePercentile,
}

/// <param name="Rules">Ids or names of the rules whose events it counts.</param>
/// <param name="GroupBy">Fields, or names in <paramref name="Aliases"/>.</param>
/// <param name="Aliases">Name → rule → that rule's field.</param>
/// <param name="Generate">The rules also alert by themselves.</param>
/// <param name="Compare">Every one must hold: gt, gte, lt, lte, eq, neq and a number.</param>
/// <param name="Field">What value_… counts; empty for the others.</param>
/// <param name="Percentile">0 to 100.</param>
internal sealed record SigmaCorrelation(
    SigmaCorrelationKind Kind, IReadOnlyList<string> Rules, IReadOnlyList<string> GroupBy, TimeSpan Timespan, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Aliases,
    bool Generate, IReadOnlyList<(string Operator, double Number)> Compare, string Field, double Percentile)
{
    /// <summary>Not for no number at all.</summary>
    public bool Holds(double number) => !double.IsNaN(number) && Compare.All(c => c.Operator switch
    {
        "gt" => number > c.Number,
        "gte" => number >= c.Number,
        "lt" => number < c.Number,
        "lte" => number <= c.Number,
        "eq" => number == c.Number,
        _ => number != c.Number,
    });
}
