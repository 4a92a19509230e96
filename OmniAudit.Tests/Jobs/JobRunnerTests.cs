using System.Collections.Concurrent;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Jobs;

public sealed class JobRunnerTests : IAsyncLifetime
{
    private JobWorld _world = null!;

    public async Task InitializeAsync() => _world = await JobWorld.CreateAsync();
    public async Task DisposeAsync() => await _world.DisposeAsync();

    private async Task<JobRow> RunAsync(Func<JobRun, CancellationToken, Task<string>> deed, string arguments = "{}")
    {
        _world.Probe.Deed = deed;
        var job = await _world.EnqueueAsync(arguments);
        await _world.Runner.RunAsync(job.JobId, CancellationToken.None);
        return await _world.ReadAsync(job.JobId);
    }

    [Fact]
    public async Task Job_ThatSucceeds_HasItsResultAndTimes()
    {
        JobRun? seen = null;
        var job = await RunAsync((run, _) =>
        {
            seen = run with { Arguments = run.Arguments.Clone() };
            _world.Store.Clock.Advance(TimeSpan.FromSeconds(5));
            return Task.FromResult("sha256:abc");
        }, """{"b":1,"a":"x"}""");

        Assert.Equal((JobStatus.Completed, 1.0, "", "sha256:abc", null, 1), (job.Status, job.Progress, job.Step, job.ResultRef, job.Error, job.Attempt));
        Assert.Equal(TimeSpan.FromSeconds(5), job.FinishedAt - job.StartedAt);
        Assert.Equal((job.JobId, 1, "agent:one", "x"), (seen!.JobId, seen.Attempt, seen.RequestedBy, seen.Arguments.GetProperty("a").GetString()));
    }

    [Fact]
    public async Task Job_ThatFails_TellsTheReasonAndKeepsItsProgress()
    {
        var job = await RunAsync(async (run, _) =>
        {
            await run.Report(0.4, "page 2 of 5");
            throw new JobFailedException("url: the site did not answer. Try later.");
        });
        Assert.Equal((JobStatus.Failed, 0.4, null, "url: the site did not answer. Try later."), (job.Status, job.Progress, job.ResultRef, job.Error));
        Assert.NotNull(job.FinishedAt);
    }

