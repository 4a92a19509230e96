using OmniAudit.Modules.ReleaseButler.Notes;
using static OmniAudit.Tests.ReleaseButler.Notes.NotesMaker;

namespace OmniAudit.Tests.ReleaseButler.Notes;

/// <summary>What becomes a line, where, and what does not.</summary>
public sealed class NotesEngineTests
{
    private static NotesLine OnlyLine(NotesDocument document) => Assert.Single(Assert.Single(document.Sections).Lines);

    [Fact]
    public void Sections_ByType_HaveBreakingFirstThenTheTypesThenTheRest()
    {
        var inputs = Inputs([Commit(1, "chore: tidy"), Commit(2, "Tidy more"), Commit(3, "fix(ui): a bug"), Commit(4, "feat: new"), Commit(5, "perf!: faster"), Commit(6, "bump: y", "dependabot[bot]", bot: true), Commit(7, "note: see below")]);
        var document = Build(inputs);
        Assert.Equal(["Breaking changes", "Features", "Bug fixes", "Chores", "Other changes", "By bots"], document.Sections.Select(s => s.Title));
        Assert.Equal("note: see below", document.Sections[4].Lines[1].Text);
        AssertAccounted(inputs, document);
        Assert.Equal("7 of 7 commits accounted: 7 on 7 lines, 0 excluded", document.Accounting.Text);
    }

