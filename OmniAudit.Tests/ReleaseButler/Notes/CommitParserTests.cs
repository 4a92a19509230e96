using System.Text;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ReleaseButler.Notes;

/// <summary>Conventional Commits, where existing parsers disagree among themselves: the choices of docs/releases.md.</summary>
public sealed class CommitParserTests
{
    [Theory]
    [InlineData("feat!: x", "feat", null, true, "x")]
    [InlineData("feat(api)!: x", "feat", "api", true, "x")]
    [InlineData("build-deps: x", "build-deps", null, false, "x")]
    [InlineData("feat:x", "", null, false, "feat:x")]
    [InlineData("feat(): x", "", null, false, "feat(): x")]
    [InlineData("feat : x", "", null, false, "feat : x")]
    [InlineData("feat:", "", null, false, "feat:")]
    [InlineData("feat: ", "", null, false, "feat:")]
    [InlineData("http://a: b", "", null, false, "http://a: b")]
    [InlineData("FEAT: x", "feat", null, false, "x")]
    [InlineData("fix(core, ui): x: y", "fix", "core, ui", false, "x: y")]
    [InlineData("feat(a)(b): x", "", null, false, "feat(a)(b): x")]
    [InlineData("feat!(a): x", "", null, false, "feat!(a): x")]
    [InlineData("revert: feat: x", "revert", null, false, "feat: x")]
    [InlineData("Revert \"feat: x (#12)\"", "revert", null, false, "Revert \"feat: x (#12)\"")]
    [InlineData("", "", null, false, "")]
    [InlineData("\n\n  fix: late  \n", "fix", null, false, "late")]
    [InlineData(": x", "", null, false, ": x")]
    public void Header_OfEveryForm_IsReadAsDecided(string message, string type, string? scope, bool breaking, string description)
    {
        var said = Assert.Single(CommitParser.Parse(message));
        Assert.Equal((type, scope, breaking, description), (said.Type, said.Scope, said.Breaking, said.Description));
    }

    [Theory]
    [InlineData("feat:x", "needs a space")]
    [InlineData("fix : x", "before the colon")]
    [InlineData("feat(): x", "empty scope")]
    [InlineData("feat: x\n\nbreaking change: y", "capital letters")]
    [InlineData("feat: x\n\nBreaking-Change: y", "capital letters")]
    public void Hints_OfWhatIsNearlyAConventionalCommit_SayWhatIsMissing(string message, string hint)
    {
        var said = CommitParser.Parse(message)[0];
        Assert.Contains(hint, Assert.Single(said.Hints), StringComparison.Ordinal);
        Assert.False(said.Breaking);
    }

    [Theory]
    [InlineData("feat: x\n\nBREAKING CHANGE: y", "y")]
    [InlineData("fix: x\n\nBREAKING-CHANGE: y", "y")]
    [InlineData("chore: x\n\nBREAKING CHANGE #y", "y")]
    [InlineData("no type at all\n\nBREAKING CHANGE: y", "y")]
    [InlineData("feat: x\nBREAKING CHANGE: y", "y")]
    [InlineData("feat: x\r\n\r\nBREAKING CHANGE: y\r\nmore\r\n\r\nand more\r\nRefs: #1", "y\nmore\n\nand more")]
    [InlineData("feat: x\n\nBREAKING CHANGE:\n\n- one\n- two", "- one\n- two")]
    [InlineData("feat: x\n\nbody\n\nReviewed-by: Z\nBREAKING CHANGE: y\nRefs #133", "y")]
    [InlineData("feat: x\n\nBREAKING CHANGE: a\nBREAKING CHANGE: b", "a|b")]
    [InlineData("feat: x\n\n* BREAKING CHANGE: a\n  BREAKING-CHANGE: b", "a|b")]
    public void Breaking_ByFooter_KeepsEveryNoteWhole(string message, string notes)
    {
        var said = CommitParser.Parse(message)[0];
        Assert.True(said.Breaking);
        Assert.Equal(notes.Split('|'), said.Notes);
    }

    [Theory]
    [InlineData("feat: x\n\nA BREAKING CHANGE was discussed")]
    [InlineData("feat: x\n\nBREAKING CHANGE was discussed")]
    [InlineData("feat: x\n\nThis is no BREAKING CHANGE: it is compatible")]
    [InlineData("feat: x\n\nBREAKING CHANGES ahead")]
    public void Breaking_InProse_IsNone(string message) => Assert.False(CommitParser.Parse(message)[0].Breaking);

    [Fact]
    public void Footers_OfTheSpecification_AreReadAndDependabotsYamlIsNone()
    {
        var said = CommitParser.Parse("fix: prevent racing\n\nIntroduce a request id.\n\nReviewed-by: Z\nRefs: #123\n  and #124\nCloses #9")[0];
        Assert.Equal([new("Reviewed-by", "Z"), new("Refs", "#123\n  and #124"), new("Closes", "#9")], said.Footers);
        Assert.Equal("Introduce a request id.", said.BodyStart);

        Assert.Equal("Fix", Assert.Single(Assert.Single(CommitParser.Parse("fix: x\n\nbody\n\nFix: #1")).Footers).Token);
        var bump = CommitParser.Parse("build(deps): bump x\n\nBumps x.\n\n---\nupdated-dependencies:\n- dependency-name: x\ndependency-type: direct\n...\n\nSigned-off-by: dependabot[bot] <support@github.com>")[0];
        Assert.Equal("Signed-off-by", Assert.Single(bump.Footers).Token);
    }

