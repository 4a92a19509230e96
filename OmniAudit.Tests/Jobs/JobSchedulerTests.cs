using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Jobs;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Jobs;

/// <summary>The server as a whole: what is queued runs by itself, also after a restart.</summary>
public sealed class JobSchedulerTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("omniaudit-test-").FullName;
    private readonly ProbeJob _probe = new();

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private Task<TestApp> StartAsync() => TestApp.StartAsync(o => o.SiteLint.MaxParallelScans = 2, data: _data, services: s => s.AddSingleton<IJobHandler>(_probe));

    private static Task<JobRow> EnqueueAsync(TestApp app) =>
        app.Get<JobStore>().EnqueueAsync("probe", ProbeJob.JobKind, System.Text.Json.JsonDocument.Parse("{}").RootElement, JobWorld.Agent, null, CancellationToken.None);

    private static Task<JobRow> WaitAsync(TestApp app, string jobId) => app.Get<JobStore>().WaitAsync(jobId, Eventually.Patience, CancellationToken.None);

    [Fact]
    public async Task Jobs_Queued_AllRunAndNoMoreAtOnceThanAllowed()
    {
        var (now, most) = (0, 0);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _probe.Deed = async (run, _) =>
        {
            var running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            if (running == 2) gate.TrySetResult();
            await gate.Task;
            Interlocked.Decrement(ref now);
            return run.JobId;
        };
        await using var app = await StartAsync();
        var jobs = new List<JobRow>();
        for (var i = 0; i < 6; i++) jobs.Add(await EnqueueAsync(app));
        foreach (var job in jobs) Assert.Equal((JobStatus.Completed, job.JobId), ((await WaitAsync(app, job.JobId)).Status, (await app.Get<JobStore>().FindAsync(job.JobId, CancellationToken.None))!.ResultRef));
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task Job_AtWorkWhenTheServerStops_GoesOnAfterTheNextStart()
    {
        string jobId;
        _probe.Deed = _probe.Hold;
        await using (var first = await StartAsync())
        {
            jobId = (await EnqueueAsync(first)).JobId;
            await _probe.Reached.Task.WaitAsync(Eventually.Patience);
        }
        _probe.Deed = (run, _) => Task.FromResult($"attempt {run.Attempt}");
        await using var second = await StartAsync();
        var job = await WaitAsync(second, jobId);
        Assert.Equal((JobStatus.Completed, "attempt 2"), (job.Status, job.ResultRef));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen) { }
    }
}
