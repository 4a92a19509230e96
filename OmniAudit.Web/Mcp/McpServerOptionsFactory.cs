using System.Text.Json;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Mcp;

/// <summary>What each server instance offers: the catalogue's tools through the one runner, and what can be read, filled in and watched beside them.</summary>
/// <param name="additions">What a host adds, in .NET's usual way; nothing in the product, the fixtures of the conformance suites in its tests.</param>
internal sealed class McpServerOptionsFactory(
    McpToolAdapter tools, McpTasks tasks, McpResources resources, McpPrompts prompts, McpCompletions completions, McpSubscriptions subscriptions,
    ToolCatalog catalog, OmniAuditOptions settings, IEnumerable<IConfigureOptions<McpServerOptions>> additions)
{
    public McpServerOptions Create(bool scopeRequests)
    {
        var options = new McpServerOptions
        {
            ServerInfo = new Implementation { Name = "omniaudit", Title = settings.App.Name, Version = typeof(McpServerOptionsFactory).Assembly.GetName().Version!.ToString(3) },
            ServerInstructions = "Writes wait for a person. A write tool answers requires_confirmation with a confirmation_token and a link; show the link to your user, and call the tool again with the same arguments and the token to learn the outcome.",
            ScopeRequests = scopeRequests,
            Capabilities = new ServerCapabilities
            {
                Tools = new ToolsCapability { ListChanged = true },
                Resources = new ResourcesCapability { ListChanged = true, Subscribe = true },
                Prompts = new PromptsCapability { ListChanged = true },
                Completions = new CompletionsCapability(),
            },
            Handlers = new McpServerHandlers
            {
                ListToolsHandler = tools.ListAsync,
                CallToolHandler = tools.CallAsync,
                ListResourcesHandler = resources.ListAsync,
                ListResourceTemplatesHandler = resources.ListTemplatesAsync,
                ReadResourceHandler = resources.ReadAsync,
                SubscribeToResourcesHandler = subscriptions.SubscribeAsync,
                UnsubscribeFromResourcesHandler = subscriptions.UnsubscribeAsync,
                SubscriptionsListenHandler = subscriptions.ListenAsync,
                ListPromptsHandler = prompts.ListAsync,
                GetPromptHandler = prompts.GetAsync,
                CompleteHandler = completions.CompleteAsync,
            },
        };
        McpGuards.Add(options);
        tasks.Configure(options);
        foreach (var addition in additions) addition.Configure(options);
        return options;
    }

    /// <summary>The input schema of a tool; undefined when there is none of that name.</summary>
    public JsonElement InputSchemaOf(McpServerOptions options, string tool) =>
        options.ToolCollection?.TryGetPrimitive(tool, out var added) == true ? added.ProtocolTool.InputSchema : catalog.Find(tool)?.InputSchema ?? default;
}
