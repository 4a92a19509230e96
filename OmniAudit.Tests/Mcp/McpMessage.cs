using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>One request to /mcp, right in everything until a test spoils something.</summary>
internal sealed class McpMessage
{
    public const string Stateless = "2026-07-28";

    private McpMessage(HttpMethod method) => Method = method;

    public HttpMethod Method { get; }
    public string Path { get; set; } = "/mcp";

    /// <summary>By name; null leaves one out.</summary>
    public Dictionary<string, string?> Headers { get; } = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Content-Type"] = "application/json",
        ["Accept"] = "application/json, text/event-stream",
    };

    public JsonObject? Json { get; set; }

    /// <summary>The exact body, instead of <see cref="Json"/>.</summary>
    public byte[]? Body { get; set; }

    public JsonObject Params => (JsonObject)Json!["params"]!;

    /// <summary>As a client of 2026-07-28 sends it.</summary>
    public static McpMessage Of(string method, JsonObject? parameters = null)
    {
        var message = Request(method, parameters);
        message.Params["_meta"] = new JsonObject
        {
            ["io.modelcontextprotocol/protocolVersion"] = Stateless,
            ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject(),
        };
        message.Headers["MCP-Protocol-Version"] = Stateless;
        message.Headers["Mcp-Method"] = method;
        if (method is "tools/call" or "prompts/get") message.Headers["Mcp-Name"] = message.Params["name"]!.GetValue<string>();
        if (method == "resources/read") message.Headers["Mcp-Name"] = message.Params["uri"]!.GetValue<string>();
        return message;
    }

    public static McpMessage Call(string tool, JsonObject? arguments = null) => Of("tools/call", new JsonObject { ["name"] = tool, ["arguments"] = arguments ?? [] });

    /// <summary>The first message of a session.</summary>
    public static McpMessage Initialize(string version) => Request("initialize", new JsonObject
    {
        ["protocolVersion"] = version, ["capabilities"] = new JsonObject(), ["clientInfo"] = new JsonObject { ["name"] = "session-agent", ["version"] = "2.0" },
    });

    /// <summary>A later message of a session.</summary>
    public static McpMessage InSession(string? session, string? version, string method, JsonObject? parameters = null)
    {
        var message = Request(method, parameters);
        message.Headers["Mcp-Session-Id"] = session;
        message.Headers["MCP-Protocol-Version"] = version;
        if (method.StartsWith("notifications/", StringComparison.Ordinal)) message.Json!.Remove("id");
        return message;
    }

    public static McpMessage Without(HttpMethod method, string? session, string? version)
    {
        var message = new McpMessage(method);
        message.Headers["Content-Type"] = null;
        message.Headers["Accept"] = "text/event-stream";
        message.Headers["Mcp-Session-Id"] = session;
        message.Headers["MCP-Protocol-Version"] = version;
        return message;
    }

    private static McpMessage Request(string method, JsonObject? parameters) =>
        new(HttpMethod.Post) { Json = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 7, ["method"] = method, ["params"] = parameters ?? [] } };

    public McpMessage With(Action<McpMessage> change)
    {
        change(this);
        return this;
    }

    public McpMessage WithKey(string? key) => With(m => m.Headers["X-Api-Key"] = key);

    public HttpRequestMessage ToHttp()
    {
        var request = new HttpRequestMessage(Method, Path);
        if (Method == HttpMethod.Post)
        {
            request.Content = new ByteArrayContent(Body ?? Encoding.UTF8.GetBytes(Json!.ToJsonString()));
            if (Headers["Content-Type"] is { } type) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        foreach (var (name, value) in Headers)
        {
            if (value is not null && name != "Content-Type") request.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    public async Task<McpAnswer> SendAsync(TestApp app, CancellationToken cancellationToken = default)
    {
        using var request = ToHttp();
        using var response = await app.Http.SendAsync(request, cancellationToken);
        return new McpAnswer(response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsStringAsync(cancellationToken));
    }
}

/// <summary>What came back.</summary>
internal sealed record McpAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, string Body)
{
    public string? SessionId => Headers.TryGetValues("Mcp-Session-Id", out var values) ? values.Single() : null;

    /// <summary>The JSON-RPC message, alone or as the last event of a stream.</summary>
    public JsonElement Json
    {
        get
        {
            var data = Body.Split('\n').LastOrDefault(l => l.StartsWith("data: ", StringComparison.Ordinal));
            return JsonDocument.Parse(data is null ? Body : data["data: ".Length..]).RootElement;
        }
    }

    public JsonElement Result => Json.TryGetProperty("result", out var result) ? result : throw new Xunit.Sdk.XunitException($"No result: {(int)Status} {Body}");

    public JsonElement Error => Json.TryGetProperty("error", out var error) ? error : throw new Xunit.Sdk.XunitException($"No error: {(int)Status} {Body}");

    /// <summary>Refused with this status and JSON-RPC code, by a message that names what is wrong.</summary>
    public void AssertRefused(HttpStatusCode status, int code, string named)
    {
        Assert.True(Status == status, $"{(int)Status} {Body}");
        Assert.Equal(code, Error.GetProperty("code").GetInt32());
        Assert.Contains(named, Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("2.0", Json.GetProperty("jsonrpc").GetString());
    }
}
