using System.Net;

namespace OmniAudit.Modules.Tools.Policies;

/// <summary>
/// URL_ALLOWLIST or URL_DENYLIST: <c>host</c>, <c>*.host</c> (subdomains only), <c>host:port</c>, <c>*</c> (every host), an address, or
/// a network such as <c>198.51.100.0/24</c>. Whole hosts are compared, never parts of them.
/// </summary>
internal sealed class HostList
{
    private readonly HashSet<string> _hosts = [];
    private readonly HashSet<(string Host, int Port)> _exact = [];
    private readonly List<string> _suffixes = [];
    private readonly List<IPNetwork> _networks = [];

    /// <summary>Entries that cannot be read match nothing; the settings' check names them at start.</summary>
    public HostList(IEnumerable<string> entries)
    {
        foreach (var entry in entries.Select(e => e.Trim()).Where(e => e.Length > 0))
        {
            IsEmpty = false;
            if (entry == "*") MatchesAll = true;
            else if (entry.Contains('/', StringComparison.Ordinal) && IPNetwork.TryParse(entry, out var network)) _networks.Add(network);
            else if (entry.StartsWith("*.", StringComparison.Ordinal))
            {
                if (WebTarget.TryNormaliseHost(entry[2..], out var parent, out _)) _suffixes.Add("." + parent);
            }
            else if (WebTarget.TrySplitAuthority(BareIPv6(entry), 0, out var host, out var port, out _))
            {
                if (port == 0) _hosts.Add(host);
                else _exact.Add((host, port));
            }
        }
    }

    public bool IsEmpty { get; } = true;

    public bool MatchesAll { get; }

    public bool HasExactly(string host, int port) => _exact.Contains((host, port));

    /// <summary>By the host as it was asked for.</summary>
    public bool Matches(string host, int port) =>
        MatchesAll || HasExactly(host, port) || _hosts.Contains(host) || _suffixes.Any(s => host.EndsWith(s, StringComparison.Ordinal)) ||
        (IPAddress.TryParse(host, out var address) && MatchesAddress(address, port));

    /// <summary>By an address that a host resolved to.</summary>
    public bool MatchesAddress(IPAddress address, int port) =>
        AddressRanges.Unwrap(address).Any(a => _hosts.Contains(a.ToString()) || HasExactly(a.ToString(), port) || _networks.Any(n => n.Contains(a)));

    private static string BareIPv6(string entry) =>
        !entry.StartsWith('[') && entry.Count(c => c == ':') > 1 ? $"[{entry}]" : entry;
}
