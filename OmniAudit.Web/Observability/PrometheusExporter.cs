using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace OmniAudit.Web.Observability;

/// <summary>
/// The current metrics in Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/) or in OpenMetrics 1.0.0
/// (https://prometheus.io/docs/specs/om/open_metrics_spec/).
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private bool _open;

    public Func<int, bool>? Collect { get; set; }

    /// <summary>OpenMetrics where the request asks for it at least as much as for anything else that we have.</summary>
    public static bool WantsOpenMetrics(IList<MediaTypeHeaderValue> accept)
    {
        var open = accept.Where(a => a.MediaType == "application/openmetrics-text" && a.Parameters.FirstOrDefault(p => p.Name == "version")?.Value.Value is null or "1.0.0").Select(a => a.Quality ?? 1).DefaultIfEmpty(0).Max();
        var text = accept.Where(a => a.MediaType == "text/plain").Select(a => a.Quality ?? 1).DefaultIfEmpty(0).Max();
        return open > 0 && open >= text;
    }

    public string Scrape(bool openMetrics = false)
    {
        lock (_lock)
        {
            _text.Clear();
            _open = openMetrics;
            Collect?.Invoke(5000);
            if (openMetrics) _text.Append("# EOF\n");
            return _text.ToString();
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch) Append(metric);
        return ExportResult.Success;
    }

    private void Append(Metric metric)
    {
        var type = metric.MetricType switch
        {
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            MetricType.Histogram => "histogram",
            _ => "gauge",
        };
        // OpenMetrics names a counter without the ending of its samples.
        var family = _open && type == "counter" && metric.Name.EndsWith("_total", StringComparison.Ordinal) ? metric.Name[..^"_total".Length] : metric.Name;
        if (metric.Description.Length > 0) _text.Append("# HELP ").Append(family).Append(' ').Append(Escaped(metric.Description, quotes: _open)).Append('\n');
        _text.Append("# TYPE ").Append(family).Append(' ').Append(type).Append('\n');
        if (_open && metric.Unit == "s" && family.EndsWith("_seconds", StringComparison.Ordinal)) _text.Append("# UNIT ").Append(family).Append(" seconds\n");
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(point.Tags);
            switch (metric.MetricType)
            {
                case MetricType.LongSum or MetricType.LongSumNonMonotonic: Line(metric.Name, labels, point.GetSumLong()); break;
                case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic: Line(metric.Name, labels, point.GetSumDouble()); break;
                case MetricType.LongGauge: Line(metric.Name, labels, point.GetGaugeLastValueLong()); break;
                case MetricType.DoubleGauge: Line(metric.Name, labels, point.GetGaugeLastValueDouble()); break;
                case MetricType.Histogram:
                    long below = 0;
                    foreach (var bucket in point.GetHistogramBuckets())
                    {
                        below += bucket.BucketCount;
                        var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Bound(bucket.ExplicitBound);
                        Line(metric.Name + "_bucket", labels.Length == 0 ? $"le=\"{bound}\"" : $"{labels},le=\"{bound}\"", below);
                    }
                    Line(metric.Name + "_sum", labels, point.GetHistogramSum());
                    Line(metric.Name + "_count", labels, point.GetHistogramCount());
                    break;
            }
        }
    }

    private void Line(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Labels(ReadOnlyTagCollection tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            text.Append(name).Append("=\"").Append(Escaped(value?.ToString() ?? "", quotes: true)).Append('"');
        }
        return text.ToString();
    }

    private static string Escaped(string text, bool quotes)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    /// <summary>OpenMetrics wants bounds as floats: 1.0, not 1.</summary>
    private string Bound(double bound) => _open && double.IsInteger(bound) ? bound.ToString("0.0", CultureInfo.InvariantCulture) : Number(bound);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
