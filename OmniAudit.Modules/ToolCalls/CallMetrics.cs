using System.Diagnostics.Metrics;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>The four series that people already watch. Labels hold catalogued names and closed words only.</summary>
internal sealed class CallMetrics
{
    private readonly Counter<long> _calls;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _gateDenied;
    private readonly Counter<long> _rateLimitDenied;

    public CallMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MetricTable.MeterName);
        (_calls, _latency, _gateDenied, _rateLimitDenied) =
            (MetricTable.ToolCalls.Counter(meter), MetricTable.ToolLatency.Histogram(meter), MetricTable.WriteGateDenied.Counter(meter), MetricTable.RateLimitDenied.Counter(meter));
    }

    public void Called(string tool, string status, double seconds)
    {
        _calls.Add(1, new KeyValuePair<string, object?>("tool", tool), new("status", status));
        _latency.Record(seconds, new KeyValuePair<string, object?>("tool", tool));
    }

    public void GateDenied(string tool) => _gateDenied.Add(1, new KeyValuePair<string, object?>("tool", tool));

    public void RateLimitDenied(string bucket) => _rateLimitDenied.Add(1, new KeyValuePair<string, object?>("bucket", bucket));
}
