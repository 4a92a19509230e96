using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Parsing;

namespace OmniAudit.Tests.AuditLens.Evidence;

/// <summary>Every format: told apart, read whole, and its traps.</summary>
public sealed class FormatTests
{
    public static TheoryData<string, string, int> Formats => Examples.Names;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Read_ExampleOfFormat_IsToldApartAndReadWhole(string profile, string file, int findings)
    {
        // By its content alone: an artifact may call it anything. The two without a shape of their own go by their names.
        var read = Evidence.Read(Examples.Text(file), profile is "console" or "deterministic" ? file : "x/evidence");
        Assert.Equal((profile, findings), (read.Profile, read.Findings.Count));
        Assert.DoesNotContain(read.Problems, p => p.Code is "malformed" or "item_skipped");
        Assert.Empty(read.Cuts);
        Assert.All(read.Findings, f => Assert.False(string.IsNullOrWhiteSpace(f.Title) || f.Evidence.Count != 1 || f.Profile != profile));
        Assert.Equal(findings, Evidence.Read(Examples.Text(file), file, profile.Replace('_', '-').ToUpperInvariant()).Findings.Count);
    }

    [Fact]
    public void Profiles_Examples_CoverAll() => Assert.Equal(EvidenceReader.Profiles.Skip(1).Order(), Examples.All.Select(e => e.Profile).Distinct().Order());

    [Fact]
    public void JUnit_SeveralResultsAndRetries_AreAttemptsOfOneTest()
    {
        var read = Evidence.Read(Examples.Text("junit.xml"));
        Assert.Equal(["a.B.passes", "a.B.fails", "a.B.shaky", "a.B.again", "a.B.left"], read.Tests.Select(t => t.FullName));
        var fails = read.Findings.Single(f => f.Test == "a.B.fails");
        // Of a failure and an error in one case the error counts.
        Assert.Equal(("error", "src/b.py", 12, "teardown broke"), (fails.Level, fails.File, fails.Range!.Value.StartLine, fails.Message));
        Assert.Contains("expected 3, was 4", fails.Details, StringComparison.Ordinal);
        var again = read.Findings.Single(f => f.Test == "a.B.again");
        Assert.Equal([TestOutcome.Failed, TestOutcome.Passed], again.Attempts);
        Assert.True(again.Flaky && read.Findings.Single(f => f.Test == "a.B.shaky").Flaky && !fails.Flaky);
    }

    [Fact]
    public void JUnit_SurefireRerunsThatAllFail_AreOneFailureThatIsNotFlaky()
    {
        var found = Evidence.Single("junit", """<testsuite name="s"><testcase classname="C" name="t"><failure message="no"/><rerunFailure message="no"/><rerunError message="no"/></testcase></testsuite>""");
        Assert.Equal([TestOutcome.Failed, TestOutcome.Failed, TestOutcome.Error], found.Attempts);
        Assert.False(found.Flaky);
    }

    [Fact]
    public void JUnit_EntityOfAFile_IsNotReadAndTheRestIs()
    {
        var read = Evidence.Read("""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite><testcase name="a"><failure message="m"/></testcase><testcase name="b"><failure>&e;</failure></testcase></testsuite>""");
        Assert.Equal("a", Assert.Single(read.Findings).Test);
        Assert.Equal(["malformed"], read.Problems.Select(p => p.Code));
    }

    [Theory]
    [InlineData("windows-1252", new byte[] { 0xE4 }, "ä")]
    [InlineData("utf-8", new byte[] { 0xE4 }, "�")]
    [InlineData("utf-8", new byte[] { 0x1B, 0x5B, 0x33, 0x31, 0x6D }, "�[31m")]
    public void JUnit_OddBytes_LoseNothingElse(string encoding, byte[] odd, string shown)
    {
        byte[] bytes = [.. System.Text.Encoding.ASCII.GetBytes($"<?xml version=\"1.0\" encoding=\"{encoding}\"?><testsuite><testcase name=\"a\"><failure message=\"x"), .. odd, .. "y\"/></testcase></testsuite>"u8];
        Assert.Equal($"x{shown}y", Assert.Single(Evidence.Read(bytes).Findings).Message);
    }

    [Fact]
    public void Sarif_RulesAfterResults_GiveLevelMessageAndPlace()
    {
        var found = Evidence.Read(Examples.Text("scan.sarif")).Findings;
        Assert.Equal(("R1", "error", "s2", "'x' is odd", "src/a b.cs", 3), (found[0].Rule, found[0].Level, found[0].Severity, found[0].Message, found[0].File, found[0].Range!.Value.StartLine));
        // A score for security outranks the level; an absent status is an accepted suppression; no level anywhere is a warning.
        Assert.Equal(("s1", "warning", true), (found[1].Severity, found[1].Level, found[1].Suppressed));
        Assert.Equal((null, "abc", "var", 4), (found[2].File, found[2].Fingerprints["sarif/partial/hash"], found[2].Fixes[0].Edits[0].NewText, found[2].Fixes[0].Edits[0].Range!.Value.EndColumn));
    }

