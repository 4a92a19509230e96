using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Jobs;

/// <summary>Runs jobs from the durable queue; a scheduler decides when, this decides how.</summary>
public sealed class JobRunner
{
    /// <summary>A job whose process died this often is given up.</summary>
    private const int MostAttempts = 3;

    /// <summary>Progress reaches the store at most this often; open pages hear of every step.</summary>
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    private const int EndAttempts = 60;
    private static readonly TimeSpan EndPause = TimeSpan.FromSeconds(1);

    private readonly Database _database;
    private readonly JobStore _store;
    private readonly Dictionary<string, IJobHandler> _handlers;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;
    private readonly ILogger<JobRunner> _log;
    private readonly WorkMetrics? _metrics;

    internal JobRunner(Database database, JobStore store, IEnumerable<IJobHandler> handlers, ChangeFeed changes, TimeProvider time, ILogger<JobRunner> log, WorkMetrics? metrics = null) =>
        (_database, _store, _handlers, _changes, _time, _log, _metrics) = (database, store, handlers.ToDictionary(h => h.Kind, StringComparer.Ordinal), changes, time, log, metrics);

    /// <summary>Raised with a job's id once it is durable and wants to run.</summary>
    public event Action<string>? Queued { add => _store.Queued += value; remove => _store.Queued -= value; }

    /// <summary>All that have not ended and that nobody runs go back to the queue, or fail when they were interrupted too often. Returns what waits then, oldest first.</summary>
    /// <param name="scheduled">The jobs that a scheduler has, on whichever server; asked after the rows were read, so that one that ends meanwhile is seen as ended.</param>
    public async Task<IReadOnlyList<string>> RecoverAsync(Func<Task<IReadOnlySet<string>>> scheduled, CancellationToken cancellationToken)
    {
        var open = await _database.ReadAsync(db => db.Set<JobRow>().Where(j => j.Status == JobStatus.Queued || j.Status == JobStatus.Running).OrderBy(j => j.JobId).Select(j => j.JobId).ToListAsync(cancellationToken), cancellationToken);
        if (open.Count == 0) return [];
        var known = await scheduled();
        var lost = open.FindAll(id => !known.Contains(id));
        if (lost.Count == 0) return [];
        return await _database.WriteAsync(async db =>
        {
            foreach (var job in await db.Set<JobRow>().Where(j => lost.Contains(j.JobId) && j.Status == JobStatus.Running).ToListAsync(cancellationToken)) Requeue(job);
            await db.SaveChangesAsync(cancellationToken);
            return await db.Set<JobRow>().Where(j => lost.Contains(j.JobId) && j.Status == JobStatus.Queued).OrderBy(j => j.JobId).Select(j => j.JobId).ToListAsync(cancellationToken);
        }, cancellationToken);
    }

