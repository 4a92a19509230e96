using System.Text.Json;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Baseline;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint;

/// <summary>What the scheduler has to know of scans.</summary>
public static class ScanJobs
{
    /// <summary>The kind of their jobs.</summary>
    public const string Kind = "sitelint.scan";
}

/// <summary>
/// Runs a scan as a job. A second attempt starts afresh: pages change, and half a scan of yesterday is no scan. Screenshots of a lost attempt
/// stay behind as objects nobody refers to. The result is the report's reference.
/// </summary>
internal sealed class ScanJob(ScanRunner runner, ReportFinisher finisher, ReportStore reports, OmniAuditOptions options) : IJobHandler, IDisposable
{
    public const string JobKind = ScanJobs.Kind;

    private readonly SemaphoreSlim _slots = new(Math.Max(1, options.SiteLint.MaxParallelScans));

    public string Kind => JobKind;

    public object Describe(JobRow job) => ScanJobRef.Of(job);

    public async Task<string> RunAsync(JobRun run, CancellationToken cancellationToken)
    {
        var arguments = run.Arguments.Deserialize<ScanArguments>(ReportJson.Options) ?? throw new JobFailedException("The job carries no arguments.");
        var scan = await reports.EnsureAsync(run.JobId, arguments, cancellationToken);
        // The last attempt ended between storing the report and telling the queue: it did not fail.
        if (scan.ReportRef is not null) return scan.ReportRef;

        if (!_slots.Wait(0, CancellationToken.None))
        {
            await run.Report(0, "waiting for another scan to end");
            await _slots.WaitAsync(cancellationToken);
        }
        try
        {
            var report = await runner.RunAsync(scan.ScanId, arguments, run.Report, cancellationToken);
            await run.Report(1, "saving the report");
            // Cancelled from here on, it is either saved whole or not at all; and saved whole, the job completes.
            return await reports.SaveAsync(await finisher.FinishAsync(report, arguments, cancellationToken), cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _slots.Dispose();
}
