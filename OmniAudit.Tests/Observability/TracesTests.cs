using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Browser;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.SiteLint;
using OmniAudit.Tests.Support;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace OmniAudit.Tests.Observability;

/// <summary>A server that sends its traces to a collector, and one of everything that can be called, each with something in it that must not get out.</summary>
public sealed class TracedServer : IAsyncLifetime
{
    public const string Marked = "MARKED-7b1f";
    public const string ReadTrace = "0af7651916cd43dd8448eb211c80319c";
    public const string WriteTrace = "0af7651916cd43dd8448eb211c80319d";
    public const string ScanTrace = "0af7651916cd43dd8448eb211c80319e";
    public const string GitHubTrace = "0af7651916cd43dd8448eb211c80319f";
    public const string CallersSpan = "b7ad6b7169203331";

    internal OtlpCollector Collector { get; private set; } = null!;
    internal IReadOnlyList<OtlpCollector.Span> Spans { get; private set; } = [];
    internal List<string> Secrets { get; } = [Marked, FakeGitHub.Token];

    public async Task InitializeAsync()
    {
        Collector = await OtlpCollector.StartAsync();
        await using var gitHub = await FakeGitHub.StartAsync();
        var repository = gitHub.AddRepository("acme/marked-repository");
        Secrets.Add("marked-repository");
        await using var site = await AuditedSite.StartAsync();
        await using (var app = await TestApp.StartAsync(o =>
        {
            AuditedSite.Allow(site)(o);
            gitHub.Configure(o, repository.FullName);
            o.Webhooks.Urls = [$"{site.Url}/hooks/{Marked}"];
            o.SiteLint.AsyncMode = true;
            (o.Observability.OtelEnabled, o.Observability.OtlpEndpoint) = (true, Collector.Url);
        }))
        {
            await CallAsync(app, ReadTrace, "probe.read_note", new());
            await CallAsync(app, GitHubTrace, "auditlens.list_runs", new() { ["repo"] = repository.FullName, ["branch"] = Marked });
            var asked = await CallAsync(app, WriteTrace, "probe.write_note", new() { ["text"] = Marked });
            var approval = asked.GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
            Secrets.Add(asked.GetProperty("structuredContent").GetProperty("confirmation_token").GetString()!);
            await app.DecideAsync(approval, Decision.Approve, Marked);
            await app.WaitForStateAsync(approval, "executed");
            var scan = await CallAsync(app, ScanTrace, "sitelint.start_scan", new() { ["url"] = $"{site.Url}/about?token={Marked}", ["profile"] = "quick", ["viewport_set"] = "desktop" });
            var job = scan.GetProperty("structuredContent").GetProperty("job_id").GetString()!;
            await Eventually.GetAsync(() => app.Get<JobStore>().FindAsync(job, CancellationToken.None), j => j!.Status is JobStatus.Completed or JobStatus.Failed, "the scan's end");
            await MistakesAsync(app);
            app.Get<TracerProvider>().ForceFlush();
            app.Get<MeterProvider>().ForceFlush();
        }
        // What is still under way ends with the server, and is sent then.
        Spans = Collector.Spans;
    }

    public async Task DisposeAsync() => await Collector.DisposeAsync();

    private static async Task<JsonElement> CallAsync(TestApp app, string trace, string tool, JsonObject arguments) =>
        (await McpMessage.Call(tool, arguments).With(m => m.Headers["traceparent"] = $"00-{trace}-{CallersSpan}-01").SendAsync(app)).Result;

    /// <summary>Everything that a caller can get wrong, or put somewhere.</summary>
    private static async Task MistakesAsync(TestApp app)
    {
        await McpMessage.Call("probe.read_note", new JsonObject { ["break"] = true }).SendAsync(app);
        await McpMessage.Call(Marked).SendAsync(app);
        await McpMessage.Call("probe.write_note", new JsonObject { ["text"] = Marked, ["unknown"] = Marked }).SendAsync(app);
        await McpMessage.Call("probe.write_note", new JsonObject { ["text"] = "t", ["confirmation_token"] = Marked }).SendAsync(app);
        await McpMessage.Call("probe.read_note").With(m =>
        {
            m.Path = $"/mcp?key={Marked}";
            (m.Headers["Authorization"], m.Headers["User-Agent"], m.Headers["baggage"], m.Headers["x-request-id"]) = ($"Bearer {Marked}", Marked, $"key={Marked}", Marked);
        }).SendAsync(app);
        foreach (var path in new[] { $"/signin?token={Marked}", $"/{Marked}", $"/ui/state?token={Marked}", $"/receipts/{Marked}", $"/log/tile/{Marked}", "/healthz", "/readyz", "/metrics" }) (await app.Http.GetAsync(path)).Dispose();
        using var odd = new HttpRequestMessage(new HttpMethod("MARKED-7B1F"), "/mcp");
        (await app.Http.SendAsync(odd)).Dispose();
    }
}

/// <summary>Traces as a collector gets them.</summary>
[Collection(RealBrowser.Name)]
public sealed class TracesTests(TracedServer server) : IClassFixture<TracedServer>
{
    private OtlpCollector.Span[] Of(string trace) => [.. server.Spans.Where(s => s.TraceId == trace)];

    /// <summary>The names of a span and of all above it, up to the caller's.</summary>
    private string[] PathOf(OtlpCollector.Span span)
    {
        var names = new List<string>();
        for (var at = span; at is not null; at = server.Spans.FirstOrDefault(s => s.TraceId == at.TraceId && s.SpanId == at.ParentId)) names.Insert(0, at.Name);
        return [.. names];
    }

