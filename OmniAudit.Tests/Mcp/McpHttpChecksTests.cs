using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>What a POST to /mcp must satisfy, one check at a time.</summary>
public sealed class McpHttpChecksTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Version = "MCP-Protocol-Version";
    private const int MiB = 1024 * 1024;

    private sealed record Case(HttpStatusCode Status, int Code, string Named, Action<McpMessage> Spoil);

    private static readonly Dictionary<string, Case> Cases = new(StringComparer.Ordinal)
    {
        ["content type of another kind"] = new(HttpStatusCode.UnsupportedMediaType, -32600, "Content-Type", m => m.Headers["Content-Type"] = "text/plain"),
        ["no content type"] = new(HttpStatusCode.UnsupportedMediaType, -32600, "Content-Type", m => m.Headers["Content-Type"] = null),
        ["accepts JSON only"] = new(HttpStatusCode.NotAcceptable, -32600, "Accept", m => m.Headers["Accept"] = "application/json"),
        ["accepts streams only"] = new(HttpStatusCode.NotAcceptable, -32600, "Accept", m => m.Headers["Accept"] = "text/event-stream"),
        ["accepts JSON at quality 0"] = new(HttpStatusCode.NotAcceptable, -32600, "Accept", m => m.Headers["Accept"] = "application/json;q=0, text/event-stream"),
        ["says nothing of what it accepts"] = new(HttpStatusCode.NotAcceptable, -32600, "Accept", m => m.Headers["Accept"] = null),
        ["a byte too large"] = new(HttpStatusCode.RequestEntityTooLarge, -32600, "1048576", m => m.Body = Padded(m, MiB + 1)),
        ["empty body"] = new(HttpStatusCode.BadRequest, -32700, "JSON", m => m.Body = []),
        ["broken JSON"] = new(HttpStatusCode.BadRequest, -32700, "JSON", m => m.Body = "{\"jsonrpc\":\"2.0\""u8.ToArray()),
        ["two messages"] = new(HttpStatusCode.BadRequest, -32700, "JSON", m => m.Body = Encoding.UTF8.GetBytes(m.Json!.ToJsonString() + m.Json!.ToJsonString())),
        ["bytes that are no text"] = new(HttpStatusCode.BadRequest, -32700, "JSON", m => m.Body = Spoilt(m, "probe.read_note")),
        ["bytes that are no text among the arguments"] = new(HttpStatusCode.BadRequest, -32700, "JSON", m => m.Body = Spoilt(m, "wanted")),
        ["a batch"] = new(HttpStatusCode.BadRequest, -32600, "Batches", m => m.Body = Encoding.UTF8.GetBytes($"[{m.Json!.ToJsonString()}]")),
        ["an empty batch"] = new(HttpStatusCode.BadRequest, -32600, "Batches", m => m.Body = "[]"u8.ToArray()),
        ["null"] = new(HttpStatusCode.BadRequest, -32600, "null", m => m.Body = "null"u8.ToArray()),
        ["a number"] = new(HttpStatusCode.BadRequest, -32600, "one JSON-RPC", m => m.Body = "5"u8.ToArray()),
        ["an empty object"] = new(HttpStatusCode.BadRequest, -32600, "one JSON-RPC", m => m.Body = "{}"u8.ToArray()),
        ["a member given twice"] = new(HttpStatusCode.BadRequest, -32600, "twice", m => m.Body = Encoding.UTF8.GetBytes(m.Json!.ToJsonString().Replace("\"params\":{", "\"params\":{\"_meta\":{},", StringComparison.Ordinal))),
        ["an argument given twice"] = new(HttpStatusCode.BadRequest, -32600, "twice", m => m.Body = Replaced(m, "\"x\":\"wanted\"", "\"x\":1,\"\\u0078\":2")),
        ["an id of null"] = new(HttpStatusCode.BadRequest, -32600, "id", m => m.Json!["id"] = null),
        ["another JSON-RPC"] = new(HttpStatusCode.BadRequest, -32600, "2.0", m => m.Json!["jsonrpc"] = "1.0"),
        ["unknown version"] = new(HttpStatusCode.BadRequest, -32022, Version, m => m.Headers[Version] = "2030-01-01"),
        ["no version header"] = new(HttpStatusCode.BadRequest, -32020, Version, m => m.Headers[Version] = null),
        ["version header and _meta differ"] = new(HttpStatusCode.BadRequest, -32020, Version, m => m.Params["_meta"]!["io.modelcontextprotocol/protocolVersion"] = "2025-11-25"),
        ["an older version header and this generation's _meta"] = new(HttpStatusCode.BadRequest, -32020, "2025-11-25", m => m.Headers[Version] = "2025-11-25"),
        ["nested too deep"] = new(HttpStatusCode.BadRequest, -32600, "64 levels", m => m.Body = Deep(m)),
        ["half a character as method"] = new(HttpStatusCode.BadRequest, -32600, "surrogate", m => m.Body = Replaced(m, "\"tools/call\"", "\"\\ud800\"")),
        ["half a character as id"] = new(HttpStatusCode.BadRequest, -32600, "surrogate", m => m.Body = Replaced(m, "\"id\":7", "\"id\":\"\\ud800\"")),
        ["half a character as name"] = new(HttpStatusCode.BadRequest, -32600, "surrogate", m => m.Body = Replaced(m, "\"probe.read_note\"", "\"\\ud800\"")),
        ["half a character as a version"] = new(HttpStatusCode.BadRequest, -32600, "io.modelcontextprotocol/protocolVersion: holds half of a surrogate", m => m.Body = Replaced(m, "Version\":\"2026-07-28\"", "Version\":\"\\ud800\"")),
        ["half a character as a member"] = new(HttpStatusCode.BadRequest, -32600, "surrogate", m => m.Body = Replaced(m, "\"_meta\":", "\"\\ud800\":1,\"_meta\":")),
        ["half a character among the arguments"] = new(HttpStatusCode.BadRequest, -32600, "x: holds half of a surrogate pair", m => m.Body = Replaced(m, "\"wanted\"", "\"a\\udc00b\"")),
        ["a list as params"] = new(HttpStatusCode.BadRequest, -32602, "_meta", m => m.Json!["params"] = new JsonArray(1)),
        ["the method header twice"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Method", m => m.Headers["Mcp-Method"] = "tools/call, tools/call"),
        ["an invisible character in a header"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Name", m => m.Headers["Mcp-Name"] = Base64("probe.read_note\u200B")),
        ["no _meta"] = new(HttpStatusCode.BadRequest, -32602, "io.modelcontextprotocol/protocolVersion", m => m.Params.Remove("_meta")),
        ["no params"] = new(HttpStatusCode.BadRequest, -32602, "io.modelcontextprotocol/protocolVersion", m => m.Json!.Remove("params")),
        ["a number as version"] = new(HttpStatusCode.BadRequest, -32602, "io.modelcontextprotocol/protocolVersion", m => m.Params["_meta"]!["io.modelcontextprotocol/protocolVersion"] = 5),
        ["no capabilities"] = new(HttpStatusCode.BadRequest, -32602, "io.modelcontextprotocol/clientCapabilities", m => ((JsonObject)m.Params["_meta"]!).Remove("io.modelcontextprotocol/clientCapabilities")),
        ["a list of capabilities"] = new(HttpStatusCode.BadRequest, -32602, "io.modelcontextprotocol/clientCapabilities", m => m.Params["_meta"]!["io.modelcontextprotocol/clientCapabilities"] = new JsonArray()),
        ["no method header"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Method", m => m.Headers["Mcp-Method"] = null),
        ["another method header"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Method", m => m.Headers["Mcp-Method"] = "tools/list"),
        ["another case of method"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Method", m => m.Headers["Mcp-Method"] = "Tools/Call"),
        ["no name header"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Name", m => m.Headers["Mcp-Name"] = null),
        ["another name header"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Name", m => m.Headers["Mcp-Name"] = "probe.write_note"),
        ["another name in base64"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Name", m => m.Headers["Mcp-Name"] = Base64("probe.write_note")),
        ["name in broken base64"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Name", m => m.Headers["Mcp-Name"] = "=?base64?%%%?="),
        ["name missing in the body"] = new(HttpStatusCode.BadRequest, -32020, "Mcp-Name", m => m.Params.Remove("name")),
        ["a response"] = new(HttpStatusCode.BadRequest, -32600, "Responses", m => m.Json = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 7, ["result"] = new JsonObject() }),
    };

    private static byte[] Replaced(McpMessage message, string what, string by)
    {
        var json = message.Json!.ToJsonString();
        Assert.Contains(what, json, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(json.Replace(what, by, StringComparison.Ordinal));
    }

    private static byte[] Deep(McpMessage message) => Replaced(message, "\"wanted\"", new string('[', 100_000) + new string(']', 100_000));

    public static TheoryData<string> Faults => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Post_WithOneFault_IsRefusedByName(string fault)
    {
        var wrong = Cases[fault];
        var answer = await McpMessage.Call("probe.read_note", new JsonObject { ["x"] = "wanted" }).With(wrong.Spoil).SendAsync(shared.App);
        answer.AssertRefused(wrong.Status, wrong.Code, wrong.Named);
        Assert.Equal("application/json", answer.ContentHeaders.ContentType?.MediaType);
    }

    [Fact]
    public async Task Post_WithoutFault_IsAnswered()
    {
        var answer = await McpMessage.Call("probe.read_note").SendAsync(shared.App);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(7, answer.Json.GetProperty("id").GetInt32());
        Assert.Equal("hello", answer.Result.GetProperty("structuredContent").GetProperty("note").GetString());
        Assert.Equal("text/event-stream", answer.ContentHeaders.ContentType?.MediaType);
        Assert.Equal(("no-store", "no"), (answer.Headers.CacheControl?.ToString(), answer.Headers.GetValues("X-Accel-Buffering").Single()));
    }

    private static readonly Dictionary<string, Action<McpMessage>> Fine = new(StringComparer.Ordinal)
    {
        ["*/*"] = m => m.Headers["Accept"] = "*/*",
        ["type wildcards"] = m => m.Headers["Accept"] = "application/*, text/*",
        ["upper case"] = m => m.Headers["Accept"] = "Application/JSON, Text/Event-Stream",
        ["a charset"] = m => m.Headers["Content-Type"] = "application/json; charset=utf-8",
        ["exactly 1 MiB"] = m => m.Body = Padded(m, MiB),
        ["name in base64"] = m => m.Headers["Mcp-Name"] = Base64("probe.read_note"),
        ["own origin"] = m => m.Headers["Origin"] = "http://127.0.0.1:5000",
        ["localhost"] = m => m.Headers["Host"] = "localhost",
        ["a text as id"] = m => m.Json!["id"] = "seven",
        ["client info"] = m => m.Params["_meta"]!["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "a", ["version"] = "1" },
        ["a session id, which this generation ignores"] = m => m.Headers["Mcp-Session-Id"] = "nonsense",
    };

    public static TheoryData<string> Variants => [.. Fine.Keys];

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Post_InAnAllowedVariant_IsAnswered(string variant)
    {
        var answer = await McpMessage.Call("probe.read_note").With(Fine[variant]).SendAsync(shared.App);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("hello", answer.Result.GetProperty("structuredContent").GetProperty("note").GetString());
    }

    [Theory]
    [InlineData("/mcp")]
    [InlineData("/healthz")]
    [InlineData("/ui/state")]
    [InlineData("/signin")]
    public async Task Request_UnderAForeignHost_IsForbidden(string path)
    {
        foreach (var host in new[] { "evil.example", "evil.example:80", "127.0.0.1.evil.example" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            using var response = await shared.App.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Contains("Host", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("file://")]
    [InlineData("http://127.0.0.1.evil.example")]
    [InlineData("ftp://127.0.0.1")]
    public async Task Post_FromAForeignOrigin_IsForbidden(string origin)
    {
        var answer = await McpMessage.Call("probe.read_note").With(m => m.Headers["Origin"] = origin).SendAsync(shared.App);
        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Contains("Origin", answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains(origin, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_OfAnUnknownVersion_IsToldWhichAreKnown()
    {
        var data = (await McpMessage.Of("tools/list").With(m => m.Headers[Version] = "2030-01-01").SendAsync(shared.App)).Error.GetProperty("data");
        Assert.Equal([McpMessage.Stateless], data.GetProperty("supported").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal("2030-01-01", data.GetProperty("requested").GetString());
    }

    [Theory]
    [InlineData("initialize")]
    [InlineData("ping")]
    [InlineData("logging/setLevel")]
    [InlineData("resources/subscribe")]
    [InlineData("resources/unsubscribe")]
    [InlineData("nonsense/method")]
    public async Task Post_OfAMethodThatThisGenerationDoesNotHave_IsNotFound(string method) =>
        (await McpMessage.Of(method).SendAsync(shared.App)).AssertRefused(HttpStatusCode.NotFound, -32601, method);

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task GetAndDelete_InThisGeneration_AreNotAllowed(string method)
    {
        var answer = await McpMessage.Without(new HttpMethod(method), null, McpMessage.Stateless).SendAsync(shared.App);
        answer.AssertRefused(HttpStatusCode.MethodNotAllowed, -32600, method);
        Assert.Equal(["POST"], answer.ContentHeaders.Allow);
        (await McpMessage.Without(new HttpMethod(method), null, "2030-01-01").SendAsync(shared.App)).AssertRefused(HttpStatusCode.BadRequest, -32022, Version);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("\"seven\"")]
    public async Task Refusal_OnceTheIdIsKnown_EchoesIt(string id)
    {
        var answer = await McpMessage.Of("tools/list").With(m => (m.Json!["id"], m.Headers["Mcp-Method"]) = (JsonNode.Parse(id), null)).SendAsync(shared.App);
        Assert.Equal(id, answer.Json.GetProperty("id").GetRawText());
    }

    [Fact]
    public async Task Refusal_OfWhatHasNoId_HasNone()
    {
        var answer = await McpMessage.Of("tools/list").With(m => m.Body = "[]"u8.ToArray()).SendAsync(shared.App);
        Assert.True(!answer.Json.TryGetProperty("id", out var id) || id.ValueKind == JsonValueKind.Null, answer.Body);
    }

    [Fact]
    public async Task ToolsList_AskedTwice_IsTheSameToTheByte()
    {
        var first = await McpMessage.Of("tools/list").SendAsync(shared.App);
        var second = await McpMessage.Of("tools/list").SendAsync(shared.App);
        Assert.Equal(first.Json.GetRawText(), second.Json.GetRawText());
        Assert.Equal(first.Result.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()).Order(StringComparer.Ordinal), first.Result.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("caller.chose-this_1", true)]
    [InlineData("has space", false)]
    [InlineData("", false)]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345", false)]
    public async Task RequestId_GivenByTheCaller_IsEchoedIfItIsAPlainWord(string given, bool echoed)
    {
        foreach (var spoil in new Action<McpMessage>[] { _ => { }, m => m.Headers["Accept"] = null, m => m.Headers["Host"] = "evil.example", m => m.Path = "/nowhere" })
        {
            var answer = await McpMessage.Of("tools/list").With(m => m.Headers["x-request-id"] = given).With(spoil).SendAsync(shared.App);
            var id = answer.Headers.GetValues("x-request-id").Single();
            Assert.Equal(echoed, id == given);
            Assert.Matches("^[A-Za-z0-9._-]{1,64}$", id);
        }
    }

    private static string Base64(string text) => $"=?base64?{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}?=";

    /// <summary>The same message, with a text in it that is not UTF-8.</summary>
    private static byte[] Spoilt(McpMessage message, string text)
    {
        var body = Encoding.UTF8.GetBytes(message.Json!.ToJsonString());
        body[body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text))] = 0xFF;
        return body;
    }

    /// <summary>The same message, filled up with blanks to a size.</summary>
    private static byte[] Padded(McpMessage message, int size) => Encoding.UTF8.GetBytes(message.Json!.ToJsonString().PadRight(size));
}
