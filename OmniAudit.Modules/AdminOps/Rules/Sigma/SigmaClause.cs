namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>A rule as it is evaluated, and as questions about it are answered: which operations it needs, and whether it can match at all.</summary>
internal abstract record SigmaClause
{
    public abstract bool IsMatch(EventFields e);

    internal sealed record And(IReadOnlyList<SigmaClause> Parts) : SigmaClause
    {
        public override bool IsMatch(EventFields e)
        {
            foreach (var part in Parts) if (!part.IsMatch(e)) return false;
            return true;
        }
    }

    internal sealed record Or(IReadOnlyList<SigmaClause> Parts) : SigmaClause
    {
        public override bool IsMatch(EventFields e)
        {
            foreach (var part in Parts) if (part.IsMatch(e)) return true;
            return false;
        }
    }

    internal sealed record Not(SigmaClause Part) : SigmaClause
    {
        public override bool IsMatch(EventFields e) => !Part.IsMatch(e);
    }

    /// <summary>One field against its values.</summary>
    /// <param name="At">Where in the rule it stands.</param>
    /// <param name="Patterns">What one of is looked for, when the test is by text; else null.</param>
    /// <param name="Never">Why it cannot be true; null when it can.</param>
    internal sealed record Test(FieldReader Field, string At, Func<IReadOnlyList<string?>, EventFields, bool> Holds, IReadOnlyList<SigmaPattern>? Patterns, string? Never) : SigmaClause
    {
        public override bool IsMatch(EventFields e) => Holds(Field.Values(e), e);
    }

    /// <summary>How much of an event is looked at.</summary>
    public EventPart Needs => this switch
    {
        And and => and.Parts.Select(p => p.Needs).DefaultIfEmpty().Max(),
        Or or => or.Parts.Select(p => p.Needs).DefaultIfEmpty().Max(),
        Not not => not.Part.Needs,
        Test test => test.Field.Needs,
        _ => EventPart.Record,
    };

    /// <summary>The operations (<see cref="Events.AuditEvent.OperationNorm"/>, any case) one of which an event must have to match; null when it may have any.</summary>
    public IReadOnlySet<string>? Operations => Needed(t => t.Field.Operations is { } also ? t.Patterns!.Select(p => Events.AuditEvent.Norm(p.Literal!)).Concat(also) : null);

    /// <summary>The names (any case) one of which an event's actor must have for it to match; null when anybody may have done it.</summary>
    public IReadOnlySet<string>? Actors => Needed(t => t.Field.IsActor ? t.Patterns!.Select(p => p.Literal!) : null);

    /// <param name="of">What a test of whole texts asks for; null when it asks for something else.</param>
    private IReadOnlySet<string>? Needed(Func<Test, IEnumerable<string>?> of)
    {
        switch (this)
        {
            case And and:
                return and.Parts.Select(p => p.Needed(of)).OfType<IReadOnlySet<string>>().MinBy(s => s.Count);
            case Or or:
                var union = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
                foreach (var part in or.Parts)
                {
                    if (part.Needed(of) is not { } set) return null;
                    union.UnionWith(set);
                }
                return union;
            case Test { Patterns: { } patterns } test when patterns.All(p => p.Literal is not null) && of(test) is { } values:
                return new HashSet<string>(values, StringComparer.OrdinalIgnoreCase);
            default:
                return null;
        }
    }
}
