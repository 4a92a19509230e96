using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>Who can stop a running read: since 2026-07-28 the client by leaving, before it by saying so only.</summary>
public sealed class McpCancellationTests : IAsyncLifetime
{
    private readonly AbortWatch _aborts = new();
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(services: s => s.AddSingleton<IStartupFilter>(_aborts));
    public async Task DisposeAsync() => await _app.DisposeAsync();

    private HeldLine Line(string name) => _app.Get<HeldLines>()[name];

    private static JsonObject Hold(string line) => new() { ["name"] = "probe.hold_line", ["arguments"] = new JsonObject { ["line"] = line } };

    private Task<CallView> EndedRowAsync() => Eventually.GetAsync(
        async () => (await _app.Get<AuditQueries>().ListAsync(new CallFilter(Tool: "probe.hold_line"), CancellationToken.None)).SingleOrDefault()!, r => r is { FinishedAt: not null }, "the call's row");

    private async Task<string> BeginSessionAsync() => (await McpMessage.Initialize("2025-11-25").SendAsync(_app)).SessionId!;

    [Fact]
    public async Task Call_WhoseClientLeaves_IsCancelledAndRecorded()
    {
        using var leave = new CancellationTokenSource();
        var call = McpMessage.Of("tools/call", Hold("left")).SendAsync(_app, leave.Token);
        await Line("left").Reached.Task.WaitAsync(Eventually.Patience);
        Assert.False(Line("left").Cancelled.Task.IsCompleted);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Line("left").Cancelled.Task.WaitAsync(Eventually.Patience);
        var row = await EndedRowAsync();
        Assert.Equal((CallStatus.Refused, "cancelled"), (row.Status, row.ErrorCode));
    }

    [Fact]
    public async Task Call_InASessionWhoseClientLeaves_GoesOn()
    {
        var session = await BeginSessionAsync();
        using var leave = new CancellationTokenSource();
        var call = McpMessage.InSession(session, "2025-11-25", "tools/call", Hold("kept")).With(m => m.Headers["x-request-id"] = "kept").SendAsync(_app, leave.Token);
        await Line("kept").Reached.Task.WaitAsync(Eventually.Patience);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await _aborts.Of("kept").WaitAsync(Eventually.Patience);
        Line("kept").Released.SetResult();
        Assert.Equal(CallStatus.Succeeded, (await EndedRowAsync()).Status);
        Assert.False(Line("kept").Cancelled.Task.IsCompleted);
    }

    [Fact]
    public async Task Call_InASessionThatIsToldToStop_IsCancelled()
    {
        var session = await BeginSessionAsync();
        using var leave = new CancellationTokenSource();
        var call = McpMessage.InSession(session, "2025-11-25", "tools/call", Hold("stopped")).With(m => m.Json!["id"] = 42).SendAsync(_app, leave.Token);
        await Line("stopped").Reached.Task.WaitAsync(Eventually.Patience);

        var told = await McpMessage.InSession(session, "2025-11-25", "notifications/cancelled", new JsonObject { ["requestId"] = 42, ["reason"] = "enough" }).SendAsync(_app);
        Assert.Equal(HttpStatusCode.Accepted, told.Status);
        await Line("stopped").Cancelled.Task.WaitAsync(Eventually.Patience);
        Assert.Equal("cancelled", (await EndedRowAsync()).ErrorCode);
        await leave.CancelAsync();
        await Record.ExceptionAsync(() => call);
    }

    /// <summary>Tells when the server has seen the client of a request leave.</summary>
    private sealed class AbortWatch : IStartupFilter
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _seen = new(StringComparer.Ordinal);

        public Task Of(string requestId) => Source(requestId).Task;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                var id = context.Request.Headers["x-request-id"].ToString();
                context.RequestAborted.Register(() => Source(id).TrySetResult());
                return following(context);
            });
            next(app);
        };

        private TaskCompletionSource Source(string requestId) => _seen.GetOrAdd(requestId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
