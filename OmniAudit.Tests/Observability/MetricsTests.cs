using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Observability;

/// <summary>/metrics: the four series that people already watch.</summary>
public sealed class MetricsTests : IAsyncLifetime
{
    private const string Calls = "omniaudit_tool_calls_total";
    private const string Latency = "omniaudit_tool_latency_seconds";
    private const string GateDenied = "omniaudit_write_gate_denied_total";
    private const string RateDenied = "omniaudit_rate_limit_denied_total";

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o => o.RateLimits.WritesPerMinute = 2);
    public async Task DisposeAsync() => await _app.DisposeAsync();

    private async Task<PrometheusText> ScrapeAsync()
    {
        using var response = await _app.Http.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        return PrometheusText.Parse(await response.Content.ReadAsStringAsync());
    }

    private async Task MakeCallsAsync()
    {
        for (var i = 0; i < 3; i++) await _app.CallAsync("probe.read_note");
        await _app.CallAsync("probe_read_note");
        await _app.CallAsync("probe.read_note", new { @break = true });
        await _app.CallAsync("probe.read_note", new { wrong = 1 });
        await _app.CallAsync("probe.made_up");
        await _app.CallAsync("another \"name\" \\");
        for (var i = 0; i < 5; i++) await _app.CallAsync("probe.write_note", new { text = $"n{i}" });
    }

    [Fact]
    public async Task Metrics_AfterCalls_CountThemByToolAndEnd()
    {
        await MakeCallsAsync();
        var metrics = await ScrapeAsync();

        Assert.Equal(4, metrics[Calls, ("tool", "probe.read_note"), ("status", "succeeded")]);
        Assert.Equal(1, metrics[Calls, ("tool", "probe.read_note"), ("status", "failed")]);
        Assert.Equal(1, metrics[Calls, ("tool", "probe.read_note"), ("status", "refused")]);
        Assert.Equal(2, metrics[Calls, ("tool", "unknown"), ("status", "refused")]);
        Assert.Equal(2, metrics[Calls, ("tool", "probe.write_note"), ("status", "needs_approval")]);
        Assert.Equal(3, metrics[Calls, ("tool", "probe.write_note"), ("status", "refused")]);
        Assert.Equal(13, metrics.Samples.Where(s => s.Name == Calls).Sum(s => s.Value));
        Assert.Equal(2, metrics[GateDenied, ("tool", "probe.write_note")]);
        Assert.Equal(3, metrics[RateDenied, ("bucket", "writes")]);
    }

    [Fact]
    public async Task Metrics_AfterCalls_AreTheFourSeriesWithTheirLabelsAndNoOther()
    {
        await MakeCallsAsync();
        var metrics = await ScrapeAsync();

        Assert.Equal(
            [(RateDenied, "counter"), (Calls, "counter"), (Latency, "histogram"), (GateDenied, "counter")],
            metrics.Types.Select(t => (t.Key, t.Value)).OrderBy(t => t.Key, StringComparer.Ordinal));
        Assert.Equal(metrics.Types.Keys, metrics.Helps.Keys);
        Assert.Equal(
            [$"{RateDenied} bucket", $"{Calls} status,tool", $"{Latency}_bucket le,tool", $"{Latency}_count tool", $"{Latency}_sum tool", $"{GateDenied} tool"],
            metrics.Samples.Select(s => $"{s.Name} {string.Join(',', s.Labels.Keys.Order(StringComparer.Ordinal))}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.Equal(["probe.read_note", "probe.write_note", "unknown"], metrics.Samples.Where(s => s.Labels.ContainsKey("tool")).Select(s => s.Labels["tool"]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Latency_AfterCalls_IsACumulativeHistogramOfEachTool()
    {
        await MakeCallsAsync();
        var metrics = await ScrapeAsync();

        foreach (var tool in new[] { "probe.read_note", "probe.write_note", "unknown" })
        {
            var buckets = metrics.Samples.Where(s => s.Name == Latency + "_bucket" && s.Labels["tool"] == tool).ToList();
            var bounds = buckets.ConvertAll(b => b.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(b.Labels["le"]));
            Assert.Equal(bounds.Order(), bounds);
            Assert.Equal((0.001, double.PositiveInfinity), (bounds[0], bounds[^1]));
            Assert.Equal(buckets.Select(b => b.Value).Order(), buckets.Select(b => b.Value));
            var count = metrics[Latency + "_count", ("tool", tool)];
            Assert.Equal(metrics.Samples.Where(s => s.Name == Calls && s.Labels["tool"] == tool).Sum(s => s.Value), count);
            Assert.Equal(count, buckets[^1].Value);
            Assert.InRange(metrics[Latency + "_sum", ("tool", tool)], double.Epsilon, 60);
        }
    }

    [Fact]
    public async Task Metrics_OfAnotherServerInTheProcess_AreNotCounted()
    {
        await using var other = await TestApp.StartAsync();
        await other.CallAsync("core.health");
        await _app.CallAsync("probe.read_note");
        var metrics = await ScrapeAsync();
        Assert.Equal(1, metrics.Samples.Where(s => s.Name == Calls).Sum(s => s.Value));
    }

    [Fact]
    public async Task Metrics_ScrapedTwice_AreNotReset()
    {
        await _app.CallAsync("probe.read_note");
        await ScrapeAsync();
        Assert.Equal(1, (await ScrapeAsync())[Calls, ("tool", "probe.read_note"), ("status", "succeeded")]);
    }

    [Fact]
    public async Task Metrics_WithHostileLabels_AreEscaped()
    {
        var meter = _app.Services.GetRequiredService<IMeterFactory>().Create("OmniAudit");
        meter.CreateCounter<long>("omniaudit_probe_total", description: "One \\ two\nthree").Add(7, new KeyValuePair<string, object?>("word", "a\"b\\c\nd"));
        var metrics = await ScrapeAsync();
        Assert.Equal(7, metrics["omniaudit_probe_total", ("word", "a\"b\\c\nd")]);
        Assert.Equal("One \\\\ two\\nthree", metrics.Helps["omniaudit_probe_total"]);
    }

    [Fact]
    public async Task Metrics_SwitchedOff_AreNotServedAndTheSettingIsNamed()
    {
        _app.Options.Observability.PrometheusEnabled = false;
        using var response = await _app.Http.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("PROMETHEUS_ENABLED", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a 1\n")]
    [InlineData("# TYPE a counter\nb 1\n")]
    [InlineData("# TYPE a counter\na 1\na 1\n")]
    [InlineData("# TYPE a counter\na 1")]
    [InlineData("# TYPE a counter\na{b=\"c\\d\"} 1\n")]
    [InlineData("# TYPE a counter\n\na 1\n")]
    [InlineData("# TYPE a counter\na ∞\n")]
    [InlineData("# TYPE a counter\na 1\n# TYPE b counter\nb 1\n# TYPE a counter\n")]
    public void Parse_OfWhatIsNotTheFormat_Fails(string text) => Assert.ThrowsAny<Exception>(() => PrometheusText.Parse(text));
}
