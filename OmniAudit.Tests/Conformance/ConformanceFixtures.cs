using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Storage;

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

    /// <summary>Where the product tells of changed lists; set once the server has started.</summary>
    public ChangeFeed? Changes { get; set; }

    public void Configure(McpServerOptions options)
    {
        (options.ToolCollection, options.PromptCollection, options.ResourceCollection) = (_tools, _prompts, _resources);
        var handlers = options.Handlers;
        var (complete, subscribe) = (handlers.CompleteHandler!, handlers.SubscribeToResourcesHandler!);
        handlers.CompleteHandler = (request, cancellationToken) => request.Params.Ref is PromptReference { Name: "test_prompt_with_arguments" }
            ? ValueTask.FromResult(new CompleteResult { Completion = new Completion { Values = ["paris", "park", "party"], Total = 150, HasMore = true } })
            : complete(request, cancellationToken);
        handlers.SubscribeToResourcesHandler = (request, cancellationToken) => request.Params.Uri.StartsWith("test://", StringComparison.Ordinal) ? ValueTask.FromResult(new EmptyResult()) : subscribe(request, cancellationToken);
    }

    /// <summary>Changes a list, and tells of it as the product does when what an agent may use is changed.</summary>
    private string Toggle<T>(McpServerPrimitiveCollection<T> collection, T extra) where T : class, IMcpServerPrimitive
    {
        if (!collection.Remove(extra)) collection.Add(extra);
        Changes?.Publish(Topics.Agents, "");
        return "changed";
    }
}
