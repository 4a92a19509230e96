using System.Text.Json;
using System.Text.RegularExpressions;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Conformance;

/// <summary>The public conformance suites and the Inspector, as processes of their own, against the real server.</summary>
[Collection(ConformanceSites.Name)]
public sealed partial class ConformanceTests(ConformanceSites sites)
{
    /// <summary>Scenarios that ask for nothing a server would have to offer for the suite's sake, and the capability without which they mean nothing.</summary>
    private static readonly Dictionary<string, string> WithoutFixtures = new(StringComparer.Ordinal)
    {
        ["server-initialize"] = "", ["server-session-lifecycle"] = "", ["server-sse-multiple-streams"] = "", ["dns-rebinding-protection"] = "", ["ping"] = "", ["tools-list"] = "tools",
        ["logging-set-level"] = "logging", ["resources-list"] = "resources", ["prompts-list"] = "prompts", ["sep-2164-resource-not-found"] = "resources",
        ["http-header-validation"] = "", ["input-required-result-unsupported-methods"] = "", ["caching"] = "resources",
    };

    [Theory]
    [InlineData("0.1.16, all scenarios", "conformance", "--suite", "all")]
    [InlineData("0.2.0-alpha.12, required by 2025-11-25", "conformance-next", "--requirements", "2025-11-25")]
    [InlineData("0.2.0-alpha.12, required by 2026-07-28", "conformance-next", "--requirements", "2026-07-28")]
    public async Task Suite_AgainstTheServerWithFixtures_Passes(string title, string package, string option, string value)
    {
        // Without the fixtures some scenarios pass on any error.
        var listed = (await McpMessage.Of("tools/list").SendAsync(sites.WithFixtures)).Result.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()!).ToHashSet(StringComparer.Ordinal);
        var fixtures = sites.FixtureTools;
        Assert.True(fixtures.Count > 25 && listed.IsSupersetOf(fixtures), $"Missing: {string.Join(", ", fixtures.Except(listed))}");
        Assert.True(listed.IsSupersetOf(sites.WithFixtures.Get<ToolCatalog>().All.Select(t => t.Name)));

