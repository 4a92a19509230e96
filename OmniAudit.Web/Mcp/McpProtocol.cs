namespace OmniAudit.Web.Mcp;

/// <summary>Names of the protocol that the SDK keeps to itself.</summary>
internal static class McpProtocol
{
    public const string SessionIdHeader = "Mcp-Session-Id";
    public const string VersionHeader = "MCP-Protocol-Version";
    public const string MethodHeader = "Mcp-Method";
    public const string NameHeader = "Mcp-Name";

    /// <summary>The generation without sessions: every request carries its own metadata.</summary>
    public const string Stateless = "2026-07-28";

    /// <summary>The one version whose servers may answer −32042.</summary>
    public const string WithUrlElicitation = "2025-11-25";

    /// <summary>The generations with an initialize handshake and sessions.</summary>
    public static readonly string[] WithSessions = ["2024-11-05", "2025-03-26", "2025-06-18", WithUrlElicitation];

    /// <summary>Methods of earlier generations that 2026-07-28 removed.</summary>
    public static readonly string[] RemovedInStateless = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];

    public static bool IsKnown(string version) => version == Stateless || WithSessions.Contains(version, StringComparer.Ordinal);

    /// <summary>Which member of params the Mcp-Name header repeats, per method.</summary>
    public static string? RoutingNameOf(string method) => method switch
    {
        "tools/call" or "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" or "tasks/update" or "tasks/cancel" => "taskId",
        _ => null,
    };
}
