
namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>An event that a correlation counts.</summary>
/// <param name="Member">Which rule matched it: its place among all the rules of the plan.</param>
/// <param name="Value">What value_… counts.</param>
internal readonly record struct SigmaHit(long EventId, int Member, string? Value)
{
    public long At => EventId >> 20;

    /// <summary>Of a correlation that held at this event: the first event that it counted. Else 0.</summary>
    public long Since { get; init; }
}

/// <summary>What a correlation found in one slot of the clock.</summary>
/// <param name="Slot">Where it begins, Unix ms: a multiple of the slot's length.</param>
/// <param name="Events">Every event that counted, oldest first, each once.</param>
internal sealed record SigmaEpisode(long Slot, IReadOnlyList<long> Events);

/// <summary>What a correlation counts, in its order: for each of its rules the place of that rule among all, or, of a correlation, its plan.</summary>
internal sealed record SigmaPlan(SigmaCorrelation Correlation, IReadOnlyList<(int Rule, SigmaPlan? Inner)> Parts)
{
    /// <summary>How far back an event can matter.</summary>
    public long SpanMs => (long)Correlation.Timespan.TotalMilliseconds + Parts.Max(p => p.Inner?.SpanMs ?? 0);

    public IEnumerable<int> Rules => Parts.SelectMany(p => p.Inner?.Rules ?? [p.Rule]);
}

/// <summary>
/// Correlations in event time. The condition is asked at every event, of the events within the timespan that ends with it; where it holds, an episode is in the slot of the clock that the event is
/// in. So the episodes follow from the set of events alone: in which order they arrive, and in how many batches, makes no difference.
/// </summary>
internal static class SigmaWindows
{
    /// <param name="hits">Of one group; any order.</param>
    /// <param name="slotLength">In ms, more than 0.</param>
    public static IReadOnlyList<SigmaEpisode> Find(SigmaPlan plan, IEnumerable<SigmaHit> hits, long slotLength)
    {
        var all = hits.ToList();
        var episodes = new List<(long Slot, SortedSet<long> Events, List<(SigmaPlan Plan, long From, long To)> Inner)>();
        var marked = 0;
        foreach (var (sorted, start, i) in Holding(plan, all))
        {
            var slot = sorted[i].At / slotLength * slotLength;
            if (episodes.Count == 0 || episodes[^1].Slot != slot)
            {
                episodes.Add((slot, [], []));
                marked = start;
            }
            for (var j = Math.Max(marked, start); j <= i; j++)
            {
                episodes[^1].Events.Add(sorted[j].EventId);
                if (plan.Parts[sorted[j].Member].Inner is { } inner) episodes[^1].Inner.Add((inner, sorted[j].Since, sorted[j].EventId));
            }
            marked = i + 1;
        }
        foreach (var (_, events, inner) in episodes)
        {
            foreach (var of in inner.GroupBy(x => x.Plan))
            {
                var rules = of.Key.Rules.ToHashSet();
                // Windows that overlap are one.
                var (spans, last) = (new List<(long From, long To)>(), long.MinValue);
                foreach (var (_, from, to) in of.OrderBy(x => x.From))
                {
                    if (spans.Count > 0 && from <= last) spans[^1] = (spans[^1].From, last = Math.Max(last, to));
                    else spans.Add((from, last = to));
                }
                foreach (var hit in all.Where(h => rules.Contains(h.Member) && spans.Exists(s => s.From <= h.EventId && h.EventId <= s.To))) events.Add(hit.EventId);
            }
        }
        return episodes.ConvertAll(e => new SigmaEpisode(e.Slot, [.. e.Events]));
    }