    [Theory]
    [InlineData("""{"kind":"inSource","status":"rejected"}""", false)]
    [InlineData("""{"kind":"inSource","status":"underReview"}""", false)]
    [InlineData("""{"kind":"external","status":"accepted"}""", true)]
    public void Sarif_Suppression_HoldsWhenAccepted(string suppression, bool suppressed) =>
        Assert.Equal(suppressed, Evidence.Single("sarif", $$"""{"version":"2.1.0","$schema":"sarif","runs":[{"results":[{"message":{"text":"m"},"suppressions":[{{suppression}}]}]}]}""").Suppressed);

    [Fact]
    public void Sarif_BasesInACircle_End() =>
        Assert.EndsWith("a.cs", Evidence.Single("sarif", """{"version":"2.1.0","$schema":"sarif","runs":[{"originalUriBaseIds":{"A":{"uri":"x/","uriBaseId":"B"},"B":{"uri":"y/","uriBaseId":"A"}},"results":[{"message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.cs","uriBaseId":"A"}}}]}]}]}""").File, StringComparison.Ordinal);

    [Fact]
    public void ActionsLog_CommandsOfStepAndRunner_AreReadWithTheirEscapes()
    {
        var read = Evidence.Read(Examples.Text("1_build.txt"));
        var command = read.Findings.Single(f => f.File == "src/a.js");
        Assert.Equal(("Odd: title", "50% of it\nsecond line", new SourceRange(3, 0, 4)), (command.Title, command.Message, command.Range!.Value));
        // MSBuild says it twice.
        var build = read.Findings.Single(f => f.Kind == FindingKind.BuildError);
        Assert.Equal(("CS0103", "src/Program.cs", 2, 3L), (build.Rule, build.File, build.Occurrences, build.Evidence[0].Line));
        Assert.Equal("tests/test_a.py::test_b", read.Findings.Single(f => f.Kind == FindingKind.TestFailure).Test);
        Assert.DoesNotContain(read.Findings, f => f.Rule == "exit-code");
    }

    [Fact]
    public void ActionsLog_NothingElseSaysWhy_ExitCodeIsTheFinding() =>
        Assert.Equal("exit-code", Assert.Single(Evidence.Read("##[group]Run x\nhello\n##[error]Process completed with exit code 2.\n").Findings).Rule);

    [Fact]
    public void ActionsLog_StoppedCommands_DoNotCountUntilTheToken()
    {
        var read = Evidence.Read("##[group]x\n::stop-commands::t0ken\n::error::forged\n##[error]real\n::t0ken::\n::error::after\n");
        Assert.Equal(["real", "after"], read.Findings.Select(f => f.Message));
    }

    [Fact]
    public void ActionsLog_MarksAndColours_AreTakenOff() =>
        Assert.Equal("bad", Assert.Single(Evidence.Read("\uFEFF2026-01-01T10:00:00.0000000Z \u001b[31m##[error]\u001b[1mbad\u001b[0m\n").Findings).Message);

    [Theory]
    [InlineData("src/a.cs(12,5,12,9): warning CS1: text [/x/App.csproj]", "src/a.cs", 12, 5, "warning", "CS1", "text")]
    [InlineData(@"C:\a b\x.cs(1): error X9: t", "C:/a b/x.cs", 1, 0, "error", "X9", "t")]
    [InlineData("src/a.ts:3:13 - error TS7006: Parameter 'y'", "src/a.ts", 3, 13, "error", "TS7006", "Parameter 'y'")]
    [InlineData("a.go:42:21: Error return value is not checked (errcheck)", "a.go", 42, 21, "", "errcheck", "Error return value is not checked")]
    [InlineData("Gemfile:4:1: C: Layout/X: Extra blank line", "Gemfile", 4, 1, "style", "", "Layout/X: Extra blank line")]
    [InlineData("a.c:1:2: warning: unused 'x' [-Wunused-variable]", "a.c", 1, 2, "warning", "-Wunused-variable", "unused 'x'")]
    [InlineData("t.py:5:1: F401 'os' imported but unused", "t.py", 5, 1, "", "F401", "'os' imported but unused")]
    [InlineData("[ERROR] /app/src/A.java:[12,5] cannot find symbol", "/app/src/A.java", 12, 5, "error", "", "cannot find symbol")]
    public void DiagnosticLine_SpellingsOfTools_AreTakenApart(string line, string file, int row, int column, string level, string code, string message)
    {
        Assert.True(DiagnosticLine.TryRead(line, out var found));
        Assert.Equal((file, row, column, level, code, message), (SourcePath.Normalise(found.File!), found.Line, found.Column, found.Level, found.Code, found.Message));
    }

    [Theory]
    [InlineData("10:30:12: starting the server")]
    [InlineData("Listening on http://localhost:8080: ready")]
    [InlineData("Progress (12,5): error free")]
    [InlineData("took 12.5:30: text")]
    [InlineData("    at Object.<anonymous> (a.js:10:5)")]
    [InlineData("note: everything : error free")]
    public void DiagnosticLine_OrdinaryText_IsNone(string line) => Assert.False(DiagnosticLine.TryRead(line, out _));

