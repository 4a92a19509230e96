using System.Diagnostics;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Jobs;

public sealed class JobStoreTests : IAsyncLifetime
{
    private readonly List<string> _queued = [];
    private JobWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await JobWorld.CreateAsync();
        _world.Runner.Queued += _queued.Add;
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Enqueue_TellsTheSchedulerOfADurableJob()
    {
        var job = await _world.EnqueueAsync("""{"b":1,"a":2}""");
        Assert.Equal([job.JobId], _queued);
        var row = await _world.ReadAsync(job.JobId);
        Assert.Equal((JobStatus.Queued, "probe", """{"a":2,"b":1}""", "agent:one", "One", 0), (row.Status, row.Module, row.ArgumentsJson, row.RequestedBy, row.RequestedByName, row.Attempt));
    }

    [Fact]
    public async Task Enqueue_WithAKeyAndTheSameArguments_ReturnsTheFirstJob()
    {
        var first = await _world.EnqueueAsync("""{"a":1,"b":[1.0]}""", "key");
        await _world.Runner.RunAsync(first.JobId, CancellationToken.None);
        var again = await _world.EnqueueAsync("""{ "b": [1], "a": 1 }""", "key");
        Assert.Equal((first.JobId, JobStatus.Completed), (again.JobId, again.Status));
        Assert.Equal([first.JobId], _queued);
    }

    [Theory]
    [InlineData("""{"a":2}""", ProbeJob.JobKind)]
    [InlineData("""{"a":1}""", "probe.other")]
    public async Task Enqueue_WithAUsedKeyForSomethingElse_IsRefusedByName(string arguments, string kind)
    {
        var first = await _world.EnqueueAsync("""{"a":1}""", "key");
        var refused = await Assert.ThrowsAsync<ToolRefusedException>(() => _world.EnqueueAsync(arguments, "key", kind: kind));
        Assert.Equal(("idempotency_conflict", "idempotency_key"), (refused.Code, refused.Field));
        Assert.Contains(first.JobId, refused.Message, StringComparison.Ordinal);
        Assert.Single(_queued);
    }

    [Fact]
    public async Task Enqueue_WithTheSameKeyByAnother_IsAJobOfItsOwn()
    {
        var mine = await _world.EnqueueAsync(key: "key");
        var theirs = await _world.EnqueueAsync("""{"a":1}""", key: "key", by: JobWorld.OtherAgent);
        Assert.Equal([mine.JobId, theirs.JobId], _queued);
    }

    [Fact]
    public async Task Enqueue_WithoutAKey_IsANewJobEveryTime()
    {
        await _world.EnqueueAsync();
        await _world.EnqueueAsync();
        Assert.Equal(2, _queued.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Enqueue_ManyAtOnceWithOneKey_MakesOneJob()
    {
        var jobs = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _world.EnqueueAsync(key: "key")));
        Assert.Single(jobs.Select(j => j.JobId).Distinct(StringComparer.Ordinal));
        Assert.Single(_queued);
    }

    [Fact]
    public async Task Wait_ForAJobThatLasts_EndsAtItsBound()
    {
        var job = await _world.EnqueueAsync();
        var clock = Stopwatch.StartNew();
        var seen = await _world.Jobs.WaitAsync(job.JobId, TimeSpan.FromMilliseconds(150), CancellationToken.None);
        Assert.Equal(JobStatus.Queued, seen.Status);
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(140), TimeSpan.FromSeconds(20));
        Assert.Equal(JobStatus.Queued, (await _world.Jobs.WaitAsync(job.JobId, TimeSpan.Zero, CancellationToken.None)).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wait_ForAJobThatEnds_EndsWithIt(bool succeeds)
    {
        _world.Probe.Deed = (_, _) => succeeds ? Task.FromResult("done") : throw new JobFailedException("no");
        var job = await _world.EnqueueAsync();
        var wait = _world.Jobs.WaitAsync(job.JobId, TimeSpan.FromMinutes(10), CancellationToken.None);
        await _world.Runner.RunAsync(job.JobId, CancellationToken.None);
        var seen = await wait.WaitAsync(Eventually.Patience);
        Assert.Equal(succeeds ? JobStatus.Completed : JobStatus.Failed, seen.Status);
        // One that has ended before the wait is answered at once.
        Assert.Equal(seen.Status, (await _world.Jobs.WaitAsync(job.JobId, TimeSpan.FromMinutes(10), CancellationToken.None).WaitAsync(Eventually.Patience)).Status);
    }

    [Fact]
    public async Task Wait_WhoseCallerLeaves_AnswersTheJobAsItStands()
    {
        var job = await _world.EnqueueAsync();
        using var leave = new CancellationTokenSource();
        var wait = _world.Jobs.WaitAsync(job.JobId, TimeSpan.FromMinutes(10), leave.Token);
        await leave.CancelAsync();
        Assert.Equal(JobStatus.Queued, (await wait.WaitAsync(Eventually.Patience)).Status);
    }
}
