using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Rules.Sigma;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Rules;

/// <summary>How far a back-test is.</summary>
/// <param name="Share">0 to 1.</param>
public sealed record BackTestProgress(double Share, long Looked, long Hits);

/// <summary>A day (UTC) of a back-test.</summary>
public sealed record BackTestDay(DateOnly Day, long Hits);

/// <summary>What a rule would have found.</summary>
/// <param name="Looked">Events that the rule was asked about; the index left out the others.</param>
/// <param name="Hits">Events that it matched, without those excluded.</param>
/// <param name="Excluded">Events that an exclusion took out.</param>
/// <param name="Alerts">How many alerts it would have raised.</param>
/// <param name="Days">Every day of the range, oldest first.</param>
/// <param name="Samples">The newest hits, at most 20.</param>
/// <param name="Whole">False: it stopped at <see cref="RuleBackTest.MostHits"/> hits.</param>
public sealed record BackTest(long Looked, long Hits, long Excluded, long Alerts, IReadOnlyList<BackTestDay> Days, IReadOnlyList<StoredEvent> Samples, TimeSpan Took, bool Whole);

/// <summary>Asks a rule about stored events, without keeping anything.</summary>
internal sealed class RuleBackTest(Database database, EventSearch search, TimeProvider time)
{
    public const int MostHits = 500_000;
    private const int MostSamples = 20;
    /// <summary>Of operations or actors that the index is asked for; more, or longer ones, are compared in each event.</summary>
    private const int MostNames = 100, LongestName = 400;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(400);

