namespace OmniAudit.Modules.GitHub;

/// <summary>
/// GitHub did not do it, and certainly so: it said no, or nothing was sent. Reads throw nothing else, for they have no effect.
/// </summary>
/// <param name="code">A stable word such as <c>not_found</c>, <c>github_forbidden</c>, <c>github_rate_limited</c> or <c>github_unreachable</c>.</param>
/// <param name="message">What is wrong and what to do. May quote GitHub's answer, which is untrusted text, on one line and cut to 300 characters.</param>
/// <param name="field">The wrong field by GitHub's name, if it named one.</param>
internal sealed class GitHubRefusedException(string code, string message, string? field = null, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;
    public string? Field { get; } = field;

    /// <summary>GitHub's code for it, such as <c>already_exists</c>; null when it gave none.</summary>
    public string? Reason { get; init; }
}

/// <summary>
/// A write was or may have been sent whole, and no definite answer came: it may have happened, may yet happen, or not.
/// Never send it again; look for its effect.
/// </summary>
/// <param name="message">What was seen instead of an answer.</param>
internal sealed class GitHubAmbiguousException(string message, Exception? inner = null) : Exception(message, inner);
