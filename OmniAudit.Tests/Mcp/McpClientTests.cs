using System.Text.Json;
using ModelContextProtocol.Client;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>The SDK's own client, in both eras.</summary>
public sealed class McpClientTests(SharedApp shared) : IClassFixture<SharedApp>
{
    [Theory]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Client_OfTheSdk_ListsAndCalls(string version)
    {
        var transport = new HttpClientTransport(new HttpClientTransportOptions { Endpoint = new Uri(shared.App.Url, "/mcp"), TransportMode = HttpTransportMode.StreamableHttp });
        await using var client = await McpClient.CreateAsync(transport, new McpClientOptions { ProtocolVersion = version });

        Assert.Equal(version, client.NegotiatedProtocolVersion);
        var tools = await client.ListToolsAsync();
        Assert.Equal(shared.App.Get<ToolCatalog>().All.Select(t => t.Name), tools.Select(t => t.Name));
        var result = await client.CallToolAsync("core.health");
        Assert.NotEqual(true, result.IsError);
        Assert.Equal("ok", JsonSerializer.SerializeToElement(result.StructuredContent).GetProperty("status").GetString());
        var wrong = await client.CallToolAsync("core.get_job", new Dictionary<string, object?>(StringComparer.Ordinal) { ["job"] = "x" });
        Assert.True(wrong.IsError);
    }
}
