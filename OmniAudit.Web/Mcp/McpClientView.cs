using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OmniAudit.Web.Mcp;

/// <summary>What a client says it can do, for one request: declared with the request in 2026-07-28, with the session before.</summary>
/// <param name="Version">The protocol version in force.</param>
/// <param name="Info">The client's own word for itself; untrusted.</param>
/// <param name="Tasks">It follows long work as tasks; only ever in 2026-07-28.</param>
/// <param name="Url">It opens pages that the server names (elicitation, mode url).</param>
/// <param name="Form">It shows its user forms (elicitation, mode form).</param>
internal sealed record McpClientView(string Version, Implementation? Info, bool Tasks, bool Url, bool Form)
{
    public const string TasksExtension = "io.modelcontextprotocol/tasks";

    public bool IsStateless => Version == McpProtocol.Stateless;

    public static McpClientView Of<T>(RequestContext<T> request)
    {
        var version = IsStatelessRequest(request.JsonRpcRequest) ? McpProtocol.Stateless : request.Server.NegotiatedProtocolVersion ?? "";
        var capabilities = version == McpProtocol.Stateless ? request.JsonRpcRequest.Context?.ClientCapabilities : request.Server.ClientCapabilities;
        return new McpClientView(
            version, request.JsonRpcRequest.Context?.ClientInfo ?? request.Server.ClientInfo, DeclaresTasks(request.JsonRpcRequest),
            capabilities?.Elicitation?.Url is not null, capabilities?.Elicitation?.Form is not null);
    }

    public static bool IsStatelessRequest(JsonRpcRequest request) => request.Context?.ProtocolVersion == McpProtocol.Stateless;

    public static bool DeclaresTasks(JsonRpcRequest request) => IsStatelessRequest(request) && request.Context?.ClientCapabilities?.Extensions?.ContainsKey(TasksExtension) is true;
}
