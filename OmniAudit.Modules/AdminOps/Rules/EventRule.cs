namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>What a person says of a rule. Either <see cref="Sigma"/> or <see cref="Conditions"/> is given.</summary>
public sealed record EventRuleRequest
{
    /// <summary>1 to 200 characters. Empty with Sigma: its title.</summary>
    public string Name { get; init; } = "";
    /// <summary>At most 4000 characters. Empty with Sigma: its description.</summary>
    public string Description { get; init; } = "";
    /// <summary>s1 (worst) to s4. Empty with Sigma: by its level.</summary>
    public string Severity { get; init; } = "";
    /// <summary>It looks at events as they come in.</summary>
    public bool Enabled { get; init; }
    /// <summary>One rule of Sigma; or a correlation with the rules it names; or a filter.</summary>
    public string? Sigma { get; init; }
    /// <summary>All must hold.</summary>
    public IReadOnlyList<RuleCondition> Conditions { get; init; } = [];
    /// <summary>How many events make an alert; null: each one. Not with a correlation.</summary>
    public RuleThreshold? Threshold { get; init; }
    /// <summary>Fields whose values keep alerts apart; for Sigma also its own names. Empty: by actor. A correlation groups by its own.</summary>
    public IReadOnlyList<string> GroupBy { get; init; } = [];
    /// <summary>Events of a group within one such slot of the clock (UTC, by the event's time) are one alert. 1 to 44640; at least the threshold's or correlation's timespan is taken.</summary>
    public int GroupMinutes { get; init; } = 60;
    /// <summary>Events of which one holds are listed as suppressed, and why; no alert is raised.</summary>
    public IReadOnlyList<RuleExclusion> Exclusions { get; init; } = [];
}

/// <param name="Field">One of <see cref="RuleWords.Fields"/>, or <c>raw.</c> and a path of the record.</param>
/// <param name="Op">One of <see cref="RuleWords.Ops"/>.</param>
/// <param name="Values">One of them suffices; for is_not none may be.</param>
public sealed record RuleCondition(string Field, string Op, IReadOnlyList<string> Values);

/// <param name="Count">2 to 100,000.</param>
/// <param name="Minutes">Within so many, by the events' times. 1 to 44640.</param>
/// <param name="DistinctField">Count the different values of this field; null: count events.</param>
public sealed record RuleThreshold(int Count, int Minutes, string? DistinctField);

/// <param name="Why">What people are shown. 3 to 500 characters.</param>
public sealed record RuleExclusion(string Why, IReadOnlyList<RuleCondition> Conditions);

/// <summary>What a rule is made of.</summary>
public static class RuleKinds
{
    /// <summary>Conditions by form.</summary>
    public const string Simple = "simple";
    /// <summary>A Sigma rule.</summary>
    public const string Sigma = "sigma";
    /// <summary>A Sigma correlation with its rules.</summary>
    public const string Correlation = "correlation";
    /// <summary>A Sigma filter: narrows other rules, raises nothing.</summary>
    public const string Filter = "filter";
}

/// <summary>A rule as it is kept.</summary>
/// <param name="Kind">One of <see cref="RuleKinds"/>.</param>
/// <param name="Request">What it says, names and severity filled in.</param>
/// <param name="SigmaId">The author's id; empty when there is none.</param>
/// <param name="Author">As the rule names them; the Detection Rule License asks to keep it.</param>
/// <param name="Starter">It came with the product.</param>
/// <param name="Problem">Why it was switched off by itself; empty when it was not.</param>
/// <param name="Hits">Events it matched at ingest, excluded ones too.</param>
public sealed record EventRule(
    string RuleId, string Kind, EventRuleRequest Request, string SigmaId, string Author, bool Starter, string Problem, long Hits, DateTimeOffset? LastHitAt, DateTimeOffset? LastAlertAt,
    DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, string ChangedByName)
{
    /// <inheritdoc cref="EventRuleRequest.Name"/>
    public string Name => Request.Name;
    /// <inheritdoc cref="EventRuleRequest.Severity"/>
    public string Severity => Request.Severity;
    /// <inheritdoc cref="EventRuleRequest.Enabled"/>
    public bool Enabled => Request.Enabled;
}

/// <summary>What became of one document of an import.</summary>
/// <param name="Outcome">created, updated, refused, or part (of a correlation in the same import).</param>
/// <param name="RuleId">Null when it was not stored as a rule of its own.</param>
public sealed record RuleImport(string Title, string Outcome, string? RuleId, string? Problem);

/// <summary>A rule that cannot be kept; the message begins with the field and says what to change.</summary>
public sealed class RuleRefusedException(string field, string message) : Exception($"{field}: {message}")
{
    /// <summary>The field, as callers write it: <c>name</c>, <c>conditions[0].values</c>, <c>sigma.detection.condition</c>.</summary>
    public string Field { get; } = field;

    /// <summary>The message without the field.</summary>
    public string Plain { get; } = message;
}

/// <summary>The words that forms of rules are made of.</summary>
public static class RuleWords
{
    /// <summary>Fields of an event, and what people call them.</summary>
    public static IReadOnlyList<(string Field, string Label)> Fields { get; } =
    [
        ("operation", "Operation"), ("service", "Service"), ("source", "Source"), ("outcome", "Outcome"), ("actor", "Actor"), ("actor_kind", "Kind of actor"), ("target", "Target"), ("changed", "Changed property"),
        ("old", "Value before"), ("new", "Value after"), ("ip", "Address"), ("client_app", "Client program"), ("user_agent", "User agent"), ("geo", "Place"), ("category", "Category"), ("record_type", "Record type"),
        ("result", "Result as written"), ("code", "Result code"), ("severity", "Source's severity"), ("tenant", "Tenant"), ("word", "Any text of the record"),
    ];

    /// <summary>How a field is compared, and what people call it.</summary>
    public static IReadOnlyList<(string Op, string Label)> Ops { get; } =
    [
        ("is", "is"), ("is_not", "is not"), ("contains", "contains"), ("starts", "begins with"), ("ends", "ends with"), ("matches", "matches (* and ?)"), ("in_network", "is in the network"), ("there", "is there"), ("not_there", "is not there"),
    ];

    /// <summary>The severities, worst first.</summary>
    public static IReadOnlyList<string> Severities { get; } = ["s1", "s2", "s3", "s4"];
}
