using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>Nothing that arrives through the protocol causes an execution without a person's decision. Effects are counted, not answers.</summary>
public sealed class AgentCannotDecideTests : IAsyncLifetime
{
    private const string All = """{"elicitation":{"form":{},"url":{}}}""";
    private const string Yes = """{"approval":{"action":"accept","content":{"decision":"approve"}},"decision":{"action":"accept"}}""";
    private const string Tasks = """{"extensions":{"io.modelcontextprotocol/tasks":{}}}""";

    private TestApp _app = null!;
    private string _own = "", _other = "";

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(o => (o.Mcp.AuthMode, o.RateLimits.WritesPerMinute) = ("api_key", 10_000));
        _own = (await _app.Get<AgentDirectory>().AddAsync("own", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None)).Key;
        _other = (await _app.Get<AgentDirectory>().AddAsync("other", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None)).Key;
    }

    public Task DisposeAsync() => _app.DisposeAsync().AsTask();

    private int Effects => _app.Get<ProbeEffects>().Notes.Count;

    private static JsonObject Note(string text = "note") => new() { ["text"] = text };

    private ProfileClient Client(string capabilities = All, string? key = null, string version = "2026-07-28") => new(_app, version, "attacker", capabilities, key ?? _own);

    private static JsonObject With(string? state, string responses = Yes) => new() { ["inputResponses"] = JsonNode.Parse(responses), ["requestState"] = state };

    private static string State(JsonElement asked) => asked.GetProperty("result").GetProperty("requestState").GetString()!;

    private static void AssertBadState(JsonElement answer)
    {
        Assert.Equal(-32602, answer.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains("requestState", answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private async Task AssertStillPendingAsync()
    {
        Assert.Equal(0, Effects);
        var requests = await _app.Get<ApprovalQueries>().ListAsync(new ApprovalFilter(), CancellationToken.None);
        Assert.All(requests, r => Assert.Equal(ApprovalState.Pending, r.State));
        Assert.NotEmpty(requests);
    }

    [Fact]
    public async Task Token_ReplayedForgedOrForeign_ExecutesNothing()
    {
        using var own = Client("{}");
        using var other = Client("{}", _other);
        var token = (await own.CallAsync("probe.write_note", Note())).GetProperty("result").GetProperty("structuredContent").GetProperty("confirmation_token").GetString()!;
        foreach (var (client, used) in new[] { (own, token), (own, token), (own, token[..^1] + (token[^1] == '0' ? '1' : '0')), (own, "cft_" + new string('0', 26) + "_00"), (other, token) })
            await client.CallAsync("probe.write_note", new JsonObject { ["text"] = "note", ["confirmation_token"] = used });
        await AssertStillPendingAsync();
    }

    [Fact]
    public async Task InputResponses_ThatNobodyAskedFor_ExecuteNothing()
    {
        using var client = Client();
        Assert.Equal("input_required", (await client.CallAsync("probe.write_note", Note(), new JsonObject { ["inputResponses"] = JsonNode.Parse(Yes) })).GetProperty("result").GetProperty("resultType").GetString());
        using var form = Client("""{"elicitation":{}}""");
        Assert.Equal("requires_confirmation", (await form.CallAsync("probe.write_note", Note(), new JsonObject { ["inputResponses"] = JsonNode.Parse(Yes) })).GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString());
        await AssertStillPendingAsync();
    }

    [Theory]
    [InlineData("""{"approval":{"action":"decline","content":{"decision":"approve"}}}""")]
    [InlineData("""{"approval":{"action":"cancel"}}""")]
    public async Task InputResponses_WithAGoodState_ExecuteNothing(string responses)
    {
        using var client = Client();
        var asked = await client.CallAsync("probe.write_note", Note());
        var answer = await client.CallAsync("probe.write_note", Note(), With(State(asked), responses));
        Assert.Equal("requires_confirmation", answer.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString());
        await AssertStillPendingAsync();
    }

    [Fact]
    public async Task State_ForgedForeignExpiredOrOfAnotherCall_IsRefusedByNameAndExecutesNothing()
    {
        using var own = Client();
        using var other = Client(key: _other);
        var asked = await own.CallAsync("probe.write_note", Note());
        var state = State(asked);
        var before = await CallsAsync();

        AssertBadState(await own.CallAsync("probe.write_note", Note(), With(state[..^3] + (state[^3] == 'A' ? 'B' : 'A') + state[^2..])));
        AssertBadState(await own.CallAsync("probe.write_note", Note(), With("")));
        AssertBadState(await own.CallAsync("probe.write_note", Note(), With("nonsense")));
        AssertBadState(await own.CallAsync("probe.write_note", Note(), With(new string('A', 100_000))));
        AssertBadState(await own.CallAsync("probe.write_note", Note("other arguments"), With(state)));
        AssertBadState(await own.CallAsync("auditlens.create_issue", ProfileClient.Json("""{"repo":"a/b","title":"t","body":"b","labels":[]}"""), With(state)));
        AssertBadState(await other.CallAsync("probe.write_note", Note(), With(state)));
        // Every one of them is on record.
        Assert.Equal(before + 7, await CallsAsync());
        await AssertStillPendingAsync();

        _app.Time.Advance(TimeSpan.FromSeconds(_app.Options.Approvals.TtlSeconds) + TimeSpan.FromDays(1) + TimeSpan.FromSeconds(2));
        AssertBadState(await own.CallAsync("probe.write_note", Note(), With(state)));
        Assert.Equal(0, Effects);
    }

    [Fact]
    public async Task State_Replayed_AfterTheOutcomeWasTold_IsRefused()
    {
        using var client = Client();
        var asked = await client.CallAsync("probe.write_note", Note());
        await _app.DecideAsync(await OnlyRequestAsync(), Decision.Approve);
        var told = await client.CallAsync("probe.write_note", Note(), With(State(asked)));
        Assert.Equal("executed", told.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString());
        AssertBadState(await client.CallAsync("probe.write_note", Note(), With(State(asked))));
        Assert.Equal(1, Effects);
    }

    [Fact]
    public async Task Task_OfAnotherAgent_IsUnknown_AndNoAnswerToAnOwnOneDecides()
    {
        using var own = Client(Tasks);
        using var other = Client(Tasks, _other);
        var task = (await own.CallAsync("probe.write_note", Note())).GetProperty("result").GetProperty("taskId").GetString()!;
        foreach (var method in new[] { "tasks/get", "tasks/update", "tasks/cancel" })
        {
            var foreign = (await other.TaskAsync(method, task)).GetProperty("error");
            var unknown = (await other.TaskAsync(method, "apr_00000000000000000000000000")).GetProperty("error");
            Assert.Equal((-32602, -32602), (foreign.GetProperty("code").GetInt32(), unknown.GetProperty("code").GetInt32()));
            Assert.Equal(unknown.GetProperty("message").GetString()!.Replace("apr_00000000000000000000000000", task, StringComparison.Ordinal), foreign.GetProperty("message").GetString());
        }
        var updated = await own.SendAsync("tasks/update", new JsonObject { ["taskId"] = task, ["inputResponses"] = JsonNode.Parse(Yes) });
        Assert.Equal("complete", updated.GetProperty("result").GetProperty("resultType").GetString());
        await AssertStillPendingAsync();
    }

    [Fact]
    public async Task Form_AcceptedInASession_ExecutesNothing()
    {
        foreach (var version in new[] { "2025-06-18", "2025-11-25" })
        {
            using var client = Client("""{"elicitation":{}}""", version: version);
            Assert.Equal("requires_confirmation", (await client.CallAsync("probe.write_note", Note(), new JsonObject { ["inputResponses"] = JsonNode.Parse(Yes), ["requestState"] = "x" }))
                .GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString());
        }
        await AssertStillPendingAsync();
    }

    [Fact]
    public async Task TwoHundredRetriesAtOnce_ExecuteNothingBeforeTheDecisionAndOnceAfter()
    {
        using var client = Client();
        var asked = await client.CallAsync("probe.write_note", Note());
        var id = await OnlyRequestAsync();
        var token = (await _app.Get<RequestFollower>().FindAsync(id, await OwnerAsync(), CancellationToken.None))!.Outcome is OmniAudit.Modules.Tools.ToolOutcome.NeedsApproval { Ticket: var ticket } ? ticket.Token : "";
        // Half come back with the state and wait, half with the token.
        var waiting = Enumerable.Range(0, 200).Select(i => i % 2 == 0
            ? client.CallAsync("probe.write_note", Note(), With(State(asked)))
            : client.CallAsync("probe.write_note", new JsonObject { ["text"] = "note", ["confirmation_token"] = token })).ToList();
        await Task.WhenAll(waiting.Where((_, i) => i % 2 == 1));
        await AssertStillPendingAsync();

        Assert.True((await _app.DecideAsync(id, Decision.Approve)).Accepted);
        var after = Enumerable.Range(0, 100).Select(i => client.CallAsync("probe.write_note", new JsonObject { ["text"] = "note", ["confirmation_token"] = token }));
        var answers = await Task.WhenAll([.. waiting.Where((_, i) => i % 2 == 0), .. after]);
        var receipts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            // Who came too late with a state that was used up is told so; nobody is told anything else.
            if (answer.TryGetProperty("error", out _)) AssertBadState(answer);
            else receipts.Add(answer.GetProperty("result").GetProperty("structuredContent").GetProperty("receipt_id").GetString()!);
        }
        Assert.Single(receipts);
        Assert.Equal(1, Effects);
        Assert.Equal(301, await CallsAsync());
    }

    private async Task<string> OnlyRequestAsync() => Assert.Single(await _app.Get<ApprovalQueries>().ListAsync(new ApprovalFilter(), CancellationToken.None)).ApprovalId;

    private async Task<OmniAudit.Modules.Tools.Actor> OwnerAsync() => (await _app.Get<AgentDirectory>().FindByKeyAsync(_own, CancellationToken.None))!.Actor;

    private async Task<int> CallsAsync()
    {
        var all = 0;
        for (string? before = null; ;)
        {
            var page = await _app.Get<AuditQueries>().ListAsync(new CallFilter(Before: before, Take: 200), CancellationToken.None);
            all += page.Count;
            if (page.Count < 200) return all;
            before = page[^1].CallId;
        }
    }
}
