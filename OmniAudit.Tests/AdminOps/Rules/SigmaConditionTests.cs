using OmniAudit.Modules.AdminOps.Rules.Sigma;

namespace OmniAudit.Tests.AdminOps.Rules;

/// <summary>The grammar of conditions, and YAML that means harm.</summary>
public sealed class SigmaConditionTests
{
    private static readonly string[] Names = ["alpha", "sel_a", "sel_b", "_hidden", "filter_x"];

    private static bool Holds(string condition, IReadOnlyDictionary<string, bool> values)
    {
        var never = new SigmaClause.Or([]);
        var clauses = values.ToDictionary(v => v.Key, v => v.Value ? new SigmaClause.And([]) : (SigmaClause)never, StringComparer.Ordinal);
        return SigmaMatcher.Resolve(SigmaCondition.Parse(condition), clauses, "condition").IsMatch(null!);
    }

    /// <summary>Writes random conditions as text with as few parentheses as precedence allows, and compares with what they were written from.</summary>
    [Fact]
    public void Conditions_AtRandom_MeanWhatANaiveEvaluatorSays()
    {
        var random = new Random(20261122);
        for (var round = 0; round < 4000; round++)
        {
            var values = Names.ToDictionary(n => n, _ => random.Next(2) == 0, StringComparer.Ordinal);
            var (text, _, truth) = Make(random, values, 4);
            Assert.True(Holds(text, values) == truth, $"{text} with {string.Join(", ", values)}: {truth}");
        }
    }

    /// <summary>Strength: 0 or, 1 and, 2 not, 3 name.</summary>
    private static (string Text, int Strength, bool Truth) Make(Random random, Dictionary<string, bool> values, int depth)
    {
        string At(int strength, (string Text, int Strength, bool Truth) part) => part.Strength < strength || random.Next(8) == 0 ? $"({part.Text})" : part.Text;
        switch (depth == 0 ? random.Next(2) : random.Next(5))
        {
            case 0:
                var name = Names[random.Next(Names.Length)];
                return (name, 3, values[name]);
            case 1:
                var (all, pattern) = (random.Next(2) == 0, new[] { "them", "sel_*", "*", "filter_x" }[random.Next(4)]);
                var meant = values.Where(v => pattern switch { "them" => v.Key[0] != '_', "sel_*" => v.Key.StartsWith("sel_", StringComparison.Ordinal), "*" => true, _ => v.Key == pattern }).Select(v => v.Value).ToList();
                return ($"{(all ? random.Next(2) == 0 ? "all" : "ALL" : random.Next(2) == 0 ? "1" : "any")} of {pattern}", 3, all ? meant.All(v => v) : meant.Any(v => v));
            case 2:
                var negated = Make(random, values, depth - 1);
                return ($"{(random.Next(2) == 0 ? "not" : "NOT")} {At(2, negated)}", 2, !negated.Truth);
            case var which:
                var parts = Enumerable.Range(0, random.Next(2, 4)).Select(_ => Make(random, values, depth - 1)).ToList();
                return which == 3
                    ? (string.Join(" and ", parts.Select(p => At(2, p))), 1, parts.All(p => p.Truth))
                    : (string.Join(" Or  ", parts.Select(p => At(1, p))), 0, parts.Any(p => p.Truth));
        }
    }

    [Theory]
    [InlineData("alpha and")]
    [InlineData("(alpha")]
    [InlineData("alpha)")]
    [InlineData("alpha sel_a")]
    [InlineData("2 of them")]
    [InlineData("1 of")]
    [InlineData("of them")]
    [InlineData("alpha | count() > 5")]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("1 of nobody_*")]
    public void Condition_ThatIsNone_IsRefused(string condition) =>
        Assert.StartsWith("", Assert.Throws<SigmaRefusedException>(() => Holds(condition, Names.ToDictionary(n => n, _ => true, StringComparer.Ordinal))).Field, StringComparison.Ordinal);

    [Fact]
    public void Conditions_InAList_AreAlternatives() => Assert.True(SigmaMatchingTests.Matches("title: t\nlogsource: {product: omniaudit}\ndetection:\n  a: {Name: no}\n  b: {Count: 17}\n  condition: [a, b]"));

    [Fact]
    public void Yaml_ThatMeansHarm_IsRefusedAtOnce()
    {
        string[] harmful =
        [
            "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
            "title: " + string.Concat(Enumerable.Repeat("[", 5000)),
            "title: x\nl: [" + string.Join(',', Enumerable.Repeat("1", 60_000)) + "]",
            new string('a', (1 << 20) + 1),
            "title: x\ntitle: y",
            "{{{{", "\t- x", "- just\n- a list", "title: [unclosed",
        ];
        foreach (var text in harmful) Assert.Throws<SigmaRefusedException>(() => SigmaReader.Read(text));
        Assert.Throws<SigmaRefusedException>(() => SigmaCondition.Parse(string.Concat(Enumerable.Repeat("(", 5000)) + "a"));
        Assert.Throws<SigmaRefusedException>(() => SigmaCondition.Parse(string.Join(" and ", Enumerable.Repeat("a", 5000))));
    }

    [Fact]
    public void Pattern_WithManyStars_TakesNoTimeToSpeakOf()
    {
        var pattern = SigmaPattern.Parse(string.Concat(Enumerable.Repeat("*a", 200)) + "b");
        Assert.False(pattern.IsMatch(new string('a', 20_000), cased: false));
    }

    [Theory]
    [InlineData("type: rather", "correlation.type")]
    [InlineData("type: event_count\n  rules: a\n  timespan: 5x\n  condition: {gte: 2}", "correlation.timespan")]
    [InlineData("type: event_count\n  rules: a\n  timespan: 5m\n  condition: {gte: many}", "correlation.condition.gte")]
    [InlineData("type: event_count\n  rules: a\n  timespan: 5m\n  condition: {about: 2}", "correlation.condition")]
    [InlineData("type: value_count\n  rules: a\n  timespan: 5m\n  condition: {gte: 2}", "correlation.condition.field")]
    [InlineData("type: event_count\n  timespan: 5m\n  condition: {gte: 2}", "correlation.rules")]
    public void Correlation_ThatCannotBeUsed_IsRefusedNamingTheField(string correlation, string field) =>
        Assert.Equal(field, Assert.Throws<SigmaRefusedException>(() => SigmaReader.Read($"title: t\ncorrelation:\n  {correlation}")).Field);
}
