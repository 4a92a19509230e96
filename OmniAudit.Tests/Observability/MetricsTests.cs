using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Observability;

/// <summary>/metrics: the four series that people already watch, and all others that are declared.</summary>
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
    public async Task Metrics_AfterCalls_AreTheFourSeriesAndOthersOfTheTableWithTheirLabels()
    {
        await MakeCallsAsync();
        var metrics = await ScrapeAsync();

        string[] four = [RateDenied, Calls, Latency, GateDenied];
        Assert.Empty(four.Except(metrics.Types.Keys, StringComparer.Ordinal));
        Assert.Equal(metrics.Types.Keys, metrics.Helps.Keys);
        var table = MetricTable.All.ToDictionary(m => m.Name, StringComparer.Ordinal);
        foreach (var (name, type) in metrics.Types)
        {
            Assert.Equal((table[name].Kind.ToString().ToLowerInvariant(), table[name].Help), (type, metrics.Helps[name]));
            string[] bucket = type == "histogram" ? ["le"] : [];
            foreach (var sample in metrics.Samples.Where(s => s.Name == (type == "histogram" ? name + "_bucket" : name)))
                Assert.Equal(table[name].Labels.Concat(bucket).Order(StringComparer.Ordinal), sample.Labels.Keys.Order(StringComparer.Ordinal));
        }
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
    public async Task Metrics_OfAServerAtWork_TellItsQueuesItsLogAndItsDatabase()
    {
        var asked = (await _app.CallAsync("probe.write_note", new { text = "one" })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await _app.CallAsync("probe.write_note", new { text = "two" });
        await _app.DecideAsync(asked, Decision.Approve);
        await _app.WaitForStateAsync(asked, "executed");
        await _app.Get<Database>().WriteAsync(db =>
        {
            db.Add(new JobRow { JobId = "job_1", Module = "sitelint", Kind = "k", RequestedBy = "agent:x", CreatedAt = _app.Time.GetUtcNow().AddSeconds(-90) });
            db.Add(new JobRow { JobId = "job_2", Module = "sitelint", Kind = "k", Status = JobStatus.Running, RequestedBy = "agent:x", CreatedAt = _app.Time.GetUtcNow().AddDays(-9) });
            db.Add(new SourceRow { Source = "directory", SucceededAt = _app.Time.GetUtcNow(), Failures = 2 });
            db.Add(new FeedRow { Feed = "directory", Source = "directory", SettledTo = _app.Time.GetUtcNow().AddMinutes(-10) });
            return Task.CompletedTask;
        }, CancellationToken.None);
        // After the start: nothing is to be fetched here.
        _app.Options.AdminOps.Sources = ["directory"];
        _app.Time.Advance(TimeSpan.FromSeconds(30));
        var metrics = await ScrapeAsync();

        Assert.Equal(1, metrics["omniaudit_approvals_waiting"]);
        Assert.InRange(metrics["omniaudit_approval_oldest_waiting_age_seconds"], 30, 60);
        Assert.Equal((1d, 1d), (metrics["omniaudit_jobs", ("module", "sitelint"), ("status", "queued")], metrics["omniaudit_jobs", ("module", "sitelint"), ("status", "running")]));
        Assert.InRange(metrics["omniaudit_job_oldest_queued_age_seconds"], 120, 150);
        Assert.Equal((2d, 0d, 0d), (metrics["omniaudit_receipt_log_receipts"], metrics["omniaudit_receipt_log_unpublished_receipts"], metrics["omniaudit_receipt_log_refused"]));
        Assert.InRange(metrics["omniaudit_receipt_log_checkpoint_age_seconds"], 0, 60);
        Assert.True(metrics["omniaudit_database_duration_seconds_count", ("operation", "write")] > 3);
        Assert.True(metrics["omniaudit_database_duration_seconds_count", ("operation", "read")] > 3);
        Assert.Equal(2, metrics["omniaudit_browsers_capacity"]);
        Assert.Equal(1, metrics["omniaudit_ready", ("check", "database")]);
        Assert.InRange(metrics["process_start_time_seconds"], 1_500_000_000, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        Assert.InRange(metrics["omniaudit_event_source_lag_seconds", ("source", "directory")], 600, 700);
        Assert.Equal(2, metrics["omniaudit_event_source_failures", ("source", "directory")]);
    }

    [Fact]
    public async Task Metrics_AskedForAsOpenMetrics_AreThat()
    {
        await MakeCallsAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        // As Prometheus asks.
        request.Headers.TryAddWithoutValidation("Accept", "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
        using var response = await _app.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE omniaudit_tool_calls counter\n", text, StringComparison.Ordinal);
        Assert.Contains("\nomniaudit_tool_calls_total{", text, StringComparison.Ordinal);
        Assert.Contains("# UNIT omniaudit_tool_latency_seconds seconds\n", text, StringComparison.Ordinal);
        Assert.Contains("le=\"1.0\"", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*/*")]
    [InlineData("text/html,*/*;q=0.8")]
    [InlineData("text/plain, application/openmetrics-text;q=0.5")]
    [InlineData("application/openmetrics-text;version=0.0.1")]
    [InlineData("application/openmetrics-text;q=0")]
    public async Task Metrics_AskedForOtherwise_AreText(string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await _app.Http.SendAsync(request);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
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
