using System.Diagnostics;
using System.Globalization;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.ReleaseButler;

namespace OmniAudit.Tests.Bench;

/// <summary>What notes cost, and what the parser makes of other projects' examples. bench/notes.sh and bench/notes-corpus.sh print it.</summary>
internal static class NotesBench
{
    /// <summary>Notes of so many commits against the stand-in, once where a project squashes and once where every commit must be asked for.</summary>
    public static async Task<int> RunAsync(int count)
    {
        foreach (var squashed in (bool[])[true, false])
        {
            await using var world = await GitHubWorld.StartAsync();
            var repository = world.Repository;
            NotesWorld.Between(repository, "v1.0.0", "v1.1.0", [.. Enumerable.Range(1, count).Select(i => NotesWorld.Commit(i, $"{(i % 3 == 0 ? "feat(api)" : "fix")}: change number {i}\n\nSome words on why.\n\nRefs: #{i}", $"user{i % 20}"))]);
            for (var i = 1; i <= count; i++)
            {
                var pull = NotesWorld.Merged(repository, i, i, $"user{i % 20}");
                if (!squashed) pull["merge_commit_sha"] = null;
            }
            var collector = new NotesCollector(world.Client());
            for (var round = 1; round <= 2; round++)
            {
                var before = world.GitHub.Requests.Count;
                var clock = Stopwatch.StartNew();
                var inputs = await collector.CollectAsync(GitHubWorld.Name, new RangeRequest("v1.1.0", null, null, null), (_, _) => { }, CancellationToken.None);
                var collected = clock.Elapsed;
                clock.Restart();
                var document = NotesEngine.Build(inputs, new NotesOptions());
                var markdown = NotesRenderer.Render(document, new NotesOptions());
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(squashed ? "squashed " : "asked one by one"),-16} round {round}: {world.GitHub.Requests.Count - before,5} requests, {collected.TotalSeconds,6:0.00} s; made in {clock.Elapsed.TotalMilliseconds,5:0} ms: {document.Accounting.Text}; {markdown.Length / 1024} kB; peak {Process.GetCurrentProcess().PeakWorkingSet64 / 1_000_000} MB with the stand-in"));
            }
        }
        return 0;
    }

    /// <summary>What release-please's own tests (<c>test/commits.ts</c>) expect of the files in <c>test/fixtures/commit-messages</c>: types in their order, ! where one breaks; then the notes.</summary>
    private static readonly Dictionary<string, string> ReleasePlease = new(StringComparer.Ordinal)
    {
        ["multiple-messages"] = "feat, fix", ["dependabot"] = "fix", ["breaking-body"] = "feat! [this is actually a breaking change]", ["bug-link"] = "fix", ["git-trailers-with-breaking"] = "fix! [this is actually a breaking change]",
        ["meta"] = "meta, fix, feat! [for some reason this migration is breaking.], fix", ["multi-line-breaking-body"] = "chore! [we were on Node 6 second line third line]", ["multi-line-breaking-body-list"] = "chore! [we were on Node 6 - deleted API foo - deleted API bar]",
        ["breaking-body-content-after"] = "chore! [we were on Node 6]", ["multiple-commits-single-message"] = "feat, fix, feat", ["1257-breaking-change"] = "fix! [my comment]", ["release-as"] = "meta", ["multiple-commits-with-separator"] = "fix, docs, build, chore",
    };

    /// <summary>
    /// Counts over test data of other projects below a folder: release-please's <c>commit-messages/*.txt</c> against what its tests expect, and git-cliff's fixtures (<c>expected.md</c> beside <c>messages</c>,
    /// which bench/notes-corpus.sh takes from the repository that <c>commit.sh</c> makes): of the lines expected there, those whose words a statement here has.
    /// </summary>
    public static int Corpus(string folder)
    {
        var rows = new List<(string Corpus, string What, int Parsed, int Expected, string Miss)>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var directory = Path.GetDirectoryName(file)!;
            var name = Path.GetFileNameWithoutExtension(file);
            if (Path.GetFileName(directory) == "commit-messages" && ReleasePlease.TryGetValue(name, out var expected)) rows.Add(Message(file, name, expected));
            else if (Path.GetFileName(file) == "messages" && File.Exists(Path.Combine(directory, "expected.md"))) rows.Add(Fixture(file, Path.GetFileName(directory), File.ReadAllLines(Path.Combine(directory, "expected.md"))));
        }
        foreach (var row in rows.Where(r => r.Parsed != r.Expected)) Console.WriteLine($"differs  {row.Corpus,-15} {row.What}: {row.Miss}");
        Console.WriteLine($"{"corpus",-15} {"cases",6} {"parsed",7} {"expected",9}");
        foreach (var group in rows.GroupBy(r => r.Corpus)) Console.WriteLine($"{group.Key,-15} {group.Count(),6} {group.Sum(r => r.Parsed),7} {group.Sum(r => r.Expected),9}");
        return rows.Count > 0 ? 0 : 1;
    }

    private static (string, string, int, int, string) Message(string file, string name, string expected)
    {
        var said = CommitParser.Parse(File.ReadAllText(file));
        // release-please does not read the lines of a squash on their own: what they break is the message's.
        var squashed = said.Where(s => s.Origin == CommitOrigin.Squashed).ToList();
        var parsed = string.Join(", ", said.Where(s => s.Origin != CommitOrigin.Squashed).Select((s, i) =>
        {
            var notes = i == 0 ? [.. s.Notes, .. squashed.SelectMany(q => q.Notes)] : s.Notes;
            return $"{(s.Type.Length > 0 ? s.Type : "none")}{(s.Breaking || (i == 0 && squashed.Exists(q => q.Breaking)) ? "!" : "")}{(notes.Count > 0 ? $" [{string.Join(" | ", notes).ReplaceLineEndings(" ")}]" : "")}";
        }));
        return ("release-please", name, parsed == expected ? 1 : 0, 1, $"parsed {parsed}, expected {expected}");
    }

    private static (string, string, int, int, string) Fixture(string file, string name, string[] expected)
    {
        var said = File.ReadAllText(file).Split('\0', StringSplitOptions.RemoveEmptyEntries).SelectMany(CommitParser.Parse).SelectMany(s => (string[])[s.Description, .. s.Notes, .. s.Footers.Select(f => $"{f.Token}: {f.Value}")]).Select(Bare).Where(d => d.Length > 2).ToList();
        var lines = expected.Where(l => l.StartsWith("- ", StringComparison.Ordinal) || l.StartsWith("* ", StringComparison.Ordinal)).ToList();
        var missed = lines.Where(l => !said.Exists(d => Bare(l).Contains(d, StringComparison.Ordinal))).ToList();
        return ("git-cliff", name, lines.Count - missed.Count, lines.Count, string.Join(" / ", missed.Take(3)));

        static string Bare(string text) => new([.. text.ToLowerInvariant().Where(char.IsLetterOrDigit)]);
    }
}
