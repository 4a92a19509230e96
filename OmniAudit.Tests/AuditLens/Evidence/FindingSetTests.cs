using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Tests.AuditLens.Evidence;

/// <summary>One fault is one finding in every format, job and run; two are two.</summary>
public sealed class FindingSetTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Build_MovedLine_KeepsItsId()
    {
        var before = Ids("a.cs(10,5): error CS1: bad name\nb.cs(3,1): error CS1: bad name\n");
        Assert.Equal(before, Ids("a.cs(99,5): error CS1: bad name\nb.cs(3,1): error CS1: bad name\n"));
        Assert.Equal(2, before.Distinct().Count());
    }

    [Fact]
    public void Build_ReportAndLogOfOneFailure_AreOneFindingWithTwoPlaces()
    {
        var report = Evidence.Read("<testsuite><testcase classname='tests.test_a' name='test_b'><failure message='assert 1 == 2'/></testcase><testcase classname='tests.test_a' name='test_c'><failure message='no such key'/></testcase></testsuite>", reference: "report");
        var log = Evidence.Read("##[group]x\nFAILED tests/test_a.py::test_b - assert 1 == 2\n##[error]no such key\n", reference: "log");
        var set = FindingSet.Build([.. log.Findings, .. report.Findings]);
        Assert.Equal(["tests.test_a.test_b", "tests.test_a.test_c"], set.Select(f => f.Test).Order());
        Assert.All(set, f => Assert.Equal(["log", "report"], f.Evidence.Select(e => e.Ref).Order()));
        Assert.Equal(set.Select(f => f.FindingId).Order(), FindingSet.Build(report.Findings).Select(f => f.FindingId).Order());
    }

    [Theory]
    [InlineData("--- FAIL: TestX (0.00s)", "<testsuite><testcase classname='example.com/pkg' name='TestX'><failure message='m'/></testcase></testsuite>")]
    [InlineData("  Failed N.C.M [12 ms]", "<assembly><test name='N.C.M' result='Fail'><failure><message>m</message></failure></test></assembly>")]
    [InlineData("  ● sum › carries", "<testsuite><testcase classname='sum carries' name='sum carries'><failure message='m'/></testcase></testsuite>")]
    [InlineData("[ERROR] com.x.FooTest.bar -- Time elapsed: 0.01 s <<< FAILURE!", "<testsuite><testcase classname='com.x.FooTest' name='bar'><failure message='m'/></testcase></testsuite>")]
    [InlineData("FAIL: test_x (pkg.mod.Case)", "<testsuite><testcase classname='pkg.mod.Case' name='test_x'><failure message='m'/></testcase></testsuite>")]
    public void Build_RunnersOwnSpelling_IsTheReportsTest(string line, string report)
    {
        var set = FindingSet.Build([.. Evidence.Read(report, reference: "report").Findings, .. Evidence.Read($"##[group]x\n{line}\n", reference: "log").Findings]);
        Assert.Equal(2, Assert.Single(set).Evidence.Count);
    }

    [Fact]
    public void Build_ShortNameThatFitsTwoTests_JoinsNeither()
    {
        var report = Evidence.Read("<testsuite><testcase classname='a' name='TestX'><failure message='1'/></testcase><testcase classname='b' name='TestX'><failure message='2'/></testcase></testsuite>", reference: "report");
        Assert.Equal(3, FindingSet.Build([.. report.Findings, .. Evidence.Read("##[group]x\n--- FAIL: TestX (0.0s)\n", reference: "log").Findings]).Count);
    }

    [Theory]
    [InlineData("a.c:1:1: error: same words\na.c:9:1: error: same words\n")]
    [InlineData("##[group]x\n##[error]same words\n##[error]same words\n")]
    [InlineData("##[group]x\n##[error]expected 3\n##[error]expected 5\n")]
    [InlineData("<testsuite><testcase name='a' file='x.py' line='1'><failure message='m'/></testcase><testcase name='a' file='x.py' line='9'><failure message='m'/></testcase></testsuite>")]
    public void Build_TwoDistinctFaults_StayTwo(string text)
    {
        var set = FindingSet.Build(Evidence.Read(text).Findings);
        Assert.Equal(2, set.Select(f => f.FindingId).Distinct().Count());
    }

    [Fact]
    public void Build_SameFaultInThreeJobs_IsOneFinding()
    {
        var found = new[] { "linux", "mac", "win" }.SelectMany(job => Evidence.Read("src/a.cs(3,4): warning CS1: odd\n", "build.log", reference: job).Findings);
        Assert.Equal((3, 1), (Assert.Single(FindingSet.Build(found)).Evidence.Count, FindingSet.Build(found)[0].Occurrences));
    }

    [Fact]
    public void Build_CompilersTextAndSarif_AreOneFindingWithTheRichersDetails()
    {
        var text = Evidence.Read("src/a.cs(3,4): warning CS0618: 'X' is obsolete\n", "build.log", reference: "log");
        var sarif = Evidence.Read("""{"version":"2.1.0","$schema":"sarif","runs":[{"tool":{"driver":{"name":"csc"}},"results":[{"ruleId":"CS0618","message":{"text":"'X' is obsolete"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/a.cs"},"region":{"startLine":3,"startColumn":4}}}],"partialFingerprints":{"h":"1"}}]}]}""", reference: "sarif");
        var one = Assert.Single(FindingSet.Build([.. text.Findings, .. sarif.Findings]));
        Assert.Equal(("csc", 2, 1), (one.Tool, one.Evidence.Count, one.Fingerprints.Count));
    }

    [Fact]
    public void Build_Strategies_MergeByTheirMark()
    {
        var found = Evidence.Read("a.c:1:1: error: missing ';'\nb.c:2:1: error: missing ';'\nb.c:2:9: warning: odd\n", "x.log").Findings;
        Assert.Equal(3, FindingSet.Build(found, DedupeStrategy.ById).Count);
        var byTitle = FindingSet.Build(found, DedupeStrategy.ByTitle);
        Assert.Equal((2, 1), (byTitle.Count, byTitle[0].MergedIds.Count));
        Assert.Equal(2, FindingSet.Build(found, DedupeStrategy.ByLocation).Count);
        var prints = Evidence.Read("""[{"type":"issue","check_name":"c","description":"one","fingerprint":"f","location":{"path":"a","lines":{"begin":1}}},{"type":"issue","check_name":"c","description":"two","fingerprint":"f","location":{"path":"b","lines":{"begin":1}}}]""");
        Assert.Single(FindingSet.Build(prints.Findings, DedupeStrategy.ByFingerprint));
        Assert.Equal([DedupeStrategy.ByTitle, DedupeStrategy.ById, null], new[] { "by-title", null, "by_luck" }.Select(FindingSet.Strategy));
    }

    [Fact]
    public void Build_AnyOrder_GivesTheSameIds()
    {
        var found = Examples.All.SelectMany(e => Evidence.Read(e.Text, e.File, e.Profile, reference: e.File).Findings).ToList();
        var ids = FindingSet.Build(found).Select(f => f.FindingId).Order().ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(ids, FindingSet.Build(found.AsEnumerable().Reverse()).Select(f => f.FindingId).Order());
        var places = found.SelectMany(f => f.Evidence).ToHashSet();
        foreach (var strategy in Enum.GetValues<DedupeStrategy>()) Assert.Equal(places, FindingSet.Build(found, strategy).SelectMany(f => f.Evidence).ToHashSet());
    }

    [Fact]
    public void Mark_MoreErrorsThanAnnotations_FindsTheHidden()
    {
        var log = Evidence.Read("##[group]lint\n" + string.Concat(Enumerable.Range(1, 37).Select(i => $"::error file=src/a.js,line={i}::Problem {i}\n")));
        var shown = Evidence.Read("[" + string.Join(',', Enumerable.Range(1, 10).Select(i => $$"""{"path":"src/a.js","start_line":{{i}},"end_line":{{i}},"annotation_level":"failure","message":"Problem {{i}}"}""")) + "]", reference: "api");
        var marked = AnnotationCoverage.Mark(log.Findings, shown.Findings, out var hidden);
        Assert.Equal((37, 27, 27), (marked.Count, hidden, marked.Count(f => f.Annotated == false)));
        var set = FindingSet.Build([.. marked, .. shown.Findings]);
        Assert.Equal((37, 27), (set.Count, set.Count(f => f.Annotated == false)));
    }

    [Fact]
    public void Mark_RunnersLinesWithoutPlaces_AreCountedToo()
    {
        var log = Evidence.Read("##[group]lint\n" + string.Concat(Enumerable.Repeat("##[error]same words\n", 37)));
        var shown = Evidence.Read("[" + string.Join(',', Enumerable.Repeat("""{"path":".github","start_line":1,"end_line":1,"annotation_level":"failure","message":"same words"}""", 10)) + "]", reference: "api");
        AnnotationCoverage.Mark(log.Findings, shown.Findings, out var hidden);
        Assert.Equal((37, 27), (log.Findings.Count, hidden));
    }

    [Fact]
    public void Compare_BaseRun_TellsNewFixedPersistingAndNotRun()
    {
        var first = Now.AddDays(-9);
        var seen = FindingSet.Build([.. Evidence.Read("<testsuite><testcase name='a'><failure message='m'/></testcase><testcase name='b'><failure message='m'/></testcase><testcase name='c'><failure message='m'/></testcase></testsuite>").Findings, .. Evidence.Read("x.c:1:1: error: gone\n", "build.log").Findings])
            .Select(f => new SeenFinding(f, first, 3)).ToList();
        var read = Evidence.Read("<testsuite><testcase name='a'><failure message='other words'/></testcase><testcase name='b'/><testcase name='d'><failure message='m'/></testcase></testsuite>");
        var changes = FindingHistory.Compare(FindingSet.Build(read.Findings), seen, Now, [read.Profile], [.. read.Tests.Select(t => t.FullName)]);
        Assert.Equal([("a", false, first, 4), ("d", true, Now, 1)], changes.Current.Select(c => (c.Finding.Test!, c.IsNew, c.FirstSeen, c.Runs)));
        Assert.Equal(["b"], changes.Fixed.Select(f => f.Finding.Test));
        // Nobody ran c, and nobody compiled.
        Assert.Equal(["c", null], changes.NotCompared.Select(f => f.Finding.Test));
    }

    [Fact]
    public void Compare_RenamedFile_IsFoundAgainByFingerprint()
    {
        static EvidenceFinding One(string file) => FindingSet.Build(Evidence.Read($$$$$"""{"version":"2.1.0","$schema":"sarif","runs":[{"results":[{"ruleId":"R","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"{{{{{file}}}}}"},"region":{"startLine":3}}}],"partialFingerprints":{"h":"1"}}]}]}""").Findings)[0];
        var changes = FindingHistory.Compare([One("new.cs")], [new SeenFinding(One("old.cs"), Now.AddDays(-1), 1)], Now, ["sarif"]);
        Assert.False(Assert.Single(changes.Current).IsNew);
        Assert.Empty(changes.Fixed);
    }

    [Fact]
    public void Flaky_PassAndFailAtOneCommit_AndNotAcrossCommits()
    {
        var failed = Evidence.Read("<testsuite><testcase name='a'><failure message='m'/></testcase><testcase name='b'><failure message='m'/></testcase></testsuite>").Tests;
        var passed = Evidence.Read("<testsuite><testcase name='a'/><testcase name='b'><skipped/></testcase></testsuite>").Tests;
        Assert.Equal([new FlakyTest("c1", "a", 1, 1)], FlakyTests.Find([("c1", failed), ("c1", passed)]));
        Assert.Empty(FlakyTests.Find([("c1", failed), ("c2", passed)]));
        Assert.Equal("s.t", Assert.Single(FlakyTests.Find([("c3", Evidence.Read("<testsuite><testcase classname='s' name='t'><failure/></testcase><testcase classname='s' name='t'/></testsuite>").Tests)])).Test);
    }

    [Fact]
    public void Confidence_FewLabels_IsUncalibratedAndManyHaveWilsonsInterval()
    {
        var labels = Enumerable.Range(0, 19).Select(_ => new LabelledOutcome("junit", "r", true)).ToList();
        Assert.Equal(("uncalibrated", 19, null), (MeasuredConfidence.Of(labels)[0].State, MeasuredConfidence.Of(labels)[0].Count, MeasuredConfidence.Of(labels)[0].Precision));
        labels.Add(new LabelledOutcome("junit", "r", false));
        var row = Assert.Single(MeasuredConfidence.Of(labels));
        Assert.Equal(("calibrated", 20, 0.95), (row.State, row.Count, row.Precision));
        // R: binom::binom.wilson(19, 20)
        Assert.Equal((0.7639, 0.9911), (Math.Round(row.Low!.Value, 4), Math.Round(row.High!.Value, 4)));
        Assert.Equal((0.8389, 1.0), (Math.Round(MeasuredConfidence.Of("p", "r", 20, 20).Low!.Value, 4), MeasuredConfidence.Of("p", "r", 20, 20).High!.Value));
    }

    private static IReadOnlyList<string> Ids(string text) => [.. FindingSet.Build(Evidence.Read(text, "build.log").Findings).Select(f => f.FindingId)];
}
