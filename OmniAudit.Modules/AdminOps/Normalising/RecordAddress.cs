using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>Addresses as Microsoft 365 writes them: <c>192.0.2.1</c>, <c>192.0.2.1:50123</c>, <c>2001:db8::1</c>, <c>[2001:db8::1]:50123</c>, and a list of them, whose first counts.</summary>
internal static class RecordAddress
{
    /// <returns>The address in its usual form, an IPv4 one in IPv6 clothes as IPv4; null when it is none.</returns>
    public static (string Address, int? Port)? Parse(string? text)
    {
        if (text is null || text.Length > 400) return null;
        if (text.IndexOfAny([',', ';']) is > 0 and var end) text = text[..end];
        text = text.Trim();
        int? port = null;
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var close)
        {
            if (text.Length > close + 1 && !TryPort(text[(close + 1)..], out port)) return null;
            text = text[1..close];
        }
        else if (text.Count(c => c == ':') == 1)
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (!TryPort(text[colon..], out port)) return null;
            text = text[..colon];
        }
        if (text.IndexOf('%', StringComparison.Ordinal) is > 0 and var zone) text = text[..zone];
        // Four numbers: the parser would take 1, 0x7f and 127.1 too.
        if (!text.Contains(':', StringComparison.Ordinal) && (text.Count(c => c == '.') != 3 || !text.All(c => char.IsAsciiDigit(c) || c == '.'))) return null;
        if (!IPAddress.TryParse(text, out var address)) return null;
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return (address.ToString(), port);
    }

    private static bool TryPort(string text, out int? port)
    {
        var valid = int.TryParse(text.AsSpan(text.StartsWith(':') ? 1 : 0), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= ushort.MaxValue && text.StartsWith(':');
        port = valid && number > 0 ? number : null;
        return valid;
    }
}
