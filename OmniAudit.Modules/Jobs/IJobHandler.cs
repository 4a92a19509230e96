using System.Text.Json;

namespace OmniAudit.Modules.Jobs;

/// <summary>Does one kind of long work. Implementations are singletons; state between attempts lives in the store.</summary>
internal interface IJobHandler
{
    /// <summary>For example <c>sitelint.scan</c>.</summary>
    string Kind { get; }

    /// <summary>
    /// Runs the job to its end and returns the reference of its result. May be called again for the same job after a
    /// crash (<see cref="JobRun.Attempt"/> counts from 1), so a second run must not double what the first one did.
    /// Throws <see cref="JobFailedException"/> with a reason for people; any other exception fails the job with a reference.
    /// </summary>
    Task<string> RunAsync(JobRun run, CancellationToken cancellationToken);

    /// <summary>The job as the tool that started it answers; goes out as JSON.</summary>
    object Describe(JobRow job) => JobRef.Of(job);
}

/// <summary>One attempt at a job.</summary>
/// <param name="Report">Stores progress (0..1) and the step's words, and tells open pages; cheap to call often.</param>
internal sealed record JobRun(string JobId, int Attempt, JsonElement Arguments, string RequestedBy, Func<double, string, Task> Report);

/// <summary>The job cannot succeed; the message is for people and agents.</summary>
internal sealed class JobFailedException(string message, Exception? inner = null) : Exception(message, inner);