    /// <summary>As <see cref="RecoverAsync(Func{Task{IReadOnlySet{string}}}, CancellationToken)"/>, when no scheduler has any.</summary>
    public Task<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) => RecoverAsync(() => Task.FromResult<IReadOnlySet<string>>(new HashSet<string>()), cancellationToken);

    /// <summary>The server that ran it is gone, and the scheduler gives it to this one.</summary>
    public Task TakeOverAsync(string jobId, CancellationToken cancellationToken) => _database.WriteAsync(async db =>
    {
        if (await db.Set<JobRow>().FirstOrDefaultAsync(j => j.JobId == jobId && j.Status == JobStatus.Running, cancellationToken) is { } job) Requeue(job);
    }, cancellationToken);

    private void Requeue(JobRow job)
    {
        if (job.Cancelled is not null) (job.Status, job.Error, job.Step, job.FinishedAt) = (JobStatus.Failed, job.Cancelled, "", _time.GetUtcNow());
        else if (job.Attempt < MostAttempts) (job.Status, job.Step) = (JobStatus.Queued, "Queued again: the server stopped while it ran.");
        else (job.Status, job.FinishedAt, job.Error) = (JobStatus.Failed, _time.GetUtcNow(), $"The server stopped {job.Attempt} times while this ran; it is not tried again.");
    }

    /// <summary>A job, and the same as the tool that started it answers; null when there is none by that id.</summary>
    public async Task<(JobView Job, JsonElement Answer)?> DescribeAsync(string jobId, CancellationToken cancellationToken) =>
        await _store.FindAsync(jobId, cancellationToken) is { } job
            ? (JobQueries.View(job), JsonSerializer.SerializeToElement(_handlers.TryGetValue(job.Kind, out var handler) ? handler.Describe(job) : JobRef.Of(job), ToolJson.Options))
            : null;

    /// <summary>
    /// Ends a job: one that waits at once, one that runs as soon as its work hears of it, here or in another process of this data directory. It ends as
    /// failed, with <see cref="JobView.Cancelled"/>. Work that was done before it heard of it stays done. Agents end their own jobs, people who may start work any.
    /// </summary>
    /// <returns>Null when it is ended or told to end; otherwise why not, for whoever asked.</returns>
    public async Task<string?> CancelAsync(string jobId, Actor by, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var refusal = await _database.WriteAsync(async db =>
        {
            if (by.Kind == ActorKind.Person && await OperatorDirectory.WhyNotAsync(db, by, Role.Operator, "Cancelling a job", cancellationToken) is { } refused) return refused;
            var job = await db.Set<JobRow>().FirstOrDefaultAsync(j => j.JobId == jobId && (by.Kind != ActorKind.Agent || j.RequestedBy == by.Subject), cancellationToken);
            if (job is null) return $"There is no job '{(jobId.Length <= 60 ? jobId : jobId[..60])}'.";
            if (job.Status is JobStatus.Completed or JobStatus.Failed) return "The job has ended already.";
            job.Cancelled ??= $"Cancelled by {by.Name}.";
            if (job.Status == JobStatus.Queued) (job.Status, job.Error, job.Step, job.FinishedAt) = (JobStatus.Failed, job.Cancelled, "", now);
            else job.Step = "Stopping";
            return null;
        }, cancellationToken);
        if (refusal is not null) return refusal;
        _changes.Publish(Topics.Jobs, jobId);
        return null;
    }

    /// <summary>Runs one queued job to its end. Never throws for a job that fails; a job that is not queued is left alone.</summary>
    public async Task RunAsync(string jobId, CancellationToken cancellationToken)
    {
        var job = await _database.WriteAsync(async db =>
        {
            var row = await db.Set<JobRow>().FirstOrDefaultAsync(j => j.JobId == jobId && j.Status == JobStatus.Queued, cancellationToken);
            if (row is null) return null;
            (row.Status, row.StartedAt, row.Progress, row.Step) = (JobStatus.Running, row.StartedAt ?? _time.GetUtcNow(), 0, "Starting");
            row.Attempt++;
            return row;
        }, cancellationToken);
        if (job is null) return;
        using var span = Spans.StartLater($"job {job.Kind}", job.AskedBy);
        span?.SetTag("omniaudit.module", job.Module).SetTag("omniaudit.attempt", job.Attempt);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Asked for before the start of this attempt, or by another process: the row says it, the change only that there is something to read.
        using var subscription = _changes.Subscribe(change => { if (change.Id == jobId && change.Topic == Topics.Jobs) _ = HearAsync(jobId, cancelled); });
        _changes.Publish(Topics.Jobs, jobId);
        try
        {
            if (!_handlers.TryGetValue(job.Kind, out var handler)) throw new JobFailedException($"This version cannot run jobs of kind '{job.Kind}'.");
            using var arguments = JsonDocument.Parse(job.ArgumentsJson);
            var result = await handler.RunAsync(new JobRun(jobId, job.Attempt, arguments.RootElement, job.RequestedBy, Reporter(job)), cancelled.Token);
            await EndAsync(job, JobStatus.Completed, result, null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops: the scheduler gives the job to another server, or to this one at its next start. The row says "running" until then.
            _log.LogInformation("Job {JobId} of {Kind} was interrupted by the server stopping", jobId, job.Kind);
        }
        catch (Exception) when (cancelled.IsCancellationRequested)
        {
            // Whatever the work fell over on its way out, it fell because it was told to stop.
            var why = (await _store.FindAsync(jobId, CancellationToken.None))?.Cancelled;
            _log.LogInformation("Job {JobId} of {Kind} was stopped: {Why}", jobId, job.Kind, why);
            span.Failed("cancelled");
            await EndAsync(job, JobStatus.Failed, null, why ?? "Cancelled.");
        }
        catch (JobFailedException failed)
        {
            _log.LogWarning(failed, "Job {JobId} of {Kind} failed", jobId, job.Kind);
            span.Failed("job_failed");
            await EndAsync(job, JobStatus.Failed, null, failed.Message);
        }
        catch (ObjectStoreUnavailableException away)
        {
            _log.LogError(away, "Job {JobId} of {Kind} found the object store away", jobId, job.Kind);
            span.Failed("object_store_unavailable");
            await EndAsync(job, JobStatus.Failed, null, $"object_store_unavailable: {away.ForCallers}");
        }
        catch (Exception failure)
        {
            _log.LogError(failure, "Job {JobId} of {Kind} broke", jobId, job.Kind);
            span.Failed(failure.GetType().Name);
            await EndAsync(job, JobStatus.Failed, null, $"The server could not complete this job. Give the operator this reference: {jobId}.");
        }
    }

    private async Task HearAsync(string jobId, CancellationTokenSource cancelled)
    {
        try
        {
            if (await _store.FindAsync(jobId, CancellationToken.None) is { Cancelled: not null }) await cancelled.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The attempt ended meanwhile.
        }
    }

    private Func<double, string, Task> Reporter(JobRow job)
    {
        var (jobId, attempt) = (job.JobId, job.Attempt);
        var last = DateTimeOffset.MinValue;
        return async (progress, step) =>
        {
            var now = _time.GetUtcNow();
            if (now - last < ProgressInterval) return;
            last = now;
            await _database.WriteAsync(db => db.Set<JobRow>().Where(j => j.JobId == jobId && j.Status == JobStatus.Running && j.Attempt == attempt).ExecuteUpdateAsync(
                set => set.SetProperty(j => j.Progress, Math.Clamp(progress, 0, 1)).SetProperty(j => j.Step, step)), CancellationToken.None);
            _changes.Publish(Topics.Jobs, jobId);
        };
    }

    private async Task EndAsync(JobRow job, string status, string? resultRef, string? error)
    {
        var (jobId, run, now) = (job.JobId, job.Attempt, _time.GetUtcNow());
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Of this attempt alone: another server may have taken this one for dead and begun anew.
                await _database.WriteAsync(db => db.Set<JobRow>().Where(j => j.JobId == jobId && j.Status == JobStatus.Running && j.Attempt == run).ExecuteUpdateAsync(
                    set => set.SetProperty(j => j.Status, status).SetProperty(j => j.ResultRef, resultRef).SetProperty(j => j.Error, error).SetProperty(j => j.FinishedAt, now)
                        .SetProperty(j => j.Progress, j => status == JobStatus.Completed ? 1 : j.Progress).SetProperty(j => j.Step, "")), CancellationToken.None);
                break;
            }
            catch (Exception refused) when (attempt < EndAttempts)
            {
                // Left "running" it would look alive until the next start: a store that is busy or full gets time to recover.
                _log.LogError(refused, "The end of job {JobId} could not be written; trying again", jobId);
                await Task.Delay(EndPause, _time);
            }
        }
        _metrics?.JobEnded(job.Module, status);
        _changes.Publish(Topics.Jobs, jobId);
    }
}