    [Fact]
    public void Statements_OfASquash_AreAllKept()
    {
        var said = CommitParser.Parse("feat: main\n\nBREAKING CHANGE: first\n\nfix(db)!: second thing\n\nIt is gone.\n\n* feat!: bullet\n* wip\n\nBEGIN_NESTED_COMMIT\nfix: nested\n\nBREAKING CHANGE: third\nEND_NESTED_COMMIT\n");
        Assert.Equal(
            [(CommitOrigin.Header, "main", "first"), (CommitOrigin.Nested, "second thing", ""), (CommitOrigin.Squashed, "bullet", ""), (CommitOrigin.Nested, "nested", "third")],
            said.Select(s => (s.Origin, s.Description, string.Join('|', s.Notes))));
        Assert.All(said, s => Assert.True(s.Breaking));
    }

    [Theory]
    [InlineData("Revert \"feat: x (#12)\"\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.", "0123456789abcdef0123456789abcdef01234567", null)]
    [InlineData("revert: feat: x\n\nRefs: 676104e, A215868F", "676104e,a215868f", null)]
    [InlineData("revert: x\n\nThis reverts commit 676104e, reversing\nchanges made to 1234567.", "676104e", null)]
    [InlineData("Revert \"x\" (#13)\n\nReverts acme/site#12", "", 12L)]
    [InlineData("fix: x\n\nThis reverts commit 676104e.", "", null)]
    [InlineData("revert: x\n\nRefs: notahash, 12345", "", null)]
    public void Reverts_AreReadFromRevertsOnly(string message, string hashes, long? pull)
    {
        var said = CommitParser.Parse(message)[0];
        Assert.Equal(hashes, string.Join(',', said.Reverts));
        Assert.Equal(pull, said.RevertedPulls.SingleOrDefault()?.Number);
    }

    [Theory]
    [InlineData("feat: x (#12)", 12L, "feat: x")]
    [InlineData("feat: x (#12) again", null, "feat: x (#12) again")]
    [InlineData("fix #12", null, "fix #12")]
    [InlineData("fix: y(#12)", null, "fix: y(#12)")]
    [InlineData("(#12)", null, "(#12)")]
    [InlineData("a (#1) (#99)", 99L, "a (#1)")]
    [InlineData("a (#0)", null, "a (#0)")]
    [InlineData("a (#99999999999999999999)", null, "a (#99999999999999999999)")]
    public void TrailingPull_IsTheEndOfASubjectOnly(string subject, long? number, string bare) => Assert.Equal((number, bare), CommitParser.TrailingPull(subject));

    [Theory]
    [InlineData("Merge pull request #7 from acme/topic", 7L)]
    [InlineData("Merge pull request #7", null)]
    [InlineData("Merge branch 'main' into topic", null)]
    public void MergedPull_IsGitHubsOwnSubject(string subject, long? number) => Assert.Equal(number, CommitParser.MergedPull(subject));

    [Fact]
    public void CoAuthors_InAnyCase_AreReadOnceByAddress()
    {
        var found = CommitParser.CoAuthors("x\n\nCo-authored-by: Ada L <1234+ada@users.noreply.github.com>\nco-authored-by: Bob <bob@x.test>\nCO-AUTHORED-BY: Bobby <BOB@x.test>\nCo-authored-by: nobody\nCo-authored-by: <>");
        Assert.Equal([("Ada L", "ada"), ("Bob", null)], found.Select(c => (c.Name, c.Login)));
        Assert.Equal("ada", new CoAuthor("x", "ada@users.noreply.github.com").Login);
    }

    [Theory]
    [InlineData("text\nBEGIN_COMMIT_OVERRIDE\nfeat: y\n\nfix: z\nEND_COMMIT_OVERRIDE\nrest", "feat: y\n\nfix: z")]
    [InlineData("BEGIN_COMMIT_OVERRIDE\nfeat: y", "feat: y")]
    [InlineData("BEGIN_COMMIT_OVERRIDE\n\nEND_COMMIT_OVERRIDE", null)]
    [InlineData("none", null)]
    [InlineData(null, null)]
    public void Override_OfAPullRequest_IsWhatStandsBetweenTheMarks(string? body, string? text) => Assert.Equal(text, CommitParser.OverrideOf(body));

    /// <summary>Texts that bring parsers by expressions to a stand.</summary>
    [Fact]
    public void Parse_OfHostileLengths_TakesTimeInTheirProportion()
    {
        var before = ProcessorTime.OfThisThread();
        foreach (var text in new[]
        {
            "feat: x" + new StringBuilder().Insert(0, "\r\n", 1_000_000) + "end", "feat(" + new string('(', 200_000) + "): x", new string('a', 1_000_000) + ": x", "feat: x\n\n" + new StringBuilder().Insert(0, "a-b: c\n", 100_000),
            "x\n\n" + new StringBuilder().Insert(0, "* feat: y\n", 100_000), "BREAKING CHANGE: " + new string(' ', 1_000_000), "x\n" + new StringBuilder().Insert(0, "BEGIN_NESTED_COMMIT\n", 100_000),
        })
        {
            Assert.NotEmpty(CommitParser.Parse(text));
            CommitParser.CoAuthors(text);
        }
        Assert.InRange(ProcessorTime.OfThisThread() - before, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }
}
