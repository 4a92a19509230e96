using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace OmniAudit.Tests.Observability;

/// <summary>A test that needs Prometheus; skipped, with the reason, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PrometheusFactAttribute : FactAttribute
{
    public PrometheusFactAttribute() => Skip = File.Exists("/usr/bin/prometheus") && File.Exists("/usr/bin/promtool") ? null : "prometheus not installed; run scripts/install-test-tools.sh as root.";
}

/// <summary>A server after a little traffic: everything that has a figure has one.</summary>
public sealed class WatchedServer : IAsyncLifetime
{
    private FakeGitHub _gitHub = null!;

    public TestApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _gitHub = await FakeGitHub.StartAsync();
        var repository = _gitHub.AddRepository("acme/site");
        App = await TestApp.StartAsync(o =>
        {
            _gitHub.Configure(o);
            o.RateLimits.WritesPerMinute = 1;
        });
        await App.CallAsync("auditlens.list_runs", new { repo = repository.FullName });
        await App.CallAsync("probe.read_note", new { @break = true });
        var asked = (await App.CallAsync("probe.write_note", new { text = "one" })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await App.CallAsync("probe.write_note", new { text = "two" });
        await App.DecideAsync(asked, Decision.Approve);
        await App.WaitForStateAsync(asked, "executed");
        // No handler: it fails, and has ended.
        await App.CallAsync("probe.start_job");
        await Eventually.TrueAsync(async () => (await App.Get<JobQueries>().ListAsync(JobStatus.Failed, 1, default)).Count == 1, "the job's end");
        await App.Get<Database>().WriteAsync(db =>
        {
            db.Add(new JobRow { JobId = "job_1", Module = "sitelint", Kind = "k", RequestedBy = "agent:x", CreatedAt = App.Time.GetUtcNow() });
            db.Add(new SourceRow { Source = "directory", SucceededAt = App.Time.GetUtcNow() });
            db.Add(new FeedRow { Feed = "directory", Source = "directory", SettledTo = App.Time.GetUtcNow() });
            return Task.CompletedTask;
        }, CancellationToken.None);
        // After the start: nothing is to be fetched here.
        App.Options.AdminOps.Sources = ["directory"];
        App.Time.Advance(TimeSpan.FromSeconds(2));
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await _gitHub.DisposeAsync();
    }
}

/// <summary>What deploy/ says about the metrics holds of the real exposition, and a real Prometheus reads it.</summary>
public sealed partial class PrometheusServerTests(WatchedServer server) : IClassFixture<WatchedServer>
{
    private static readonly string Rules = Path.Combine(SourceTree.Root, "deploy", "prometheus", "omniaudit.rules.yml");
    private static readonly string Config = Path.Combine(SourceTree.Root, "deploy", "prometheus", "prometheus.yml");
    private static readonly string Dashboard = Path.Combine(SourceTree.Root, "deploy", "grafana", "omniaudit.json");

