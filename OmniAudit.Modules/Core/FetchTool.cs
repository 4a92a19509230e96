using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Core;

/// <summary>See <see cref="SearchTool"/>.</summary>
internal sealed class FetchTool(ResourceCatalog resources) : ITool<FetchTool.Input, FetchTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "fetch",
        Title = "Fetch",
        Description = "Reads what search found, by its id. A long text ends with next: the id of the following part.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        [Description("id of a search result, or rcp_…, scn_…, apr_…")]
        [StringLength(300, MinimumLength = 1)]
        public required string Id { get; init; }
    }

    internal sealed record Output(string Id, string Title, string Text, string Url, IReadOnlyDictionary<string, string> Metadata);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await resources.ReadAsync(resources.UriOf(input.Id), new ResourceReader(call.Actor.Subject, call.MayUse) { MayRead = call.MayRead }, cancellationToken) is { } page
                ? new Output(input.Id, page.Title, page.Text, page.Url, page.Metadata)
                : throw ToolRefusedException.NotFound("id", input.Id, "Use an id that search answered.");
        }
        catch (FormatException wrong)
        {
            throw new ToolRefusedException("invalid_arguments", $"id: {wrong.Message}", "id");
        }
    }
}
