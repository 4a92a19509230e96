using System.Text.Json;
using OmniAudit.Tests.GitHub;

namespace OmniAudit.Tests.AuditLens;

public sealed class ReadLogToolTests(EvidenceWorld world) : IClassFixture<EvidenceWorld>
{
    private readonly FakeRepository _repository = world.Repository();

    private async Task<string> LogAsync(string log, string job = "build")
    {
        EvidenceWorld.AddJobLog(_repository, 900 + _repository.Jobs.Count, job, log);
        return await world.FetchAsync(_repository, job, "logs");
    }

    private Task<JsonElement> ReadAsync(object arguments) => world.CallAsync("auditlens.read_log", arguments);

    private static string Long => string.Join('\n', Enumerable.Range(1, 5000).Select(i => i == 4000 ? "##[error]it broke \u202Ehere" : $"line {i} of the build"));

    [Fact]
    public async Task Log_ByItsErrors_IsTheErrorWithItsSurroundings_AndSaysHowLongItIs()
    {
        var evidence = await LogAsync(Long);
        var answer = await ReadAsync(new { evidence_ref = evidence });
        Assert.Equal((5000, 1, false), (answer.GetProperty("total_lines").GetInt64(), answer.GetProperty("matches").GetInt64(), answer.GetProperty("truncated").GetBoolean()));
        var text = answer.GetProperty("text").GetString()!;
        Assert.StartsWith("3997: line 3997", text, StringComparison.Ordinal);
        Assert.Contains("4000> it broke", text, StringComparison.Ordinal);
        // Turned text is shown as what it is.
        Assert.DoesNotContain('\u202E', text);
    }

    [Fact]
    public async Task Log_ByTailRangeAndSearch_IsThatPart()
    {
        var evidence = await LogAsync(Long);
        Assert.EndsWith("5000: line 5000 of the build", (await ReadAsync(new { evidence_ref = evidence, mode = "tail", lines = 5 })).GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("10: line 10 of the build\n11: line 11 of the build", (await ReadAsync(new { evidence_ref = evidence, mode = "range", from = 10, to = 11 })).GetProperty("text").GetString());
        var found = await ReadAsync(new { evidence_ref = evidence, pattern = "^line 49\\d\\d ", regex = true, context = 0 });
        Assert.Equal(100, found.GetProperty("matches").GetInt64());
        var many = await ReadAsync(new { evidence_ref = evidence, pattern = "build", context = 0 });
        Assert.True(many.GetProperty("truncated").GetBoolean());
        Assert.Contains("repeat with skip", many.GetProperty("message").GetString(), StringComparison.Ordinal);
        var next = await ReadAsync(new { evidence_ref = evidence, pattern = "build", context = 0, skip = 300 });
        Assert.StartsWith("301> ", next.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_OneOfSeveral_IsChosenByFileOrJob_AndOtherwiseTheyAreNamed()
    {
        EvidenceWorld.AddJobLog(_repository, 1, "a", "log a");
        EvidenceWorld.AddJobLog(_repository, 2, "b", "log b");
        _repository.Downloads["run:7/1"] = EvidenceWorld.Zip(("0_a.txt", "log a"), ("1_b.txt", "log b"));
        var evidence = await world.FetchAsync(_repository, "*", "logs");
        Assert.Equal("1: log b", (await ReadAsync(new { evidence_ref = evidence, file = "b", mode = "tail" })).GetProperty("text").GetString());
        Assert.Equal("1: log a", (await ReadAsync(new { evidence_ref = evidence, file = "0_a.txt", mode = "tail" })).GetProperty("text").GetString());
        Assert.Contains("0_a.txt (job a), 1_b.txt (job b)", await world.RefusedAsync("file", "auditlens.read_log", new { evidence_ref = evidence }), StringComparison.Ordinal);
        await world.RefusedAsync("file", "auditlens.read_log", new { evidence_ref = evidence, file = "c" });
    }

    [Fact]
    public async Task BadArguments_AreRefusedByName()
    {
        var evidence = await LogAsync("x");
        await world.RefusedAsync("evidence_ref", "auditlens.read_log", new { evidence_ref = "evd_unknown" });
        await world.RefusedAsync("pattern", "auditlens.read_log", new { evidence_ref = evidence, mode = "search" });
        await world.RefusedAsync("pattern", "auditlens.read_log", new { evidence_ref = evidence, pattern = "(", regex = true });
        await world.RefusedAsync("pattern", "auditlens.read_log", new { evidence_ref = evidence, pattern = "(a)\\1", regex = true });
        await world.RefusedAsync("from", "auditlens.read_log", new { evidence_ref = evidence, mode = "range" });
        await world.RefusedAsync("to", "auditlens.read_log", new { evidence_ref = evidence, mode = "range", from = 5, to = 4 });
    }
}
