using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace OmniAudit.Modules.Tools.Policies;

/// <summary>Which addresses are not the public Internet, after undoing every way of writing an IPv4 address inside an IPv6 one.</summary>
internal static class AddressRanges
{
    // IANA special-purpose registries (RFC 6890 and updates), plus what clouds answer on.
    private static readonly (IPNetwork Network, string Words)[] Special =
    [
        (IPNetwork.Parse("0.0.0.0/8"), "an unspecified address"),
        (IPNetwork.Parse("10.0.0.0/8"), "a private address"),
        (IPNetwork.Parse("100.64.0.0/10"), "a carrier-private address"),
        (IPNetwork.Parse("127.0.0.0/8"), "a loopback address"),
        (IPNetwork.Parse("169.254.0.0/16"), "a link-local address"),
        (IPNetwork.Parse("172.16.0.0/12"), "a private address"),
        (IPNetwork.Parse("192.0.0.0/24"), "a protocol-assigned address"),
        (IPNetwork.Parse("192.0.2.0/24"), "a documentation address"),
        (IPNetwork.Parse("192.88.99.0/24"), "a relay address"),
        (IPNetwork.Parse("192.168.0.0/16"), "a private address"),
        (IPNetwork.Parse("198.18.0.0/15"), "a benchmarking address"),
        (IPNetwork.Parse("198.51.100.0/24"), "a documentation address"),
        (IPNetwork.Parse("203.0.113.0/24"), "a documentation address"),
        (IPNetwork.Parse("224.0.0.0/4"), "a multicast address"),
        (IPNetwork.Parse("240.0.0.0/4"), "a reserved address"),
        (IPNetwork.Parse("::1/128"), "a loopback address"),
        (IPNetwork.Parse("::/96"), "an unspecified address"),
        (IPNetwork.Parse("64:ff9b:1::/48"), "a translation address"),
        (IPNetwork.Parse("100::/64"), "a discard address"),
        (IPNetwork.Parse("2001:db8::/32"), "a documentation address"),
        (IPNetwork.Parse("3fff::/20"), "a documentation address"),
        (IPNetwork.Parse("5f00::/16"), "a segment-routing address"),
        (IPNetwork.Parse("fc00::/7"), "a private address"),
        (IPNetwork.Parse("fe80::/10"), "a link-local address"),
        (IPNetwork.Parse("fec0::/10"), "a site-local address"),
        (IPNetwork.Parse("ff00::/8"), "a multicast address"),
    ];

    private static readonly HashSet<IPAddress> Metadata =
    [
        IPAddress.Parse("169.254.169.254"), IPAddress.Parse("169.254.170.2"), IPAddress.Parse("169.254.170.23"),
        IPAddress.Parse("168.63.129.16"), IPAddress.Parse("100.100.100.200"), IPAddress.Parse("192.0.0.192"),
        IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("fd00:ec2::23"), IPAddress.Parse("fd20:ce::254"),
    ];

    private static readonly HashSet<string> MetadataNames =
        new(["metadata.google.internal", "metadata.goog", "metadata", "instance-data", "instance-data.ec2.internal"], StringComparer.OrdinalIgnoreCase);

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");

    private static (long At, HashSet<IPAddress> Addresses) _own = (long.MinValue, []);

    /// <summary>Words for an address that is not public, for example "a loopback address"; null for a public one.</summary>
    public static string? Describe(IPAddress address)
    {
        foreach (var candidate in Unwrap(address))
        {
            foreach (var (network, words) in Special)
            {
                if (network.Contains(candidate)) return words;
            }
            if (OwnAddresses().Contains(candidate)) return "one of this server's own addresses";
        }
        return null;
    }

    /// <summary>A cloud's instance metadata service, which hands out credentials: never opened, by no list.</summary>
    public static bool IsMetadata(IPAddress address) => Unwrap(address).Any(Metadata.Contains);

    public static bool IsMetadataName(string host) => MetadataNames.Contains(host);

    /// <summary>The address itself without its scope, and every IPv4 address it carries (mapped, NAT64, 6to4, Teredo, compatible).</summary>
    public static IEnumerable<IPAddress> Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            yield return address;
            yield break;
        }
        var bytes = address.GetAddressBytes();
        if (address.IsIPv4MappedToIPv6)
        {
            yield return new IPAddress(bytes.AsSpan(12));
            yield break;
        }
        var bare = new IPAddress(bytes);
        yield return bare;
        if (Nat64.Contains(bare) || Compatible.Contains(bare)) yield return new IPAddress(bytes.AsSpan(12));
        if (SixToFour.Contains(bare)) yield return new IPAddress(bytes.AsSpan(2, 4));
        if (Teredo.Contains(bare))
        {
            // RFC 4380: the server's address in the clear, the client's with every bit flipped.
            yield return new IPAddress(bytes.AsSpan(4, 4));
            yield return new IPAddress([(byte)~bytes[12], (byte)~bytes[13], (byte)~bytes[14], (byte)~bytes[15]]);
        }
    }

    /// <summary>Read again at most once a minute: reading the interfaces costs about a millisecond.</summary>
    private static HashSet<IPAddress> OwnAddresses()
    {
        var known = _own;
        var now = Environment.TickCount64;
        if (known.At != long.MinValue && now - known.At < 60_000) return known.Addresses;
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => new IPAddress(a.Address.GetAddressBytes()))
            .ToHashSet();
        _own = (now, addresses);
        return addresses;
    }
}
