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

    private static readonly JsonTypeInfo<JsonRpcMessage> MessageType = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    /// <summary>Content type and accepted answers.</summary>
    public static void CheckMediaTypes(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            throw new McpRefusal(StatusCodes.Status415UnsupportedMediaType, McpErrorCode.InvalidRequest, "Content-Type: must be application/json.");
        var accept = request.GetTypedHeaders().Accept;
        if (!Accepts(accept, "application/json") || !Accepts(accept, "text/event-stream"))
            throw new McpRefusal(StatusCodes.Status406NotAcceptable, McpErrorCode.InvalidRequest, "Accept: must contain both application/json and text/event-stream.");
    }

    public static bool Accepts(IList<MediaTypeHeaderValue> accept, string mediaType) =>
        accept.Any(a => new MediaTypeHeaderValue(mediaType).IsSubsetOf(a) && a.Quality is not 0);

    /// <summary>Reads exactly one JSON-RPC message of bounded size.</summary>
    public static async Task<JsonRpcMessage> ReadMessageAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = LargestBody;
        byte[] body;
        try
        {
            using var buffer = new MemoryStream();
            await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
            body = buffer.ToArray();
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new McpRefusal(StatusCodes.Status413PayloadTooLarge, McpErrorCode.InvalidRequest, $"The body is larger than {LargestBody} bytes.");
        }
        // JSON is UTF-8 (RFC 8259 §8.1). The reader would find a wrong byte only when some tool asks for that text.
        if (!Utf8.IsValid(body)) throw McpRefusal.BadRequest(McpErrorCode.ParseError, "The body is not valid JSON: it is not UTF-8.");
        try
        {
            var message = JsonSerializer.Deserialize(body, MessageType);
            // Reading a member builds the object, and a name given twice is only found then.
            if (message is not null) _ = ParamsOf(message)?.ContainsKey("_meta") is true && ParamsOf(message)!["_meta"] is JsonObject meta && meta.Count > 0;
            return message ?? throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, "The body is null; send one JSON-RPC 2.0 message.");
        }
        catch (ArgumentException)
        {
            throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, "A member of params is given twice.");
        }
        catch (JsonException)
        {
            throw IsJson(body)
                ? McpRefusal.BadRequest(McpErrorCode.InvalidRequest, "The body is not one JSON-RPC 2.0 request, notification or response. Batches are not supported; an id must be a string or a number.")
                : McpRefusal.BadRequest(McpErrorCode.ParseError, "The body is not valid JSON.");
        }
    }

    /// <summary>The header against the body; returns the version in force, null for a legacy message that names none.</summary>
    public static string? CheckVersion(HttpRequest request, JsonRpcMessage message)
    {
        var header = request.Headers[McpProtocol.VersionHeader].ToString();
        if (header.Length > 0 && header != McpProtocol.Stateless && !McpProtocol.WithSessions.Contains(header, StringComparer.Ordinal))
            throw McpRefusal.UnsupportedVersion(header);
        var parameters = ParamsOf(message);
        var meta = (parameters?["_meta"] as JsonObject)?[MetaKeys.ProtocolVersion] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        if (header.Length == 0)
        {
            if (meta == McpProtocol.Stateless)
                throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{McpProtocol.VersionHeader}: missing, while _meta says {meta}.");
            return null;
        }
        if (message is JsonRpcRequest { Method: "initialize" } && header != McpProtocol.Stateless && parameters?["protocolVersion"] is JsonValue wanted
            && wanted.TryGetValue(out string? version) && version != header)
            throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{McpProtocol.VersionHeader}: says {header}, params.protocolVersion says {version}.");
        return header;
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
            if (meta?[MetaKeys.ProtocolVersion] is not JsonValue version || !version.TryGetValue(out string? text))
                throw McpRefusal.BadRequest(McpErrorCode.InvalidParams, $"params._meta: must hold '{MetaKeys.ProtocolVersion}'.");
            if (text != McpProtocol.Stateless)
                throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{McpProtocol.VersionHeader}: says {McpProtocol.Stateless}, _meta says {text}.");
            if (meta[MetaKeys.ClientCapabilities] is not JsonObject)
                throw McpRefusal.BadRequest(McpErrorCode.InvalidParams, $"params._meta: must hold '{MetaKeys.ClientCapabilities}' as an object.");
        }
        var method = message is JsonRpcRequest call ? call.Method : ((JsonRpcNotification)message).Method;
        CheckHeader(request, McpProtocol.MethodHeader, method);
        if (McpProtocol.RoutingNameOf(method) is { } member)
            CheckHeader(request, McpProtocol.NameHeader, parameters?[member] is JsonValue name && name.TryGetValue(out string? value) ? value : null);
        if (message is JsonRpcRequest && McpProtocol.RemovedInStateless.Contains(method, StringComparer.Ordinal))
            throw new McpRefusal(StatusCodes.Status404NotFound, McpErrorCode.MethodNotFound, $"The method {method} is not part of {McpProtocol.Stateless}.");
    }

    private static void CheckHeader(HttpRequest request, string header, string? body)
    {
        var sent = request.Headers[header];
        if (sent.Count != 1) throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{header}: is required once and must repeat the body's value.");
        var text = sent.ToString().Trim();
        if (text.Any(c => c is < ' ' and not '\t' or > '~')) throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{header}: contains characters a header cannot carry; encode it as =?base64?…?=.");
        if (McpHeaderEncoder.DecodeValue(text) is not { } decoded) throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{header}: its base64 is not valid.");
        if (decoded != body) throw McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{header}: does not repeat the body's value.");
    }

    public static JsonObject? ParamsOf(JsonRpcMessage message) => message switch
    {
        JsonRpcRequest request => request.Params as JsonObject,
        JsonRpcNotification notification => notification.Params as JsonObject,
        _ => null,
    };

    private static bool IsJson(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
