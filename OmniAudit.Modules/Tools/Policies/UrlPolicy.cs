using System.Net;
using System.Net.Sockets;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Tools.Policies;

/// <summary>Looks a host name up. Throws <see cref="SocketException"/> or returns nothing when there is no such host.</summary>
internal delegate Task<IReadOnlyList<IPAddress>> HostResolver(string host, CancellationToken cancellationToken);

/// <summary>A verdict on one host and port, with the addresses that were judged: whoever connects must dial one of these and not look the name up again.</summary>
internal sealed record EndpointVerdict(PolicyVerdict Verdict, IReadOnlyList<IPAddress> Addresses);

/// <summary>
/// What may be visited. The denylist wins, also over resolved addresses. An empty allowlist means every public host. Only an exact
/// <c>host:port</c> entry of URL_ALLOWLIST opens a private or loopback target or a port other than 80 and 443, and only that one;
/// metadata services of clouds stay closed whatever the lists say. Every answer of the resolver is judged: one bad one denies.
/// </summary>
internal sealed class UrlPolicy(OmniAuditOptions options, HostResolver resolve)
{
    private static readonly TimeSpan LookupLimit = TimeSpan.FromSeconds(10);

    private readonly HostList _allow = new(options.Policy.UrlAllowlist);
    private readonly HostList _deny = new(options.Policy.UrlDenylist);

    /// <summary>The system's resolver.</summary>
    public static HostResolver SystemResolver { get; } = async (host, cancellationToken) => await Dns.GetHostAddressesAsync(host, cancellationToken);

    /// <summary>Judges a URL as a whole. An allowed URL is not a promise about later look-ups: the fence judges again at every connection.</summary>
    public async Task<PolicyVerdict> CheckAsync(string url, CancellationToken cancellationToken) =>
        WebTarget.TryParse(url, out var target, out var problem)
            ? (await ResolveAsync(target.Host, target.Port, cancellationToken)).Verdict
            : PolicyVerdict.Deny("url_invalid", $"'{Shown(url)}' cannot be used: {problem}.");

    /// <summary>Judges one host (a name, or an address in any spelling) and port.</summary>
    public async Task<EndpointVerdict> ResolveAsync(string host, int port, CancellationToken cancellationToken)
    {
        var given = host;
        if (IPAddress.TryParse(host, out var bare) && bare.AddressFamily == AddressFamily.InterNetworkV6) host = $"[{bare}]";
        if (!WebTarget.TryNormaliseHost(host, out host, out var problem)) return Deny("url_invalid", $"'{Shown(given)}' cannot be used: {problem}.");

        var target = $"{WebTarget.Bracketed(host)}:{port}";
        if (AddressRanges.IsMetadataName(host)) return Deny("metadata_denied", $"{host} is a cloud metadata service; it is never visited.");
        if (_deny.Matches(host, port)) return Deny("url_denied", $"{host} is on URL_DENYLIST.");

        var exact = _allow.HasExactly(host, port);
        var literal = IPAddress.TryParse(host, out var address) ? address : null;
        if (literal is not null && Judge(literal, host, port, target, exact) is { Allowed: false } bad) return new EndpointVerdict(bad, []);
        if (!exact)
        {
            // Browsers and resolvers answer these names with loopback without asking anyone.
            if (host is "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal))
                return Deny("address_denied", $"{host} is a loopback name; add {target} to URL_ALLOWLIST to allow exactly this target.");
            if (port is not (80 or 443)) return Deny("port_denied", $"Port {port} is neither 80 nor 443; add {target} to URL_ALLOWLIST to allow exactly this target.");
            if (!_allow.IsEmpty && !_allow.Matches(host, port)) return Deny("url_not_allowed", $"{host} is not on URL_ALLOWLIST; add it there to allow it.");
        }
        if (literal is not null) return new EndpointVerdict(PolicyVerdict.Allow, [literal]);

        var addresses = await LookUpAsync(host, cancellationToken);
        if (addresses.Count == 0) return Deny("host_unresolved", $"{host} has no address in DNS; check the spelling.");
        foreach (var answer in addresses)
        {
            if (Judge(answer, host, port, target, exact) is { Allowed: false } denied) return new EndpointVerdict(denied, []);
        }
        return new EndpointVerdict(PolicyVerdict.Allow, [.. addresses.OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)]);
    }

    private PolicyVerdict Judge(IPAddress address, string host, int port, string target, bool exact)
    {
        var subject = address.ToString() == host ? host : $"{host} resolves to {address}, which";
        if (AddressRanges.IsMetadata(address)) return PolicyVerdict.Deny("metadata_denied", $"{subject} is a cloud metadata service; it is never visited.");
        if (_deny.MatchesAddress(address, port)) return PolicyVerdict.Deny("url_denied", $"{subject} is on URL_DENYLIST.");
        if (!exact && AddressRanges.Describe(address) is { } words)
            return PolicyVerdict.Deny("address_denied", $"{subject} is {words}; add {target} to URL_ALLOWLIST to allow exactly this target.");
        return PolicyVerdict.Allow;
    }

    private async Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await resolve(host, cancellationToken).WaitAsync(LookupLimit, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or TimeoutException or ArgumentException)
        {
            return [];
        }
    }

    private static EndpointVerdict Deny(string code, string message) => new(PolicyVerdict.Deny(code, message), []);

    private static string Shown(string text) => new([.. text.Take(200).Select(c => char.IsControl(c) ? ' ' : c)]);
}
