using System.Diagnostics.Metrics;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>The four series that people already watch. Labels hold catalogued names and closed words only.</summary>
internal sealed class CallMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "OmniAudit";

    private readonly Counter<long> _calls;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _gateDenied;
    private readonly Counter<long> _rateLimitDenied;

    public CallMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _calls = meter.CreateCounter<long>("omniaudit_tool_calls_total", description: "Tool calls by tool and how they ended.");
        _latency = meter.CreateHistogram<double>("omniaudit_tool_latency_seconds", "s", "Seconds from arrival to answer.");
        _gateDenied = meter.CreateCounter<long>("omniaudit_write_gate_denied_total", description: "Writes that were not executed because nobody had approved them.");
        _rateLimitDenied = meter.CreateCounter<long>("omniaudit_rate_limit_denied_total", description: "Calls refused by a rate limit.");
    }

    public void Called(string tool, string status, double seconds)
    {
        _calls.Add(1, new KeyValuePair<string, object?>("tool", tool), new("status", status));
        _latency.Record(seconds, new KeyValuePair<string, object?>("tool", tool));
    }

    public void GateDenied(string tool) => _gateDenied.Add(1, new KeyValuePair<string, object?>("tool", tool));

    public void RateLimitDenied(string bucket) => _rateLimitDenied.Add(1, new KeyValuePair<string, object?>("bucket", bucket));
}
