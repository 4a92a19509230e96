namespace OmniAudit.Modules.AuditLens.Evidence.Findings;

/// <summary>By what findings are the same for a caller (<c>dedupe_strategy</c>).</summary>
internal enum DedupeStrategy
{
    /// <summary>The same fault: <see cref="FindingKey"/>.</summary>
    ById,
    /// <summary>The same title, in whatever file: one finding for a root cause.</summary>
    ByTitle,
    /// <summary>A fingerprint of the tool's own in common; without one, the same fault.</summary>
    ByFingerprint,
    /// <summary>The same file and line, whatever is said of it.</summary>
    ByLocation,
}

/// <summary>
/// All findings of a run, from all its evidence: gives ids, joins what several pieces of evidence say of one fault, and merges by strategy. Two faults stay two: what one piece of evidence lists
/// twice at different places, or without any place, is never joined by id.
/// </summary>
internal static class FindingSet
{
    private const int MostEvidence = 200;

    /// <summary>Beyond this many of one message, a finding is its own rather than a comparison with all.</summary>
    private const int MostCompared = 200;

    /// <summary>The strategy of a name such as <c>by_id</c>; null when there is none.</summary>
    public static DedupeStrategy? Strategy(string? name) => name?.Trim().ToLowerInvariant().Replace('-', '_') switch
    {
        null or "" or "by_id" or "id" => DedupeStrategy.ById,
        "by_title" or "title" => DedupeStrategy.ByTitle,
        "by_fingerprint" or "fingerprint" => DedupeStrategy.ByFingerprint,
        "by_location" or "location" => DedupeStrategy.ByLocation,
        _ => null,
    };

    /// <summary>Findings with ids, in order of their first evidence. The order of <paramref name="read"/> matters for nothing else.</summary>
    public static IReadOnlyList<EvidenceFinding> Build(IEnumerable<EvidenceFinding> read, DedupeStrategy strategy = DedupeStrategy.ById)
    {
        var clusters = new List<Cluster>();
        var order = 0;
        foreach (var group in read.Select(f => (Key: FindingKey.Of(f), Finding: f, Order: order++)).GroupBy(f => f.Key, StringComparer.Ordinal))
        {
            var own = new List<Cluster>();
            var byPlace = new Dictionary<SourceRange, List<Cluster>>();
            // Whoever knows its line says where the clusters are; the others find their place among them.
            foreach (var (key, finding, at) in group.OrderBy(f => f.Finding.Range is null).ThenBy(f => f.Finding.Range?.StartLine).ThenBy(f => f.Finding.Range?.StartColumn).ThenBy(f => f.Order))
            {
                var place = finding.Range is { } r ? new SourceRange(r.StartLine) : default;
                var anywhere = own.Count <= MostCompared && (finding.Range is null || finding.Kind == FindingKind.TestFailure);
                var cluster = (anywhere ? own : byPlace.GetValueOrDefault(place, [])).Take(MostCompared).FirstOrDefault(c => c.Takes(finding));
                if (cluster is null)
                {
                    own.Add(cluster = new Cluster(key));
                    if (!byPlace.TryGetValue(place, out var there)) byPlace[place] = there = [];
                    there.Add(cluster);
                }
                cluster.Add(finding, at);
            }
            clusters.AddRange(own);
        }
        JoinTests(clusters);
        JoinMessages(clusters);
        GiveIds(clusters);
        var merged = strategy switch
        {
            DedupeStrategy.ByTitle => MergeBy(clusters, c => [$"{(c.First.Kind == FindingKind.TestFailure ? "test" : "")}|{FindingKey.Message(TitleOf(c.First))}"]),
            DedupeStrategy.ByFingerprint => MergeBy(clusters, c => [.. c.Members.SelectMany(m => m.Fingerprints).Select(p => $"{p.Key}={p.Value}").Distinct()]),
            DedupeStrategy.ByLocation => MergeBy(clusters, c => c.First.File is { } file && c.First.Range is { } range ? [$"{file}:{range.StartLine}"] : []),
            _ => clusters,
        };
        return [.. merged.OrderBy(c => c.Order).Select(c => c.Result())];
    }

    /// <summary>A test's title begins with its name: the cause is behind it.</summary>
    private static string TitleOf(EvidenceFinding finding) => finding.Kind == FindingKind.TestFailure ? finding.Message : finding.Title;

