using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint;

/// <summary>What the policy says about an address before a scan is started.</summary>
/// <param name="Message">Why not, and what to change; empty when allowed.</param>
/// <param name="Origin"><c>scheme://host[:port]</c>; empty when the address cannot be read.</param>
public sealed record TargetVerdict(bool Allowed, string Message, string Origin);

/// <summary>
/// Judges addresses while a person types them, by the same policy as the scan's start. It looks names up: only for people who may start scans.
/// </summary>
public sealed class TargetCheck
{
    private readonly UrlPolicy _policy;

    internal TargetCheck(UrlPolicy policy) => _policy = policy;

    /// <summary>The verdict is no promise: it is asked again when the scan starts, and at every connection.</summary>
    public async Task<TargetVerdict> CheckAsync(string url, CancellationToken cancellationToken)
    {
        var verdict = await _policy.CheckAsync(url, cancellationToken);
        return new TargetVerdict(verdict.Allowed, verdict.Message, WebTarget.TryParse(url, out var target, out _) ? target.Origin : "");
    }
}
