using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Support;

/// <summary>Counts what the probe did to the world.</summary>
public sealed class ProbeEffects
{
    public ConcurrentQueue<string> Notes { get; } = new();
    public TaskCompletionSource? Gate { get; set; }
}

/// <summary>A write tool in one file: everything a new tool needs. Its text tells it how to behave.</summary>
internal sealed class ProbeWriteTool(ProbeEffects effects) : ITool<ProbeWriteTool.Input, ProbeWriteTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "probe.write_note",
        Title = "Write a note",
        Description = "Writes a note into the test's memory.",
        Risk = ToolRisk.Write,
        Policy = ToolPolicy.None<Input>(),
        Intent = input => $"write the note '{input.Text}'",
    };

    internal sealed record Input
    {
        [Description("What to write")]
        [StringLength(1_000_000, MinimumLength = 1)]
        [MediaType("text/markdown")]
        public required string Text { get; init; }

        [Range(1, 5)]
        public int? Copies { get; init; }

        [AllowedValues("red", "green")]
        public string? Colour { get; init; }

        [MaxLength(3)]
        [RegularExpression("[a-z]+")]
        public IReadOnlyList<string>? Tags { get; init; }
    }

    internal sealed record Output(string Note, int Count);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        if (input.Text == "refuse") throw new ToolRefusedException("full", "text: the notebook is full.", "text");
        if (effects.Gate is { } gate) await gate.Task;
        effects.Notes.Enqueue(input.Text);
        if (input.Text == "break") throw new InvalidOperationException("broke after the effect");
        return new Output(input.Text, effects.Notes.Count);
    }
}

internal sealed class ProbeReadTool : ITool<ProbeReadTool.Input, ProbeReadTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "probe.read_note",
        Title = "Read a note",
        Description = "Reads, or breaks when told to.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        public bool Break { get; init; }
    }

    internal sealed record Output(string Note);

    public Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken) =>
        input.Break ? throw new InvalidOperationException("secret detail") : Task.FromResult(new Output("hello"));
}
