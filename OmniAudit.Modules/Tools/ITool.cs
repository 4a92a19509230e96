namespace OmniAudit.Modules.Tools;

/// <summary>
/// One tool: its declaration and its deed. A class in a module's folder is found by the catalog without being listed
/// anywhere. Everything around the deed (parsing, policy, limits, approval, receipt, audit row) is ToolCallRunner's.
/// </summary>
/// <typeparam name="TInput">A record whose properties are the arguments; their attributes are the schema.</typeparam>
/// <typeparam name="TOutput">A record that becomes the structured result.</typeparam>
internal interface ITool<TInput, TOutput>
    where TInput : class
    where TOutput : class
{
    static abstract ToolDefinition<TInput> Definition { get; }

    /// <summary>
    /// For writes: the arguments as they will be shown, approved and sent, with everything written out that the caller only named (a template, a stored text). Called once, before
    /// <see cref="CheckAsync"/>, when a write is asked for or edited; what it answers is prepared already, so the same again changes nothing.
    /// Throws <see cref="ToolRefusedException"/> for a name that leads nowhere.
    /// </summary>
    Task<TInput> PrepareAsync(TInput input, CancellationToken cancellationToken) => Task.FromResult(input);

    /// <summary>
    /// For writes: looks at what the deed depends on, before a person is asked and again before it is sent; changes nothing.
    /// The facts are shown to the approver, and a write is not sent while they are other ones than those approved.
    /// Throws <see cref="ToolRefusedException"/> when it cannot work at all.
    /// </summary>
    Task<IReadOnlyList<Fact>> CheckAsync(TInput input, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Fact>>([]);

    /// <summary>The deed. Throws <see cref="ToolRefusedException"/> for what the caller can mend, and then certainly nothing was done; anything else is a failure with a reference.</summary>
    Task<TOutput> RunAsync(TInput input, ToolCall call, CancellationToken cancellationToken);
}

/// <summary>A write whose effect can be found in the world afterwards, for the case that nobody saw its end.</summary>
internal interface IReconcilable<TInput, TOutput>
    where TInput : class
    where TOutput : class
{
    /// <summary>Looks for the effect of exactly this operation, by its marker or its content; changes nothing.</summary>
    /// <returns>What <c>RunAsync</c> would have answered, on a positive match. Null means only that it was not found: that proves nothing.</returns>
    Task<TOutput?> FindEffectAsync(TInput input, ToolCall call, CancellationToken cancellationToken);
}

/// <summary>Something a write depends on, as it was found.</summary>
/// <param name="Name">For people, a few words: <c>repository id</c>.</param>
/// <param name="Value">As text; equal text means unchanged.</param>
public sealed record Fact(string Name, string Value);
