using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Conformance;

/// <summary>The public conformance suites and the Inspector, as processes of their own, against the real server.</summary>
[Collection(Name)]
public sealed partial class ConformanceTests : IAsyncLifetime
{
    public const string Name = "conformance";

    private readonly ConformanceFixtures _fixtures = new();
    private readonly string _results = Directory.CreateTempSubdirectory("omniaudit-conformance-").FullName;
    private TestApp _withFixtures = null!;

    public async Task InitializeAsync() => _withFixtures = await TestApp.StartAsync(o => o.RateLimits.WritesPerMinute = 10_000, services: s => s.AddSingleton<IConfigureOptions<McpServerOptions>>(_fixtures));

    public async Task DisposeAsync()
    {
        await _withFixtures.DisposeAsync();
        Directory.Delete(_results, recursive: true);
    }

    [Theory]
    [InlineData("0.1.16, all", "conformance", "--suite", "all")]
    [InlineData("0.2.0-alpha.12, 2025-11-25", "conformance-next", "--requirements", "2025-11-25")]
    [InlineData("0.2.0-alpha.12, 2026-07-28", "conformance-next", "--requirements", "2026-07-28")]
    public async Task Suite_AgainstTheServerWithFixtures_Passes(string title, string package, string option, string value)
    {
        // Without the fixtures some scenarios pass on any error.
        var listed = (await McpMessage.Of("tools/list").SendAsync(_withFixtures)).Result.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()!).ToHashSet(StringComparer.Ordinal);
        Assert.True(_fixtures.ToolNames.Count() > 25 && listed.IsSupersetOf(_fixtures.ToolNames));
        Assert.True(listed.IsSupersetOf(_withFixtures.Get<ToolCatalog>().All.Select(t => t.Name)));

        await RunAsync(title, _withFixtures, package, option, value);
    }

    private async Task RunAsync(string title, TestApp app, string package, params string[] options)
    {
        var (code, output) = await NodeTool.RunAsync($"{package}/dist/index.js", ["server", "--url", new Uri(app.Url, "/mcp").ToString(), "-o", Path.Combine(_results, package), .. options]);
        Assert.True(code == 0, output);
    }
}
