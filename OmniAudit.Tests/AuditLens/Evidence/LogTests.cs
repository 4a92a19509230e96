using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Logs;

namespace OmniAudit.Tests.AuditLens.Evidence;

/// <summary>Parts of a log, within bounds that are told.</summary>
public sealed class LogTests
{
    private const string Small = """
        2026-01-01T10:00:00.0000000Z ##[group]Set up
        2026-01-01T10:00:01.0000000Z one
        2026-01-01T10:00:02.0000000Z ##[endgroup]
        2026-01-01T10:00:03.0000000Z ##[group]Test
        2026-01-01T10:00:04.0000000Z Needle in the hay
        2026-01-01T10:00:05.0000000Z ##[error]it broke
        2026-01-01T10:00:06.0000000Z ##[endgroup]
        last
        """;

    private static LogReader Reader { get; } = new(LogBounds.Default);

    [Fact]
    public void Tail_Few_AreTheLastAndTheWholeIsCounted()
    {
        var slice = Reader.Tail(Log(Small), 2);
        Assert.Equal([(7L, "", ActionsLineKind.EndGroup), (8L, "last", ActionsLineKind.Plain)], slice.Lines.Select(l => (l.Number, l.Text, l.Kind)));
        Assert.Equal((8L, (long)Encoding.UTF8.GetByteCount(Small), 0L), (slice.TotalLines, slice.TotalBytes, slice.Omitted));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 10, 0, 6, TimeSpan.Zero), slice.Lines[0].Time);
    }

    [Fact]
    public void Tail_MoreThanTheBound_SaysWhatIsMissing() => Assert.Equal((2, 6L, true), Counts(new LogReader(new LogBounds(Lines: 2)).Tail(Log(Small), 100)));

    [Fact]
    public void Range_Middle_IsExactAndBeyondTheBoundIsCounted()
    {
        Assert.Equal([2L, 3L], Reader.Range(Log(Small), 2, 3).Lines.Select(l => l.Number));
        Assert.Equal((1, 4L, true), Counts(new LogReader(new LogBounds(Lines: 1)).Range(Log(Small), 2, 6)));
        Assert.Empty(Reader.Range(Log(Small), 50, 60).Lines);
    }

    [Fact]
    public void Search_WithContext_MarksTheMatchAndPages()
    {
        var slice = Reader.Search(Log(Small), "needle", regex: false, context: 1);
        Assert.Equal([(4L, false), (5L, true), (6L, false)], slice.Lines.Select(l => (l.Number, l.Match)));
        Assert.Equal(2, Reader.Search(Log(Small), "^.*(set up|needle)", regex: true).Matches);
        Assert.Equal(5L, Assert.Single(Reader.Search(Log(Small), "(set up|needle)", regex: true, skip: 1).Lines).Number);
    }

    [Theory]
    [InlineData("(a+)+$(")]
    [InlineData(@"(a)\1")]
    public void Search_ExpressionThatCannotBe_SaysWhy(string pattern) => Assert.NotEmpty(Assert.ThrowsAny<Exception>(() => Reader.Search(Log(Small), pattern, regex: true)).Message);

    [Fact]
    public void Search_ExpressionThatBacktracksElsewhere_TakesLinearTime() => Assert.Equal(0, Reader.Search(Log(new string('a', 60_000) + "!"), "(a+)+$", regex: true).Matches);

    [Fact]
    public void Index_Groups_HaveTheirLinesTimesAndErrors()
    {
        var index = Reader.Index(Log(Small));
        Assert.Equal([("Set up", 1L, 3L, 0), ("Test", 4L, 7L, 1)], index.Sections.Select(s => (s.Name, s.FirstLine, s.LastLine, s.Errors)));
        Assert.Equal([6L], index.ErrorLines);
        Assert.Equal((1L, 8L), (index.Errors, index.TotalLines));
        Assert.Equal([6L], Reader.Errors(Log(Small), context: 0).Lines.Select(l => l.Number));
    }

    [Fact]
    public void Lines_LongerThanTheBound_AreCutAndCounted()
    {
        var slice = new LogReader(new LogBounds(LineBytes: 100)).Tail(Log(new string('x', 1_000) + "\nshort\n"), 10);
        Assert.Equal((2L, 1L, 100), (slice.TotalLines, slice.CutLines, slice.Lines[0].Text.Length));
    }

    [Fact]
    public void Lines_SecretsAndKeysOverLines_AreNeverShown()
    {
        var key = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn";
        var log = $"2026-01-01T10:00:00.0000000Z -----BEGIN RSA PRIVATE KEY-----\n2026-01-01T10:00:00.0000000Z {key}\n2026-01-01T10:00:00.0000000Z -----END RSA PRIVATE KEY-----\nDB_PASSWORD=hunter22\n";
        foreach (var slice in new[] { Reader.Tail(Log(log), 10), Reader.Range(Log(log), 1, 10), Reader.Search(Log(log), "", regex: false) })
        {
            var all = string.Join('\n', slice.Lines.Select(l => l.Text + l.Raw));
            Assert.DoesNotContain(key, all, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter22", all, StringComparison.Ordinal);
            Assert.Equal(4, slice.Lines.Count);
        }
        // A secret cannot be felt out by searching for its parts.
        Assert.Equal(0, Reader.Search(Log(log), "MIIEpAIB", regex: false).Matches);
    }

    [Fact]
    public void Lines_ColoursAndMarks_AreInRawAndNotInText()
    {
        var line = Assert.Single(Reader.Tail(Log("\uFEFF2026-01-01T10:00:00.0000000Z \u001b[31mred\u001b[0m\r\n"), 5).Lines);
        Assert.Equal(("red", true), (line.Text, line.Raw.Contains("\u001b[31m", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("build (ubuntu, 20.x)/2_Run tests.txt", "build (ubuntu, 20.x)", true)]
    [InlineData("0_build.txt", "build", true)]
    [InlineData("a  b/1_x.txt", "a / b", true)]
    [InlineData("build2/1_x.txt", "build", false)]
    public void LogName_Entry_BelongsToItsJob(string entry, string job, bool belongs) => Assert.Equal(belongs, ActionsLogName.IsOf(entry, job));

    [Fact]
    public void LogName_LongJob_IsCutAt90Utf16Units()
    {
        var job = string.Concat(Enumerable.Repeat("x", 89)) + "😀 and more";
        Assert.Equal(90, ActionsLogName.Folder(job).Length);
        Assert.True(ActionsLogName.IsOf(job[..90] + "/3_Test.txt", job));
        Assert.Equal((3, "Test"), ActionsLogName.Step(job[..90] + "/3_Test.txt"));
    }

    private static (int, long, bool) Counts(LogSlice slice) => (slice.Lines.Count, slice.Omitted, slice.Truncated);

    private static MemoryStream Log(string text) => new(Encoding.UTF8.GetBytes(text));
}
