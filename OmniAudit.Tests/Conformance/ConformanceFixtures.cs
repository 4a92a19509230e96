using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OmniAudit.Tests.Conformance;

/// <summary>
/// What the conformance suites expect a server under test to offer beside its own: tools, prompts and resources of fixed
/// names. They stand on the SDK directly, since they do what no tool of the product does, and go through the real pipeline.
/// </summary>
internal sealed class ConformanceFixtures : IConfigureOptions<McpServerOptions>
{
    // One collection for every server, so that a change made in one call is seen by all.
    private readonly McpServerPrimitiveCollection<McpServerTool> _tools = [.. ContentFixtures.Tools, .. AskingFixtures.Tools, .. InputRequiredFixtures.Tools];
    private readonly McpServerPrimitiveCollection<McpServerPrompt> _prompts = [.. PromptFixtures.All];
    private readonly McpServerResourceCollection _resources = [.. ResourceFixtures.All];

    public ConformanceFixtures()
    {
        var extraTool = McpServerTool.Create(() => "extra", new() { Name = "test_extra", Description = "Comes and goes." });
        var extraPrompt = McpServerPrompt.Create(() => "extra", new() { Name = "test_extra", Description = "Comes and goes." });
        _tools.Add(McpServerTool.Create(() => Toggle(_tools, extraTool), new() { Name = "test_trigger_tool_change", Description = "Changes the list of tools." }));
        _tools.Add(McpServerTool.Create(() => Toggle(_prompts, extraPrompt), new() { Name = "test_trigger_prompt_change", Description = "Changes the list of prompts." }));
    }

    public IEnumerable<string> ToolNames => _tools.PrimitiveNames;

    public void Configure(McpServerOptions options)
    {
        (options.ToolCollection, options.PromptCollection, options.ResourceCollection) = (_tools, _prompts, _resources);
        options.Capabilities!.Tools = new ToolsCapability { ListChanged = true };
        options.Capabilities.Resources ??= new ResourcesCapability();
        options.Capabilities.Resources.Subscribe = true;
        options.Handlers.CompleteHandler ??= (_, _) => ValueTask.FromResult(new CompleteResult { Completion = new Completion { Values = ["paris", "park", "party"], Total = 150, HasMore = true } });
        options.Handlers.SubscribeToResourcesHandler ??= (_, _) => ValueTask.FromResult(new EmptyResult());
        options.Handlers.UnsubscribeFromResourcesHandler ??= (_, _) => ValueTask.FromResult(new EmptyResult());
        options.Handlers.SubscriptionsListenHandler = ListenAsync;
    }

    private static string Toggle<T>(McpServerPrimitiveCollection<T> collection, T extra) where T : class, IMcpServerPrimitive
    {
        if (!collection.Remove(extra)) collection.Add(extra);
        return "changed";
    }

    /// <summary>Tells of the changes of these collections; the product's own handler tells of its own.</summary>
    private async ValueTask<EmptyResult> ListenAsync(RequestContext<SubscriptionsListenRequestParams> request, CancellationToken cancellationToken)
    {
        var wanted = request.Params.Notifications;
        var changes = System.Threading.Channels.Channel.CreateBounded<string>(16);
        EventHandler tools = (_, _) => changes.Writer.TryWrite(NotificationMethods.ToolListChangedNotification);
        EventHandler prompts = (_, _) => changes.Writer.TryWrite(NotificationMethods.PromptListChangedNotification);
        if (wanted.ToolsListChanged == true) _tools.Changed += tools;
        if (wanted.PromptsListChanged == true) _prompts.Changed += prompts;
        try
        {
            await SendAsync(NotificationMethods.SubscriptionsAcknowledgedNotification, new System.Text.Json.Nodes.JsonObject
            {
                ["notifications"] = System.Text.Json.JsonSerializer.SerializeToNode(new SubscriptionsListenNotifications { ToolsListChanged = wanted.ToolsListChanged, PromptsListChanged = wanted.PromptsListChanged }, ModelContextProtocol.McpJsonUtilities.DefaultOptions),
            });
            await foreach (var method in changes.Reader.ReadAllAsync(cancellationToken)) await SendAsync(method, []);
        }
        finally
        {
            _tools.Changed -= tools;
            _prompts.Changed -= prompts;
        }
        return new EmptyResult();

        Task SendAsync(string method, System.Text.Json.Nodes.JsonObject parameters)
        {
            parameters["_meta"] = new System.Text.Json.Nodes.JsonObject { [MetaKeys.SubscriptionId] = request.JsonRpcRequest.Id.Id is long number ? number : (string)request.JsonRpcRequest.Id.Id! };
            return request.Server.SendMessageAsync(new JsonRpcNotification { Method = method, Params = parameters }, cancellationToken);
        }
    }
}
