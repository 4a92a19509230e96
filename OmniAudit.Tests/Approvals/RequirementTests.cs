using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.Approvals;

/// <summary>Whose approval is needed, said in one line of text.</summary>
public sealed class RequirementTests
{
    [Theory]
    [InlineData("2 maintainers", "2 maintainers")]
    [InlineData("  maintainers AND 1 Security or admins ", "1 maintainers and 1 security or 1 admins")]
    [InlineData("anyone", "1 anyone")]
    public void TryParse_WellFormed_HasOneNormalForm(string text, string normal) => Assert.Equal(normal, Requirement.TryParse(text)!.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("0 maintainers")]
    [InlineData("11 maintainers")]
    [InlineData("6 a and 5 b")]
    [InlineData("2 maintainers and")]
    [InlineData("and")]
    [InlineData("2 main tainers")]
    [InlineData("-1 a")]
    [InlineData("a or b or c or d or e or f")]
    public void TryParse_Malformed_IsNothing(string text) => Assert.Null(Requirement.TryParse(text));

    [Theory]
    [InlineData("2 anyone", "", "", true)]
    [InlineData("1 a and 1 b", "a,b", "", false)]
    [InlineData("1 a and 1 b", "a,b", "a", true)]
    [InlineData("1 a and 1 b", "a", "a", false)]
    [InlineData("1 a and 1 b or 1 c", "c", "", true)]
    public void IsMetBy_EachApproverFillsOnePlace(string need, string first, string second, bool met) =>
        Assert.Equal(met, Requirement.TryParse(need)!.IsMetBy([first.Split(','), second.Split(',')]));

    [Fact]
    public void IsMetBy_AnyOrderOfApprovers_SaysTheSameAsTryingEverySeating()
    {
        string[] groups = ["a", "b", "c"];
        var places = Gen.Choose(1, 2).SelectMany(n => Gen.Elements(groups).Select(g => new Requirement.Place(n, g))).ListOf().Where(l => l.Count is > 0 and < 4);
        var people = Gen.SubListOf(groups).Select(g => (IReadOnlyCollection<string>)[.. g]).ListOf().Where(l => l.Count < 6);
        Prop.ForAll(places.Zip(people).ToArbitrary(), pair =>
        {
            var (wanted, approvers) = (pair.Item1.ToList(), pair.Item2.ToList());
            var requirement = Requirement.TryParse(string.Join(" and ", wanted.Select(p => $"{p.Count} {p.Group}")))!;
            var seats = wanted.SelectMany(p => Enumerable.Repeat(p.Group, p.Count)).ToList();
            return requirement.IsMetBy(approvers) == Seatable(seats, approvers)
                && requirement.IsMetBy(approvers) == (requirement.Progress(approvers) is var (filled, needed) && filled == needed);
        }).QuickCheckThrowOnFailure();
    }

    private static bool Seatable(List<string> seats, List<IReadOnlyCollection<string>> approvers)
    {
        if (seats.Count == 0) return true;
        for (var i = 0; i < approvers.Count; i++)
            if (approvers[i].Contains(seats[0]) && Seatable([.. seats.Skip(1)], [.. approvers.Where((_, n) => n != i)])) return true;
        return false;
    }

    [Theory]
    [InlineData("name=r tool=auditlens.* target=Acme/* require=2 a ttl=60", "auditlens.create_issue", "acme/x", true)]
    [InlineData("name=r target=acme/*", "auditlens.create_issue", "acmex/y", false)]
    [InlineData("name=r tool=auditlens.*", "auditlensx", "a", false)]
    [InlineData("name=r target=a.b/*", "t.t", "axb/c", false)]
    public void Rule_CoversByWholePatterns(string text, string tool, string target, bool covers) =>
        Assert.Equal(covers, ApprovalRule.Parse(text).Rule!.Covers(tool, target, "bot"));

    [Theory]
    [InlineData("", "A rule is")]
    [InlineData("tool=x", "name: is required")]
    [InlineData("name=x_y! tool=x", "name: 'x_y!' is no name")]
    [InlineData("name=x name=y", "name: is given twice")]
    [InlineData("name=x colour=red", "colour: is no key")]
    [InlineData("name=x ttl=5", "ttl:")]
    [InlineData("name=x require=0 a", "require:")]
    [InlineData("name=x target=a b", "target:")]
    [InlineData("name=x, tool=y", "no commas")]
    [InlineData("junk name=x", "A rule is")]
    [InlineData("name= tool=x", "name: is empty")]
    public void Rule_Malformed_SaysWhichKeyIsWrong(string text, string says)
    {
        var (rule, error) = ApprovalRule.Parse(text);
        Assert.Null(rule);
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rule_NormalForm_ReadsBackAsItself()
    {
        var rule = ApprovalRule.Parse("agent=bot-* name=Releases require=2 maintainers and security or admins tool=releasebutler.* ttl=3600 target=acme/*").Rule!;
        Assert.Equal(rule, ApprovalRule.Parse(rule.ToString()).Rule);
        Assert.Equal("releases", rule.Name);
    }
}
