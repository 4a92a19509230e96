using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Webhooks;

namespace OmniAudit.Modules.Health;

/// <summary>
/// The figures that can be asked for at any time: queues, the log, budgets, readiness. Collections read them from memory; whoever collects calls
/// <see cref="RefreshAsync"/> first.
/// </summary>
public sealed class ServerFigures
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Database _database;
    private readonly ReceiptLog _log;
    private readonly LogFiles _logFiles;
    private readonly SourceHealth _sources;
    private readonly Readiness _readiness;
    private readonly OmniAuditOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ServerFigures> _logger;
    private readonly WorkMetrics _work;
    private readonly Lock _lock = new();
    private Task? _refreshing;
    private volatile Figures? _figures;
    private volatile ReadinessReport? _ready;

    internal ServerFigures(
        Database database, ReceiptLog log, SourceHealth sources, GitHubQueries gitHub, Readiness readiness, WorkMetrics work, OmniAuditOptions options, IMeterFactory meters, TimeProvider time,
        ILogger<ServerFigures> logger)
    {
        (_database, _log, _logFiles, _sources, _readiness, _work, _options, _time, _logger) = (database, log, new LogFiles(options.Data), sources, readiness, work, options, time, logger);
        var meter = meters.Create(MetricTable.MeterName);
        Stored(meter, MetricTable.ApprovalsWaiting, f => f.Waiting);
        Stored(meter, MetricTable.ApprovalAge, f => f.OldestWaiting);
        Stored(meter, MetricTable.ApprovalsUnknown, f => f.Unknown);
        MetricTable.Jobs.Gauge(meter, () => (_figures?.Jobs ?? []).Select(j => Of(j.Count, ("module", j.Module), ("status", j.Status))));
        Stored(meter, MetricTable.JobAge, f => f.OldestQueued);
        MetricTable.BrowserCapacity.Gauge(meter, () => [Of(options.SiteLint.MaxParallelScans)]);
        Stored(meter, MetricTable.LogSize, f => f.LogSize);
        Stored(meter, MetricTable.LogUnpublished, f => f.Unpublished);
        MetricTable.CheckpointAge.Gauge(meter, () => _figures?.CheckpointAge is { } age ? [Of(age)] : []);
        MetricTable.LogRefused.Gauge(meter, () => [Of(_log.Refusal is null ? 0 : 1)]);
        MetricTable.GitHubLimit.Gauge(meter, () => gitHub.Budget().Limits.Select(l => Of(l.Limit, ("resource", l.Resource))));
        MetricTable.GitHubRemaining.Gauge(meter, () => gitHub.Budget().Limits.Select(l => Of(l.ResetsAt <= _time.GetUtcNow() ? l.Limit : l.Remaining, ("resource", l.Resource))));
        MetricTable.GitHubReset.Gauge(meter, () => gitHub.Budget().Limits.Select(l => Of(l.ResetsAt.ToUnixTimeSeconds(), ("resource", l.Resource))));
        MetricTable.GitHubRequests.ObservedCounter(meter, () => gitHub.Budget().Requests);
        MetricTable.GitHubLimited.ObservedCounter(meter, () => gitHub.Budget().Limited);
        MetricTable.SourceLag.Gauge(meter, () => (_figures?.Sources ?? []).Where(s => s.Lag is not null).Select(s => Of(Math.Max(0, s.Lag!.Value.TotalSeconds), ("source", s.Source))));
        MetricTable.SourceFailures.Gauge(meter, () => (_figures?.Sources ?? []).Select(s => Of(s.Failures, ("source", s.Source))));
        MetricTable.WebhooksWaiting.Gauge(meter, () => (_figures?.Webhooks ?? []).Select(w => Of(w.Count, ("state", w.State))));
        MetricTable.Ready.Gauge(meter, () => (_ready?.Checks ?? []).Select(c => Of(c.Reason is null ? 1 : 0, ("check", c.Name))));
        Stored(meter, MetricTable.FiguresAge, f => Math.Max(0, (_time.GetUtcNow() - f.At).TotalSeconds));
        var version = typeof(ServerFigures).Assembly.GetName().Version?.ToString(3) ?? "";
        MetricTable.BuildInfo.Gauge(meter, () => [Of(1, ("version", version))]);
        var started = (Process.GetCurrentProcess().StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
        MetricTable.ProcessStart.Gauge(meter, () => [Of(started)]);
    }

    /// <summary>Call once somebody listens to the instruments.</summary>
    public void Begin() => _work.Begin();

    /// <summary>
    /// Reads the figures anew when they are older than a second. Never throws and never takes longer than five seconds: figures that cannot be read
    /// stay as they are, and their age tells it.
    /// </summary>
    public async Task RefreshAsync()
    {
        Task refreshing;
        lock (_lock)
        {
            if (_refreshing is null && _figures is { } last && (_time.GetUtcNow() - last.At).Duration() < Kept) return;
            refreshing = _refreshing ??= Task.Run(ReadAsync);
        }
        await refreshing.WaitAsync(Limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAsync()
    {
        try
        {
            _ready = await _readiness.CheckAsync(CancellationToken.None);
            var sources = (await _sources.ListAsync(CancellationToken.None)).Where(s => _options.AdminOps.Sources.Contains(s.Source)).ToList();
            _figures = (await _database.ReadAsync(FromDatabaseAsync, CancellationToken.None)) with { Sources = sources };
        }
        catch (Exception failure)
        {
            _logger.LogWarning(failure, "The figures for /metrics could not be read");
        }
        finally
        {
            lock (_lock) _refreshing = null;
        }
    }

    private async Task<Figures> FromDatabaseAsync(OmniAuditDb db)
    {
        var now = _time.GetUtcNow();
        var pending = db.Set<ApprovalRow>().Where(a => a.State == ApprovalState.Pending && a.ExpiresAt > now);
        var waiting = await pending.CountAsync();
        DateTimeOffset? oldest = waiting == 0 ? null : await pending.MinAsync(a => (DateTimeOffset?)a.CreatedAt);
        var unknown = await db.Set<ApprovalRow>().CountAsync(a => a.State == ApprovalState.Unknown);
        var open = db.Set<JobRow>().Where(j => j.Status == JobStatus.Queued || j.Status == JobStatus.Running);
        var jobs = await open.GroupBy(j => new { j.Module, j.Status }).Select(g => new { g.Key.Module, g.Key.Status, Count = g.Count() }).ToListAsync();
        var queuedSince = await db.Set<JobRow>().Where(j => j.Status == JobStatus.Queued).MinAsync(j => (DateTimeOffset?)j.CreatedAt);
        var webhooks = await db.Set<WebhookDeliveryRow>().Where(d => d.State != WebhookDeliveryState.Delivered).GroupBy(d => d.State).Select(g => new { State = g.Key, Count = g.Count() }).ToListAsync();
        // The published size is read first: what it covers was committed by then.
        var (published, writtenAt) = _logFiles.Published();
        var size = (await LogTree.NewestCheckpointAsync(db, CancellationToken.None))?.Size ?? 0;
        return new Figures(now)
        {
            Waiting = waiting, OldestWaiting = Age(oldest), Unknown = unknown,
            Jobs = jobs.ConvertAll(j => (j.Module, j.Status, j.Count)), OldestQueued = Age(queuedSince),
            LogSize = size, Unpublished = Math.Max(0, size - published), CheckpointAge = writtenAt is { } at ? Age(at) : null,
            Webhooks = [.. new[] { WebhookDeliveryState.Waiting, WebhookDeliveryState.Dead }.Select(s => (s, webhooks.Find(w => w.State == s)?.Count ?? 0))],
        };

        double Age(DateTimeOffset? since) => since is { } from ? Math.Max(0, (now - from).TotalSeconds) : 0;
    }

    private void Stored(Meter meter, Metric metric, Func<Figures, double> read) => metric.Gauge(meter, () => _figures is { } figures ? [Of(read(figures))] : []);

    private static Measurement<double> Of(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < tags.Length; i++) tags[i] = new(labels[i].Name, labels[i].Value);
        return new Measurement<double>(value, tags);
    }

    private sealed record Figures(DateTimeOffset At)
    {
        public int Waiting { get; init; }
        public double OldestWaiting { get; init; }
        public int Unknown { get; init; }
        public IReadOnlyList<(string Module, string Status, int Count)> Jobs { get; init; } = [];
        public double OldestQueued { get; init; }
        public long LogSize { get; init; }
        public long Unpublished { get; init; }
        public double? CheckpointAge { get; init; }
        public IReadOnlyList<SourceState> Sources { get; init; } = [];
        public IReadOnlyList<(string State, int Count)> Webhooks { get; init; } = [];
    }
}
