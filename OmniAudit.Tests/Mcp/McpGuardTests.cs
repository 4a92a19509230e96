using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Tests.Mcp;

/// <summary>What holds for every handler, whoever wrote it: seen on tools and resources that do what ours do not.</summary>
public sealed class McpGuardTests : IAsyncLifetime
{
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(services: s => s.AddSingleton<IConfigureOptions<McpServerOptions>>(new ConfigureOptions<McpServerOptions>(o =>
    {
        o.ToolCollection =
        [
            McpServerTool.Create(string () => throw Ask(new ElicitRequestParams { Message = "Sure?", RequestedSchema = new ElicitRequestParams.RequestSchema() }), new() { Name = "ask_form" }),
            McpServerTool.Create(string () => throw Ask(new ElicitRequestParams { Mode = "url", Url = "https://omni.example/a", Message = "Open it" }), new() { Name = "ask_url" }),
            McpServerTool.Create(string () => throw new UrlElicitationRequiredException("Open it", [new ElicitRequestParams { Mode = "url", ElicitationId = "e1", Url = "https://omni.example/a", Message = "Open it" }]), new() { Name = "need_url" }),
        ];
        o.Handlers.ListResourcesHandler = (_, _) => throw new InvalidOperationException("secret detail");
        o.Handlers.ReadResourceHandler = (request, _) => throw new McpProtocolException("There is no such resource.", McpErrorCode.InvalidParams);
    })));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    private static InputRequiredException Ask(ElicitRequestParams asked) => new(new Dictionary<string, InputRequest>(StringComparer.Ordinal) { ["q"] = InputRequest.ForElicitation(asked) });

    private async Task<McpAnswer> CallAsync(string version, string tool, string capabilities)
    {
        if (version == McpMessage.Stateless)
            return await McpMessage.Call(tool).With(m => m.Params["_meta"]!["io.modelcontextprotocol/clientCapabilities"] = JsonNode.Parse(capabilities)).SendAsync(_app);
        var session = (await McpMessage.Initialize(version).With(m => m.Params["capabilities"] = JsonNode.Parse(capabilities)).SendAsync(_app)).SessionId;
        return await McpMessage.InSession(session, version, "tools/call", new JsonObject { ["name"] = tool, ["arguments"] = new JsonObject() }).SendAsync(_app);
    }

    [Theory]
    [InlineData("2026-07-28", "ask_form", "{}", "form")]
    [InlineData("2026-07-28", "ask_form", """{"elicitation":{"url":{}}}""", "form")]
    [InlineData("2026-07-28", "ask_url", "{}", "url")]
    [InlineData("2026-07-28", "ask_url", """{"elicitation":{}}""", "url")]
    [InlineData("2026-07-28", "need_url", """{"elicitation":{"form":{}}}""", "url")]
    [InlineData("2025-11-25", "ask_url", """{"elicitation":{}}""", "url")]
    [InlineData("2025-11-25", "need_url", """{"elicitation":{}}""", "url")]
    [InlineData("2025-06-18", "need_url", """{"elicitation":{}}""", "url")]
    [InlineData("2025-06-18", "ask_form", "{}", "form")]
    public async Task Client_IsNotAskedForWhatItDidNotDeclare(string version, string tool, string capabilities, string missing)
    {
        var answer = await CallAsync(version, tool, capabilities);
        Assert.Equal(version == McpMessage.Stateless ? HttpStatusCode.BadRequest : HttpStatusCode.OK, answer.Status);
        Assert.Equal(-32021, answer.Error.GetProperty("code").GetInt32());
        Assert.True(answer.Error.GetProperty("data").GetProperty("requiredCapabilities").GetProperty("elicitation").TryGetProperty(missing, out _), answer.Body);
    }

    [Theory]
    [InlineData("ask_form", """{"elicitation":{}}""", "form")]
    [InlineData("ask_url", """{"elicitation":{"url":{}}}""", "url")]
    [InlineData("need_url", """{"elicitation":{"url":{}}}""", "url")]
    public async Task Client_OfTheStatelessVersion_IsAskedByItsResult(string tool, string capabilities, string mode)
    {
        var result = (await CallAsync(McpMessage.Stateless, tool, capabilities)).Result;
        Assert.Equal("input_required", result.GetProperty("resultType").GetString());
        var asked = result.GetProperty("inputRequests").EnumerateObject().Single().Value.GetProperty("params");
        Assert.Equal(mode, asked.TryGetProperty("mode", out var said) ? said.GetString() : "form");
        Assert.False(asked.TryGetProperty("elicitationId", out _));
    }

