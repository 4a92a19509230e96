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