    public async Task<BackTest> RunAsync(EventRuleRequest request, DateTimeOffset from, DateTimeOffset to, Action<BackTestProgress>? progress, CancellationToken cancellationToken)
    {
        if (to <= from) throw new RuleRefusedException("to", "must be after from.");
        if (to - from > Longest) throw new RuleRefusedException("from", $"at most {Longest.TotalDays:0} days.");
        var filters = await database.ReadAsync(db => RuleSet.FiltersAsync(db, cancellationToken), cancellationToken);
        var rule = RuleCompiler.Compile(request, filters);
        if (rule.Kind == RuleKinds.Filter) throw new RuleRefusedException("sigma", "a filter finds nothing by itself; test a rule that it is for.");
        var (began, operations, sources) = (time.GetTimestamp(), rule.Operations, rule.Members.SelectMany(m => m.Scope.Sources).Distinct().ToList());
        var query = new EventQuery { Sources = sources.Count == Events.EventSources.All.Count ? [] : sources, Operations = Names(operations), Actors = Names(rule.Actors) };
        var run = new Run(rule, progress);
        if (sources.Count > 0 && operations is not { Count: 0 })
        {
            var slices = Slices(from, to);
            run.Slices = slices.Count;
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                await Parallel.ForEachAsync(slices, new ParallelOptions { MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount, 1, 4), CancellationToken = enough.Token },
                    async (slice, stop) => await LookAsync(run, query with { Start = slice.From, End = slice.To }, slice, enough, stop));
            }
            catch (OperationCanceledException) when (run.Full && !cancellationToken.IsCancellationRequested)
            {
                // Enough was found.
            }
        }
        var days = run.Days();
        var all = new List<BackTestDay>();
        for (var day = DateOnly.FromDateTime(from.UtcDateTime); day <= DateOnly.FromDateTime(to.AddTicks(-1).UtcDateTime); day = day.AddDays(1)) all.Add(new(day, days.GetValueOrDefault(day)));
        var samples = await search.ListAsync(run.Samples(), cancellationToken);
        return new BackTest(run.Looked, run.Hits, run.Excluded, run.Alerts(), all, samples, time.GetElapsedTime(began), !run.Full);
    }

    private static IReadOnlyList<string> Names(IReadOnlySet<string>? names) =>
        names is { Count: > 0 and <= MostNames } && names.All(n => !string.IsNullOrWhiteSpace(n) && n.Length <= LongestName) ? [.. names] : [];

    private async Task LookAsync(Run run, EventQuery query, (DateTimeOffset From, DateTimeOffset To) slice, CancellationTokenSource enough, CancellationToken stop)
    {
        async IAsyncEnumerable<(StoredEvent Event, ReadOnlyMemory<byte> Raw)> Events()
        {
            if (run.Rule.Needs == EventPart.Record) await foreach (var pair in search.AllWithRawAsync(query, stop)) yield return pair;
            else await foreach (var e in search.AllAsync(query, brief: run.Rule.Needs == EventPart.Brief, stop)) yield return (e, default);
        }
        var (here, length) = (0, (slice.To - slice.From).TotalMilliseconds);
        await foreach (var (e, raw) in Events())
        {
            stop.ThrowIfCancellationRequested();
            run.Ask(e, raw);
            if (++here % 500 == 0) run.Report((slice.To - e.Event.Time).TotalMilliseconds / length, slice.From);
            if (run.Full)
            {
                await enough.CancelAsync();
                break;
            }
        }
        run.Report(1, slice.From);
    }

    /// <summary>Newest first, so that the processors share the work.</summary>
    private static List<(DateTimeOffset From, DateTimeOffset To)> Slices(DateTimeOffset from, DateTimeOffset to)
    {
        var count = to - from < TimeSpan.FromHours(12) ? 1 : 8;
        var length = (to - from).Ticks / count;
        return [.. Enumerable.Range(0, count).Select(i => (from.AddTicks(length * (count - 1 - i)), i == 0 ? to : from.AddTicks(length * (count - i))))];
    }

    /// <summary>What a run has found, by whichever thread.</summary>
    private sealed class Run(CompiledRule rule, Action<BackTestProgress>? progress)
    {
        private readonly ConcurrentDictionary<DateTimeOffset, double> _shares = new();
        private readonly ConcurrentDictionary<string, ConcurrentBag<SigmaHit>> _groups = new(StringComparer.OrdinalIgnoreCase);
        private readonly SortedSet<long> _samples = [];
        private readonly ConcurrentDictionary<DateOnly, long> _days = new();
        private long _looked, _hits, _excluded;

        public CompiledRule Rule => rule;
        public int Slices { get; set; }
        public long Looked => Interlocked.Read(ref _looked);
        public long Hits => Interlocked.Read(ref _hits);
        public long Excluded => Interlocked.Read(ref _excluded);
        public bool Full => Hits >= MostHits;

        public void Ask(StoredEvent e, ReadOnlyMemory<byte> raw)
        {
            Interlocked.Increment(ref _looked);
            var (fields, id, counted) = (new EventFields(e.Event, raw), Events.EventId.Of(e.Id), false);
            for (var member = 0; member < rule.Members.Count; member++)
            {
                RuleFinding? found;
                try
                {
                    found = RuleSet.Ask("", rule, member, fields);
                }
                catch (System.Text.RegularExpressions.RegexMatchTimeoutException)
                {
                    throw new RuleRefusedException("sigma", $"a regular expression took more than {SigmaItem.RegexTimeout.TotalMilliseconds:0} ms on event {e.Id}; write it without look-arounds and back references.");
                }
                if (found is null) continue;
                if (found.Excluded is not null)
                {
                    Interlocked.Increment(ref _excluded);
                    break;
                }
                _groups.GetOrAdd(string.Join('\u001f', found.Group), _ => []).Add(new SigmaHit(id, member, found.Value));
                if (counted) continue;
                counted = true;
                Interlocked.Increment(ref _hits);
                _days.AddOrUpdate(DateOnly.FromDateTime(e.Event.Time.UtcDateTime), 1, (_, n) => n + 1);
                lock (_samples)
                {
                    _samples.Add(id);
                    if (_samples.Count > MostSamples) _samples.Remove(_samples.Min);
                }
            }
        }

        public void Report(double share, DateTimeOffset slice)
        {
            _shares[slice] = Math.Clamp(share, 0, 1);
            progress?.Invoke(new BackTestProgress(_shares.Values.Sum() / Math.Max(1, Slices), Looked, Hits));
        }

        public Dictionary<DateOnly, long> Days() => new(_days);

        /// <summary>Ids of the newest hits.</summary>
        public IReadOnlyList<string> Samples() => [.. _samples.Select(Events.EventId.Text)];

        public long Alerts() => _groups.Values.Sum(g => rule.Plan is { } plan
            ? SigmaWindows.Find(plan, g, rule.SlotMs).Count
            : g.Select(h => h.At / rule.SlotMs).Distinct().LongCount());
    }
}
