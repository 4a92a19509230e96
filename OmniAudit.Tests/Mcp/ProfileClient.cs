using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Mcp;

/// <summary>A client of one kind: its generation, its name, and what it declares. Speaks raw messages and keeps all that were exchanged.</summary>
internal sealed class ProfileClient(TestApp app, string version, string name, string capabilities = "{}", string? key = null) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = app.Url, Timeout = Eventually.Patience };
    private readonly JsonArray _exchange = [];
    private string? _session;
    private int _ids;
    private StreamReader? _stream;

    /// <summary>Everything sent and received, in order.</summary>
    public JsonArray Exchange => _exchange;

    private bool IsStateless => version == McpMessage.Stateless;

    /// <summary>The header came with 2025-06-18.</summary>
    private string? Header => string.CompareOrdinal(version, "2025-06-18") < 0 ? null : version;

    public static JsonObject Json(string json) => (JsonObject)JsonNode.Parse(json)!;

    /// <summary>One tools/call; <paramref name="more"/> are further members of params.</summary>
    public Task<JsonElement> CallAsync(string tool, JsonObject arguments, JsonObject? more = null)
    {
        var parameters = new JsonObject { ["name"] = tool, ["arguments"] = arguments.DeepClone() };
        foreach (var (member, value) in more ?? []) parameters[member] = value?.DeepClone();
        return SendAsync("tools/call", parameters);
    }

    public async Task<JsonElement> TaskAsync(string method, string taskId) => await SendAsync(method, new JsonObject { ["taskId"] = taskId });

    /// <summary>Sends a request and returns the whole answer.</summary>
    public async Task<JsonElement> SendAsync(string method, JsonObject? parameters = null)
    {
        var message = await MessageAsync(method, parameters);
        using var request = message.ToHttp();
        using var response = await _http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Keep("send", message.Json!);
        return Received(body.Split('\n').LastOrDefault(l => l.StartsWith("data: ", StringComparison.Ordinal)) is { } data ? data["data: ".Length..] : body);
    }

    /// <summary>A call in whose stream the server asks something first; the answer is the result that the client sends back.</summary>
    public async Task<JsonElement> CallAndAnswerAsync(string tool, JsonObject arguments, JsonObject answer)
    {
        var message = await MessageAsync("tools/call", new JsonObject { ["name"] = tool, ["arguments"] = arguments.DeepClone() });
        using var request = message.ToHttp();
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Keep("send", message.Json!);
        using var stream = new StreamReader(await response.Content.ReadAsStreamAsync());
        var asked = Received(await NextAsync(stream));
        var reply = McpMessage.InSession(_session, Header, "unused");
        reply.Json = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = JsonNode.Parse(asked.GetProperty("id").GetRawText()), ["result"] = answer.DeepClone() };
        using var replyRequest = reply.WithKey(key).ToHttp();
        using var accepted = await _http.SendAsync(replyRequest);
        Keep("send", reply.Json);
        return Received(await NextAsync(stream));
    }

    /// <summary>Opens the session's own stream.</summary>
    public async Task ListenAsync()
    {
        await BeginAsync();
        using var request = McpMessage.Without(HttpMethod.Get, _session, Header).WithKey(key).ToHttp();
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        _stream = new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next message on the session's own stream.</summary>
    public async Task<JsonElement> HearAsync() => Received(await NextAsync(_stream!).WaitAsync(Eventually.Patience));

    private static async Task<string> NextAsync(StreamReader stream)
    {
        while (await stream.ReadLineAsync() is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Length > "data: ".Length) return line["data: ".Length..];
        throw new InvalidOperationException("The stream ended.");
    }

    private async Task<McpMessage> MessageAsync(string method, JsonObject? parameters)
    {
        McpMessage message;
        if (IsStateless)
        {
            message = McpMessage.Of(method, parameters);
            var meta = (JsonObject)message.Params["_meta"]!;
            meta["io.modelcontextprotocol/clientCapabilities"] = Json(capabilities);
            meta["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = name, ["version"] = "1.0" };
            if (method is "tasks/get" or "tasks/update" or "tasks/cancel") message.Headers["Mcp-Name"] = message.Params["taskId"]!.GetValue<string>();
        }
        else
        {
            await BeginAsync();
            message = McpMessage.InSession(_session, Header, method, parameters);
        }
        message.Json!["id"] = Interlocked.Increment(ref _ids);
        return message.WithKey(key);
    }

    private async Task BeginAsync()
    {
        if (_session is not null || IsStateless) return;
        var initialize = McpMessage.Initialize(version).WithKey(key);
        initialize.Params["capabilities"] = Json(capabilities);
        initialize.Params["clientInfo"] = new JsonObject { ["name"] = name, ["version"] = "1.0" };
        initialize.Json!["id"] = 0;
        var begun = await initialize.SendAsync(app);
        Assert.Equal(version, begun.Result.GetProperty("protocolVersion").GetString());
        _session = begun.SessionId;
        Keep("send", initialize.Json);
        await McpMessage.InSession(_session, Header, "notifications/initialized").WithKey(key).SendAsync(app);
    }

    private JsonElement Received(string json)
    {
        var message = JsonDocument.Parse(json).RootElement;
        Keep("receive", JsonNode.Parse(json)!);
        return message;
    }

    private void Keep(string way, JsonNode message)
    {
        lock (_exchange) _exchange.Add(new JsonObject { [way] = message.DeepClone() });
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _http.Dispose();
    }
}
