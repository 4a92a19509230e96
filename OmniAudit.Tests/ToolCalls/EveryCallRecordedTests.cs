using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ToolCalls;

/// <summary>One row per tools/call of a known caller, however it ends.</summary>
public sealed class EveryCallRecordedTests : IAsyncLifetime
{
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync();
    public async Task DisposeAsync() => await _app.DisposeAsync();

    private Task<List<CallRow>> RowsAsync() => _app.Get<Database>().ReadAsync(db => db.Set<CallRow>().ToListAsync(), CancellationToken.None);

    [Fact]
    public async Task Calls_UnderLoadAndOfEveryKind_LeaveOneRowEach()
    {
        const int Kinds = 8, Each = 250;
        var reader = (await _app.Get<AgentDirectory>().AddAsync("reader", null, AgentScope.Everything with { ReadOnly = true }, OperatorDirectory.CommandLine, CancellationToken.None)).Key;
        var thrifty = (await _app.Get<AgentDirectory>().AddAsync("thrifty", null, AgentScope.Everything with { CallsPerMinute = 1 }, OperatorDirectory.CommandLine, CancellationToken.None)).Key;
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Kinds * Each), new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (i, _) =>
        {
            var message = (i % Kinds) switch
            {
                0 => McpMessage.Call("probe.read_note"),
                1 => McpMessage.Call("probe.made_up"),
                2 => McpMessage.Call("probe.read_note", new JsonObject { ["wrong"] = 1 }),
                3 => McpMessage.Call("probe.read_note").WithKey(thrifty),
                4 => McpMessage.Call("probe.write_note", new JsonObject { ["text"] = "x" }).WithKey(reader),
                5 => McpMessage.Call("probe.write_note", new JsonObject { ["text"] = $"note {i % 3}" }),
                6 => McpMessage.Call("probe.read_note").With(m => m.Params["arguments"] = new JsonArray(1)),
                _ => McpMessage.Call("probe.hold_line", new JsonObject { ["line"] = $"line {i}" }),
            };
            message.Headers["x-request-id"] = $"load-{i}";
            using var leave = new CancellationTokenSource();
            var sent = message.SendAsync(_app, leave.Token);
            if (i % Kinds == 7)
            {
                await _app.Get<HeldLines>()[$"line {i}"].Reached.Task.WaitAsync(Eventually.Patience, CancellationToken.None);
                await leave.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);
            }
            else if (await sent is { Status: not System.Net.HttpStatusCode.OK } bad) failures.Enqueue($"{i}: {(int)bad.Status} {bad.Body}");
        });
        Assert.Empty(failures);

        await Eventually.GetAsync(RowsAsync, r => r.Count(c => c.FinishedAt is not null) >= Kinds * Each, "all rows");
        var rows = await RowsAsync();
        Assert.Equal(Enumerable.Range(0, Kinds * Each).Select(i => $"load-{i}").Order(StringComparer.Ordinal), rows.Select(r => r.RequestId).Order(StringComparer.Ordinal));
        string Codes(int kind) => string.Join(' ', rows.Where(r => int.Parse(r.RequestId["load-".Length..]) % Kinds == kind).Select(r => r.ErrorCode ?? "ok").Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("ok", Codes(0));
        Assert.Equal("unknown_tool", Codes(1));
        Assert.Equal("invalid_arguments", Codes(2));
        Assert.Equal("ok rate_limited", Codes(3));
        Assert.Equal("not_allowed", Codes(4));
        Assert.Equal("ok rate_limited", Codes(5));
        Assert.Equal("invalid_request", Codes(6));
        Assert.Equal("cancelled", Codes(7));
    }

    [Fact]
    public async Task Call_ThatCannotBeReadAsOne_LeavesARowInEveryGeneration()
    {
        var session = (await McpMessage.Initialize("2025-11-25").SendAsync(_app)).SessionId;
        McpMessage[] broken =
        [
            McpMessage.Call("probe.read_note").With(m => m.Params.Remove("name")),
            McpMessage.Call("probe.read_note").With(m => m.Params["name"] = 5),
            McpMessage.Call("probe.read_note").With(m => m.Headers["Mcp-Name"] = "probe.write_note"),
            McpMessage.Call("probe.read_note").With(m => m.Headers["MCP-Protocol-Version"] = "1999-01-01"),
            McpMessage.Call("probe.read_note").With(m => m.Params["arguments"] = "text"),
            McpMessage.InSession(session, "2025-11-25", "tools/call", []),
            McpMessage.InSession(session, "2025-11-25", "tools/call", new JsonObject { ["name"] = 5 }),
            McpMessage.InSession(session, "2025-11-25", "tools/call", new JsonObject { ["name"] = "probe.read_note", ["arguments"] = 5 }),
            McpMessage.InSession("AAAAAAAAAAAAAAAAAAAAAA", "2025-11-25", "tools/call", new JsonObject { ["name"] = "probe.read_note" }),
            McpMessage.InSession(null, "2025-11-25", "tools/call", new JsonObject { ["name"] = "probe.read_note" }),
        ];
        foreach (var message in broken)
        {
            var answer = await message.SendAsync(_app);
            Assert.True(answer.Json.TryGetProperty("error", out _), answer.Body);
        }
        var rows = await RowsAsync();
        Assert.Equal(broken.Length, rows.Count);
        Assert.All(rows, r => Assert.Equal((CallStatus.Refused, "invalid_request", "agent:anonymous"), (r.Status, r.ErrorCode, r.ActorSubject)));
        Assert.Equal(4, rows.Count(r => r.Tool.Length == 0));

        await McpMessage.InSession(session, "2025-11-25", "tools/call", new JsonObject { ["name"] = "probe.read_note" }).SendAsync(_app);
        Assert.Equal(CallStatus.Succeeded, Assert.Single(await RowsAsync(), r => r.ErrorCode is null).Status);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"probe.read_note","arguments":{"a":1,"a":2}}}""", "probe.read_note")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"probe.read_note","arguments":{"a":"\ud800"}}}""", "probe.read_note")]
    [InlineData("""{"params":{"arguments":{"name":"inner"},"name":"\ud800"},"method":"tools/call","id":7,"jsonrpc":"2.0"}""", "")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"probe.read_note","name":"probe.write_note"}}""", "probe.write_note")]
    [InlineData("""{"jsonrpc":"1.0","id":7,"method":"tools/call","params":{"name":"probe.read_note"}}""", "probe.read_note")]
    // No calls: another method, a notification, a batch, no JSON.
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"a":1,"a":2}}""", null)]
    [InlineData("""{"jsonrpc":"2.0","method":"tools/call","params":{"name":"probe.read_note","a":1,"a":2}}""", null)]
    [InlineData("""[{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"probe.read_note"}}]""", null)]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"probe.read_note"}""", null)]
    public async Task Call_InABodyThatIsRefused_LeavesARowIfItIsOne(string body, string? tool)
    {
        var answer = await McpMessage.Call("probe.read_note").With(m => m.Body = System.Text.Encoding.UTF8.GetBytes(body)).SendAsync(_app);

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(tool is null ? [] : [(tool, "invalid_request", CallStatus.Refused)], (await RowsAsync()).Select(r => (r.Tool, r.ErrorCode!, r.Status)));
    }
}
