namespace OmniAudit.Modules.Tools;

/// <summary>What a tool is, said once; read by tools/list, the parser, the policy gate, the approval card, the console's form and the docs.</summary>
internal sealed record ToolDefinition<TInput>
    where TInput : class
{
    /// <summary><c>module.verb_noun</c>; the module is the folder, lower case.</summary>
    public required string Name { get; init; }
    /// <summary>Names it had before: callable like its own for ever, and never listed.</summary>
    public IReadOnlyList<string> FormerNames { get; init; } = [];
    public required string Title { get; init; }
    /// <summary>One or two sentences for the model that chooses a tool.</summary>
    public required string Description { get; init; }
    public required ToolRisk Risk { get; init; }
    /// <summary>What the call touches and must be allowed to touch; <c>ToolPolicy.None&lt;T&gt;()</c> says nothing.</summary>
    public required ToolPolicy<TInput> Policy { get; init; }
    /// <summary>The shared budget a call draws from; null for none.</summary>
    public RateLimitBucket? RateLimit { get; init; }
    /// <summary>For writes: the deed in plain words, starting with a verb, as a person will read it before approving.</summary>
    public Func<TInput, string>? Intent { get; init; }
    /// <summary>For writes: true for arguments that only ask what would be done. Such a call runs at once, as a read does, with an empty <see cref="ToolCall.OperationId"/>; the tool must send nothing then.</summary>
    public Func<TInput, bool>? DryRun { get; init; }
    /// <summary>For writes: how long the deed may take before it is cut off and unknown; null for five minutes.</summary>
    public TimeSpan? TimeLimit { get; init; }
    /// <summary>May overwrite or delete something that exists.</summary>
    public bool Destructive { get; init; }
    /// <summary>The same call again has no further effect.</summary>
    public bool Idempotent { get; init; }
    /// <summary>Reaches systems outside this server.</summary>
    public bool OpenWorld { get; init; }
}

/// <summary>A budget of calls per minute, shared by the tools that name it.</summary>
public enum RateLimitBucket
{
    /// <summary>SCAN_RATE_LIMIT_PER_MINUTE.</summary>
    Scans = 1,
    /// <summary>GITHUB_WRITE_RATE_LIMIT_PER_MINUTE; every approval-gated write draws from it.</summary>
    Writes = 2,
}
