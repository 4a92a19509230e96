using System.Text.Json.Nodes;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>The approval card as hosts find it: named by write tools, listed, read, and kept from who may not ask for writes.</summary>
public sealed class McpAppsTests(SharedApp shared) : IClassFixture<SharedApp>
{
    public const string Uri = "ui://omniaudit/approval";
    public const string MimeType = "text/html;profile=mcp-app";

    private static McpMessage Read(string? key = null) => McpMessage.Of("resources/read", new JsonObject { ["uri"] = Uri }).WithKey(key);

    [Fact]
    public async Task Tools_ThatWrite_NameTheCardAndNoOthersDo()
    {
        var tools = (await McpMessage.Of("tools/list").SendAsync(shared.App)).Result.GetProperty("tools").EnumerateArray().ToList();

        Assert.Contains(tools, t => !t.TryGetProperty("_meta", out _));
        foreach (var tool in tools)
        {
            var isWrite = shared.App.Get<ToolCatalog>().Find(tool.GetProperty("name").GetString()!)!.Risk == ToolRisk.Write;
            Assert.Equal(isWrite ? """{"ui":{"resourceUri":"ui://omniaudit/approval"},"ui/resourceUri":"ui://omniaudit/approval"}""" : null, tool.TryGetProperty("_meta", out var meta) ? meta.GetRawText() : null);
        }
    }

    [Fact]
    public async Task Card_OverHttpInBothEras_IsListedAndReadAsAnAppThatLoadsNothing()
    {
        var session = (await McpMessage.Initialize("2025-06-18").SendAsync(shared.App)).SessionId;
        foreach (var (list, read) in new[]
        {
            (McpMessage.Of("resources/list"), Read()),
            (McpMessage.InSession(session, "2025-06-18", "resources/list"), McpMessage.InSession(session, "2025-06-18", "resources/read", new JsonObject { ["uri"] = Uri })),
        })
        {
            var listed = (await list.SendAsync(shared.App)).Result.GetProperty("resources").EnumerateArray().Single(r => r.GetProperty("uri").GetString() == Uri);
            var content = Assert.Single((await read.SendAsync(shared.App)).Result.GetProperty("contents").EnumerateArray());

            Assert.Equal((MimeType, Uri, MimeType), (listed.GetProperty("mimeType").GetString(), content.GetProperty("uri").GetString(), content.GetProperty("mimeType").GetString()));
            foreach (var ui in new[] { listed, content }.Select(r => r.GetProperty("_meta").GetProperty("ui")))
                Assert.Equal("""{"csp":{"connectDomains":[],"resourceDomains":[]},"prefersBorder":true}""", ui.GetRawText());
            var html = content.GetProperty("text").GetString()!;
            Assert.StartsWith("<!doctype html>", html, StringComparison.Ordinal);
            Assert.Equal(listed.GetProperty("size").GetInt64(), System.Text.Encoding.UTF8.GetByteCount(html));
            Assert.DoesNotMatch("innerHTML|outerHTML|insertAdjacent|document\\.write|\\beval\\b|https?://|fetch\\(|src=", html);
        }
    }

    [Fact]
    public async Task Card_ForAnAgentThatOnlyReads_IsNotThere()
    {
        var reader = (await shared.App.Get<AgentDirectory>().AddAsync("card-reader", null, AgentScope.Everything with { ReadOnly = true }, OperatorDirectory.CommandLine, CancellationToken.None)).Key;

        var listed = (await McpMessage.Of("resources/list").WithKey(reader).SendAsync(shared.App)).Result.GetProperty("resources");
        Assert.DoesNotContain(listed.EnumerateArray(), r => r.GetProperty("uri").GetString() == Uri);
        Assert.Equal(Uri, (await Read(reader).SendAsync(shared.App)).Error.GetProperty("data").GetProperty("uri").GetString());
    }
}
