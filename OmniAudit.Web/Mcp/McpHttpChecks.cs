using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace OmniAudit.Web.Mcp;

/// <summary>What a POST must satisfy before its message is handed to the SDK. The order is part of the contract: a client is told of the first thing that is wrong.</summary>
internal static class McpHttpChecks
{
    /// <summary>1 MiB: no tool takes more, and what is larger is an attack or a mistake.</summary>
    public const long LargestBody = 1024 * 1024;

    /// <summary>Time for a whole body: 1 MiB at 35 kB/s.</summary>
    public static readonly TimeSpan LongestBody = TimeSpan.FromSeconds(30);

    /// <summary>What System.Text.Json reads unless told otherwise, ours and the SDK's.</summary>
    private const int MostLevels = 64;

    private static readonly JsonDocumentOptions NamesOnce = new() { AllowDuplicateProperties = false };

    private static readonly JsonTypeInfo<InitializeRequestParams> InitializeType = (JsonTypeInfo<InitializeRequestParams>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(InitializeRequestParams));
    private static readonly JsonTypeInfo<JsonRpcMessage> MessageType = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    /// <summary>Content type and accepted answers.</summary>
    public static void CheckMediaTypes(HttpRequest request)
    {
        CheckContentType(request);
        var accept = request.GetTypedHeaders().Accept;
        if (!Accepts(accept, "application/json") || !Accepts(accept, "text/event-stream"))
            throw new McpRefusal(StatusCodes.Status406NotAcceptable, McpErrorCode.InvalidRequest, "Accept: must contain both application/json and text/event-stream.");
    }

    public static void CheckContentType(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            throw new McpRefusal(StatusCodes.Status415UnsupportedMediaType, McpErrorCode.InvalidRequest, "Content-Type: must be application/json.");
    }

    public static bool Accepts(IList<MediaTypeHeaderValue> accept, string mediaType) =>
        accept.Any(a => new MediaTypeHeaderValue(mediaType).IsSubsetOf(a) && a.Quality is not 0);

    /// <summary>Reads exactly one JSON-RPC message of bounded size, in bounded time.</summary>
    public static async Task<JsonRpcMessage> ReadMessageAsync(HttpContext context, TimeProvider time)
    {
        var body = await ReadBodyAsync(context, time);
        try
        {
            return Parse(body);
        }
        catch (McpRefusal refusal)
        {
            refusal.Tool = ToolIn(body);
            throw;
        }
    }

