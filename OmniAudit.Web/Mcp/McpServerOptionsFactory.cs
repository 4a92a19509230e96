using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Web.Mcp;

/// <summary>What each server instance offers: the catalogue's tools, through the one runner.</summary>
internal sealed class McpServerOptionsFactory(McpToolAdapter tools, McpTasks tasks, OmniAuditOptions settings)
{
    public McpServerOptions Create(bool scopeRequests)
    {
        var options = CreateBasic(scopeRequests);
        tasks.Configure(options);
        return options;
    }

    private McpServerOptions CreateBasic(bool scopeRequests) => new()
    {
        ServerInfo = new Implementation { Name = "omniaudit", Title = settings.App.Name, Version = typeof(McpServerOptionsFactory).Assembly.GetName().Version!.ToString(3) },
        ServerInstructions = "Writes wait for a person. A write tool answers requires_confirmation with a confirmation_token and a link; show the link to your user, and call the tool again with the same arguments and the token to learn the outcome.",
        ScopeRequests = scopeRequests,
        Capabilities = new ServerCapabilities { Tools = new ToolsCapability { ListChanged = false } },
        Handlers = new McpServerHandlers { ListToolsHandler = tools.ListAsync, CallToolHandler = tools.CallAsync },
    };
}