    [Fact]
    public void Call_WithACallersTraceparent_IsJoinedAndGoesThroughGatesToItsModule()
    {
        var spans = Of(TracedServer.ReadTrace);
        Assert.Equal(TracedServer.CallersSpan, spans.Single(s => s.Name == "POST /mcp").ParentId);
        Assert.Equal(["POST /mcp", "tool probe.read_note", "gates"], PathOf(spans.Single(s => s.Name == "gates")));
        Assert.Equal(["POST /mcp", "tool probe.read_note", "run probe"], PathOf(spans.Single(s => s.Name == "run probe")));
        var call = spans.Single(s => s.Name == "tool probe.read_note").Attributes;
        Assert.Equal(("probe.read_note", "probe", "read", "succeeded"), (call["omniaudit.tool"], call["omniaudit.module"], call["omniaudit.risk"], call["omniaudit.status"]));
    }

    [Fact]
    public void GitHubRequest_IsUnderItsModule()
    {
        var request = Of(TracedServer.GitHubTrace).First(s => s.Name == "github GET");
        Assert.Equal(["POST /mcp", "tool auditlens.list_runs", "run auditlens", "github GET"], PathOf(request));
        Assert.Equal(("GET", "200", "core"), (request.Attributes["http.request.method"], request.Attributes["http.response.status_code"], request.Attributes["omniaudit.github.resource"]));
    }

    [Fact]
    public void ApprovedCall_IsATraceOfItsOwnThatLinksToTheCallThatAsked()
    {
        var asked = Of(TracedServer.WriteTrace);
        Assert.Contains(["POST /mcp", "tool probe.write_note", "submit for approval", "database write"], asked.Select(PathOf));
        // Other servers of this process are heard too.
        var approved = server.Spans.Single(s => s.Name == "approved probe.write_note" && s.Links.Intersect(asked.Select(a => a.SpanId), StringComparer.Ordinal).Any());
        Assert.Equal("", approved.ParentId);
        Assert.NotEqual(TracedServer.WriteTrace, approved.TraceId);
        Assert.Equal("executed", approved.Attributes["omniaudit.status"]);
        Assert.Contains(["approved probe.write_note", "run probe"], Of(approved.TraceId).Select(PathOf));
        Assert.Contains(["approved probe.write_note", "database write"], Of(approved.TraceId).Select(PathOf));
    }

    [Fact]
    public void Job_IsATraceOfItsOwnThatLinksToTheCallThatMadeIt()
    {
        var asked = Of(TracedServer.ScanTrace).Select(s => s.SpanId).ToList();
        var job = server.Spans.Single(s => s.Name == "job sitelint.scan" && s.Links.Intersect(asked, StringComparer.Ordinal).Any());
        var paths = Of(job.TraceId).Select(PathOf).ToList();
        Assert.Contains(["job sitelint.scan", "browser page"], paths);
        Assert.Contains(["job sitelint.scan", "object put"], paths);
        Assert.Contains(["job sitelint.scan", "database write"], paths);
        Assert.Equal("audited", Of(job.TraceId).Single(s => s.Name == "browser page").Attributes["omniaudit.outcome"]);
    }

    [Fact]
    public void Export_HoldsNoSecretPayloadQueryOrToken()
    {
        Assert.True(server.Spans.Count > 30, $"Only {server.Spans.Count} spans were sent.");
        Assert.Contains(server.Collector.Received, r => r.Path == "/v1/metrics");
        foreach (var (path, body) in server.Collector.Received)
        {
            // Latin-1 keeps every byte; texts of a trace are not compressed.
            var text = Encoding.Latin1.GetString(body);
            foreach (var secret in server.Secrets) Assert.False(text.Contains(secret, StringComparison.OrdinalIgnoreCase), $"{path} holds {secret}: {Around(text, secret)}");
        }
    }

    [Fact]
    public void Spans_HaveOnlyNamesAndAttributesOfAClosedSet()
    {
        string[] known =
        [
            "http.request.method", "http.route", "http.response.status_code", "network.protocol.version", "error.type",
            "omniaudit.tool", "omniaudit.module", "omniaudit.risk", "omniaudit.status", "omniaudit.wait_ms", "omniaudit.attempt", "omniaudit.outcome", "omniaudit.github.resource", "omniaudit.object_store",
        ];
        Assert.Empty(server.Spans.SelectMany(s => s.Attributes.Keys).Distinct(StringComparer.Ordinal).Except(known, StringComparer.Ordinal));
        Assert.DoesNotContain(server.Spans, s => s.Events > 0);
        Assert.DoesNotContain(server.Spans, s => s.Name is "GET /healthz" or "GET /readyz" or "GET /metrics");
        Assert.Contains(server.Spans, s => s.Name == "tool unknown" && s.Attributes["error.type"] == "unknown_tool");
    }

    private static string Around(string text, string secret)
    {
        var at = text.IndexOf(secret, StringComparison.OrdinalIgnoreCase);
        return text[Math.Max(0, at - 60)..Math.Min(text.Length, at + 60)];
    }
}

/// <summary>Traces that nobody asked for.</summary>
public sealed class TracesOffTests
{
    [Fact]
    public async Task Server_WithTracesOff_HasNobodyWhoCollectsThem()
    {
        await using var app = await TestApp.StartAsync();
        Assert.Null(app.Services.GetService<TracerProvider>());
    }
}
