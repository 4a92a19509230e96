using System.Text.RegularExpressions;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Observability;

public sealed partial class MetricsDocumentTests
{
    [Fact]
    public async Task MetricsDocument_InTheRepository_IsCurrent()
    {
        var file = Path.Combine(SourceTree.Root, "docs", "metrics.md");
        if (Environment.GetEnvironmentVariable("OMNIAUDIT_WRITE_DOCS") == "1") await File.WriteAllTextAsync(file, MetricsDocument.Write());
        Assert.Equal(await File.ReadAllTextAsync(file), MetricsDocument.Write());
    }

    /// <summary>prometheus.io/docs/practices/naming, and promtool's linter.</summary>
    [Fact]
    public void Names_FollowPrometheusRules()
    {
        foreach (var metric in MetricTable.All)
        {
            Assert.Matches(NameRule(), metric.Name);
            Assert.Equal(metric.Kind == MetricKind.Counter, metric.Name.EndsWith("_total", StringComparison.Ordinal));
            Assert.True(metric.Unit is "" or "seconds", metric.Name);
            var unitPart = metric.Kind == MetricKind.Counter ? metric.Name[..^"_total".Length] : metric.Name;
            Assert.Equal(metric.Unit == "seconds", unitPart.EndsWith("_seconds", StringComparison.Ordinal));
            Assert.Equal(metric.Kind == MetricKind.Histogram, metric.Buckets.Count > 0);
            Assert.EndsWith(".", metric.Help, StringComparison.Ordinal);
            Assert.All(metric.Labels, l => Assert.Matches(NameRule(), l));
        }
        Assert.Equal(MetricTable.All.Count, MetricTable.All.DistinctBy(m => m.Name).Count());
    }

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex NameRule();
}
