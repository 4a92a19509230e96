namespace OmniAudit.Modules.SiteLint.Links;

internal enum LinkState
{
    Ok,
    Broken,
    Unverified,
}

/// <param name="Status">0 when nothing answered.</param>
/// <param name="Reason">For people; empty when all is well.</param>
internal sealed record LinkVerdict(LinkState State, int Status, string Reason)
{
    /// <summary>What a final status proves. Server errors are judged after a second try.</summary>
    public static LinkVerdict Of(int status) => status switch
    {
        >= 200 and < 400 => new(LinkState.Ok, status, ""),
        404 or 410 or >= 500 and < 600 => new(LinkState.Broken, status, $"HTTP {status}"),
        401 or 403 or 407 => new(LinkState.Unverified, status, $"HTTP {status}: not for strangers"),
        429 or 999 => new(LinkState.Unverified, status, $"HTTP {status}: the server does not answer programs"),
        0 => new(LinkState.Unverified, 0, "no answer"),
        _ => new(LinkState.Unverified, status, $"HTTP {status}"),
    };
}
