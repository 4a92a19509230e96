namespace OmniAudit.Modules.Tools;

/// <summary>What a running tool may know about its call.</summary>
/// <param name="Id">The call's row in the audit log.</param>
/// <param name="Actor">Who asked.</param>
/// <param name="RequestId">The HTTP request's id (<c>x-request-id</c>).</param>
/// <param name="OperationId">The approval that released this write; empty for tools that need none.</param>
/// <param name="AsTask">The caller follows long work by its job: there is no need to wait for its end.</param>
/// <param name="Progress">Tells a caller who waits how far along it is (0 to 1) and what is happening; null when nobody listens. Returns at once.</param>
internal sealed record ToolCall(string Id, Actor Actor, string RequestId, string OperationId, bool AsTask = false, Action<double, string>? Progress = null)
{
    /// <summary>Whether the caller may call the tool of this name: what it may not ask for, it is not shown by another tool either.</summary>
    public Func<string, bool> MayUse { get; init; } = static _ => true;

    /// <summary>Why a URL that is not among the arguments lies outside the caller's own bounds; null when it does not. Policies of the server are asked besides.</summary>
    public Func<string, string?> WhyNotVisit { get; init; } = static _ => null;

    /// <summary>For an approved write: what the tool found when it was asked, which the approver saw. Empty for everything else.</summary>
    public IReadOnlyList<Fact> Approved { get; init; } = [];

    /// <summary>Why a repository (owner/name) that is not among the arguments lies outside the caller's own bounds; null when it does not. What belongs to none, "", lies outside all bounds.</summary>
    public Func<string, string?> WhyNotRepository { get; init; } = static _ => null;

    /// <summary>Whether the caller may see what belongs to a repository.</summary>
    public bool MayRead(string repository) => WhyNotRepository(repository) is null;
}

/// <summary>A refusal that the caller can act on: the message says what to change. Becomes <see cref="ToolOutcome.Refused"/>.</summary>
/// <param name="code">A stable word such as <c>not_found</c> or <c>not_ready</c>.</param>
/// <param name="message">What is wrong and what to do, without secrets.</param>
/// <param name="field">The argument at fault by its wire name, if one is.</param>
internal sealed class ToolRefusedException(string code, string message, string? field = null) : Exception(message)
{
    public string Code { get; } = code;
    public string? Field { get; } = field;

    public static ToolRefusedException NotFound(string field, string value, string hint) =>
        new("not_found", $"{field}: nothing is known by '{value}'. {hint}", field);
}

/// <summary>
/// A write was begun and certainly not finished, and what is there so far is known: the message says how to go on. Becomes a failure that
/// keeps <paramref name="result"/>, an object of the tool's output type.
/// </summary>
internal sealed class ToolIncompleteException(string message, object result) : Exception(message)
{
    public object Result { get; } = result;
}
