using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Jobs;

/// <summary>The durable queue of long work.</summary>
internal sealed class JobStore(Database database, ChangeFeed changes, TimeProvider time)
{
    /// <summary>Raised after a job is on disk and wants to run; the scheduler listens.</summary>
    public event Action<string>? Queued;

    /// <summary>Stores the job; with an idempotency key that the same requester has used before, returns that job instead.</summary>
    /// <exception cref="ToolRefusedException">The key was used for other arguments.</exception>
    public async Task<JobRow> EnqueueAsync(string module, string kind, JsonElement arguments, Actor requestedBy, string? idempotencyKey, CancellationToken cancellationToken)
    {
        var isNew = false;
        var argumentsJson = System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(arguments));
        var job = await database.WriteAsync(async db =>
        {
            if (idempotencyKey is not null && await db.Set<JobRow>().FirstOrDefaultAsync(j => j.RequestedBy == requestedBy.Subject && j.IdempotencyKey == idempotencyKey, cancellationToken) is { } earlier)
            {
                if (earlier.Kind != kind || earlier.ArgumentsJson != argumentsJson)
                    throw new ToolRefusedException("idempotency_conflict", $"idempotency_key: '{idempotencyKey}' was used for another call ({earlier.JobId}). Use a new key.", "idempotency_key");
                return earlier;
            }
            isNew = true;
            var row = new JobRow
            {
                JobId = Ids.New("job", time),
                Module = module,
                Kind = kind,
                ArgumentsJson = argumentsJson,
                RequestedBy = requestedBy.Subject,
                RequestedByName = requestedBy.Name,
                IdempotencyKey = idempotencyKey,
                AskedBy = Spans.Here,
                CreatedAt = time.GetUtcNow(),
            };
            db.Add(row);
            return row;
        }, cancellationToken);
        if (isNew)
        {
            changes.Publish(Topics.Jobs, job.JobId);
            Queued?.Invoke(job.JobId);
        }
        return job;
    }

    public Task<JobRow?> FindAsync(string jobId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<JobRow>().FirstOrDefaultAsync(j => j.JobId == jobId, cancellationToken), cancellationToken);

    /// <summary>Waits until the job has ended, or for the given time, and returns it as it stands.</summary>
    /// <param name="progress">Told how it stands, each time it is looked at.</param>
    public async Task<JobRow> WaitAsync(string jobId, TimeSpan atMost, CancellationToken cancellationToken, Action<double, string>? progress = null)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        // A caller that leaves ends the waiting, not the job: it is answered, and recorded, as it stands.
        return await changes.WaitAsync(
            jobId,
            async () =>
            {
                var now = await FindAsync(jobId, CancellationToken.None) ?? throw new InvalidOperationException($"There is no job {jobId}.");
                progress?.Invoke(now.Progress, now.Step.Length > 0 ? now.Step : now.Status);
                return now;
            },
            job => job.Status is JobStatus.Completed or JobStatus.Failed, either.Token);
    }
}