    [Fact]
    public async Task Job_ThatBreaks_GivesAReferenceAndNoDetail()
    {
        var job = await RunAsync((_, _) => throw new InvalidOperationException("secret detail"));
        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Contains(job.JobId, job.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret detail", job.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_ThatGivesUpOnItsOwn_IsFailedAndNotLeftRunning() =>
        Assert.Equal(JobStatus.Failed, (await RunAsync((_, _) => throw new OperationCanceledException("a timeout of its own"))).Status);

    [Fact]
    public async Task Job_OfAKindThatNobodyRuns_FailsAndNamesTheKind()
    {
        var job = await _world.EnqueueAsync(kind: "retired.kind");
        await _world.Runner.RunAsync(job.JobId, CancellationToken.None);
        var ended = await _world.ReadAsync(job.JobId);
        Assert.Equal(JobStatus.Failed, ended.Status);
        Assert.Contains("retired.kind", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_IsStoredBoundedAndNotMoreOftenThanNeeded()
    {
        var seen = new List<(double, string)>();
        await RunAsync(async (run, _) =>
        {
            await ReportAsync(-1, "before the start");
            await ReportAsync(0.5, "too soon to be stored");
            _world.Store.Clock.Advance(TimeSpan.FromMilliseconds(200));
            await ReportAsync(0.5, "half");
            _world.Store.Clock.Advance(TimeSpan.FromMilliseconds(200));
            await ReportAsync(7, "more than all");
            return "done";

            async Task ReportAsync(double progress, string step)
            {
                await run.Report(progress, step);
                var row = await _world.ReadAsync(run.JobId);
                Assert.Equal(JobStatus.Running, row.Status);
                seen.Add((row.Progress, row.Step));
            }
        });
        Assert.Equal([(0, "before the start"), (0, "before the start"), (0.5, "half"), (1, "more than all")], seen);
    }

    [Fact]
    public async Task Progress_ReportedAfterTheEnd_ChangesNothing()
    {
        JobRun? late = null;
        var job = await RunAsync((run, _) => Task.FromResult((late = run).JobId));
        _world.Store.Clock.Advance(TimeSpan.FromSeconds(1));
        await late!.Report(0.1, "late");
        var row = await _world.ReadAsync(job.JobId);
        Assert.Equal((JobStatus.Completed, 1.0, ""), (row.Status, row.Progress, row.Step));
    }

    [Fact]
    public async Task Changes_OfAJob_AreToldAfterTheyAreReadable()
    {
        var states = new ConcurrentQueue<string>();
        using var subscription = _world.Changes.Subscribe(change =>
        {
            Assert.Equal(Topics.Jobs, change.Topic);
            states.Enqueue(_world.ReadAsync(change.Id).GetAwaiter().GetResult().Status);
        });
        await RunAsync((_, _) => Task.FromResult("done"));
        Assert.Equal([JobStatus.Queued, JobStatus.Running, JobStatus.Completed], states);
    }

    [Fact]
    public async Task Run_OfOneJobByMany_HappensOnce()
    {
        var job = await _world.EnqueueAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _world.Runner.RunAsync(job.JobId, CancellationToken.None)));
        await _world.Runner.RunAsync(job.JobId, CancellationToken.None);
        Assert.Equal((1, 1), (_world.Probe.Runs, (await _world.ReadAsync(job.JobId)).Attempt));
    }

    [Fact]
    public async Task Run_OfAnUnknownJob_DoesNothing()
    {
        await _world.Runner.RunAsync("job_none", CancellationToken.None);
        Assert.Equal(0, _world.Probe.Runs);
    }

    [Fact]
    public async Task Job_RunningWhenTheServerStops_IsQueuedAgainAndRunsAsTheNextAttempt()
    {
        var job = await _world.EnqueueAsync();
        await _world.InterruptAsync(job.JobId);
        var left = await _world.ReadAsync(job.JobId);
        Assert.Equal((JobStatus.Running, 1), (left.Status, left.Attempt));

        _world.Store.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([job.JobId], await _world.Runner.RecoverAsync(CancellationToken.None));
        var queued = await _world.ReadAsync(job.JobId);
        Assert.Equal((JobStatus.Queued, "Queued again: the server stopped while it ran."), (queued.Status, queued.Step));

        _world.Probe.Deed = (run, _) => Task.FromResult($"attempt {run.Attempt}");
        await _world.Runner.RunAsync(job.JobId, CancellationToken.None);
        var ended = await _world.ReadAsync(job.JobId);
        Assert.Equal((JobStatus.Completed, "attempt 2", left.StartedAt), (ended.Status, ended.ResultRef, ended.StartedAt));
    }

    [Fact]
    public async Task Job_InterruptedThreeTimes_IsGivenUp()
    {
        var job = await _world.EnqueueAsync();
        for (var time = 1; time <= 2; time++)
        {
            await _world.InterruptAsync(job.JobId);
            Assert.Equal([job.JobId], await _world.Runner.RecoverAsync(CancellationToken.None));
        }
        await _world.InterruptAsync(job.JobId);
        Assert.Empty(await _world.Runner.RecoverAsync(CancellationToken.None));

        var ended = await _world.ReadAsync(job.JobId);
        Assert.Equal((JobStatus.Failed, 3), (ended.Status, ended.Attempt));
        Assert.Contains("3 times", ended.Error, StringComparison.Ordinal);
        Assert.NotNull(ended.FinishedAt);
    }

    [Fact]
    public async Task Recover_OfAMixedQueue_ReturnsWhatWaitsOldestFirst()
    {
        var first = await _world.EnqueueAsync();
        _world.Store.Clock.Advance(TimeSpan.FromSeconds(1));
        var done = await _world.EnqueueAsync();
        _world.Store.Clock.Advance(TimeSpan.FromSeconds(1));
        var last = await _world.EnqueueAsync();
        await _world.Runner.RunAsync(done.JobId, CancellationToken.None);
        await _world.InterruptAsync(first.JobId);

        Assert.Equal([first.JobId, last.JobId], await _world.Runner.RecoverAsync(CancellationToken.None));
        Assert.Equal(JobStatus.Completed, (await _world.ReadAsync(done.JobId)).Status);
    }

    [Fact]
    public async Task Cancel_OfAWaitingJob_EndsItAtOnceAndItNeverRuns()
    {
        var job = await _world.EnqueueAsync();
        Assert.Null(await _world.Runner.CancelAsync(job.JobId, JobWorld.Agent, CancellationToken.None));
        await _world.Runner.RunAsync(job.JobId, CancellationToken.None);
        var ended = await _world.ReadAsync(job.JobId);
        Assert.Equal((JobStatus.Failed, "Cancelled by One.", 0), (ended.Status, ended.Error, _world.Probe.Runs));
        Assert.Equal("The job has ended already.", await _world.Runner.CancelAsync(job.JobId, JobWorld.Agent, CancellationToken.None));
    }

    [Fact]
    public async Task Cancel_OfARunningJob_StopsItsWorkAndSaysByWhom()
    {
        _world.Probe.Deed = _world.Probe.Hold;
        var job = await _world.EnqueueAsync();
        var running = _world.Runner.RunAsync(job.JobId, CancellationToken.None);
        await _world.Probe.Reached.Task;

        Assert.Contains("There is no job", await _world.Runner.CancelAsync(job.JobId, JobWorld.OtherAgent, CancellationToken.None), StringComparison.Ordinal);
        Assert.Null(await _world.Runner.CancelAsync(job.JobId, JobWorld.Agent, CancellationToken.None));
        await running.WaitAsync(Eventually.Patience);

        var ended = await _world.ReadAsync(job.JobId);
        Assert.Equal((JobStatus.Failed, "Cancelled by One.", null), (ended.Status, ended.Error, ended.ResultRef));
        Assert.True((await new JobQueries(_world.Store.Database).FindAsync(job.JobId, CancellationToken.None))!.Cancelled);
    }

    [Fact]
    public async Task Cancel_ByAnotherProcess_IsHeardWhenItsChangeIs()
    {
        _world.Probe.Deed = _world.Probe.Hold;
        var job = await _world.EnqueueAsync();
        var running = _world.Runner.RunAsync(job.JobId, CancellationToken.None);
        await _world.Probe.Reached.Task;

        await new JobRunner(_world.Store.Database, _world.Jobs, [], new ChangeFeed(), _world.Store.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<JobRunner>.Instance)
            .CancelAsync(job.JobId, Actor.System, CancellationToken.None);
        Assert.False(running.IsCompleted);
        _world.Changes.Publish(new Change(Topics.Jobs, job.JobId, Elsewhere: true));
        await running.WaitAsync(Eventually.Patience);

        Assert.Equal("Cancelled by OmniAudit.", (await _world.ReadAsync(job.JobId)).Error);
    }

    /// <summary>The work was over before it heard: its result is whole and stays.</summary>
    [Fact]
    public async Task Cancel_AfterTheLastStep_LeavesTheResult()
    {
        var job = await RunAsync(async (run, _) =>
        {
            await _world.Runner.CancelAsync(run.JobId, JobWorld.Agent, CancellationToken.None);
            return "sha256:abc";
        });
        Assert.Equal((JobStatus.Completed, "sha256:abc"), (job.Status, job.ResultRef));
    }

    [Fact]
    public async Task Cancel_BeforeTheServerDied_IsNotForgottenByTheNextStart()
    {
        var job = await _world.EnqueueAsync();
        await _world.InterruptAsync(job.JobId);
        await _world.Runner.CancelAsync(job.JobId, JobWorld.Agent, CancellationToken.None);

        Assert.Empty(await _world.Runner.RecoverAsync(CancellationToken.None));
        Assert.Equal((JobStatus.Failed, "Cancelled by One."), ((await _world.ReadAsync(job.JobId)).Status, (await _world.ReadAsync(job.JobId)).Error));
    }
}