    /// <summary>A log names a test shorter than its report does (go's has no package): joined when exactly one report's name ends so.</summary>
    private static void JoinTests(List<Cluster> clusters)
    {
        var tests = clusters.Where(c => c.First.Kind == FindingKind.TestFailure).ToList();
        if (tests.Count < 2) return;
        // By the last part of the name, which both have.
        var byTail = tests.ToLookup(c => Tail(c.Key), StringComparer.Ordinal);
        foreach (var cluster in tests.Where(c => c.Members.All(m => IsLog(m.Profile))).ToList())
        {
            if (cluster.IsGone) continue;
            var name = cluster.Key[(cluster.Key.IndexOf('\n') + 1)..];
            var longer = byTail[Tail(cluster.Key)].Where(o => o != cluster && !o.IsGone && !o.SharesEvidence(cluster) && o.Key.EndsWith("." + name, StringComparison.Ordinal)).Take(2).ToList();
            if (longer.Count == 1 && name.Length > 2) longer[0].Take(cluster);
        }
        clusters.RemoveAll(c => c.IsGone);

        static string Tail(string key) => key[(key.LastIndexOfAny(['.', '\n']) + 1)..];
    }

    /// <summary>An annotation that names no file says what a test's report or another annotation says with a place: joined when exactly one other does.</summary>
    private static void JoinMessages(List<Cluster> clusters)
    {
        var nameless = clusters.Where(c => c.First is { Kind: FindingKind.Annotation, File: null }).ToList();
        if (nameless.Count == 0) return;
        var byMessage = clusters.Where(c => c.First.Kind is FindingKind.TestFailure or FindingKind.BuildError or FindingKind.Lint || c.First is { Kind: FindingKind.Annotation, File: not null })
            .ToLookup(c => FirstLine(c.First), StringComparer.Ordinal);
        foreach (var cluster in nameless)
        {
            var same = byMessage[FirstLine(cluster.First)].Where(o => !o.SharesEvidence(cluster)).Take(2).ToList();
            if (same.Count == 1 && FirstLine(cluster.First).Length > 3) same[0].Take(cluster);
        }
        clusters.RemoveAll(c => c.IsGone);

        // As it stands: "expected 3" and "expected 5" are two.
        static string FirstLine(EvidenceFinding finding) => Text.EvidenceText.FirstLine(finding.Message);
    }

    private static void GiveIds(List<Cluster> clusters)
    {
        foreach (var group in clusters.GroupBy(c => c.Key, StringComparer.Ordinal))
        {
            var ordinal = 0;
            foreach (var cluster in group.OrderBy(c => c.Line).ThenBy(c => c.First.Range?.StartColumn ?? 0).ThenBy(c => c.First.Rule, StringComparer.Ordinal).ThenBy(c => c.First.Message, StringComparer.Ordinal).ThenBy(c => c.Order))
                cluster.Id = FindingKey.Id(cluster.Key, ordinal++);
        }
    }

    /// <summary>Joins clusters that share a mark, and what is joined to them.</summary>
    private static List<Cluster> MergeBy(List<Cluster> clusters, Func<Cluster, IReadOnlyList<string>> marks)
    {
        var byMark = new Dictionary<string, Cluster>(StringComparer.Ordinal);
        foreach (var cluster in clusters.OrderBy(c => c.Order).ToList())
        {
            var own = marks(cluster);
            var into = own.Select(m => byMark.GetValueOrDefault(m)?.Root).FirstOrDefault(c => c is not null) ?? cluster;
            cluster.MoveTo(into);
            foreach (var mark in own)
            {
                // Two that were apart until this one came between.
                if (byMark.TryGetValue(mark, out var other)) other.Root.MoveTo(into);
                byMark[mark] = into;
            }
        }
        return [.. clusters.Where(c => !c.IsGone)];
    }

    private static bool IsLog(string profile) => profile is "actions_log" or "annotations" or "compiler";

    private sealed class Cluster(string key)
    {
        private Cluster? _into;
        private readonly List<string> _mergedIds = [];

        public string Key => key;
        public string Id { get; set; } = "";
        public List<EvidenceFinding> Members { get; } = [];
        public int Order { get; private set; } = int.MaxValue;
        public bool IsGone => _into is not null;
        public Cluster Root => _into?.Root ?? this;

