using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Jobs;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>Requests and jobs as tasks of 2026-07-28.</summary>
public sealed class McpTasksTests : IAsyncLifetime
{
    private const string Tasks = """{"extensions":{"io.modelcontextprotocol/tasks":{}}}""";

    private readonly string _data = Directory.CreateTempSubdirectory("omniaudit-test-").FullName;
    private readonly ProbeJob _job = new();
    private TestApp _app = null!;
    private ProfileClient _client = null!;

    public async Task InitializeAsync() => await StartAsync();

    private async Task StartAsync()
    {
        _app = await TestApp.StartAsync(o => o.RateLimits.WritesPerMinute = 1000, _data, s => s.AddSingleton<IJobHandler>(_job));
        _client = new ProfileClient(_app, "2026-07-28", "tasks-client", Tasks);
    }

    public async Task DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_data, recursive: true);
    }

    private async Task StopAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private async Task<string> AskAsync(string text) => Task(await _client.CallAsync("probe.write_note", new JsonObject { ["text"] = text }));

    private static string Task(JsonElement answer)
    {
        var result = answer.GetProperty("result");
        Assert.Equal(("task", "working"), (result.GetProperty("resultType").GetString(), result.GetProperty("status").GetString()));
        Assert.False(result.TryGetProperty("requestState", out _));
        return result.GetProperty("taskId").GetString()!;
    }

    private async Task<JsonElement> GetAsync(string task) => (await _client.TaskAsync("tasks/get", task)).GetProperty("result");

    private Task<JsonElement> EndAsync(string task) => Eventually.GetAsync(() => GetAsync(task), t => t.GetProperty("status").GetString() != "working", "the task ends");

    [Fact]
    public async Task Write_AsATask_IsFollowedToItsResultAlsoAfterARestart()
    {
        var task = await AskAsync("kept");
        Assert.StartsWith("Waiting for approval: http", (await GetAsync(task)).GetProperty("statusMessage").GetString(), StringComparison.Ordinal);
        await StopAsync();
        await StartAsync();
        Assert.Equal("working", (await GetAsync(task)).GetProperty("status").GetString());
        await _app.DecideAsync(task, Decision.Approve);
        var ended = await EndAsync(task);
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        Assert.False(ended.GetProperty("result").GetProperty("isError").GetBoolean());
        Assert.Equal("executed", ended.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString());
        Assert.Single(_app.Get<ProbeEffects>().Notes);
    }

    [Fact]
    public async Task Write_DeniedOrExpired_IsACompletedTaskWithAnErrorResult()
    {
        var denied = await AskAsync("denied");
        await _app.DecideAsync(denied, Decision.Deny, "no");
        var expired = await AskAsync("expired");
        _app.Time.Advance(TimeSpan.FromSeconds(_app.Options.Approvals.TtlSeconds + 1));
        foreach (var (task, status) in new[] { (denied, "denied"), (expired, "expired") })
        {
            var ended = await EndAsync(task);
            Assert.Equal(("completed", true, status), (
                ended.GetProperty("status").GetString(), ended.GetProperty("result").GetProperty("isError").GetBoolean(), ended.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString()));
        }
    }

    [Fact]
    public async Task Cancel_OfARequest_WithdrawsItAndCannotUndoWhatRan()
    {
        var task = await AskAsync("withdrawn");
        Assert.Equal("complete", (await _client.TaskAsync("tasks/cancel", task)).GetProperty("result").GetProperty("resultType").GetString());
        Assert.Equal("cancelled", (await GetAsync(task)).GetProperty("status").GetString());
        Assert.False((await _app.DecideAsync(task, Decision.Approve)).Accepted);

        var done = await AskAsync("done");
        await _app.DecideAsync(done, Decision.Approve);
        await EndAsync(done);
        await _client.TaskAsync("tasks/cancel", done);
        Assert.Equal("completed", (await GetAsync(done)).GetProperty("status").GetString());
        Assert.Equal(["done"], _app.Get<ProbeEffects>().Notes);
    }

    [Fact]
    public async Task Job_AsATask_IsFollowedToTheAnswerOfItsTool()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _job.Deed = async (_, _) => { await gate.Task; return "ref"; };
        var task = Task(await _client.CallAsync("probe.start_job", []));
        Assert.StartsWith("job_", task, StringComparison.Ordinal);
        Assert.Equal("working", (await GetAsync(task)).GetProperty("status").GetString());
        gate.SetResult();
        var ended = await EndAsync(task);
        var answer = ended.GetProperty("result").GetProperty("structuredContent");
        Assert.Equal(("completed", "completed", "ref"), (ended.GetProperty("status").GetString(), answer.GetProperty("status").GetString(), answer.GetProperty("result_ref").GetString()));

        // Held until the call is answered: a job that has ended by then is answered as a result, not as a task.
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _job.Deed = async (_, _) => { await second.Task; throw new JobFailedException("no luck"); };
        var unlucky = Task(await _client.CallAsync("probe.start_job", []));
        second.SetResult();
        var failed = await EndAsync(unlucky);
        Assert.Equal(("completed", true), (failed.GetProperty("status").GetString(), failed.GetProperty("result").GetProperty("isError").GetBoolean()));
    }

    [Fact]
    public async Task Cancel_OfARunningJob_StopsIt()
    {
        _job.Deed = async (_, cancelled) => { await System.Threading.Tasks.Task.Delay(Timeout.Infinite, cancelled); return "never"; };
        var task = Task(await _client.CallAsync("probe.start_job", []));
        await _client.TaskAsync("tasks/cancel", task);
        var ended = await EndAsync(task);
        Assert.Equal(("cancelled", "Cancelled by anonymous."), (ended.GetProperty("status").GetString(), ended.GetProperty("statusMessage").GetString()));
        Assert.False(ended.TryGetProperty("result", out _));
    }

    [Fact]
    public async Task Job_OfAnotherRequester_IsUnknown()
    {
        var job = await _app.Get<JobStore>().EnqueueAsync("probe", ProbeJob.JobKind, JsonDocument.Parse("{}").RootElement, JobWorld.Agent, null, CancellationToken.None);
        foreach (var method in new[] { "tasks/get", "tasks/update", "tasks/cancel" })
            Assert.Equal(-32602, (await _client.TaskAsync(method, job.JobId)).GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(-32602, (await _client.TaskAsync("tasks/get", "nonsense")).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Methods_WithoutTheCapability_NameIt_AndUnknownOnesAreNotThere()
    {
        var task = await AskAsync("undeclared");
        using var plain = new ProfileClient(_app, "2026-07-28", "plain");
        foreach (var method in new[] { "tasks/get", "tasks/update", "tasks/cancel" })
        {
            var error = (await plain.TaskAsync(method, task)).GetProperty("error");
            Assert.Equal(-32021, error.GetProperty("code").GetInt32());
            Assert.True(error.GetProperty("data").GetProperty("requiredCapabilities").GetProperty("extensions").TryGetProperty("io.modelcontextprotocol/tasks", out _));
        }
        foreach (var method in new[] { "tasks/list", "tasks/result" })
            Assert.Equal(-32601, (await _client.SendAsync(method)).GetProperty("error").GetProperty("code").GetInt32());
        using var legacy = new ProfileClient(_app, "2025-11-25", "legacy", Tasks);
        Assert.Equal(-32601, (await legacy.TaskAsync("tasks/get", task)).GetProperty("error").GetProperty("code").GetInt32());
        Assert.False((await legacy.CallAsync("probe.write_note", new JsonObject { ["text"] = "legacy" })).GetProperty("result").TryGetProperty("taskId", out _));
    }
}
