using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace OmniAudit.Web.Mcp;

/// <summary>A message that is refused before it reaches the SDK: the HTTP status and the JSON-RPC error that say why.</summary>
internal sealed class McpRefusal(int status, McpErrorCode code, string message, JsonNode? data = null) : Exception(message)
{
    private static readonly JsonTypeInfo<JsonRpcError> ErrorType = (JsonTypeInfo<JsonRpcError>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcError));

    /// <summary>What the audit log calls a message that is no call.</summary>
    public const string NotACall = "invalid_request";

    /// <summary>What the audit log calls this refusal, if the message was a tool call.</summary>
    public string AuditCode { get; init; } = NotACall;

    /// <summary>The tool that the refused body would have called: empty when it names none that can be read, null when it was no tools/call.</summary>
    public string? Tool { get; set; }

    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>The request's id, echoed once it is known.</summary>
    public RequestId Id { get; set; }

    public Task WriteAsync(HttpContext context)
    {
        var error = new JsonRpcError { Id = Id, Error = new JsonRpcErrorDetail { Code = (int)code, Message = Message, Data = data } };
        // A client that sends too slowly or too much would only go on: its connection is worth more than its request.
        if (status is StatusCodes.Status408RequestTimeout or StatusCodes.Status413PayloadTooLarge) context.Response.Headers.Connection = "close";
        return Results.Json(error, ErrorType, statusCode: status).ExecuteAsync(context);
    }

    public static McpRefusal BadRequest(McpErrorCode code, string message, JsonNode? data = null) => new(StatusCodes.Status400BadRequest, code, message, data);

    public static McpRefusal UnsupportedVersion(string requested) => BadRequest(McpErrorCode.UnsupportedProtocolVersion,
        $"{McpProtocol.VersionHeader}: '{requested}' is not supported. Supported: {string.Join(", ", McpProtocol.WithSessions)} (with initialize) and {McpProtocol.Stateless}.",
        new JsonObject { ["supported"] = new JsonArray(McpProtocol.Stateless), ["requested"] = requested });
}
