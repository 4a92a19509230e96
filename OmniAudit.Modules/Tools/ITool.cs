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

    /// <summary>For writes: what must hold before a person is asked. Throws <see cref="ToolRefusedException"/>; looks, and changes nothing.</summary>
    Task CheckAsync(TInput input, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The deed. Throws <see cref="ToolRefusedException"/> for what the caller can mend; anything else is a failure with a reference.</summary>
    Task<TOutput> RunAsync(TInput input, ToolCall call, CancellationToken cancellationToken);
}
