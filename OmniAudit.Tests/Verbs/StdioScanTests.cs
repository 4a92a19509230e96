using System.Text.Json;
using ModelContextProtocol.Client;
using OmniAudit.Modules.Jobs;
using OmniAudit.Tests.Browser;
using OmniAudit.Tests.SiteLint;
using OmniAudit.Tests.Support;
using OmniAudit.Web;

namespace OmniAudit.Tests.Verbs;

/// <summary>A scan that is asked for over standard input and run by the server beside it.</summary>
[Collection(RealBrowser.Name)]
public sealed class StdioScanTests
{
    [Fact]
    public async Task Scan_QueuedOverStdio_IsRunByTheServerOfTheSameData()
    {
        var data = Directory.CreateTempSubdirectory("omniaudit-test-").FullName;
        await using var site = await AuditedSite.StartAsync();
        await using (var app = await TestApp.StartAsync(AuditedSite.Allow(site), data))
        {
            await using var client = await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions
            {
                Command = "dotnet", Arguments = [typeof(OmniAuditServer).Assembly.Location, "mcp-stdio"],
                EnvironmentVariables = new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["OMNIAUDIT_DATA"] = data, ["APP_PORT"] = app.Url.Port.ToString(), ["URL_ALLOWLIST"] = site.Authority, ["SITELINT_ASYNC_MODE"] = "true",
                },
            }), new McpClientOptions { ProtocolVersion = "2025-11-25" });
            var asked = await CallAsync("sitelint.start_scan", new() { ["url"] = site.Url + "/about", ["profile"] = "quick", ["viewport_set"] = "desktop" });
            var job = asked.GetProperty("job_id").GetString()!;

            await Eventually.GetAsync(() => app.Get<JobStore>().FindAsync(job, CancellationToken.None), j => j!.Status is JobStatus.Completed or JobStatus.Failed, "the scan's end");

            Assert.Contains("/about", site.Hits);
            Assert.Equal("completed", (await CallAsync("sitelint.get_scan", new() { ["job_id"] = job })).GetProperty("status").GetString());

            async Task<JsonElement> CallAsync(string tool, Dictionary<string, object?> arguments) => JsonSerializer.SerializeToElement((await client.CallToolAsync(tool, arguments)).StructuredContent);
        }
        Directory.Delete(data, recursive: true);
    }
}
