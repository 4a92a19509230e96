using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Support;

/// <summary>A read that answers far more than an agent can take, as no tool should.</summary>
internal sealed class ProbeMuchTool : ITool<ProbeMuchTool.Input, ProbeMuchTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "probe.read_much",
        Title = "Read too much",
        Description = "Answers more than anybody asked for.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        public int Lines { get; init; }
    }

    internal sealed record Output(int Count, IReadOnlyList<Line> Lines);

    internal sealed record Line(int Number, string Text);

    public Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken) =>
        Task.FromResult(new Output(input.Lines, [.. Enumerable.Range(0, input.Lines).Select(i => new Line(i, new string('x', 90)))]));
}
