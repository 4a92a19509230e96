namespace OmniAudit.Modules.AuditLens.Evidence.Findings;

/// <summary>A finding of an earlier run as it was stored.</summary>
/// <param name="FirstSeen">When it was new.</param>
/// <param name="Runs">In how many compared runs it was, that one too.</param>
internal sealed record SeenFinding(EvidenceFinding Finding, DateTimeOffset FirstSeen, int Runs);

/// <summary>A finding of this run against the base.</summary>
/// <param name="IsNew">The base has it not. Always true without a base; then it means nothing.</param>
/// <param name="FirstSeen">Its age starts here.</param>
/// <param name="Runs">1 when it is new.</param>
internal sealed record TrackedFinding(EvidenceFinding Finding, bool IsNew, DateTimeOffset FirstSeen, int Runs);

/// <summary>This run against a base run.</summary>
/// <param name="Current">All findings of this run.</param>
/// <param name="Fixed">Of the base, gone, and looked for in this run.</param>
/// <param name="NotCompared">Of the base, gone, and nobody can say: their tool or test was not run.</param>
internal sealed record FindingChanges(IReadOnlyList<TrackedFinding> Current, IReadOnlyList<SeenFinding> Fixed, IReadOnlyList<SeenFinding> NotCompared);

/// <summary>New, persisting and fixed.</summary>
internal static class FindingHistory
{
    /// <summary>
    /// Compares two sets that <see cref="FindingSet"/> built. Ids first; then what changed its file's name or place in the order, by a fingerprint or quoted source in common.
    /// <paramref name="profiles"/> are the formats that this run's evidence had; <paramref name="tests"/> the tests it ran (null: not known), so that a test that was not run is not fixed.
    /// </summary>
    public static FindingChanges Compare(
        IReadOnlyList<EvidenceFinding> current, IReadOnlyList<SeenFinding> known, DateTimeOffset now, IReadOnlyCollection<string> profiles, IReadOnlyCollection<string>? tests = null)
    {
        var left = new Dictionary<string, SeenFinding>(StringComparer.Ordinal);
        foreach (var seen in known) left.TryAdd(seen.Finding.FindingId, seen);
        var matched = new SeenFinding?[current.Count];
        for (var i = 0; i < current.Count; i++)
        {
            if (left.Remove(current[i].FindingId, out matched[i])) continue;
            // A strategy may have merged it under another id.
            foreach (var id in current[i].MergedIds)
                if (left.Remove(id, out matched[i])) break;
        }
        Second(f => [.. f.Fingerprints.Where(p => !p.Key.StartsWith("deterministic", StringComparison.Ordinal)).Select(p => $"{p.Key}={p.Value}")]);
        // The same rule on the same line of source, in a file that was moved or renamed.
        Second(f => f is { Snippet.Length: > 8, Rule.Length: > 0 } ? [$"{f.Rule}\n{f.Snippet}"] : []);

        var ran = tests?.Select(FindingKey.TestOf).ToHashSet(StringComparer.Ordinal);
        var gone = left.Values.ToLookup(LookedFor);
        return new FindingChanges(
            [.. current.Select((f, i) => matched[i] is { } seen ? new TrackedFinding(f, false, seen.FirstSeen, seen.Runs + 1) : new TrackedFinding(f, true, now, 1))],
            [.. gone[true]], [.. gone[false]]);

        void Second(Func<EvidenceFinding, IReadOnlyList<string>> marks)
        {
            var byMark = new Dictionary<string, string?>(StringComparer.Ordinal);
            foreach (var seen in left.Values)
                foreach (var mark in marks(seen.Finding)) byMark[mark] = byMark.ContainsKey(mark) ? null : seen.Finding.FindingId;
            for (var i = 0; i < current.Count; i++)
            {
                if (matched[i] is not null) continue;
                foreach (var mark in marks(current[i]))
                    if (byMark.GetValueOrDefault(mark) is { } id && left.Remove(id, out matched[i])) break;
            }
        }

        bool LookedFor(SeenFinding seen)
        {
            if (seen.Finding.Kind == FindingKind.TestFailure && ran is not null) return ran.Contains(FindingKey.TestOf(seen.Finding.Test ?? ""));
            return seen.Finding.Evidence.Any(e => profiles.Contains(e.Profile)) || profiles.Contains(seen.Finding.Profile);
        }
    }
}

/// <summary>A test that passed and failed on the same commit.</summary>
/// <param name="Passed">How often.</param>
/// <param name="Failed">How often.</param>
internal sealed record FlakyTest(string HeadSha, string Test, int Passed, int Failed);

/// <summary>What the tests of runs say together.</summary>
internal static class FlakyTests
{
    /// <summary>
    /// Flaky: a pass and a fail at one commit, in one run or in several (attempts, jobs of a matrix are the caller's choice to mix). Skipped counts as neither. Differences between commits are none.
    /// </summary>
    public static IReadOnlyList<FlakyTest> Find(IEnumerable<(string HeadSha, IReadOnlyList<TestResult> Tests)> runs)
    {
        var counts = new Dictionary<(string Sha, string Test), (string Name, int Passed, int Failed)>();
        foreach (var (sha, tests) in runs)
            foreach (var test in tests)
            {
                var key = (sha, FindingKey.TestOf(test.FullName));
                var (name, passed, failed) = counts.GetValueOrDefault(key, (test.FullName, 0, 0));
                counts[key] = (name, passed + test.Attempts.Count(a => a == TestOutcome.Passed), failed + test.Attempts.Count(a => a is TestOutcome.Failed or TestOutcome.Error or TestOutcome.TimedOut));
            }
        return [.. counts.Where(c => c.Value is { Passed: > 0, Failed: > 0 }).Select(c => new FlakyTest(c.Key.Sha, c.Value.Name, c.Value.Passed, c.Value.Failed)).OrderBy(f => f.HeadSha, StringComparer.Ordinal).ThenBy(f => f.Test, StringComparer.Ordinal)];
    }
}
