using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Tests.AdminOps.Store;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Ask;

public sealed class ModelAnswersTests
{
    private static readonly List<StoredEvent> Events = [.. Enumerable.Range(1, 5).Select(i => new StoredEvent($"100{i}", EventWorld.Event($"e-{i}", upn: "anna@contoso.com").Event, default, []))];

    private static readonly Pseudonyms Names = new(true, Events.Select(e => e.Event), [], []);

    private static readonly ModelEvents Told = new(Events, Names);

    [Theory]
    [InlineData("- USER_1 did it. [E1]", "- anna@contoso.com did it. [1001]")]
    [InlineData("* did it [E1, E3]", "- did it [1001] [1003]")]
    [InlineData("1. did it [E1][E2]", "- did it [1001] [1002]")]
    [InlineData("did it (E2-E4)", "- did it [1002] [1003] [1004]")]
    [InlineData("- did it [E1], then [E2]", "- did it , then [1001] [1002]")]
    [InlineData("- **What:** did it [e1]", "- **What:** did it [1001]")]
    [InlineData("- it was\n  on two lines [E1]", "- it was on two lines (a number here is not among the counts) [1001]")]
    public void Statement_ThatCitesWhatItWasGiven_IsKept(string said, string shown) => Assert.Equal([shown], Read(said).Lines);

    [Theory]
    [InlineData("- cites nothing")]
    [InlineData("- made up [E6]")]
    [InlineData("- partly made up [E1, E6]")]
    [InlineData("- too far [E1-E900]")]
    [InlineData("- backwards [E5-E2]")]
    [InlineData("- another form [7]")]
    [InlineData("- our own form [1001]")]
    [InlineData("- both [E1] [event 12]")]
    [InlineData("- USER_9 did it [E1]")]
    [InlineData("[E1]")]
    [InlineData("{\"statements\":[{\"text\":\"x\"}]}")]
    public void Statement_ThatCitesSomethingElse_IsDroppedAndCounted(string said)
    {
        var read = Read($"- sound [E1]\n{said}");

        Assert.Equal(["- sound [1001]"], read.Lines);
        Assert.Equal(1, read.Dropped);
        Assert.Equal(["1001"], read.Cited);
    }

    [Theory]
    [InlineData("see [the docs](https://evil.example/) [E1]", "- see the docs (link removed) [1001]")]
    [InlineData("![x](https://evil.example/p.png) there [E1]", "- (image removed) there [1001]")]
    [InlineData("![x][ref] there [E1]", "- (image removed) there [1001]")]
    [InlineData("at https://evil.example/?a=b now [E1]", "- at (link removed) now [1001]")]
    [InlineData("at www.evil.example now [E1]", "- at (link removed) now [1001]")]
    [InlineData("<img src=x onerror=alert(1)> [E1]", "- ‹img src=x onerror=alert(1)› [1001]")]
    [InlineData("<a href='javascript:alert(1)'>x</a> [E1]", "- ‹a href='(link removed) [1001]")]
    [InlineData("&lt;script&gt; [E1]", "- +lt;script+gt [1001]")]
    [InlineData("`code` and | table | [E1]", "- 'code' and / table / [1001]")]
    [InlineData("turned \u202Earound [E1]", "- turned ⟨U+202E⟩around [1001]")]
    [InlineData("[x]: https://evil.example [E1]", "- x (link removed) [1001]")]
    public void Statement_WithAnythingActive_IsTextAlone(string said, string shown) => Assert.Equal([shown], Read(said).Lines);

    [Theory]
    [InlineData("12 failed [E1]", false)]
    [InlineData("1,204 in all [E1]", false)]
    [InlineData("13 failed [E1]", true)]
    [InlineData("hundreds failed [E1]", true)]
    [InlineData("twelve failed [E1]", false)]
    [InlineData("one failed [E1]", false)]
    [InlineData("two of them [E1, E2]", false)]
    [InlineData("on 2026-11-20 at 12:00 [E1]", false)]
    [InlineData("on 2025-11-20 [E1]", true)]
    public void Number_ThatNoCountHas_IsFlagged(string said, bool flagged)
    {
        var read = Read(said);

        Assert.Equal(flagged, Assert.Single(read.Lines).Contains("(a number here is not among the counts)", StringComparison.Ordinal));
        Assert.Equal(flagged ? 1 : 0, read.Doubted);
    }

    [Fact]
    public void Name_ThatIsMarkdown_ComesBackAsCode()
    {
        var e = EventWorld.Event(upn: "[x](https://evil.example)`<b>").Event;
        var names = new Pseudonyms(true, [e], [], []);
        var told = new ModelEvents([new StoredEvent("7", e, default, [])], names);

        Assert.Equal(["- `[x](https://evil.example)'<b>` did it [7]"], ModelAnswers.Read("- USER_1 did it [E1]", false, told, new HashSet<string>(), names).Lines);
    }

    [Fact]
    public void Answer_CutByTheLimit_LosesItsLastStatement()
    {
        var read = ModelAnswers.Read("- whole [E1]\n- the account is not [E2]", true, Told, new HashSet<string>(), Names);

        Assert.Equal(["- whole [1001]"], read.Lines);
        Assert.Equal(1, read.Dropped);
    }

    [Theory]
    [InlineData("[E1]", 20_000)]
    [InlineData("[", 8_000)]
    [InlineData("- x [E1]\n", 2_000)]
    [InlineData("![", 4_000)]
    [InlineData("<a ", 2_000)]
    public void Answer_HugeOrNested_EndsSoonAndBounded(string unit, int count)
    {
        var before = ProcessorTime.OfThisThread();

        var read = Read(string.Concat(Enumerable.Repeat(unit, count)));

        Assert.InRange(ProcessorTime.OfThisThread() - before, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.True(read.Lines.Count <= 12);
    }

    private static ModelStatements Read(string said) => ModelAnswers.Read(said, false, Told, new HashSet<string> { "12", "1204" }, Names);
}
