using System.Globalization;
using System.Text;

namespace OmniAudit.Modules.Telemetry;

/// <summary>docs/metrics.md, written from the same table that the instruments are made of.</summary>
internal static class MetricsDocument
{
    public static string Write()
    {
        var text = new StringBuilder("""
            # Metrics

            `/metrics` serves them to Prometheus, without a sign-in: text format 0.0.4, or OpenMetrics 1.0.0 where the request
            asks for it. `PROMETHEUS_ENABLED=false` switches the address off; `OTEL_ENABLED=true` sends the same series over OTLP.
            Labels hold catalogued names and closed words, never what a caller sent. Counters begin at 0 with the process. What is
            read from the database is at most a second old when it is scraped.

            [deploy/prometheus](../deploy/prometheus) has a scrape configuration and alert rules, [deploy/grafana](../deploy/grafana)
            a dashboard; what to do about an alert stands in [operations](operations.md#alerts).

            <!-- Generated from MetricTable.cs. To write it anew: OMNIAUDIT_WRITE_DOCS=1 dotnet test --filter MetricsDocumentTests -->

            """);
        foreach (var (title, metrics) in MetricTable.Groups)
        {
            text.Append($"\n## {title}\n\n| series | kind | labels | is |\n|---|---|---|---|\n");
            foreach (var metric in metrics)
            {
                var buckets = metric.Buckets.Count > 0 ? $" Buckets up to {string.Join(", ", metric.Buckets.Select(b => b.ToString(CultureInfo.InvariantCulture)))}." : "";
                text.Append($"| `{metric.Name}` | {metric.Kind.ToString().ToLowerInvariant()} | {string.Join(", ", metric.Labels.Select(l => $"`{l}`"))} | {metric.Help}{buckets} |\n");
            }
        }
        return text.ToString();
    }
}