    [Fact]
    public async Task UrlElicitation_IsAnErrorInItsOneVersion()
    {
        var error = (await CallAsync("2025-11-25", "need_url", """{"elicitation":{"url":{}}}""")).Error;
        Assert.Equal((-32042, "e1"), (error.GetProperty("code").GetInt32(), error.GetProperty("data").GetProperty("elicitations")[0].GetProperty("elicitationId").GetString()));
    }

    [Fact]
    public async Task Resource_ThatIsMissing_IsNamed()
    {
        var error = (await McpMessage.Of("resources/read", new JsonObject { ["uri"] = "test://none" }).With(m => m.Headers["Mcp-Name"] = "test://none").SendAsync(_app)).Error;
        Assert.Equal((-32602, "test://none"), (error.GetProperty("code").GetInt32(), error.GetProperty("data").GetProperty("uri").GetString()));
    }

    [Fact]
    public async Task Fault_OfAHandler_HasAReferenceAndNoDetail()
    {
        var answer = await McpMessage.Of("resources/list").With(m => m.Headers["x-request-id"] = "find-me").SendAsync(_app);
        Assert.Equal(-32603, answer.Error.GetProperty("code").GetInt32());
        Assert.Contains("find-me", answer.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret detail", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_SayHowLongTheyStayFresh()
    {
        var result = (await McpMessage.Of("tools/list").SendAsync(_app)).Result;
        Assert.Equal((60_000, "private"), (result.GetProperty("ttlMs").GetInt32(), result.GetProperty("cacheScope").GetString()));
    }

    private static readonly JsonElement Schema = JsonDocument.Parse("""{"properties":{"region":{"type":"string","x-mcp-header":"Region"},"limit":{"type":"integer","x-mcp-header":"Limit"},"at":{"type":"object","properties":{"zone":{"type":"string","x-mcp-header":"Zone"}}},"free":{"type":"string"}}}""").RootElement;

    [Theory]
    [InlineData("", "{}")]
    [InlineData("", """{"region":null,"free":"x"}""")]
    [InlineData("Region=eu", """{"region":"eu"}""")]
    [InlineData("Region==?base64?w7Y=?=", """{"region":"ö"}""")]
    [InlineData("Limit=42", """{"limit":42.0}""")]
    [InlineData("Limit=4.2e1", """{"limit":42}""")]
    [InlineData("Zone=a", """{"at":{"zone":"a"}}""")]
    public void ParameterHeaders_ThatRepeatTheBody_Pass(string headers, string arguments) => McpParameterHeaders.Check(Headers(headers), Schema, (JsonObject)JsonNode.Parse(arguments)!);

    [Theory]
    [InlineData("", """{"region":"eu"}""", "Mcp-Param-Region")]
    [InlineData("Region=us", """{"region":"eu"}""", "Mcp-Param-Region")]
    [InlineData("Region=eu", "{}", "Mcp-Param-Region")]
    [InlineData("Region==?base64?%%?=", """{"region":"eu"}""", "Mcp-Param-Region")]
    [InlineData("Limit=43", """{"limit":42}""", "Mcp-Param-Limit")]
    [InlineData("Limit=9007199254740992", """{"limit":9007199254740992}""", "Mcp-Param-Limit")]
    [InlineData("Limit=42.5", """{"limit":42.5}""", "Mcp-Param-Limit")]
    [InlineData("", """{"at":{"zone":"a"}}""", "Mcp-Param-Zone")]
    public void ParameterHeaders_ThatDoNot_AreRefusedByName(string headers, string arguments, string named) =>
        Assert.Contains(named, Assert.Throws<McpRefusal>(() => McpParameterHeaders.Check(Headers(headers), Schema, (JsonObject)JsonNode.Parse(arguments)!)).Message, StringComparison.Ordinal);

    private static HeaderDictionary Headers(string text)
    {
        var headers = new HeaderDictionary();
        if (text.Length > 0) headers[$"Mcp-Param-{text[..text.IndexOf('=', StringComparison.Ordinal)]}"] = text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..];
        return headers;
    }
}
