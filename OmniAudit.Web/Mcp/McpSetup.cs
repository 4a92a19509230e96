namespace OmniAudit.Web.Mcp;

/// <summary>What speaks MCP, whatever carries it.</summary>
internal static class McpSetup
{
    public static IServiceCollection AddMcp(this IServiceCollection services) => services
        .AddSingleton<McpToolNames>().AddSingleton<McpResults>().AddSingleton<McpRequestStates>().AddSingleton<McpSessions>()
        .AddSingleton<McpPendingShapes>().AddSingleton<McpTasks>().AddSingleton<McpToolAdapter>()
        .AddSingleton<McpResources>().AddSingleton<McpPrompts>().AddSingleton<McpCompletions>().AddSingleton<McpSubscriptions>().AddSingleton<McpServerOptionsFactory>();
}
