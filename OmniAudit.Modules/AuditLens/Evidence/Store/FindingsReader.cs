using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Parsing;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>How evidence is read.</summary>
/// <param name="Profile">One of <see cref="EvidenceReader.Profiles"/>.</param>
/// <param name="RulesetVersion">What the caller calls the rules; noted and nothing else.</param>
internal sealed record ReadingRequest(string Profile, DedupeStrategy Dedupe, string RulesetVersion);

/// <summary>Reads evidence that is stored: all its files, by the parsers that fit.</summary>
internal sealed class FindingsReader(EvidenceStore store)
{
    private const int MostFindings = 50_000;
    private const int MostTests = 50_000;
    private const int MostFilesTold = 500;

    /// <param name="evidence">Of one commit, or of none.</param>
    /// <param name="known">What it is compared with; null for nothing.</param>
    public async Task<FindingsDocument> ReadAsync(IReadOnlyList<EvidenceRow> evidence, ReadingRequest request, (string Id, FindingsDocument Document)? known, Action<double, string>? progress, CancellationToken cancellationToken)
    {
        var read = new List<(EvidenceRow Row, EvidenceFile File, ParsedEvidence Parsed)>();
        var (caps, done) = (new List<string>(), 0);
        foreach (var row in evidence)
        {
            var manifest = await store.ManifestAsync(row, cancellationToken);
            caps.AddRange(manifest.Caps);
            if (manifest.Problem is { } problem) caps.Add($"{row.Name}: {problem}");
            if (manifest.Rejected.Count > 0) caps.Add($"{row.Name}: {manifest.Rejected.Count} files were rejected; the manifest names each with its reason.");
            foreach (var file in manifest.Files.Where(f => f.Reference is not null))
            {
                progress?.Invoke((double)done++ / Math.Max(1, evidence.Sum(e => e.Files)), file.Path);
                if (await ParseAsync(row, file, request.Profile, cancellationToken) is { } parsed) read.Add((row, file, parsed));
            }
        }
        // Named, and nothing looks like it: then the name is what counts.
        if (read.Count == 0 && request.Profile != "auto")
            foreach (var row in evidence)
                foreach (var file in (await store.ManifestAsync(row, cancellationToken)).Files.Where(f => f.Reference is not null))
                    read.Add((row, file, await ParseAsAsync(row, file, request.Profile, cancellationToken)));
        return await Task.Run(() => Put(evidence, read, request, known, caps), cancellationToken);
    }

    /// <summary>Null when a profile was named and the file is of another.</summary>
    private async Task<ParsedEvidence?> ParseAsync(EvidenceRow row, EvidenceFile file, string profile, CancellationToken cancellationToken)
    {
        if (profile != "auto")
        {
            var head = new byte[16 << 10];
            await using var start = await store.OpenAsync(file, cancellationToken);
            var length = await start.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
            if (EvidenceReader.Detect(file.Path, head.AsSpan(0, length)) != EvidenceReader.Find(profile)) return null;
        }
        return await ParseAsAsync(row, file, profile, cancellationToken);
    }

    private async Task<ParsedEvidence> ParseAsAsync(EvidenceRow row, EvidenceFile file, string profile, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenAsync(file, cancellationToken);
        return await Task.Run(() => EvidenceReader.Read(content, new EvidenceSource($"{row.EvidenceId}/{file.Path}", file.Path), profile, cancellationToken: cancellationToken), cancellationToken);
    }

