using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace OmniAudit.Modules.Tools;

/// <summary>One tool as its callers see it: everything that was declared, and nothing about how it is done.</summary>
public abstract class CatalogTool
{
    /// <summary><c>module.verb_noun</c>; exactly two tools bear the dotless names that ChatGPT's connectors look for, <c>search</c> and <c>fetch</c>.</summary>
    public abstract string Name { get; }
    /// <summary>The module, for example <c>sitelint</c>; <c>core</c> for a name without a dot.</summary>
    public string Module => Name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? Name[..dot] : "core";
    /// <summary>Names it had before, still callable.</summary>
    public abstract IReadOnlyList<string> FormerNames { get; }
    /// <summary>A few words for people.</summary>
    public abstract string Title { get; }
    /// <summary>What it does, for the model that chooses.</summary>
    public abstract string Description { get; }
    /// <summary>What a call may change.</summary>
    public abstract ToolRisk Risk { get; }
    /// <summary>May overwrite or delete.</summary>
    public abstract bool Destructive { get; }
    /// <summary>The same call again has no further effect.</summary>
    public abstract bool Idempotent { get; }
    /// <summary>Reaches systems outside this server.</summary>
    public abstract bool OpenWorld { get; }
    /// <summary>The closed object schema of the arguments; for writes with the optional <c>confirmation_token</c>.</summary>
    public abstract JsonElement InputSchema { get; }
    /// <summary>The schema of a result, in full.</summary>
    public abstract JsonElement OutputSchema { get; }
    /// <summary>The arguments as <c>tools/list</c> says them: whatever fits the full schema fits it.</summary>
    public abstract JsonElement ListedInputSchema { get; }
    /// <summary>A result as <c>tools/list</c> says it: the fields at the top that are always there, and their types. Every result that fits the full schema fits it.</summary>
    public abstract JsonElement ListedOutputSchema { get; }

    internal abstract RateLimitBucket? RateLimit { get; }
    internal abstract JsonObject ArgumentsSchema { get; }
    /// <summary>Turns validated arguments into the tool's input.</summary>
    internal abstract object Parse(JsonElement arguments);
    internal abstract IEnumerable<PolicyTarget> Targets(object input);
    internal abstract string Intent(object input);
    /// <summary>The arguments with everything written out; the same element when there is nothing to write out.</summary>
    internal abstract Task<JsonElement> PrepareAsync(IServiceProvider services, JsonElement arguments, CancellationToken cancellationToken);
    /// <summary>True when these arguments only ask what would be done.</summary>
    internal abstract bool IsDryRun(object input);
    internal abstract TimeSpan? TimeLimit { get; }
    internal abstract Task<IReadOnlyList<Fact>> CheckAsync(IServiceProvider services, object input, CancellationToken cancellationToken);
    /// <summary>True when <see cref="FindEffectAsync"/> can find what the tool did.</summary>
    internal abstract bool CanFindEffect { get; }
    /// <summary>The result of an operation whose end nobody saw; null when it was not found, which proves nothing.</summary>
    internal abstract Task<JsonElement?> FindEffectAsync(IServiceProvider services, object input, ToolCall call, CancellationToken cancellationToken);
    internal abstract Task<JsonElement> RunAsync(IServiceProvider services, object input, ToolCall call, CancellationToken cancellationToken);
}

internal sealed class CatalogTool<TTool, TInput, TOutput> : CatalogTool
    where TTool : class, ITool<TInput, TOutput>
    where TInput : class
    where TOutput : class
{
    private static readonly ToolDefinition<TInput> Definition = TTool.Definition;
    private static readonly ObjectFactory<TTool> Create = ActivatorUtilities.CreateFactory<TTool>([]);

    public CatalogTool()
    {
        ArgumentsSchema = ToolSchema.For(typeof(TInput));
        var input = (JsonObject)ArgumentsSchema.DeepClone();
        var output = ToolSchema.ForResult(typeof(TOutput));
        var always = (output["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        if (Risk == ToolRisk.Write)
        {
            if (Definition.Intent is null) throw new InvalidOperationException($"{Name} is a write and must say its Intent, which people read before they approve.");
            WriteContract.ExtendInput(input);
            WriteContract.ExtendOutput(output);
        }
        ErrorContract.ExtendOutput(output);
        InputSchema = JsonSerializer.SerializeToElement(input);
        OutputSchema = JsonSerializer.SerializeToElement(output);
        ListedOutputSchema = JsonSerializer.SerializeToElement(ListedSchema.OfOutput(output, always, Risk == ToolRisk.Write));
        ListedInputSchema = JsonSerializer.SerializeToElement(ListedSchema.OfInput(input));
    }

    public override string Name => Definition.Name;
    public override IReadOnlyList<string> FormerNames => Definition.FormerNames;
    public override string Title => Definition.Title;
    public override string Description => Definition.Description;
    public override ToolRisk Risk => Definition.Risk;
    public override bool Destructive => Definition.Destructive;
    public override bool Idempotent => Definition.Idempotent || Risk == ToolRisk.Read;
    public override bool OpenWorld => Definition.OpenWorld;
    public override JsonElement InputSchema { get; }
    public override JsonElement OutputSchema { get; }
    public override JsonElement ListedOutputSchema { get; }
    public override JsonElement ListedInputSchema { get; }
    internal override RateLimitBucket? RateLimit => Definition.RateLimit;
    internal override JsonObject ArgumentsSchema { get; }

    internal override object Parse(JsonElement arguments) => arguments.Deserialize<TInput>(ToolJson.Options)!;
    internal override IEnumerable<PolicyTarget> Targets(object input) => Definition.Policy.Targets((TInput)input);
    internal override string Intent(object input) => Definition.Intent?.Invoke((TInput)input) ?? Definition.Title;
    internal override bool IsDryRun(object input) => Definition.DryRun?.Invoke((TInput)input) == true;
    internal override TimeSpan? TimeLimit => Definition.TimeLimit;

    internal override bool CanFindEffect => typeof(IReconcilable<TInput, TOutput>).IsAssignableFrom(typeof(TTool));

    internal override async Task<JsonElement?> FindEffectAsync(IServiceProvider services, object input, ToolCall call, CancellationToken cancellationToken) =>
        Create(services, []) is IReconcilable<TInput, TOutput> tool && await tool.FindEffectAsync((TInput)input, call, cancellationToken) is { } output
            ? JsonSerializer.SerializeToElement(output, ToolJson.Options)
            : null;

    internal override async Task<JsonElement> PrepareAsync(IServiceProvider services, JsonElement arguments, CancellationToken cancellationToken)
    {
        var input = (TInput)Parse(arguments);
        ITool<TInput, TOutput> tool = Create(services, []);
        var prepared = await tool.PrepareAsync(input, cancellationToken);
        return ReferenceEquals(prepared, input) ? arguments : JsonSerializer.SerializeToElement(prepared, ToolJson.Options);
    }

    internal override Task<IReadOnlyList<Fact>> CheckAsync(IServiceProvider services, object input, CancellationToken cancellationToken)
    {
        ITool<TInput, TOutput> tool = Create(services, []);
        return tool.CheckAsync((TInput)input, cancellationToken);
    }

    internal override async Task<JsonElement> RunAsync(IServiceProvider services, object input, ToolCall call, CancellationToken cancellationToken)
    {
        var output = await Create(services, []).RunAsync((TInput)input, call, cancellationToken);
        return JsonSerializer.SerializeToElement(output, ToolJson.Options);
    }
}
