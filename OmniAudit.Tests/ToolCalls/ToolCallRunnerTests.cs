using System.Text.Json;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ToolCalls;

public sealed class ToolCallRunnerTests : IAsyncLifetime
{
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o => (o.RateLimits.WritesPerMinute, o.RateLimits.ScansPerMinute) = (3, 1));
    public async Task DisposeAsync() => await _app.DisposeAsync();

    private async Task<CallView> OnlyRowAsync() => Assert.Single(await _app.Get<AuditQueries>().ListAsync(new CallFilter(), CancellationToken.None));

    [Fact]
    public async Task Call_ThatSucceeds_AnswersTheSameJsonTwiceAndIsRecorded()
    {
        var result = await _app.CallAsync("probe.read_note");

        Assert.False(result.GetProperty("isError").GetBoolean());
        Assert.Equal("hello", result.GetProperty("structuredContent").GetProperty("note").GetString());
        using var text = JsonDocument.Parse(result.GetProperty("content")[0].GetProperty("text").GetString()!);
        Assert.True(JsonElement.DeepEquals(text.RootElement, result.GetProperty("structuredContent")));
        var row = await OnlyRowAsync();
        Assert.Equal((CallStatus.Succeeded, "probe.read_note", "agent:anonymous", "test-agent 1.0"), (row.Status, row.Tool, row.ActorSubject, row.Client));
        Assert.Equal(64, row.InputsSha256.Length);
        Assert.NotNull(row.FinishedAt);
    }

    [Fact]
    public async Task Call_ByTheUnderscoreSpelling_IsTheSameTool()
    {
        await _app.CallAsync("probe_read_note");
        Assert.Equal("probe.read_note", (await OnlyRowAsync()).Tool);
    }

    [Fact]
    public async Task Call_OfAnUnknownTool_IsAProtocolErrorAndRecorded()
    {
        var answer = await _app.CallAsync("probe.nothing");
        Assert.Equal(-32602, answer.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains("probe.nothing", answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((CallStatus.Refused, "unknown_tool"), ((await OnlyRowAsync()).Status, (await OnlyRowAsync()).ErrorCode));
    }

    [Fact]
    public async Task Call_WithWrongArguments_NamesTheFieldAndIsRecorded()
    {
        var result = await _app.CallAsync("probe.write_note", new { text = 5, wrong = 1 });

        Assert.True(result.GetProperty("isError").GetBoolean());
        var errors = result.GetProperty("structuredContent").GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("field").GetString()).ToArray();
        Assert.Equal("text wrong", string.Join(" ", errors));
        Assert.Equal((CallStatus.Refused, "invalid_arguments"), ((await OnlyRowAsync()).Status, (await OnlyRowAsync()).ErrorCode));
    }

    [Fact]
    public async Task Call_ThatBreaks_GivesAReferenceAndNoDetail()
    {
        var result = await _app.CallAsync("probe.read_note", new { @break = true });

        Assert.True(result.GetProperty("isError").GetBoolean());
        var row = await OnlyRowAsync();
        Assert.Equal(CallStatus.Failed, row.Status);
        Assert.Equal(row.CallId, result.GetProperty("structuredContent").GetProperty("reference").GetString());
        Assert.DoesNotContain("secret detail", result.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Writes_PastTheLimit_AreRefusedUntilTheMinuteIsOver()
    {
        for (var i = 0; i < 3; i++) Assert.False((await _app.CallAsync("probe.write_note", new { text = $"n{i}" })).GetProperty("isError").GetBoolean());
        var refused = await _app.CallAsync("probe.write_note", new { text = "n3" });
        Assert.Equal("rate_limited", refused.GetProperty("structuredContent").GetProperty("error").GetString());
        Assert.Contains("GITHUB_WRITE_RATE_LIMIT_PER_MINUTE", refused.GetRawText(), StringComparison.Ordinal);

        _app.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.False((await _app.CallAsync("probe.write_note", new { text = "n3" })).GetProperty("isError").GetBoolean());
    }

    [Fact]
    public async Task ManyCallsAtOnce_LeaveOneRowEach()
    {
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? _app.CallAsync("probe.nothing") : _app.CallAsync("probe.read_note", new { @break = i % 3 == 1 })));

        var counts = await _app.Get<AuditQueries>().CountAsync(DateTimeOffset.UnixEpoch, CancellationToken.None);
        Assert.Equal((100, 100, 100), (counts[CallStatus.Succeeded], counts[CallStatus.Failed], counts[CallStatus.Refused]));
    }
}