    private static FindingsDocument Put(
        IReadOnlyList<EvidenceRow> evidence, List<(EvidenceRow Row, EvidenceFile File, ParsedEvidence Parsed)> read, ReadingRequest request, (string Id, FindingsDocument Document)? known, List<string> caps)
    {
        var all = Marked(read, out var notAnnotated);
        var built = FindingSet.Build(all, request.Dedupe);
        if (built.Count > MostFindings)
        {
            caps.Add($"{built.Count} findings were read; the first {MostFindings} are kept.");
            built = [.. built.Take(MostFindings)];
        }
        var tests = Tests(read.SelectMany(r => r.Parsed.Tests));
        var kept = tests;
        if (tests.Count > MostTests)
        {
            caps.Add($"{tests.Count} tests were read; the first {MostTests} are kept by name, failed ones first.");
            kept = [.. tests.OrderByDescending(t => t.Failed).Take(MostTests)];
        }
        var at = evidence.Count == 0 ? default : evidence.Max(e => e.CreatedAt);
        var profiles = read.Select(r => r.Parsed.Profile).ToHashSet(StringComparer.Ordinal);
        List<StoredFinding> findings;
        IReadOnlyList<StoredFinding> gone = [], unknown = [];
        if (known is { } compared)
        {
            var changes = FindingHistory.Compare(
                built, [.. compared.Document.Findings.Select(f => new SeenFinding(f.Finding, f.FirstSeen, f.Runs))], at, profiles, kept.Count == 0 ? null : [.. kept.Select(t => t.FullName)]);
            findings = [.. changes.Current.Select(t => new StoredFinding(t.Finding, t.IsNew, t.FirstSeen, t.Runs))];
            (gone, unknown) = ([.. changes.Fixed.Select(Seen)], [.. changes.NotCompared.Select(Seen)]);
        }
        else findings = [.. built.Select(f => new StoredFinding(f, null, at, 1))];
        var first = evidence[0];
        return new FindingsDocument(
            1, request.RulesetVersion, [.. evidence.Select(e => e.EvidenceId)], first.Repo, first.RunId, first.HeadSha, request.Profile, Name(request.Dedupe), known?.Id, findings, gone, unknown, notAnnotated,
            [.. read.Take(MostFilesTold).Select(r => new FileReading(
                r.Row.EvidenceId, r.File.Path, IsUnknown(r.Parsed) ? "unknown" : r.Parsed.Profile, r.Parsed.Findings.Count, r.Parsed.Tests.Count, [.. r.Parsed.Problems.Select(Said)],
                [.. r.Parsed.Cuts.Select(c => $"{c.Count} {c.What} are missing beyond the bound of {c.Bound}.")]))],
            new TestCounts(tests.Count, tests.Count(t => t.Passed && !t.Failed), tests.Count(t => t.Failed && !t.Passed), tests.Count(t => !t.Passed && !t.Failed), tests.Count(t => t.Flaky)), kept, caps);
    }

    /// <summary>All findings, those of logs marked by the annotations of their own job.</summary>
    private static List<EvidenceFinding> Marked(List<(EvidenceRow Row, EvidenceFile File, ParsedEvidence Parsed)> read, out int? notAnnotated)
    {
        notAnnotated = null;
        var notes = read.Where(r => r.Row.Kind == EvidenceKinds.Annotations).ToLookup(r => (r.Row.RunId, r.Row.RunAttempt, r.File.Job), r => r.Parsed.Findings);
        var jobsWithNotes = read.Where(r => r.Row.Kind == EvidenceKinds.Annotations).Select(r => (r.Row.RunId, r.Row.RunAttempt)).ToHashSet();
        var all = new List<EvidenceFinding>();
        foreach (var (row, file, parsed) in read)
        {
            if (row.Kind != EvidenceKinds.Logs || !jobsWithNotes.Contains((row.RunId, row.RunAttempt)))
            {
                all.AddRange(parsed.Findings);
                continue;
            }
            all.AddRange(AnnotationCoverage.Mark(parsed.Findings, [.. notes[(row.RunId, row.RunAttempt, file.Job)].SelectMany(n => n)], out var missing));
            notAnnotated = (notAnnotated ?? 0) + missing;
        }
        return all;
    }

    /// <summary>One entry per test: files of several attempts or formats may name the same.</summary>
    private static List<TestResult> Tests(IEnumerable<TestResult> tests) =>
        [.. tests.GroupBy(t => FindingKey.TestOf(t.FullName), StringComparer.Ordinal).Select(g => g.Count() == 1 ? g.First() : new TestResult(g.First().FullName, [.. g.SelectMany(t => t.Attempts).Take(50)], g.Max(t => t.Seconds)))];

    private static StoredFinding Seen(SeenFinding seen) => new(seen.Finding, null, seen.FirstSeen, seen.Runs);

    /// <summary>A reader of plain text that found nothing it knows has not read it.</summary>
    private static bool IsUnknown(ParsedEvidence parsed) => parsed.Findings.Count == 0 && parsed.Tests.Count == 0 && parsed.Problems.Any(p => p.Code is "unknown_format" or "nothing_recognised");

    private static string Said(ParseProblem problem) => problem.Line > 0 ? $"line {problem.Line}: {problem.Message}" : problem.Message;

    private static string Name(DedupeStrategy strategy) => strategy switch
    {
        DedupeStrategy.ByTitle => "by_title",
        DedupeStrategy.ByFingerprint => "by_fingerprint",
        DedupeStrategy.ByLocation => "by_location",
        _ => "by_id",
    };
}
