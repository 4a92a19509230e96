using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Rules.Sigma;

namespace OmniAudit.Tests.AdminOps.Rules;

/// <summary>Correlations count in event time.</summary>
public sealed class SigmaWindowsTests
{
    private const long Minute = 60_000, Hour = 60 * Minute;

    private static SigmaPlan Plan(SigmaCorrelationKind kind, int rules, double gte, int minutes = 10, double percentile = 50) => new(
        new SigmaCorrelation(kind, [.. Enumerable.Range(0, rules).Select(i => $"r{i}")], [], TimeSpan.FromMinutes(minutes), new Dictionary<string, IReadOnlyDictionary<string, string>>(), false, [("gte", gte)], "f", percentile),
        [.. Enumerable.Range(0, rules).Select(i => (i, (SigmaPlan?)null))]);

    private static SigmaHit Hit(double minute, int member = 0, string? value = null, int salt = 0) => new(EventId.From(DateTimeOffset.UnixEpoch.AddDays(100).AddMinutes(minute)) | (uint)salt, member, value);

    private static int Found(SigmaPlan plan, params SigmaHit[] hits) => SigmaWindows.Find(plan, hits, Hour).Sum(e => e.Events.Count);

    [Fact]
    public void Kinds_EachCountsWhatItSays()
    {
        var count = Plan(SigmaCorrelationKind.EventCount, 1, 3);
        Assert.Equal(3, Found(count, Hit(0), Hit(5), Hit(10)));
        Assert.Equal(0, Found(count, Hit(0), Hit(5), Hit(10.1)));
        Assert.Equal(4, Found(count, Hit(0), Hit(5), Hit(10), Hit(12)));

        var values = Plan(SigmaCorrelationKind.ValueCount, 1, 2);
        Assert.Equal(0, Found(values, Hit(0, 0, "a"), Hit(1, 0, "A"), Hit(2, 0, null)));
        Assert.Equal(2, Found(values, Hit(0, 0, "a"), Hit(1, 0, "b")));

        var temporal = Plan(SigmaCorrelationKind.Temporal, 2, 2);
        Assert.Equal(2, Found(temporal, Hit(3, 1), Hit(5, 0)));
        Assert.Equal(0, Found(temporal, Hit(3, 1), Hit(5, 1)));

        var ordered = Plan(SigmaCorrelationKind.TemporalOrdered, 2, 2);
        Assert.Equal(0, Found(ordered, Hit(3, 1), Hit(5, 0)));
        Assert.Equal(2, Found(ordered, Hit(3, 0), Hit(5, 1)));
        Assert.Equal(0, Found(ordered, Hit(3, 0), Hit(13.1, 1)));
        Assert.Equal(0, Found(ordered, Hit(3, 0), Hit(3, 1)));

        Assert.Equal(2, Found(Plan(SigmaCorrelationKind.ValueSum, 1, 10), Hit(0, 0, "4"), Hit(1, 0, "6")));
        Assert.Equal(0, Found(Plan(SigmaCorrelationKind.ValueSum, 1, 10), Hit(0, 0, "4"), Hit(1, 0, "x")));
        Assert.Equal(1, Found(Plan(SigmaCorrelationKind.ValueAvg, 1, 5), Hit(0, 0, "6"), Hit(1, 0, "2")));
        Assert.Equal(3, Found(Plan(SigmaCorrelationKind.ValuePercentile, 1, 9, percentile: 90), Hit(0, 0, "1"), Hit(1, 0, "1"), Hit(2, 0, "11")));
    }

    [Fact]
    public void Chain_OfCorrelations_TakesInWhatTheInnerOneCounted()
    {
        var failed = Plan(SigmaCorrelationKind.EventCount, 1, 3);
        var plan = Plan(SigmaCorrelationKind.TemporalOrdered, 2, 2) with { Parts = [(-1, failed), (1, null)] };
        Assert.Equal(0, Found(plan, Hit(0), Hit(1), Hit(2, 1)));
        Assert.Equal(0, Found(plan, Hit(0, 1), Hit(1), Hit(2), Hit(3)));
        Assert.Equal(4, Found(plan, Hit(0), Hit(1), Hit(2), Hit(3, 1)));
        Assert.Equal(4, Found(plan, Hit(-60), Hit(0), Hit(1), Hit(2), Hit(12, 1)));
    }

    /// <summary>Late events and any batches: the episodes are a function of the set. Here, of a naive evaluator that asks at every event.</summary>
    [Fact]
    public void Episodes_AreThoseOfANaiveEvaluator()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var hits = Enumerable.Range(0, random.Next(1, 40)).Select(i => Hit(random.Next(0, 240), random.Next(2), $"{random.Next(4)}", i)).DistinctBy(h => h.EventId >> 20).ToArray();
            var kind = new[] { SigmaCorrelationKind.EventCount, SigmaCorrelationKind.ValueCount, SigmaCorrelationKind.Temporal, SigmaCorrelationKind.ValueSum }[random.Next(4)];
            var plan = Plan(kind, 2, 2 + random.Next(2) * (kind == SigmaCorrelationKind.Temporal ? 0 : 1), 15);
            var expected = new SortedDictionary<long, SortedSet<long>>();
            foreach (var end in hits)
            {
                var window = hits.Where(h => h.At <= end.At && end.At - h.At <= 15 * Minute).ToList();
                var number = kind switch
                {
                    SigmaCorrelationKind.EventCount => window.Count,
                    SigmaCorrelationKind.ValueCount => window.Select(h => h.Value).Distinct().Count(),
                    SigmaCorrelationKind.Temporal => window.Select(h => h.Member).Distinct().Count(),
                    _ => window.Sum(h => double.Parse(h.Value!)),
                };
                if (!plan.Correlation.Holds(number)) continue;
                var slot = end.At / Hour * Hour;
                if (!expected.TryGetValue(slot, out var events)) expected[slot] = events = [];
                events.UnionWith(window.Select(h => h.EventId));
            }
            random.Shuffle(hits);
            var found = SigmaWindows.Find(plan, hits, Hour);
            Assert.Equal(expected.Select(e => (e.Key, string.Join(',', e.Value))), found.Select(e => (e.Slot, string.Join(',', e.Events))));
        }
    }
}
