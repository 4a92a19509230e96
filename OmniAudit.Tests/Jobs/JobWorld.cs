using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Jobs;

/// <summary>The real queue over a real database; nothing runs a job but the test.</summary>
internal sealed class JobWorld : IAsyncDisposable
{
    private JobWorld(TestStore store)
    {
        Store = store;
        Jobs = new JobStore(store.Database, Changes, store.Clock);
        Runner = new JobRunner(store.Database, Jobs, [Probe], Changes, store.Clock, NullLogger<JobRunner>.Instance);
    }

    public static Actor Agent { get; } = new(ActorKind.Agent, "agent:one", "One");
    public static Actor OtherAgent { get; } = new(ActorKind.Agent, "agent:two", "Two");

    public TestStore Store { get; }
    public ChangeFeed Changes { get; } = new();
    public ProbeJob Probe { get; } = new();
    public JobStore Jobs { get; }
    public JobRunner Runner { get; }

    public static async Task<JobWorld> CreateAsync() => new(await TestStore.CreateAsync());

    public async Task<JobRow> EnqueueAsync(string arguments = "{}", string? key = null, Actor? by = null, string kind = ProbeJob.JobKind)
    {
        using var parsed = JsonDocument.Parse(arguments);
        return await Jobs.EnqueueAsync("probe", kind, parsed.RootElement, by ?? Agent, key, CancellationToken.None);
    }

    public async Task<JobRow> ReadAsync(string jobId) => (await Jobs.FindAsync(jobId, CancellationToken.None))!;

    /// <summary>Runs a job until it is at work, then stops as the server does: what stays behind is what a crash leaves too.</summary>
    public async Task InterruptAsync(string jobId)
    {
        Probe.Rearm();
        Probe.Deed = Probe.Hold;
        using var stop = new CancellationTokenSource();
        var run = Runner.RunAsync(jobId, stop.Token);
        await Probe.Reached.Task.WaitAsync(Eventually.Patience);
        await stop.CancelAsync();
        await run;
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
