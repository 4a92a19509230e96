namespace OmniAudit.Modules.Tools.Policies;

/// <summary>What a policy says about one target.</summary>
/// <param name="Code">A stable word: <c>allowed</c>, <c>url_invalid</c>, <c>address_denied</c>, …</param>
/// <param name="Message">Empty when allowed; otherwise what is wrong and what to change, fit for callers.</param>
internal sealed record PolicyVerdict(bool Allowed, string Code, string Message)
{
    public static PolicyVerdict Allow { get; } = new(true, "allowed", "");

    public static PolicyVerdict Deny(string code, string message) => new(false, code, message);
}