    private static IEnumerable<YamlMappingNode> AlertRules()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Rules)));
        var groups = (YamlSequenceNode)yaml.Documents[0].RootNode["groups"];
        return groups.SelectMany(g => (YamlSequenceNode)g["rules"]).Cast<YamlMappingNode>();
    }

    private static IReadOnlyList<string> Expressions() =>
    [
        .. AlertRules().Select(r => ((YamlScalarNode)r["expr"]).Value!),
        .. JsonDocument.Parse(File.ReadAllText(Dashboard)).RootElement.GetProperty("panels").EnumerateArray().SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!),
    ];

    /// <summary>A selector's name: before its braces, its range, or the end of the operand. Functions, labels and keywords are others.</summary>
    private static IEnumerable<string> SeriesIn(string expression)
    {
        var bare = GroupingClause().Replace(StringOrBraces().Replace(expression, ""), " ");
        return Word().Matches(bare).Where(m => m.Index + m.Length == bare.Length || !bare[(m.Index + m.Length)..].TrimStart().StartsWith('(')).Select(m => m.Value)
            .Where(w => w is not ("and" or "or" or "unless" or "offset" or "bool" or "by" or "without" or "on" or "ignoring" or "up") && !Duration().IsMatch(w));
    }

    [Fact]
    public async Task EverySeries_OfRulesAndDashboard_IsInTheExposition()
    {
        var metrics = PrometheusText.Parse(await server.App.Http.GetStringAsync("/metrics"));
        var there = metrics.Samples.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        var named = Expressions().SelectMany(SeriesIn).Distinct(StringComparer.Ordinal).ToList();

        Assert.True(named.Count > 20, string.Join(", ", named));
        Assert.Empty(named.Except(there, StringComparer.Ordinal));
        // And nothing that is declared is left out of the exposition.
        Assert.Empty(MetricTable.All.Select(m => m.Name).Except(metrics.Types.Keys, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("sum by (le, a) (rate(one_bucket{b=\"c\"}[5m])) / two > 3", "one_bucket two")]
    [InlineData("min(a_b) == 0 and on (x) time() - c_d > 6 * 3600", "a_b c_d")]
    public void SeriesIn_OfAnExpression_AreItsSelectors(string expression, string series) => Assert.Equal(series, string.Join(' ', SeriesIn(expression)));

    [Fact]
    public void EveryAlert_HasASummaryAndAPlaceInTheRunbook()
    {
        var runbook = File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", "operations.md")).Where(l => l.StartsWith('#')).Select(l => l.TrimStart('#', ' ')).ToList();
        foreach (var rule in AlertRules())
        {
            var (name, notes) = (((YamlScalarNode)rule["alert"]).Value!, rule["annotations"]);
            Assert.NotEmpty(((YamlScalarNode)notes["summary"]).Value!);
            Assert.Equal($"docs/operations.md#{name.ToLowerInvariant()}", ((YamlScalarNode)notes["runbook_url"]).Value);
            Assert.Contains(name, runbook);
        }
    }

    [PrometheusFact]
    public async Task Promtool_FindsNothingWrong()
    {
        Assert.Contains("SUCCESS", await RunAsync("/usr/bin/promtool", "check", "rules", Rules), StringComparison.Ordinal);
        Assert.Contains("SUCCESS", await RunAsync("/usr/bin/promtool", "check", "config", Config), StringComparison.Ordinal);
        // Its linter of expositions reads standard input.
        Assert.Equal("", await RunAsync("/bin/sh", "-c", $"curl -sS {server.App.Url}metrics | /usr/bin/promtool check metrics 2>&1"));
    }

    [PrometheusFact]
    public async Task Prometheus_OfOurConfiguration_ScrapesTheServerAndEvaluatesTheRules()
    {
        var directory = Directory.CreateTempSubdirectory("omniaudit-prometheus-").FullName;
        var config = (await File.ReadAllTextAsync(Config)).Replace("127.0.0.1:8080", server.App.Url.Authority, StringComparison.Ordinal).Replace("15s", "1s", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(directory, "prometheus.yml"), config);
        File.Copy(Rules, Path.Combine(directory, "omniaudit.rules.yml"));
        var port = Ports.Free();
        using var prometheus = Process.Start(new ProcessStartInfo("/bin/sh",
            ["-c", $"exec /usr/bin/prometheus --config.file={directory}/prometheus.yml --storage.tsdb.path={directory}/data --web.listen-address=127.0.0.1:{port} >{directory}/log 2>&1"]))!;
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            Assert.Equal("2", await ValueAsync(http, "omniaudit_receipt_log_receipts"));
            Assert.Equal("1", await ValueAsync(http, "up{job=\"omniaudit\"}"));
            Assert.Equal("1", await ValueAsync(http, "omniaudit_tool_calls_total{tool=\"auditlens.list_runs\",status=\"succeeded\"}"));
            // OpenMetrics was spoken: only there a series has a unit.
            var metadata = await http.GetStringAsync("/api/v1/targets/metadata?metric=omniaudit_tool_latency_seconds");
            Assert.Contains("\"unit\":\"seconds\"", metadata, StringComparison.Ordinal);
            var rules = await Eventually.GetAsync(async () => JsonDocument.Parse(await http.GetStringAsync("/api/v1/rules?type=alert")).RootElement.GetProperty("data").GetProperty("groups")[0].GetProperty("rules").EnumerateArray().ToList(),
                all => all.TrueForAll(r => r.GetProperty("health").GetString() == "ok"), "every rule is evaluated");
            Assert.Equal(AlertRules().Count(), rules.Count);
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Task<string> ValueAsync(HttpClient http, string query) => Eventually.GetAsync(async () =>
    {
        try
        {
            var answer = JsonDocument.Parse(await http.GetStringAsync("/api/v1/query?query=" + Uri.EscapeDataString(query))).RootElement.GetProperty("data").GetProperty("result");
            return answer.GetArrayLength() == 0 ? "" : answer[0].GetProperty("value")[1].GetString()!;
        }
        catch (HttpRequestException)
        {
            return "";
        }
    }, value => value.Length > 0, query);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Eventually.Patience);
        Assert.True(process.ExitCode == 0, $"{program}: {await output}{errors}");
        return await output + errors;
    }

    [GeneratedRegex("""\{[^}]*\}|\[[^\]]*\]|"[^"]*" """, RegexOptions.IgnorePatternWhitespace, matchTimeoutMilliseconds: 5000)]
    private static partial Regex StringOrBraces();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex GroupingClause();

    [GeneratedRegex("[a-zA-Z_:][a-zA-Z0-9_:]*", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Word();

    [GeneratedRegex("^e[0-9]+$|^[smhdwy]$", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Duration();
}
