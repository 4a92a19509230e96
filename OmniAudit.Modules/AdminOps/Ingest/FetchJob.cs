using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>Reads one source as a job: all its feeds, one run at a time. An attempt after a crash goes on after the last window that is in the ledger.</summary>
internal sealed class FetchJob(Database database, FeedReader reader, OmniAuditOptions options, IngestLimits limits, ChangeFeed changes, TimeProvider time, ILogger<FetchJob> log) : IJobHandler
{
    public const string JobKind = "adminops.fetch";

    public string Kind => JobKind;

    public async Task<string> RunAsync(JobRun run, CancellationToken cancellationToken)
    {
        var arguments = run.Arguments.Deserialize<FetchArguments>() ?? throw new JobFailedException("The job carries no arguments.");
        if (!EventSources.All.Contains(arguments.Source)) throw new JobFailedException($"There is no source '{arguments.Source}'.");
        var lease = new SourceLease(arguments.Source, run.JobId, run.Attempt, limits, time);
        try
        {
            while (!await lease.TryTakeAsync(database, cancellationToken))
            {
                await run.Report(0, "waiting for another run of this source to end");
                await Task.Delay(limits.Look, cancellationToken);
            }
        }
        catch (LeaseLostException lost)
        {
            throw new JobFailedException(lost.Message, lost);
        }
        changes.Publish(Topics.EventSources, arguments.Source);
        var started = time.GetUtcNow();
        var before = await database.ReadAsync(db => db.Set<SourceRow>().FirstAsync(s => s.Source == arguments.Source, cancellationToken), cancellationToken);
        var reconcile = arguments.Hours is null && (before.ReconciledAt is not { } last || started - last >= TimeSpan.FromHours(options.AdminOps.ReconcileHours) / 4);
        var fetch = new FetchRun(lease, arguments.Hours, reconcile, run.Attempt > 1, started, run.Report);
        try
        {
            await ReadAsync(fetch, cancellationToken);
            await EndAsync(fetch, null);
            return fetch.Result();
        }
        catch (LeaseLostException lost)
        {
            // The other run writes the end.
            throw new JobFailedException(lost.Message, lost);
        }
        catch (FetchException failed)
        {
            log.LogWarning("Reading {Source} failed ({Class} {Code}): {Words}", arguments.Source, failed.Kind, failed.Code, failed.Message);
            await EndAsync(fetch, failed);
            throw new JobFailedException(failed.Message, failed);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await EndAsync(fetch, null, unfinished: true);
            throw;
        }
        catch (Exception broken)
        {
            await EndAsync(fetch, new FetchException(FetchErrors.Internal, $"The server could not complete this run. Give the operator this reference: {run.JobId}.", inner: broken));
            throw;
        }
    }

    private async Task ReadAsync(FetchRun run, CancellationToken cancellationToken)
    {
        if (run.Lease.Source == EventSources.Unified) await reader.SubscribeAsync(run, cancellationToken);
        var feeds = FeedReader.FeedsOf(run.Lease.Source, options);
        var plans = new List<(string Feed, List<FetchWindow> Windows)>();
        foreach (var feed in feeds) plans.Add((feed, await reader.PlanAsync(run, feed, cancellationToken)));
        run.Plan(plans.Sum(p => p.Windows.Count));
        FetchException? first = null;
        foreach (var (feed, windows) in plans)
        {
            try
            {
                foreach (var window in windows)
                {
                    await reader.ReadAsync(run, feed, window, cancellationToken);
                    await run.WindowDoneAsync(feed, window.To);
                }
            }
            catch (FetchException failed) when (plans.Count > 1 && failed.Kind is not (FetchErrors.SignIn or FetchErrors.Throttled or FetchErrors.AuditingDisabled))
            {
                // One content type that cannot be read keeps the others from nothing.
                first ??= new FetchException(failed.Kind, $"{feed}: {failed.Message}", failed.Code, failed.RetryAfter, failed);
            }
        }
        if (first is not null) throw first;
    }

    private async Task EndAsync(FetchRun run, FetchException? failed, bool unfinished = false)
    {
        try
        {
            await database.WriteAsync(async db =>
            {
                var row = await run.Lease.KeepAsync(db, CancellationToken.None);
                var now = time.GetUtcNow();
                var interval = TimeSpan.FromMinutes(options.AdminOps.IntervalMinutes);
                (row.Lease, row.LeaseUntil, row.FinishedAt, row.Read, row.Stored) = (null, null, now, run.Read, run.Stored);
                if (unfinished)
                {
                    row.NextAt = now + interval;
                    return;
                }
                (row.ErrorClass, row.ErrorWords) = (failed?.Kind, failed?.Message);
                row.Failures = failed is null ? 0 : row.Failures + 1;
                if (failed is null)
                {
                    (row.SucceededAt, row.NextAt) = (now, run.Now + interval);
                    if (run.Reconcile) row.ReconciledAt = run.Now;
                    return;
                }
                var wait = interval * Math.Pow(2, Math.Min(row.Failures - 1, 4));
                row.NextAt = failed.IsPermanent ? null : now + (failed.RetryAfter is { } asked && asked > wait ? asked : wait);
            }, CancellationToken.None);
        }
        catch (LeaseLostException)
        {
            // The run that has it now writes its own end.
        }
        changes.Publish(Topics.EventSources, run.Lease.Source);
    }
}

/// <summary>What a fetch is asked to do.</summary>
/// <param name="Hours">How far back; null for what the watermark says.</param>
internal sealed record FetchArguments(string Source, int? Hours);
