using System.Collections.Concurrent;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Support;

/// <summary>What became of the calls that were held, by line.</summary>
public sealed class HeldLines
{
    private readonly ConcurrentDictionary<string, HeldLine> _lines = new(StringComparer.Ordinal);

    public HeldLine this[string name] => _lines.GetOrAdd(name, _ => new HeldLine());
}

/// <summary>One held call: reached, then either released by the test or cancelled by its caller.</summary>
public sealed class HeldLine
{
    public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A read that lasts until a test lets it go, to see who can stop it.</summary>
internal sealed class ProbeHoldTool(HeldLines lines) : ITool<ProbeHoldTool.Input, ProbeHoldTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "probe.hold_line",
        Title = "Hold the line",
        Description = "Answers when the test says so.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        public required string Line { get; init; }
    }

    internal sealed record Output(string Line);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var line = lines[input.Line];
        line.Reached.TrySetResult();
        try
        {
            await line.Released.Task.WaitAsync(cancellationToken);
            return new Output(input.Line);
        }
        catch (OperationCanceledException)
        {
            line.Cancelled.TrySetResult();
            throw;
        }
    }
}
