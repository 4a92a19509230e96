using OmniAudit.Modules.Jobs;

namespace OmniAudit.Tests.Jobs;

/// <summary>A job that does what the test says.</summary>
internal sealed class ProbeJob : IJobHandler
{
    public const string JobKind = "probe.job";

    private int _runs;

    public string Kind => JobKind;

    /// <summary>How often a run began.</summary>
    public int Runs => Volatile.Read(ref _runs);

    public Func<JobRun, CancellationToken, Task<string>> Deed { get; set; } = (run, _) => Task.FromResult("result of " + run.JobId);

    /// <summary>Signalled by <see cref="Hold"/>.</summary>
    public TaskCompletionSource Reached { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Runs until the server stops.</summary>
    public async Task<string> Hold(JobRun run, CancellationToken cancellationToken)
    {
        Reached.TrySetResult();
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return "never";
    }

    public void Rearm() => Reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<string> RunAsync(JobRun run, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _runs);
        return Deed(run, cancellationToken);
    }
}