        /// <summary>The member that tells most: a report before a log.</summary>
        public EvidenceFinding First => Members.Find(m => !IsLog(m.Profile)) ?? Members[0];
        public int Line => Members.Select(m => m.Range?.StartLine ?? 0).FirstOrDefault(l => l > 0);

        public void Add(EvidenceFinding finding, int order)
        {
            Members.Add(finding);
            Order = Math.Min(Order, order);
        }

        public bool Takes(EvidenceFinding finding)
        {
            var known = First;
            if (finding.Kind is FindingKind.Vulnerability) return true;
            if (known.Rule.Length > 0 && finding.Rule.Length > 0 && known.Rule != finding.Rule && finding.Kind != FindingKind.TestFailure) return false;
            var sameSource = Members.Exists(m => m.Evidence.Any(e => finding.Evidence.Any(o => o.Ref == e.Ref)));
            // A place that two sources give differently is two places, except a test's: its own line, and the line that failed.
            if (Members.Find(m => m.Range is not null)?.Range is { } mine && finding.Range is { } theirs)
            {
                if (mine.StartLine == theirs.StartLine) return mine.StartColumn == 0 || theirs.StartColumn == 0 || mine.StartColumn == theirs.StartColumn;
                return finding.Kind == FindingKind.TestFailure && !sameSource;
            }
            // Without a place: not twice from one source. Messages that differ in numbers only are not mixed up.
            return !sameSource && (finding.Kind is FindingKind.TestFailure or FindingKind.Audit || Text.EvidenceText.FirstLine(known.Message) == Text.EvidenceText.FirstLine(finding.Message));
        }

        public bool SharesEvidence(Cluster other) => Members.Exists(m => m.Evidence.Any(e => other.Members.Exists(o => o.Evidence.Any(p => p.Ref == e.Ref))));

        public void Take(Cluster other) => other.MoveTo(this);

        public void MoveTo(Cluster into)
        {
            if (ReferenceEquals(into, this)) return;
            into.Members.AddRange(Members);
            into.Order = Math.Min(into.Order, Order);
            if (Id.Length > 0) into._mergedIds.Add(Id);
            into._mergedIds.AddRange(_mergedIds);
            Members.Clear();
            _into = into;
        }

        public EvidenceFinding Result()
        {
            var first = First;
            if (Members.Count == 1 && _mergedIds.Count == 0) return first with { FindingId = Id };
            var evidence = Members.SelectMany(m => m.Evidence).Distinct().Take(MostEvidence).ToList();
            var located = Members.Find(m => m.File is not null && m.Range is not null) ?? first;
            return first with
            {
                FindingId = Id,
                File = first.Range is null && (first.File is null || located.File == first.File) ? located.File ?? first.File : first.File,
                Range = first.Range ?? (first.File is null || located.File == first.File ? located.Range : null),
                Rule = first.Rule.Length > 0 ? first.Rule : Members.Select(m => m.Rule).FirstOrDefault(r => r.Length > 0) ?? "",
                Details = first.Details.Length > 0 ? first.Details : Members.Select(m => m.Details).FirstOrDefault(d => d.Length > 0) ?? "",
                Snippet = first.Snippet ?? Members.Select(m => m.Snippet).FirstOrDefault(s => s is not null),
                Severity = Members.Min(m => m.Severity) ?? first.Severity,
                Attempts = [.. Members.SelectMany(m => m.Attempts).Take(50)],
                Flaky = Members.Exists(m => m.Flaky),
                Fixes = first.Fixes.Count > 0 ? first.Fixes : Members.Select(m => m.Fixes).FirstOrDefault(f => f.Count > 0) ?? [],
                Fingerprints = Members.SelectMany(m => m.Fingerprints).DistinctBy(f => f.Key).Take(20).ToDictionary(f => f.Key, f => f.Value, StringComparer.Ordinal),
                Evidence = evidence,
                Suppressed = Members.TrueForAll(m => m.Suppressed),
                Annotated = Members.Exists(m => m.Annotated == true) ? true : Members.Exists(m => m.Annotated == false) ? false : null,
                // Several sources tell of the same occurrences; one source's are added up.
                Occurrences = Members.GroupBy(m => m.Evidence.Count > 0 ? m.Evidence[0].Ref : "").Max(g => g.Sum(m => m.Occurrences)),
                MergedIds = [.. _mergedIds.Distinct()],
            };
        }
    }
}