    /// <summary>Where a plan's condition holds: its hits in order, and the first and the last place of the window.</summary>
    private static IEnumerable<(List<SigmaHit> Sorted, int Start, int End)> Holding(SigmaPlan plan, List<SigmaHit> all)
    {
        var own = new List<SigmaHit>();
        for (var place = 0; place < plan.Parts.Count; place++)
        {
            var (rule, inner) = plan.Parts[place];
            own.AddRange(inner is null
                ? all.Where(h => h.Member == rule).Select(h => h with { Member = place })
                : Holding(inner, all).Select(w => new SigmaHit(w.Sorted[w.End].EventId, place, null) { Since = w.Sorted[w.Start].Since is > 0 and var since ? since : w.Sorted[w.Start].EventId }));
        }
        // An event that two of the rules match is no sequence of two: the later rule comes first.
        var sorted = own.OrderBy(h => h.EventId).ThenByDescending(h => h.Member).ToList();
        var span = (long)plan.Correlation.Timespan.TotalMilliseconds;
        var counter = new Counter(plan.Correlation);
        var start = 0;
        for (var i = 0; i < sorted.Count; i++)
        {
            counter.Add(sorted[i]);
            while (sorted[i].At - sorted[start].At > span) counter.Remove(sorted[start++]);
            // Asked when all of an event's hits are in.
            if (i + 1 < sorted.Count && sorted[i + 1].EventId == sorted[i].EventId) continue;
            if (plan.Correlation.Holds(counter.Number(sorted[i].At))) yield return (sorted, start, i);
        }
    }

    private sealed class Counter(SigmaCorrelation correlation)
    {
        private readonly Dictionary<string, int> _values = new(StringComparer.OrdinalIgnoreCase);
        private readonly List<double> _numbers = [];
        private readonly int[] _members = new int[correlation.Rules.Count];
        private readonly long?[] _chains = new long?[correlation.Rules.Count];
        private int _events;

        public void Add(SigmaHit hit)
        {
            _events++;
            _members[hit.Member]++;
            // When the latest chain of the rules up to this one began.
            _chains[hit.Member] = hit.Member == 0 ? hit.At : Later(_chains[hit.Member - 1], _chains[hit.Member]);
            if (hit.Value is not { } value) return;
            if (correlation.Kind == SigmaCorrelationKind.ValueCount) _values[value] = _values.GetValueOrDefault(value) + 1;
            else if (Number(value) is { } number) _numbers.Insert(~Place(number), number);
        }

        public void Remove(SigmaHit hit)
        {
            _events--;
            _members[hit.Member]--;
            if (hit.Value is not { } value) return;
            if (correlation.Kind == SigmaCorrelationKind.ValueCount)
            {
                if (--_values[value] == 0) _values.Remove(value);
            }
            else if (Number(value) is { } number) _numbers.RemoveAt(_numbers.BinarySearch(number));
        }

        public double Number(long now) => correlation.Kind switch
        {
            SigmaCorrelationKind.EventCount => _events,
            SigmaCorrelationKind.ValueCount => _values.Count,
            SigmaCorrelationKind.Temporal => _members.Count(m => m > 0),
            SigmaCorrelationKind.TemporalOrdered => Array.FindLastIndex(_chains, c => c is { } began && now - began <= (long)correlation.Timespan.TotalMilliseconds) + 1,
            SigmaCorrelationKind.ValueSum => _numbers.Sum(),
            SigmaCorrelationKind.ValueAvg => _numbers.Count == 0 ? double.NaN : _numbers.Sum() / _numbers.Count,
            _ => Percentile(),
        };

        private static long? Later(long? one, long? other) => one is null ? other : other is null || one > other ? one : other;

        private static double? Number(string text) =>
            double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

        /// <summary>The complement of where it goes, as if it were not there.</summary>
        private int Place(double number)
        {
            var place = _numbers.BinarySearch(number);
            return place < 0 ? place : ~place;
        }

        /// <summary>Between the two nearest ranks, in proportion.</summary>
        private double Percentile()
        {
            if (_numbers.Count == 0) return double.NaN;
            var rank = correlation.Percentile / 100 * (_numbers.Count - 1);
            var below = (int)Math.Floor(rank);
            return below + 1 >= _numbers.Count ? _numbers[^1] : _numbers[below] + ((rank - below) * (_numbers[below + 1] - _numbers[below]));
        }
    }
}
