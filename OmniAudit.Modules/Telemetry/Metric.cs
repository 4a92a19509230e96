using System.Diagnostics.Metrics;

namespace OmniAudit.Modules.Telemetry;

/// <summary>What a series is to Prometheus.</summary>
public enum MetricKind
{
    /// <summary>Only grows, from 0 at the start of the process; its name ends in <c>_total</c>.</summary>
    Counter = 1,
    /// <summary>Goes up and down.</summary>
    Gauge = 2,
    /// <summary>Counts by size, with <c>_bucket</c>, <c>_sum</c> and <c>_count</c>.</summary>
    Histogram = 3,
}

/// <summary>One series of <c>/metrics</c>, declared in <see cref="MetricTable"/> and nowhere else.</summary>
/// <param name="Name">With its unit and, for a counter, <c>_total</c> at the end (prometheus.io/docs/practices/naming).</param>
/// <param name="Unit">The base unit as it stands in the name; empty for plain numbers.</param>
/// <param name="Help">One sentence.</param>
/// <param name="Labels">Their values are catalogued names and closed words only.</param>
public sealed record Metric(string Name, MetricKind Kind, string Unit, string Help, params string[] Labels)
{
    /// <summary>Upper bounds of a histogram's buckets.</summary>
    public IReadOnlyList<double> Buckets { get; init; } = [];

    /// <summary>As OpenTelemetry writes units (UCUM).</summary>
    private string? Ucum => Unit == "seconds" ? "s" : null;

    internal Counter<long> Counter(Meter meter) => meter.CreateCounter<long>(Name, Ucum, Help);

    internal UpDownCounter<long> UpDown(Meter meter) => meter.CreateUpDownCounter<long>(Name, Ucum, Help);

    internal Histogram<double> Histogram(Meter meter) => meter.CreateHistogram(Name, Ucum, Help, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });

    /// <summary>Asked at every collection; must answer at once and from memory.</summary>
    internal void Gauge(Meter meter, Func<IEnumerable<Measurement<double>>> read) => meter.CreateObservableGauge(Name, read, Ucum, Help);

    /// <inheritdoc cref="Gauge"/>
    internal void ObservedCounter(Meter meter, Func<long> read) => meter.CreateObservableCounter(Name, read, Ucum, Help);
}
