using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OmniAudit.Modules.Telemetry;

/// <summary>What is counted and timed where it happens. What can be asked for at a scrape is asked for then: Health.ServerFigures.</summary>
internal sealed class WorkMetrics
{
    private readonly Histogram<double> _database;
    private readonly UpDownCounter<long> _writersWaiting;
    private readonly Counter<long> _jobs;
    private readonly UpDownCounter<long> _browsers;
    private readonly Counter<long> _events;
    private readonly Counter<long> _webhooks;

    public WorkMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MetricTable.MeterName);
        (_database, _writersWaiting) = (MetricTable.DatabaseLatency.Histogram(meter), MetricTable.WritersWaiting.UpDown(meter));
        (_jobs, _browsers, _events, _webhooks) =
            (MetricTable.JobsFinished.Counter(meter), MetricTable.BrowsersInUse.UpDown(meter), MetricTable.Events.Counter(meter), MetricTable.WebhookAttempts.Counter(meter));
    }

    /// <summary>Shows the series whose labels are known before anything has happened: a rate over a series that is not there yet is no rate. Call when somebody listens.</summary>
    public void Begin()
    {
        foreach (var result in new[] { "sent", "failed", "dead" }) _webhooks.Add(0, new KeyValuePair<string, object?>("result", result));
        foreach (var source in new[] { "directory", "signin", "unified", "intune", "import" }) _events.Add(0, new KeyValuePair<string, object?>("source", source));
        _browsers.Add(0);
        _writersWaiting.Add(0);
    }

    /// <param name="operation">read, write or wait.</param>
    /// <param name="began">Of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void DatabaseDone(string operation, long began) => _database.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>("operation", operation));

    /// <param name="by">1 for one that begins to wait, -1 for one that has its turn.</param>
    public void WritersWaiting(int by) => _writersWaiting.Add(by);

    public void JobEnded(string module, string status) => _jobs.Add(1, new KeyValuePair<string, object?>("module", module), new("status", status));

    /// <summary>Counts a browser until the result is disposed.</summary>
    public IDisposable Browser()
    {
        _browsers.Add(1);
        return new OpenBrowser(_browsers);
    }

    public void EventsStored(string source, int count) => _events.Add(count, new KeyValuePair<string, object?>("source", source));

    /// <param name="result">sent, failed or dead.</param>
    public void WebhookTried(string result) => _webhooks.Add(1, new KeyValuePair<string, object?>("result", result));

    private sealed class OpenBrowser(UpDownCounter<long> browsers) : IDisposable
    {
        public void Dispose() => browsers.Add(-1);
    }
}
