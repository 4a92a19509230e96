using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Core;

/// <summary>With <c>fetch</c> the pair that ChatGPT's connectors ask for; name and shapes are theirs (platform.openai.com, "Building MCP servers for ChatGPT").</summary>
internal sealed class SearchTool(ResourceCatalog resources) : ITool<SearchTool.Input, SearchTool.Output>
{
    private const int MostResults = 20;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "search",
        Title = "Search",
        Description = "Finds receipts, scans, findings, audit events and your own requests in which every word occurs. Read one with fetch.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        [Description("Words: a site, tool, repository, state, rule or id; \"receipts acme\" looks for receipts only")]
        [StringLength(200, MinimumLength = 1)]
        public required string Query { get; init; }
    }

    internal sealed record Output(IReadOnlyList<Result> Results);

    internal sealed record Result(string Id, string Title, string Url);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var words = SearchWords.Of(input.Query);
        if (words.Count == 0) throw new ToolRefusedException("invalid_arguments", "query: holds no word. Name a site, tool, repository, state, rule or id.", "query");
        var found = await resources.SearchAsync(words, new ResourceReader(call.Actor.Subject, call.MayUse) { MayRead = call.MayRead }, MostResults, cancellationToken);
        return new Output([.. found.Select(f => new Result(f.Uri, f.Title, f.Url))]);
    }
}
