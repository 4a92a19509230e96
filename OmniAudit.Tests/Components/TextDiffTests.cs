using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Tests.Components;

public sealed class TextDiffTests
{
    [Fact]
    public void Lines_OneWordChanged_MarksThatWord()
    {
        var lines = TextDiff.Lines("same\nthe old cat\nend", "same\nthe new cat\nend");

        Assert.Equal([DiffKind.Same, DiffKind.Removed, DiffKind.Added, DiffKind.Same], lines.Select(l => l.Kind));
        Assert.Equal([("the ", false), ("old", true), (" cat", false)], lines[1].Words);
        Assert.Equal([("the ", false), ("new", true), (" cat", false)], lines[2].Words);
    }

    [Fact]
    public void Lines_OfAnyTwoTexts_GiveBothBack()
    {
        var random = new Random(1);
        for (var round = 0; round < 300; round++)
        {
            var (before, after) = (Text(random), Text(random));

            var lines = TextDiff.Lines(before, after);

            Assert.Equal(before, Side(lines, DiffKind.Removed));
            Assert.Equal(after, Side(lines, DiffKind.Added));
        }
    }

    [Fact]
    public void Lines_NothingAlike_IsBoundedAndWhole()
    {
        var before = string.Join('\n', Enumerable.Range(0, 60_000));
        var after = string.Join('\n', Enumerable.Range(100_000, 60_000));

        var lines = TextDiff.Lines(before, after);

        Assert.Equal(before, Side(lines, DiffKind.Removed));
        Assert.Equal(after, Side(lines, DiffKind.Added));
    }

    [Fact]
    public void Lines_InsertedLine_LeavesTheOthersAlone() =>
        Assert.Equal([DiffKind.Same, DiffKind.Added, DiffKind.Same], TextDiff.Lines("a\nb", "a\nx\nb").Select(l => l.Kind));

    private static string Text(Random random) => string.Join('\n', Enumerable.Range(0, random.Next(1, 12)).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(1, 4)).Select(_ => "abc"[random.Next(3)]))));

    private static string Side(IReadOnlyList<DiffLine> lines, DiffKind side) =>
        string.Join('\n', lines.Where(l => l.Kind == DiffKind.Same || l.Kind == side).Select(l => string.Concat(l.Words.Select(w => w.Text))));
}
