using OmniAudit.Modules.ReleaseButler.Notes;
using static OmniAudit.Tests.ReleaseButler.Notes.NotesMaker;

namespace OmniAudit.Tests.ReleaseButler.Notes;

/// <summary>Whatever stands in commits: nothing breaks, everything is told once, and it is told the same way again.</summary>
public sealed class NotesPropertyTests
{
    private static readonly string[] Pieces =
    [
        "feat: ", "fix(", "scope", ")!: ", "!", ":", " ", "\n", "\r\n", "\n\n", "BREAKING CHANGE: ", "BREAKING-CHANGE #", "breaking change: ", "Revert \"", "\"", "This reverts commit ", "Refs: ", "Reverts acme/site#3", "(#", "12", ")", " (#7)",
        "Merge pull request #5 from a/b", "Merge branch 'x'", "Co-authored-by: A <1+a@users.noreply.github.com>", "* feat!: y", "BEGIN_NESTED_COMMIT\n", "END_NESTED_COMMIT\n", "---\nupdated-dependencies:\n", "...\n", "@ada", "<b>", "[x](y)", "`", "\u202E",
        "\uD83D\uDCA5", "\uD83D", "\0", "é", "word", "a-b: c\n",
    ];

    [Fact]
    public void Notes_OfAnyCommits_TellEachOnceAndTheSameAgain()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var count = random.Next(0, 40);
            var pulls = Enumerable.Range(1, 8).Select(n => Pull(n, Text(random), random.Next(3) == 0 ? null : $"user{random.Next(4)}", [.. Enumerable.Range(0, random.Next(3)).Select(_ => $"label{random.Next(4)}")], random.Next(5) == 0 ? Text(random) : null)).ToList();
            var commits = Enumerable.Range(1, count).Select(i => Commit(
                i, random.Next(4) == 0 && i > 1 ? $"Revert \"x\"\n\nThis reverts commit {Sha(random.Next(1, i + 1))}." : Text(random), random.Next(3) == 0 ? null : $"user{random.Next(4)}", random.Next(2) == 0 ? [random.Next(1, 9)] : [], random.Next(-1, 3), random.Next(6) == 0)).ToList();
            var config = random.Next(2) == 0 ? null : new ReleaseConfig(new NotesFilter([$"label{random.Next(6)}"], [$"user{random.Next(6)}"]), random.Next(2) == 0 ? [] : [new("A", ["label1"], NotesFilter.Nothing), new("B", ["*"], new NotesFilter(["label2"], []))]);
            var inputs = Inputs(commits, pulls, config, random.Next(4) == 0 ? count + 3 : null);
            foreach (var groupBy in new[] { null, NotesGrouping.Type, NotesGrouping.Scope, NotesGrouping.Author, NotesGrouping.Label })
            {
                var options = new NotesOptions(groupBy, random.Next(2) == 0);
                var document = NotesEngine.Build(inputs, options);
                AssertAccounted(inputs, document);
                var markdown = NotesRenderer.Render(document, options);
                Assert.Equal(markdown, NotesRenderer.Render(NotesEngine.Build(inputs, options), options));
                Assert.All(document.Sections.SelectMany(s => s.Lines), l => Assert.InRange(l.Text.Length, 1, 200));
                // Headings are ours, and every other line is an item or one of the closing lines.
                Assert.All(markdown.Split('\n'), l => Assert.True(l.Length == 0 || l.StartsWith("## ", StringComparison.Ordinal) || l.StartsWith("- ", StringComparison.Ordinal) || l.StartsWith("  - ", StringComparison.Ordinal) || l.StartsWith("**Full changelog**", StringComparison.Ordinal) || l.StartsWith('_') || l.StartsWith("Nothing to tell", StringComparison.Ordinal), $"seed {seed}: {l}"));
            }
        }
    }

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(0, 12)).Select(_ => Pieces[random.Next(Pieces.Length)]));
}