    [Theory]
    [InlineData("src/a.ts[418, 38]: ' should be \"", "src/a.ts", 418, 38, "' should be \"")]
    [InlineData("[a.proto:11:5] Found an incorrect indentation", "a.proto", 11, 5, "Found an incorrect indentation")]
    [InlineData("/p/a.js: line 2, col 10, Error - 'x' is not used. (no-unused-vars)", "/p/a.js", 2, 10, "'x' is not used.")]
    [InlineData("/m/init.pp - ERROR: docker not in autoload module layout on line 347", "/m/init.pp", 347, 0, "docker not in autoload module layout")]
    [InlineData("warning file=/s/a.scala message=Object name is odd line=6 column=7", "/s/a.scala", 6, 7, "Object name is odd")]
    [InlineData(".env:2 The FOO key should be with a value", ".env", 2, 0, "The FOO key should be with a value")]
    [InlineData("standard: Use Standard Style\n  /p/a.js:4:12: Missing space.", "/p/a.js", 4, 12, "Missing space.")]
    [InlineData("app/a.rb -- 1 warning:\n  [3]:NilCheck: performs a nil-check", "app/a.rb", 3, 0, "performs a nil-check")]
    [InlineData("would reformat /p/a.py", "/p/a.py", 0, 0, "would reformat")]
    public void Compiler_SpellingOfOneTool_IsRead(string text, string file, int row, int column, string message)
    {
        var found = Assert.Single(Evidence.Read(text + "\n", "lint.txt", "compiler").Findings);
        Assert.Equal((file, row, column, message), (found.File, found.Range?.StartLine ?? 0, found.Range?.StartColumn ?? 0, found.Message));
    }

    [Fact]
    public void NUnit_CaseThatSaysNothingButItsFailure_Failed() =>
        Assert.Single(Evidence.Read("<test-results><test-suite name='s'><results><test-case name='a' executed='True'/><test-case name='b' executed='True'><failure><message>m</message></failure></test-case></results></test-suite></test-results>").Findings);

    [Fact]
    public void Go_ParentAndHungTest_AreReadAsWhatTheyAre()
    {
        var read = Evidence.Read(Examples.Text("go.json"));
        Assert.Equal(("x/p.TestA/sub", "got 1, want 2", "a_test.go", 12), (read.Findings[1].Test, read.Findings[1].Message, read.Findings[1].File, read.Findings[1].Range!.Value.StartLine));
        Assert.Equal("x/q does not build", read.Findings[0].Title);
        var hung = Evidence.Read("""
            {"Action":"run","Package":"p","Test":"TestHangs"}
            {"Action":"output","Package":"p","Test":"TestHangs","Output":"panic: test timed out after 1s\n"}
            {"Action":"fail","Package":"p","Elapsed":1}
            """);
        Assert.Equal("timeout", Assert.Single(hung.Findings).Level);
    }

    [Fact]
    public void Scanners_Findings_CarryPackageAndFixAndNoSecret()
    {
        Assert.Equal(new VulnerablePackage("left-pad", "1.0", "1.1"), Evidence.Read(Examples.Text("trivy.json")).Findings[0].Package);
        Assert.DoesNotContain("hunter2", Evidence.Single("gitleaks", Examples.Text("gitleaks.json")).ToString(), StringComparison.Ordinal);
        Assert.Equal("GHSA-aaaa-bbbb-cccc", Evidence.Single("npm_audit", Examples.Text("audit.json")).Rule);
    }

    [Fact]
    public void Eslint_Fix_KeepsItsRangeInUtf16Units()
    {
        var fixed1 = Evidence.Read(Examples.Text("eslint.json")).Findings[0];
        Assert.Equal(("src/a.js", 57, 0, ";"), (fixed1.File, fixed1.Fixes[0].Edits[0].Offset, fixed1.Fixes[0].Edits[0].Length, fixed1.Fixes[0].Edits[0].NewText));
    }

    [Fact]
    public void Diff_Hunk_HasOldAndNewText()
    {
        var edit = Evidence.Read(Examples.Text("fmt.diff")).Findings[0].Fixes[0].Edits[0];
        Assert.Equal(("a.go", "package a\nvar x  = 1\n\n", "package a\nvar x = 1\n\n"), (edit.File, edit.OldText, edit.NewText));
    }

    [Fact]
    public void Tap_TodoSkipSubtestAndShortPlan_CountAsTheyShould()
    {
        var read = Evidence.Read(Examples.Text("run.tap"));
        // The suite failed through its subtest; one test of the plan never came.
        Assert.Equal(["b", "e › inner", "(run)"], read.Findings.Select(f => f.Test));
        Assert.Equal("it broke", read.Findings[0].Message);
    }

    [Fact]
    public void Json_InUtf16WithMark_IsRead() =>
        Assert.Equal(2, Evidence.Read([0xFF, 0xFE, .. System.Text.Encoding.Unicode.GetBytes(Examples.Text("eslint.json"))]).Findings.Count);
}