    private static JsonRpcMessage Parse(byte[] body)
    {
        CheckText(body);
        try
        {
            // A name given twice means one thing to us and another to whoever reads it elsewhere.
            using (JsonDocument.Parse(body, NamesOnce)) { }
        }
        catch (JsonException)
        {
            throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, "A member of an object is given twice.");
        }
        try
        {
            return JsonSerializer.Deserialize(body, MessageType) ?? throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, "The body is null; send one JSON-RPC 2.0 message.");
        }
        catch (JsonException)
        {
            throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, "The body is not one JSON-RPC 2.0 request, notification or response. Batches are not supported; an id must be a string or a number.");
        }
    }

    /// <summary>Looks into a body that is refused for the tool it would have called (see <see cref="McpRefusal.Tool"/>). Of a member given twice the last counts.</summary>
    private static string? ToolIn(byte[] body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = int.MaxValue });
        var (method, tool, member, isRequest) = ("", "", "", false);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth > 2) continue;
                var (name, depth) = (Text(ref reader), reader.CurrentDepth);
                if (depth == 1) member = name;
                isRequest |= depth == 1 && name == "id";
                if (depth == 1 && name == "method" && reader.Read()) method = Text(ref reader);
                if (depth == 2 && member == "params" && name == "name" && reader.Read()) tool = Text(ref reader);
            }
        }
        catch (JsonException)
        {
            return null;
        }
        return isRequest && method == "tools/call" ? tool : null;

        static string Text(ref Utf8JsonReader reader)
        {
            try
            {
                return reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? reader.GetString()! : "";
            }
            catch (InvalidOperationException)
            {
                return "";
            }
        }
    }

    /// <summary>What can be wrong with a body before anybody asks what it means: whoever reads it later finds valid JSON, not too deep, whose texts are Unicode.</summary>
    private static void CheckText(byte[] body)
    {
        // JSON is UTF-8 (RFC 8259 §8.1). The reader would find a wrong byte only when some tool asks for that text.
        if (!Utf8.IsValid(body)) throw McpRefusal.BadRequest(McpErrorCode.ParseError, "The body is not valid JSON: it is not UTF-8.");
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = int.MaxValue });
        var member = 0..0;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth >= MostLevels)
                    throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, $"The body is nested more than {MostLevels} levels deep.");
                if (reader.TokenType == JsonTokenType.PropertyName) member = ((int)reader.TokenStartIndex + 1)..((int)reader.TokenStartIndex + 1 + Math.Min(reader.ValueSpan.Length, 100));
                if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String && reader.ValueIsEscaped) _ = reader.GetString();
            }
        }
        catch (JsonException)
        {
            throw McpRefusal.BadRequest(McpErrorCode.ParseError, "The body is not valid JSON.");
        }
        catch (InvalidOperationException)
        {
            throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, $"{System.Text.Encoding.UTF8.GetString(body[member])}: holds half of a surrogate pair, which is no Unicode text.");
        }
    }

    private static async Task<byte[]> ReadBodyAsync(HttpContext context, TimeProvider time)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = LargestBody;
        // Kestrel ends a body that stands still or trickles; this ends one that is merely slow.
        using var late = new CancellationTokenSource(LongestBody, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        try
        {
            using var buffer = new MemoryStream();
            await context.Request.Body.CopyToAsync(buffer, end.Token);
            return buffer.ToArray();
        }
        catch (BadHttpRequestException refused)
        {
            throw refused.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => new McpRefusal(StatusCodes.Status413PayloadTooLarge, McpErrorCode.InvalidRequest, $"The body is larger than {LargestBody} bytes."),
                StatusCodes.Status408RequestTimeout => TooSlow(),
                _ => new McpRefusal(refused.StatusCode, McpErrorCode.InvalidRequest, "The body does not follow HTTP."),
            };
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw TooSlow();
        }
    }

    private static McpRefusal TooSlow() => new(StatusCodes.Status408RequestTimeout, McpErrorCode.InvalidRequest, $"The body did not arrive in time: it must come without pauses, and within {LongestBody.TotalSeconds:0} s.");

    /// <summary>The header against the body; returns the version in force, null for a legacy message that names none.</summary>
    public static string? CheckVersion(HttpRequest request, JsonRpcMessage message)
    {
        var header = request.Headers[McpProtocol.VersionHeader].ToString();
        if (header.Length > 0 && !McpProtocol.IsKnown(header)) throw McpRefusal.UnsupportedVersion(header);
        var meta = TextOf((ParamsOf(message)?["_meta"] as JsonObject)?[MetaKeys.ProtocolVersion]);
        if (meta == McpProtocol.Stateless && header != McpProtocol.Stateless)
            throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{McpProtocol.VersionHeader}: {(header.Length == 0 ? "is missing" : $"says {header}")}, while _meta says {meta}.");
        return header.Length == 0 ? null : header;
    }

    /// <summary>A handshake must say who shakes hands: without it there is no session.</summary>
    public static void CheckInitialize(JsonRpcRequest initialize, string? header)
    {
        var parameters = initialize.Params as JsonObject ?? throw Invalid("params", "is required: protocolVersion, capabilities and clientInfo");
        var wanted = TextOf(parameters["protocolVersion"]) ?? throw Invalid("params.protocolVersion", "must be a string");
        if (header is not null && header != wanted) throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{McpProtocol.VersionHeader}: says {header}, params.protocolVersion says {wanted}.");
        if (parameters["capabilities"] is not JsonObject) throw Invalid("params.capabilities", "must be an object");
        if (parameters["clientInfo"] is not JsonObject client) throw Invalid("params.clientInfo", "must be an object");
        foreach (var name in new[] { "name", "version" })
        {
            if (TextOf(client[name]) is null) throw Invalid($"params.clientInfo.{name}", "must be a string");
        }
        try
        {
            JsonSerializer.Deserialize(parameters, InitializeType);
        }
        catch (JsonException wrong)
        {
            throw Invalid($"params{wrong.Path?.TrimStart('$')}", "has the wrong type");
        }

        static McpRefusal Invalid(string field, string must) => McpRefusal.BadRequest(McpErrorCode.InvalidParams, $"{field}: {must}.");
    }

    /// <summary>The rules of 2026-07-28 alone.</summary>
    public static void CheckStateless(HttpRequest request, JsonRpcMessage message)
    {
        if (message is not (JsonRpcRequest or JsonRpcNotification))
            throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, "Responses are not sent to the server in 2026-07-28; repeat the request with inputResponses.");
        var parameters = ParamsOf(message);
        if (message is JsonRpcRequest)
        {
            var meta = parameters?["_meta"] as JsonObject;
            if (TextOf(meta?[MetaKeys.ProtocolVersion]) is not { } text)
                throw McpRefusal.BadRequest(McpErrorCode.InvalidParams, $"params._meta: must hold '{MetaKeys.ProtocolVersion}'.");
            if (text != McpProtocol.Stateless)
                throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{McpProtocol.VersionHeader}: says {McpProtocol.Stateless}, _meta says {text}.");
            if (meta![MetaKeys.ClientCapabilities] is not JsonObject)
                throw McpRefusal.BadRequest(McpErrorCode.InvalidParams, $"params._meta: must hold '{MetaKeys.ClientCapabilities}' as an object.");
        }
        var method = message is JsonRpcRequest call ? call.Method : ((JsonRpcNotification)message).Method;
        CheckHeader(request, McpProtocol.MethodHeader, method);
        if (McpProtocol.RoutingNameOf(method) is { } member)
            CheckHeader(request, McpProtocol.NameHeader, TextOf(parameters?[member]));
        if (message is JsonRpcRequest && McpProtocol.RemovedInStateless.Contains(method, StringComparer.Ordinal))
            throw new McpRefusal(StatusCodes.Status404NotFound, McpErrorCode.MethodNotFound, $"The method {method} is not part of {McpProtocol.Stateless}.");
    }

    private static void CheckHeader(HttpRequest request, string header, string? body)
    {
        if (DecodeHeader(request.Headers, header) != body) throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{header}: does not repeat the body's value.");
    }

    /// <summary>The text that a header stands for.</summary>
    /// <exception cref="McpRefusal">It is missing, given twice, or not written as the specification asks.</exception>
    public static string DecodeHeader(IHeaderDictionary headers, string header)
    {
        var sent = headers[header];
        if (sent.Count != 1) throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{header}: is required once and must repeat the body's value.");
        var text = sent.ToString().Trim();
        if (text.Any(c => c is < ' ' and not '\t' or > '~')) throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{header}: contains characters a header cannot carry; encode it as =?base64?…?=.");
        return McpHeaderEncoder.DecodeValue(text) ?? throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{header}: its base64 is not valid.");
    }

    public static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static JsonObject? ParamsOf(JsonRpcMessage message) => message switch
    {
        JsonRpcRequest request => request.Params as JsonObject,
        JsonRpcNotification notification => notification.Params as JsonObject,
        _ => null,
    };
}
