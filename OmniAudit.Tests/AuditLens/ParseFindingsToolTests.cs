using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Tests.GitHub;

namespace OmniAudit.Tests.AuditLens;

public sealed class ParseFindingsToolTests(EvidenceWorld world) : IClassFixture<EvidenceWorld>
{
    private readonly FakeRepository _repository = world.Repository();

    private Task<JsonElement> ParseAsync(string evidence, params string[] with) => world.CallAsync("auditlens.parse_findings", new { evidence_ref = evidence, with_refs = with });

    private static string JUnit(params (string Test, string? Failure)[] tests) =>
        $"<testsuite name='s'>{string.Concat(tests.Select(t => $"<testcase classname='shop.CartTest' name='{t.Test}' file='tests/cart.py' line='12'>{(t.Failure is null ? "" : $"<failure message='{t.Failure}'>stack</failure>")}</testcase>"))}</testsuite>";

    private static List<JsonElement> Findings(JsonElement answer) => [.. answer.GetProperty("findings").EnumerateArray()];

    [Fact]
    public async Task Report_AndLogOfOneFailure_AreOneFindingWithTwoPlaces_AndTwoFailuresStayTwo()
    {
        EvidenceWorld.AddArtifact(_repository, 70, "reports", EvidenceWorld.Zip(("junit.xml", JUnit(("test_total", "expected 3"), ("test_tax", "expected 5"), ("test_ok", null)))));
        EvidenceWorld.AddJobLog(_repository, 1, "test", "2026-03-01T10:00:00.0000000Z ##[error]expected 3\n");
        var (report, log) = (await world.FetchAsync(_repository, "reports"), await world.FetchAsync(_repository, "test", "logs"));

        var answer = await ParseAsync(report, log);

        Assert.Equal(2, answer.GetProperty("count").GetInt32());
        var total = Findings(answer).Single(f => f.GetProperty("title").GetString()!.Contains("test_total", StringComparison.Ordinal));
        Assert.Equal([$"{report}/junit.xml", $"{log}/test.txt"], total.GetProperty("evidence_refs").EnumerateArray().Select(e => e.GetString()!.Split(':')[0]));
        Assert.Equal(("s2", "test_failure", 0.5, "uncalibrated"), (total.GetProperty("severity").GetString(), total.GetProperty("category").GetString(), total.GetProperty("confidence").GetDouble(), total.GetProperty("confidence_state").GetString()));
        Assert.Equal((3, 1, 2), (answer.GetProperty("tests").GetProperty("total").GetInt32(), answer.GetProperty("tests").GetProperty("passed").GetInt32(), answer.GetProperty("tests").GetProperty("failed").GetInt32()));
        // The same evidence read again is the same set.
        Assert.Equal(answer.GetProperty("findings_ref").GetString(), (await ParseAsync(report, log)).GetProperty("findings_ref").GetString());
    }

    [Fact]
    public async Task AgainstABase_FindingsAreNewFixedOrPersistingWithTheirAge_WhereverTheirLineWent()
    {
        _repository.Runs.Add(FakeGitHub.Run(8, "00000000000000000000000000000000000000bb"));
        EvidenceWorld.AddArtifact(_repository, 70, "r", EvidenceWorld.Zip(("junit.xml", JUnit(("stays", "a"), ("goes", "b"), ("fine", null)))));
        EvidenceWorld.AddArtifact(_repository, 80, "r", EvidenceWorld.Zip(("junit.xml", JUnit(("stays", "a"), ("goes", null), ("comes", "c"), ("fine", null)).Replace("line='12'", "line='99'", StringComparison.Ordinal))), run: 8);
        var first = await ParseAsync(await world.FetchAsync(_repository, "r"));

        var second = await world.CallAsync("auditlens.parse_findings", new { evidence_ref = await world.FetchAsync(_repository, "r", run: 8), base_ref = first.GetProperty("findings_ref").GetString() });

        Assert.Equal("""{"new":1,"fixed":1,"persisting":1,"not_compared":0}""", second.GetProperty("changes").GetRawText());
        Assert.True(Findings(second)[0].GetProperty("is_new").GetBoolean());
        var stays = Findings(second).Single(f => !f.GetProperty("is_new").GetBoolean());
        Assert.Equal(Findings(first).Single(f => f.GetProperty("title").GetString()!.Contains("stays", StringComparison.Ordinal)).GetProperty("finding_id").GetString(), stays.GetProperty("finding_id").GetString());
        var store = world.App.Get<FindingsStore>();
        var set = await store.FindFindingAsync(_repository.FullName.ToUpperInvariant(), stays.GetProperty("finding_id").GetString()!, CancellationToken.None);
        Assert.Equal((second.GetProperty("findings_ref").GetString(), 2), (set!.Value.Set.FindingsId, set.Value.Finding.Runs));
        Assert.Null(await store.FindFindingAsync("acme/elsewhere", stays.GetProperty("finding_id").GetString()!, CancellationToken.None));
    }

