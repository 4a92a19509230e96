using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>Calls that take long tell those who asked how far they are, and stop when they are told to.</summary>
public sealed class McpProgressTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    private static JsonObject Call(string tool, JsonObject arguments, JsonNode? token)
    {
        var call = new JsonObject { ["name"] = tool, ["arguments"] = arguments };
        if (token is not null) call["_meta"] = new JsonObject { ["progressToken"] = token };
        return call;
    }

    private Task<EventReader> OpenAsync(string tool, JsonObject arguments, JsonNode? token)
    {
        var message = McpMessage.Of("tools/call", Call(tool, arguments, null));
        if (token is not null) message.Params["_meta"]!["progressToken"] = token;
        return EventReader.OpenAsync(_app, message);
    }

    private async Task<string> AskAsync(string text) =>
        (await _app.CallAsync("probe.write_note", new { text })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;

    /// <summary>Every progress before the answer: its values rise, and its token is ours.</summary>
    private static async Task<(List<(double Value, string Message)> Seen, JsonElement Result)> DrainAsync(EventReader stream, string token)
    {
        var seen = new List<(double Value, string Message)>();
        while (true)
        {
            var message = await stream.NextAsync();
            if (message.TryGetProperty("result", out var result)) return (seen, result);
            Assert.Equal("notifications/progress", message.GetProperty("method").GetString());
            var parameters = message.GetProperty("params");
            Assert.Equal(token, parameters.GetProperty("progressToken").GetRawText());
            Assert.Equal(1, parameters.GetProperty("total").GetDouble());
            Assert.True(seen.Count == 0 || parameters.GetProperty("progress").GetDouble() > seen[^1].Value, "Progress must rise.");
            seen.Add((parameters.GetProperty("progress").GetDouble(), parameters.GetProperty("message").GetString()!));
        }
    }

    [Fact]
    public async Task GetRequest_ThatWaits_TellsOfEachStateUntilItMoves()
    {
        var asked = await AskAsync("progress");
        await using var stream = await OpenAsync("core.get_request", new JsonObject { ["approval_id"] = asked, ["wait_seconds"] = 20 }, "tok-1");
        var first = (await stream.NextAsync()).GetProperty("params");
        Assert.Equal("probe.write_note: pending", first.GetProperty("message").GetString());
        await _app.DecideAsync(asked, Decision.Deny, "no");
        var (_, result) = await DrainAsync(stream, "\"tok-1\"");
        Assert.Equal("denied", result.GetProperty("structuredContent").GetProperty("state").GetString());
    }

    [Fact]
    public async Task Write_ThatIsBeingExecuted_TellsItsRequesterWhoWaits()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _app.Get<ProbeEffects>().Gate = gate;
        try
        {
            var pending = (await _app.CallAsync("probe.write_note", new { text = "gated" })).GetProperty("structuredContent");
            var asked = pending.GetProperty("approval").GetProperty("id").GetString()!;
            await _app.DecideAsync(asked, Decision.Approve);
            await using var stream = await OpenAsync("probe.write_note", new JsonObject { ["text"] = "gated", ["confirmation_token"] = pending.GetProperty("confirmation_token").GetString() }, 5);
            var first = (await stream.NextAsync()).GetProperty("params");
            Assert.StartsWith("probe.write_note: ", first.GetProperty("message").GetString(), StringComparison.Ordinal);
            gate.SetResult();
            var (_, result) = await DrainAsync(stream, "5");
            Assert.Equal("executed", result.GetProperty("structuredContent").GetProperty("status").GetString());
        }
        finally
        {
            _app.Get<ProbeEffects>().Gate = null;
        }
    }

    [Fact]
    public async Task Job_ThatIsWaitedFor_TellsItsSteps()
    {
        var job = await SeededScan.AddJobAsync(_app, "https://progress.example", JobStatus.Running);
        var told = new List<(double, string)>();
        var waiting = _app.Get<JobStore>().WaitAsync(job, TimeSpan.FromSeconds(30), CancellationToken.None, (value, step) => { lock (told) told.Add((value, step)); });
        foreach (var (progress, step, status) in new[] { (0.5, "page 1 of 2", JobStatus.Running), (1, "", JobStatus.Completed) })
        {
            await _app.Get<Database>().WriteAsync(async db =>
            {
                var row = (await db.FindAsync<JobRow>(job))!;
                (row.Progress, row.Step, row.Status) = (progress, step, status);
            }, CancellationToken.None);
            _app.Get<ChangeFeed>().Publish(Topics.Jobs, job);
            await Eventually.GetAsync(() => Task.FromResult(told), t => { lock (t) return t.Any(x => x.Item1 == progress); }, $"progress {progress}");
        }
        Assert.Equal(JobStatus.Completed, (await waiting).Status);
        Assert.Contains((0.5, "page 1 of 2"), told);
    }

    [Fact]
    public async Task Call_WithoutAToken_IsToldNothing()
    {
        var asked = await AskAsync("quiet");
        await using var stream = await OpenAsync("core.get_request", new JsonObject { ["approval_id"] = asked, ["wait_seconds"] = 20 }, null);
        await _app.DecideAsync(asked, Decision.Deny, "no");
        Assert.True((await stream.NextAsync()).TryGetProperty("result", out _));
    }

    [Fact]
    public async Task Session_GetsItsProgressOnTheCallsOwnStream()
    {
        var session = (await McpMessage.Initialize("2025-06-18").SendAsync(_app)).SessionId;
        var asked = await AskAsync("session progress");
        await using var stream = await EventReader.OpenAsync(_app, McpMessage.InSession(session, "2025-06-18", "tools/call", Call("core.get_request", new JsonObject { ["approval_id"] = asked, ["wait_seconds"] = 20 }, "s")));
        Assert.Equal("notifications/progress", (await stream.NextAsync()).GetProperty("method").GetString());
        await _app.DecideAsync(asked, Decision.Deny, "no");
        Assert.Equal("denied", (await DrainAsync(stream, "\"s\"")).Result.GetProperty("structuredContent").GetProperty("state").GetString());
    }
}