    [Fact]
    public void Breaking_Notes_SayMoreThanTheSubject()
    {
        var document = Build(Inputs([
            Commit(1, "feat: a\n\nBREAKING CHANGE: the port\nis another"), Commit(2, "fix!: b\n\nThe file is gone."), Commit(3, "fix!: c"),
            Commit(4, "feat: squash (#9)\n\n* feat!: drop x\n* fix: typo\n\nBREAKING CHANGE: y is gone\nBREAKING CHANGE: z is gone"),
        ]));
        var lines = Assert.Single(document.Sections).Lines;
        Assert.Equal(["the port is another"], lines[0].Details);
        Assert.Equal(["The file is gone."], lines[1].Details);
        Assert.Empty(lines[2].Details);
        Assert.Equal(["drop x", "y is gone", "z is gone"], lines[3].Details.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pull_RebasedOrMergedInSeveralCommits_IsOneLine()
    {
        var inputs = Inputs(
            [Commit(1, "wip: a", pulls: [7]), Commit(2, "feat: b", "bob", pulls: [7]), Commit(3, "Merge pull request #7 from bob/topic\n\nA title", "eve", [7], parents: 2), Commit(4, "Merge branch 'main' into x", parents: 2)],
            [Pull(7, "A better title (#7)", "bob")]);
        var document = Build(inputs);
        var line = OnlyLine(document);
        Assert.Equal(("feat", "A better title", 7L, 3), (line.Type, line.Text, line.Pull!.Value, line.Commits.Count));
        Assert.Equal(["bob", "ada"], line.People.Select(p => p.Login));
        Assert.Equal("merge_commit", Assert.Single(document.Excluded).Reason);
        AssertAccounted(inputs, document);
    }

    [Theory]
    [InlineData("Merge pull request #5 from a/b\n\nfix: the title", 2, 5L, "the title")]
    [InlineData("fix: it (#6)", 1, 6L, "it")]
    [InlineData("fix: it, see #6", 1, null, "it, see #6")]
    public void Pull_WithoutGitHubsWord_IsFoundInTheSubject(string message, int parents, long? number, string text)
    {
        var line = OnlyLine(Build(Inputs([Commit(1, message, parents: parents)])));
        Assert.Equal((number, text, "fix"), (line.Pull, line.Text, line.Type));
    }

    [Fact]
    public void Pull_WithAnOverride_IsToldAsTheOverrideSays()
    {
        var line = OnlyLine(Build(Inputs([Commit(1, "wip (#3)", pulls: [3])], [Pull(3, "wip", replaced: "feat(api): right\n\nfix: also this\n\nBREAKING CHANGE: gone")])));
        Assert.Equal(("feat", "api", "right"), (line.Type, line.Scope, line.Text));
        Assert.Equal(["gone", "fix: also this"], line.Details.OrderDescending(StringComparer.Ordinal));
    }

    [Fact]
    public void Revert_OfWhatIsInTheRange_IsOnePairUnderReverted()
    {
        var inputs = Inputs([
            Commit(1, "feat: stays"), Commit(2, "feat: goes (#12)"), Commit(3, $"Revert \"feat: goes (#12)\" (#13)\n\nThis reverts commit {Sha(2)}."), Commit(4, "fix: y"), Commit(5, $"revert: fix: y\n\nRefs: {Sha(4)[..8]}"),
            Commit(6, "Revert \"old\"\n\nThis reverts commit 1234567890."), Commit(7, "feat: by number (#20)"), Commit(8, "Revert \"feat: by number\" (#21)\n\nReverts acme/site#20"),
        ]);
        var document = Build(inputs);
        Assert.Equal(["Features", "Reverts", "Reverted"], document.Sections.Select(s => s.Title));
        Assert.Equal([("goes", 13L), ("y", null), ("by number", (long?)21)], document.Sections[2].Lines.Select(l => (l.Text, l.RevertedBy!.Pull)));
        Assert.Equal(8, document.Sections.Sum(s => s.Lines.Sum(l => l.Commits.Count)));
        AssertAccounted(inputs, document);
    }

    [Fact]
    public void Revert_ThatWasItselfReverted_LeavesTheFirstStanding()
    {
        var inputs = Inputs([Commit(1, "feat: x"), Commit(2, $"Revert \"feat: x\"\n\nThis reverts commit {Sha(1)}."), Commit(3, $"Revert \"Revert \"feat: x\"\"\n\nThis reverts commit {Sha(2)}.")]);
        var document = Build(inputs);
        Assert.Equal("x", Assert.Single(document.Sections[0].Lines).Text);
        Assert.Equal(Sha(3), Assert.Single(document.Sections[1].Lines).RevertedBy!.Sha);
        AssertAccounted(inputs, document);
    }

    [Fact]
    public void Config_Categories_TakeEachPullOnceAndExcludedOnesAreCounted()
    {
        var config = new ReleaseConfig(new NotesFilter(["skip"], ["renovate"]), [
            new("New", ["feature", "both"], NotesFilter.Nothing), new("Mended", ["bug", "both"], new NotesFilter([], ["eve"])), new("Rest", ["*"], NotesFilter.Nothing),
        ]);
        var inputs = Inputs(
            [Commit(1, "a (#1)", pulls: [1]), Commit(2, "b (#2)", pulls: [2]), Commit(3, "c (#3)", pulls: [3]), Commit(4, "d (#4)", "renovate[bot]", [4], bot: true), Commit(5, "e (#5)", "eve", [5]), Commit(6, "plain")],
            [Pull(1, "a", labels: ["both", "zz"]), Pull(2, "b", labels: ["BUG"]), Pull(3, "c", labels: ["skip"]), Pull(4, "d", "renovate[bot]"), Pull(5, "e", "eve", ["bug"])], config);
        var document = Build(inputs);
        Assert.Equal(NotesGrouping.Label, document.GroupBy);
        Assert.Equal([("New", 1), ("Mended", 1), ("Rest", 2)], document.Sections.Select(s => (s.Title, s.Lines.Count)));
        Assert.Equal(["label:skip", "author:renovate"], document.Excluded.Select(e => e.Reason));
        AssertAccounted(inputs, document);
    }

    [Theory]
    [InlineData(NotesGrouping.Scope, "Breaking changes|api|ui|No scope")]
    [InlineData(NotesGrouping.Author, "Breaking changes|ada|bob|Some One")]
    [InlineData(NotesGrouping.Label, "Breaking changes|a|z|Other changes")]
    public void Groups_OfEveryKind_AreOrderedAndHoldEveryLineOnce(string groupBy, string titles)
    {
        var inputs = Inputs(
            [Commit(1, "fix(ui): a (#1)", "bob", [1]), Commit(2, "feat(api): b (#2)", pulls: [2]), Commit(3, "fix: c", null), Commit(4, "feat(api)!: d")],
            [Pull(1, "fix(ui): a", "bob", ["z"]), Pull(2, "feat(api): b", labels: ["z", "a"])]);
        var document = Build(inputs, groupBy);
        Assert.Equal(titles.Split('|'), document.Sections.Select(s => s.Title));
        AssertAccounted(inputs, document);
    }

    [Fact]
    public void People_AreNamedOnceAndAccountsOnlyWhereGitHubNamesThem()
    {
        var line = OnlyLine(Build(Inputs([Commit(1, "fix: a\n\nCo-authored-by: Ada <1+ADA@users.noreply.github.com>\nCo-authored-by: Linus <2+torvalds@users.noreply.github.com>\nCo-authored-by: Eve <eve@x.test>", "ada")])));
        Assert.Equal([("ada", "ada"), (null, "Linus"), (null, "Eve")], line.People.Select(p => (p.Login, p.Name)));
        var markdown = NotesRenderer.Render(Build(Inputs([Commit(1, "fix: a\n\nCo-authored-by: @torvalds <2+torvalds@users.noreply.github.com>", null)])), new NotesOptions());
        Assert.Contains("by Some One, @&#8203;torvalds", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_Commits_AreSaidInTheSumAndInTheText()
    {
        var inputs = Inputs([Commit(1, "fix: a")], total: 3);
        var document = Build(inputs);
        Assert.Equal("1 of 3 commits accounted: 1 on 1 line, 0 excluded; 2 not listed by GitHub", document.Accounting.Text);
        Assert.Contains(document.Warnings, w => w.StartsWith("Commits are missing: ", StringComparison.Ordinal));
        Assert.Contains("_These notes cover 1 of 3 commits._", NotesRenderer.Render(document, new NotesOptions()), StringComparison.Ordinal);
        AssertAccounted(inputs, document);
    }

    [Fact]
    public void Markdown_IsWrittenAsAgreed()
    {
        var inputs = Inputs([Commit(1, "feat(api)!: new `door` (#4)\n\nBREAKING CHANGE: the old one is closed", pulls: [4]), Commit(2, "fix: a bug", "bob")], [Pull(4, "x")]) with { NewContributors = ["ada"] };
        Assert.Equal(
            $"""
            ## Breaking changes

            - **api:** new \`door\` ([#4](https://github.com/acme/site/pull/4)) by @ada
              - the old one is closed

            ## Bug fixes

            - a bug ([`0000000`](https://github.com/acme/site/commit/{Sha(2)})) by @bob

            ## New contributors

            - @ada made their first contribution in [#4](https://github.com/acme/site/pull/4)

            **Full changelog**: https://github.com/acme/site/compare/v1.0.0...v1.1.0

            """.ReplaceLineEndings("\n"),
            NotesRenderer.Render(Build(inputs), new NotesOptions()));
        Assert.Contains("- a bug (`0000000`) by @bob", NotesRenderer.Render(Build(inputs), new NotesOptions(PrLinks: false)), StringComparison.Ordinal);
    }
}
