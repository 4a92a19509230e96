using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Nodes;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Jobs;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Tests.Nodes;

/// <summary>Two servers on one PostgreSQL, each with a directory of its own.</summary>
public sealed class ServersTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("omniaudit-servers-").FullName;
    private readonly ProbeJob _one = new(), _other = new();
    private TestApp _first = null!;
    private TestApp _second = null!;
    private string _place = "";

    public async Task InitializeAsync()
    {
        if (PostgresServer.WhyNot is not null) return;
        _place = (await postgres.CreateAsync()).ToString();
        _first = await StartAsync("first", _one);
        _second = await StartAsync("second", _other);
    }

    public async Task DisposeAsync()
    {
        if (_second is not null) await _second.DisposeAsync();
        if (_first is not null) await _first.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private Task<TestApp> StartAsync(string name, ProbeJob job, Action<OmniAuditOptions>? settings = null) => TestApp.StartAsync(
        o =>
        {
            (o.Database.Provider, o.Database.ConnectionString) = (DatabaseOptions.PostgreSql, _place);
            o.Secrets.MasterKeyFile = Path.Combine(_directory, "master.key");
            o.SiteLint.MaxParallelScans = 2;
            settings?.Invoke(o);
        }, data: Path.Combine(_directory, name), services: s => s.AddSingleton<IJobHandler>(job));

    [PostgresFact]
    public async Task Nodes_EachServer_IsKnownToTheOther()
    {
        foreach (var app in new[] { _first, _second })
        {
            var nodes = await Eventually.GetAsync(() => app.Get<ServerNodes>().ListAsync(default), n => n.Count == 2 && n.All(node => node.SeenAt is not null), "both are in the list");
            Assert.Equal((app.Get<ServerNodes>().ThisId, true), (nodes[0].NodeId, nodes[0].IsThis));
            Assert.All(nodes, n => Assert.Equal(NodeState.Alive, n.State));
        }
    }

    [PostgresFact]
    public async Task Jobs_QueuedOnOneServer_RunOnceAndOnBoth()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = 0;
        _one.Deed = _other.Deed = async (run, cancellationToken) =>
        {
            // Each server has two places: all four are at work only when both take jobs.
            if (Interlocked.Increment(ref running) == 4) gate.TrySetResult();
            await gate.Task.WaitAsync(Eventually.Patience, cancellationToken);
            return run.JobId;
        };
        var jobs = new List<string>();
        for (var i = 0; i < 12; i++) jobs.Add((await EnqueueAsync(_first)).JobId);
        foreach (var id in jobs)
        {
            var job = await _second.Get<JobStore>().WaitAsync(id, Eventually.Patience, default);
            Assert.Equal((JobStatus.Completed, id, 1), (job.Status, job.ResultRef, job.Attempt));
        }
        Assert.Equal(12, _one.Runs + _other.Runs);
        Assert.True(_one.Runs > 0 && _other.Runs > 0, $"{_one.Runs} and {_other.Runs}");
    }

    [PostgresFact]
    public async Task Job_OnAServerThatStops_GoesOnOnTheOther()
    {
        _one.Deed = _one.Hold;
        _other.Deed = _other.Hold;
        var jobId = (await EnqueueAsync(_first)).JobId;
        var began = await Task.WhenAny(_one.Reached.Task, _other.Reached.Task).WaitAsync(Eventually.Patience);
        var (stopped, stays, goesOn) = began == _one.Reached.Task ? (_first, _second, _other) : (_second, _first, _one);
        goesOn.Deed = (run, _) => Task.FromResult($"attempt {run.Attempt}");
        await stopped.DisposeAsync();
        var job = await stays.Get<JobStore>().WaitAsync(jobId, Eventually.Patience, default);
        Assert.Equal((JobStatus.Completed, "attempt 2"), (job.Status, job.ResultRef));
        if (stopped == _first) _first = null!;
        else _second = null!;
    }

    [PostgresFact]
    public async Task Approvals_DecidedOnOneServer_RunOnceWhereverAndTheLogIsOne()
    {
        var ids = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            var asked = await (i % 2 == 0 ? _first : _second).CallAsync("probe.write_note", new { text = $"note {i}" });
            ids.Add(asked.GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!);
        }
        foreach (var (id, i) in ids.Select((id, i) => (id, i))) Assert.True((await (i % 3 == 0 ? _first : _second).DecideAsync(id, Decision.Approve)).Accepted);
        foreach (var id in ids) await _first.WaitForStateAsync(id, ApprovalState.Executed);
        var effects = _first.Get<ProbeEffects>().Notes.Concat(_second.Get<ProbeEffects>().Notes).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"note {i}").Order(StringComparer.Ordinal), effects);
        // Each directory is a witness of the whole log.
        foreach (var app in new[] { _first, _second })
        {
            Assert.Equal(Verdict.Valid, (await app.Get<ReceiptQueries>().VerifyLogAsync(default)).Verdict);
            await Eventually.TrueAsync(() => Task.FromResult(new LogFiles(app.Options.Data).Published().Size == 20), "the checkpoint outside is the newest");
        }
    }

    [PostgresFact]
    public async Task Approval_OfAServerTakenForDead_IsUnknownUntilThatServerIsHeardAgain()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _first.Get<ProbeEffects>().Gate = _second.Get<ProbeEffects>().Gate = gate;
        var asked = await _first.CallAsync("probe.write_note", new { text = "slow" });
        var id = asked.GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await _first.DecideAsync(id, Decision.Approve);
        await _first.WaitForStateAsync(id, ApprovalState.Executing);
        // What a server writes down about another one that is not in the list any more.
        await _second.Get<Database>().WriteAsync(
            async db =>
            {
                var row = (await _second.Get<ApprovalStore>().FindAsync(db, id, default))!;
                await _second.Get<ApprovalLedger>().EndAsync(db, row, ApprovalState.Unknown, null, "the server stopped while it was being executed.", look: false, default);
            }, default);
        gate.SetResult();
        await _second.WaitForStateAsync(id, ApprovalState.Executed);
        var kinds = (await _second.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: id), null, 10, default)).Items.Select(r => r.Kind).Order(StringComparer.Ordinal);
        Assert.Equal([ReceiptKind.Decision, ReceiptKind.Outcome, ReceiptKind.Settlement], kinds);
        Assert.Single(_first.Get<ProbeEffects>().Notes.Concat(_second.Get<ProbeEffects>().Notes));
        Assert.Equal(Verdict.Valid, (await _first.Get<ReceiptQueries>().VerifyLogAsync(default)).Verdict);
    }

    [PostgresFact]
    public async Task Job_OfAServerTakenForDead_EndsByItsSecondAttemptAlone()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _one.Deed = _other.Deed = async (run, cancellationToken) =>
        {
            if (run.Attempt > 1) return "the second attempt";
            began.TrySetResult();
            await gate.Task.WaitAsync(cancellationToken);
            return "the first attempt";
        };
        var jobId = (await EnqueueAsync(_first)).JobId;
        await began.Task.WaitAsync(Eventually.Patience);
        await _second.Get<JobRunner>().TakeOverAsync(jobId, default);
        await _second.Get<JobRunner>().RunAsync(jobId, default);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var first = _first.Get<ChangeFeed>().Subscribe(change => { if (change.Id == jobId && !change.Elsewhere) told.TrySetResult(); });
        using var second = _second.Get<ChangeFeed>().Subscribe(change => { if (change.Id == jobId && !change.Elsewhere) told.TrySetResult(); });
        gate.SetResult();
        // Whoever ran the first attempt tells of its end, after it tried to write it.
        await told.Task.WaitAsync(Eventually.Patience);
        var job = await _first.Get<JobStore>().WaitAsync(jobId, Eventually.Patience, default);
        Assert.Equal((JobStatus.Completed, "the second attempt", 2), (job.Status, job.ResultRef, job.Attempt));
    }

    [PostgresFact]
    public async Task Call_LeftByAServerThatIsGone_IsGivenUp()
    {
        var (gone, here) = (Row("cal_gone", "elsewhere-00000000"), Row("cal_here", _second.Get<ServerNodes>().ThisId));
        await _first.Get<Database>().WriteAsync(db => { db.AddRange(gone, here); return Task.CompletedTask; }, default);
        await Eventually.TrueAsync(async () => (await StatusAsync("cal_gone")) == CallStatus.Unknown, "the call of a server that is not in the list is unknown");
        Assert.Equal(CallStatus.Started, await StatusAsync("cal_here"));

        CallRow Row(string id, string node) => new() { CallId = id, Tool = "sitelint.start_scan", Node = node, StartedAt = _first.Time.GetUtcNow() };
        Task<string> StatusAsync(string id) => _first.Get<Database>().ReadAsync(db => db.Set<CallRow>().Where(c => c.CallId == id).Select(c => c.Status).SingleAsync(), default);
    }

    [PostgresFact]
    public async Task Session_BegunOnOneServer_GoesOnOnTheOtherAndEndsOnBoth()
    {
        var session = (await McpMessage.Initialize("2025-11-25").SendAsync(_first)).SessionId!;
        for (var i = 0; i < 2; i++)
        {
            foreach (var app in new[] { _second, _first })
            {
                var called = await McpMessage.InSession(session, "2025-11-25", "tools/call", new JsonObject { ["name"] = "probe.read_note", ["arguments"] = new JsonObject() }).SendAsync(app);
                Assert.Equal((HttpStatusCode.OK, "hello"), (called.Status, called.Result.GetProperty("structuredContent").GetProperty("note").GetString()));
            }
        }
        Assert.Equal(1, _second.Get<McpSessions>().Count);
        Assert.Equal(HttpStatusCode.NoContent, (await McpMessage.Without(HttpMethod.Delete, session, "2025-11-25").SendAsync(_second)).Status);
        await Eventually.TrueAsync(() => Task.FromResult(_first.Get<McpSessions>().Count == 0), "the other server hears of its end");
        (await McpMessage.InSession(session, "2025-11-25", "tools/list").SendAsync(_first)).AssertRefused(HttpStatusCode.NotFound, -32600, "initialize");
    }

    [PostgresFact]
    public async Task Person_SignedInOnOneServer_IsSignedInOnTheOther()
    {
        var cookie = await ConsoleCookie.ForAsync(_first.Services);
        foreach (var app in new[] { _first, _second })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/ui/state");
            request.Headers.Add("Cookie", cookie);
            Assert.Equal(HttpStatusCode.OK, (await app.Http.SendAsync(request)).StatusCode);
        }
    }

    [PostgresFact]
    public async Task Limits_AreCountedOverBothServers()
    {
        _first.Options.RateLimits.WritesPerMinute = _second.Options.RateLimits.WritesPerMinute = 4;
        var codes = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var answer = (await (i % 2 == 0 ? _first : _second).CallAsync("probe.write_note", new { text = $"limited {i}" })).GetProperty("structuredContent");
            codes.Add(answer.TryGetProperty("error", out var error) ? error.GetString()! : "ok");
        }
        Assert.Equal(["ok", "ok", "ok", "ok", "rate_limited", "rate_limited"], codes);
    }

    [PostgresFact]
    public async Task Once_IsOnceOverBothServers()
    {
        var until = _first.Time.GetUtcNow().AddMinutes(5);
        var used = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? _first : _second).Get<UsedOnce>().TryUseAsync("passkey:1", until, default)));
        Assert.Single(used, u => u);
    }

    [PostgresFact]
    public async Task Duty_OfAServerThatEnds_IsTakenUpByTheOther()
    {
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        // The servers' own lanes do not hold this one: no webhook is set up.
        var one = _first.Get<Duties>().DoAsync(Duties.Webhooks, mine => HoldAsync(first, mine), stopFirst.Token);
        await first.Task.WaitAsync(Eventually.Patience);
        var two = _second.Get<Duties>().DoAsync(Duties.Webhooks, mine => HoldAsync(second, mine), stopSecond.Token);
        await Assert.ThrowsAsync<TimeoutException>(() => second.Task.WaitAsync(TimeSpan.FromSeconds(3)));
        await stopFirst.CancelAsync();
        await one;
        await second.Task.WaitAsync(Eventually.Patience);
        await stopSecond.CancelAsync();
        await two;

        static async Task HoldAsync(TaskCompletionSource began, CancellationToken mine)
        {
            began.TrySetResult();
            await Task.Delay(Timeout.Infinite, mine).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Task<JobRow> EnqueueAsync(TestApp app) => app.Get<JobStore>().EnqueueAsync("probe", ProbeJob.JobKind, JsonDocument.Parse("{}").RootElement, JobWorld.Agent, null, default);
}