        var run = await RunAsync(sites.WithFixtures, package, option, value);
        Assert.True(run.ExitCode == 0, run.Output);
        var scored = run.Scenarios.Where(s => !run.NotScored.Contains(s.Key)).ToList();
        Assert.True(scored.Count >= 30, run.Output);
        Assert.All(scored, s => Assert.True(s.Value.Failed == 0, $"{s.Key}: {s.Value}"));
        SuiteReport.Conformance.AddTo("MCP conformance, with fixtures",
        [
            $"{title}: {scored.Count} of {scored.Count} scored scenarios, {scored.Sum(s => s.Value.Passed)} checks passed, 0 failed, {run.Warnings.Count} warnings{(run.Warnings.Count == 0 ? "" : $" ({string.Join(", ", run.Warnings)})")}"
            + (run.NotScored.Count == 0 ? "" : $"; not scored: {run.NotScored.Count(n => run.Scenarios[n].Failed == 0)} of {run.NotScored.Count}"),
        ]);
    }

    [Theory]
    [InlineData("2025-11-25", "server-initialize", "server-session-lifecycle", "server-sse-multiple-streams", "dns-rebinding-protection", "ping", "tools-list", "logging-set-level", "resources-list", "prompts-list")]
    [InlineData("2026-07-28", "server-sse-multiple-streams", "dns-rebinding-protection", "tools-list", "resources-list", "prompts-list", "sep-2164-resource-not-found", "http-header-validation", "input-required-result-unsupported-methods", "caching")]
    public async Task Suite_AgainstTheShippedTools_PassesWhatNeedsNoFixture(string version, params string[] scenarios)
    {
        var discovered = (await McpMessage.Of("server/discover").SendAsync(sites.Shipped)).Result.GetProperty("capabilities");
        var run = await RunAsync(sites.Shipped, "conformance-next", "--requirements", version);
        var meant = scenarios.Where(s => WithoutFixtures[s].Length == 0 || discovered.TryGetProperty(WithoutFixtures[s], out _)).ToList();
        Assert.True(meant.Count >= 4, string.Join(", ", meant));
        Assert.All(meant, s => Assert.True(run.Scenarios[s] is { Passed: > 0, Failed: 0 }, $"{s}: {run.Scenarios[s]}{Environment.NewLine}{run.Output}"));
        SuiteReport.Conformance.AddTo("MCP conformance, shipped tools only", [$"0.2.0-alpha.12, {version}: {meant.Count} of {meant.Count} scenarios that need no fixture"]);
    }

    [Theory]
    [InlineData("legacy")]
    [InlineData("modern")]
    [InlineData("auto")]
    public async Task Inspector_Strict_ListsAndCallsWithoutComplaint(string era)
    {
        var tools = sites.Shipped.Get<ToolCatalog>().All.Select(t => t.Name).ToList();
        var (code, list, complaints) = await InspectAsync("--method", "tools/list", "--strict");
        Assert.True(code == 0 && complaints.Length == 0, complaints + list);
        Assert.Equal(tools, JsonDocument.Parse(list).RootElement.GetProperty("result").GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()));

        (code, var called, complaints) = await InspectAsync("--method", "tools/call", "--tool-name", "core.health");
        Assert.True(code == 0 && complaints.Length == 0, complaints + called);
        Assert.Equal("ok", JsonDocument.Parse(called).RootElement.GetProperty("result").GetProperty("structuredContent").GetProperty("status").GetString());
        SuiteReport.Conformance.AddTo("MCP Inspector 2.12.0 --strict", [$"{era}: {tools.Count} tools listed and one called, no errors, no warnings"]);

        Task<(int ExitCode, string Output, string Errors)> InspectAsync(params string[] arguments) => NodeTool.RunAsync("@modelcontextprotocol/inspector/clients/launcher/build/index.js",
            ["--cli", new Uri(sites.Shipped.Url, "/mcp").ToString(), "--transport", "http", "--protocol-era", era, "--format", "json", .. arguments]);
    }

    private sealed record SuiteRun(int ExitCode, string Output, Dictionary<string, (int Passed, int Failed)> Scenarios, IReadOnlyCollection<string> NotScored, IReadOnlyList<string> Warnings);

    private static async Task<SuiteRun> RunAsync(TestApp app, string package, params string[] options)
    {
        var results = Directory.CreateTempSubdirectory("omniaudit-conformance-").FullName;
        try
        {
            var (code, output, errors) = await NodeTool.RunAsync($"{package}/dist/index.js", ["server", "--url", new Uri(app.Url, "/mcp").ToString(), "-o", results, .. options]);
            var summary = output[output.IndexOf("=== SUMMARY ===", StringComparison.Ordinal)..];
            var scenarios = ScenarioLine().Matches(summary).ToDictionary(m => m.Groups[1].Value, m => (int.Parse(m.Groups[2].ValueSpan), int.Parse(m.Groups[3].ValueSpan)), StringComparer.Ordinal);
            var warnings =
                from file in Directory.EnumerateFiles(results, "checks.json", SearchOption.AllDirectories)
                from check in JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray()
                where check.GetProperty("status").GetString() == "WARNING"
                select check.GetProperty("id").GetString()!;
            return new SuiteRun(code, output + errors, scenarios, [.. NotScoredLine().Matches(summary).Select(m => m.Groups[1].Value)], [.. warnings.Order(StringComparer.Ordinal)]);
        }
        finally
        {
            Directory.Delete(results, recursive: true);
        }
    }

    [GeneratedRegex(@"^[✓✗] (\S+): (\d+) passed, (\d+) failed", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex ScenarioLine();

    [GeneratedRegex(@"^  [✓✗] (\S+) \(", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex NotScoredLine();
}