    [Fact]
    public async Task Log_With37Errors_OfWhichGitHubShows10_Has37Findings_27NotAnnotated()
    {
        var log = string.Concat(Enumerable.Range(1, 37).Select(i => $"2026-03-01T10:00:00.0000000Z ::error file=src/a{i}.cs,line={i}::fault number {(char)('a' + i % 26)}{i} here\n"));
        EvidenceWorld.AddJobLog(_repository, 55, "lint", log);
        _repository.Annotations[55] = [.. Enumerable.Range(1, 10).Select(i => new JsonObject
        {
            ["path"] = $"src/a{i}.cs", ["start_line"] = i, ["end_line"] = i, ["annotation_level"] = "failure", ["title"] = null, ["message"] = $"fault number {(char)('a' + i % 26)}{i} here", ["raw_details"] = null,
        })];

        var answer = await ParseAsync(await world.FetchAsync(_repository, "lint", "logs"), await world.FetchAsync(_repository, "*", "annotations"));

        Assert.Equal((37, 27), (answer.GetProperty("count").GetInt32(), answer.GetProperty("not_annotated").GetInt32()));
    }

    [Fact]
    public async Task Files_NobodyKnowsOrThatAreBroken_AreSaidAndTheRestIsRead()
    {
        EvidenceWorld.AddArtifact(_repository, 70, "r", EvidenceWorld.Zip(("junit.xml", JUnit(("t", "x"))), ("broken.xml", JUnit(("u", "y"))[..^5]), ("notes.bin.txt", "~~ nothing ~~")));
        var answer = await ParseAsync(await world.FetchAsync(_repository, "r"));
        Assert.Equal(2, answer.GetProperty("count").GetInt32());
        var said = answer.GetProperty("message").GetString()!;
        Assert.Contains("No parser knows 1 of 3 files (notes.bin.txt)", said, StringComparison.Ordinal);
        Assert.Contains("broken.xml", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadArguments_AreRefusedByName()
    {
        EvidenceWorld.AddArtifact(_repository, 70, "r", EvidenceWorld.Zip(("junit.xml", JUnit(("t", "x")))));
        var evidence = await world.FetchAsync(_repository, "r");
        var other = world.Repository();
        EvidenceWorld.AddArtifact(other, 70, "r", EvidenceWorld.Zip(("junit.xml", JUnit(("t", "x")))));
        var elsewhere = await world.FetchAsync(other, "r");
        var elsewhereSet = (await ParseAsync(elsewhere)).GetProperty("findings_ref").GetString();

        Assert.Contains("Use one of: auto, sarif", await world.RefusedAsync("parser_profile", "auditlens.parse_findings", new { evidence_ref = evidence, parser_profile = "cobol" }), StringComparison.Ordinal);
        await world.RefusedAsync("dedupe_strategy", "auditlens.parse_findings", new { evidence_ref = evidence, dedupe_strategy = "by_luck" });
        await world.RefusedAsync("evidence_ref", "auditlens.parse_findings", new { evidence_ref = "evd_none" });
        await world.RefusedAsync("with_refs[0]", "auditlens.parse_findings", new { evidence_ref = evidence, with_refs = new[] { elsewhere } });
        await world.RefusedAsync("base_ref", "auditlens.parse_findings", new { evidence_ref = evidence, base_ref = elsewhereSet });
        await world.RefusedAsync("ruleset_version", "auditlens.parse_findings", new { evidence_ref = evidence, ruleset_version = "v9" });
    }

    [Fact]
    public async Task NamedProfile_ReadsWhatLooksLikeIt_AndOtherwiseWhatIsThere()
    {
        EvidenceWorld.AddArtifact(_repository, 70, "r", EvidenceWorld.Zip(("junit.xml", JUnit(("t", "x"))), ("out.log", "src/a.c:3:1: error: broken")));
        var evidence = await world.FetchAsync(_repository, "r");
        var junit = await world.CallAsync("auditlens.parse_findings", new { evidence_ref = evidence, parser_profile = "junit" });
        Assert.Equal("test_failure", Findings(junit).Single().GetProperty("category").GetString());
        EvidenceWorld.AddArtifact(_repository, 71, "plain", EvidenceWorld.Zip(("x.txt", "~~ nothing ~~")));
        var forced = await world.CallAsync("auditlens.parse_findings", new { evidence_ref = await world.FetchAsync(_repository, "plain"), parser_profile = "compiler" });
        Assert.Equal(0, forced.GetProperty("count").GetInt32());
    }
}
