using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Jobs;

namespace OmniAudit.Tests.Jobs;

/// <summary>Any sequence of runs, failures, stops and restarts leaves the queue as a plain model says.</summary>
public sealed class JobQueueModelTests
{
    private enum Step { Enqueue, Succeed, Fail, Interrupt, Recover }

    private sealed record Expected(string Status, int Attempt);

    private static readonly Arbitrary<Step[]> Histories = Gen.ArrayOf(Gen.Frequency(
        // Few jobs and many stops: the third attempt must be reached often.
        (1, Gen.Constant(Step.Enqueue)), (1, Gen.Constant(Step.Succeed)), (1, Gen.Constant(Step.Fail)), (6, Gen.Constant(Step.Interrupt)), (6, Gen.Constant(Step.Recover))), 40).ToArbitrary();

    [Fact]
    public void Queue_AfterAnyHistory_IsAsTheModelSays() =>
        Prop.ForAll(Histories, steps => FollowsTheModelAsync(steps).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(20));

    private static async Task FollowsTheModelAsync(Step[] steps)
    {
        await using var world = await JobWorld.CreateAsync();
        var model = new SortedDictionary<string, Expected>(StringComparer.Ordinal);
        foreach (var step in steps)
        {
            // The oldest that waits is the next to run, as after a start.
            var next = model.FirstOrDefault(j => j.Value.Status == JobStatus.Queued).Key;
            switch (step)
            {
                case Step.Enqueue:
                    world.Store.Clock.Advance(TimeSpan.FromMilliseconds(1));
                    model[(await world.EnqueueAsync()).JobId] = new Expected(JobStatus.Queued, 0);
                    break;
                case Step.Recover:
                    foreach (var (id, job) in model.Where(j => j.Value.Status == JobStatus.Running).ToList())
                        model[id] = job with { Status = job.Attempt < 3 ? JobStatus.Queued : JobStatus.Failed };
                    Assert.Equal(model.Where(j => j.Value.Status == JobStatus.Queued).Select(j => j.Key), await world.Runner.RecoverAsync(CancellationToken.None));
                    break;
                case Step.Interrupt when next is not null:
                    await world.InterruptAsync(next);
                    model[next] = new Expected(JobStatus.Running, model[next].Attempt + 1);
                    break;
                case Step.Succeed or Step.Fail when next is not null:
                    world.Probe.Deed = (_, _) => step == Step.Succeed ? Task.FromResult("done") : throw new JobFailedException("no");
                    await world.Runner.RunAsync(next, CancellationToken.None);
                    model[next] = new Expected(step == Step.Succeed ? JobStatus.Completed : JobStatus.Failed, model[next].Attempt + 1);
                    break;
            }
        }
        foreach (var (id, expected) in model)
        {
            var row = await world.ReadAsync(id);
            Assert.Equal(expected, new Expected(row.Status, row.Attempt));
            Assert.Equal(expected.Status is JobStatus.Completed or JobStatus.Failed, row.FinishedAt is not null);
            Assert.Equal(expected.Status == JobStatus.Failed, row.Error is not null);
        }
    }
}
