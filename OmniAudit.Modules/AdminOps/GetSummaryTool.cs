using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps;

internal sealed class GetSummaryTool(EventSearch search, TimeProvider time) : ITool<GetSummaryTool.Input, GetSummaryTool.Output>
{
    private const int Most = 10, MostResults = 50;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "adminops.get_summary",
        FormerNames = ["get_summary"],
        Title = "Summarise audit events",
        Description = "How many audit events, and of which services, operations, actors and results.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        [Description("Default 7")]
        [Range(1, 3650)]
        public int? Days { get; init; }
    }

    internal sealed record Output(
        long Total,
        IReadOnlyList<ServiceCount> Services, IReadOnlyList<OperationCount> Operations, IReadOnlyList<ActorCount> Actors,
        [property: Description("As the sources say; \"\" for none")] IReadOnlyList<ResultCount> Results,
        [property: Description("What really came of them")] IReadOnlyList<OutcomeCount> Outcomes,
        DateTimeOffset From,
        [property: Description("What is not counted exactly, or left out")] IReadOnlyList<string> Notes);

    // A type of their own each: a schema that refers within itself is not understood everywhere.
    internal sealed record ServiceCount(string Service, long Events);
    internal sealed record OperationCount(string Operation, long Events);
    internal sealed record ActorCount(string Actor, long Events);
    internal sealed record ResultCount(string Result, long Events);
    internal sealed record OutcomeCount(string Outcome, long Events);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var from = time.GetUtcNow().AddDays(-(input.Days ?? 7));
        var facets = await search.FacetsAsync(new EventQuery { Start = from }, MostResults, cancellationToken);
        var notes = facets.More.ToList();
        if (facets.Services.Count > Most || facets.Operations.Count > Most || facets.Actors.Count > Most) notes.Insert(0, $"The {Most} most frequent services, operations and actors.");
        return new Output(
            facets.Total.Events, [.. facets.Services.Take(Most).Select(c => new ServiceCount(c.Value, c.Events))], [.. facets.Operations.Take(Most).Select(c => new OperationCount(c.Value, c.Events))],
            [.. facets.Actors.Take(Most).Select(c => new ActorCount(c.Value, c.Events))], [.. facets.Results.Select(c => new ResultCount(c.Value, c.Events))], [.. facets.Outcomes.Select(c => new OutcomeCount(c.Value, c.Events))], from, notes);
    }
}
