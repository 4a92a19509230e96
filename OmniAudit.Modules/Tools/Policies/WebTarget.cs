using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OmniAudit.Modules.Tools.Policies;

/// <summary>
/// An http(s) URL taken apart the way a browser does it (WHATWG URL), minus the spellings that only serve to mislead:
/// userinfo, percent-encoded hosts, backslashes and control characters are refused instead of repaired.
/// </summary>
/// <param name="Host">Lower case, without a trailing dot; an address in its one canonical spelling, IPv6 without brackets.</param>
/// <param name="PathAndQuery">As written, starting with <c>/</c> or <c>?</c>; never a fragment.</param>
internal sealed record WebTarget(string Scheme, string Host, int Port, string PathAndQuery)
{
    public const int MaxLength = 4096;

    public bool HasDefaultPort => Port == (Scheme == "https" ? 443 : 80);

    /// <summary><c>scheme://host[:port]</c>; equal for equal origins.</summary>
    public string Origin => $"{Scheme}://{Bracketed(Host)}{(HasDefaultPort ? "" : ":" + Port.ToString(CultureInfo.InvariantCulture))}";

    /// <summary>The canonical URL: the only form that is handed to a browser.</summary>
    public string Url => Origin + (PathAndQuery.StartsWith('/') ? PathAndQuery : "/" + PathAndQuery);

    public static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;

    public static bool TryParse(string url, [NotNullWhen(true)] out WebTarget? target, out string problem)
    {
        target = null;
        if (url.Length is 0 or > MaxLength) return Fail($"the URL must have 1 to {MaxLength} characters", out problem);
        if (url.Any(c => c <= ' ' || c == '\u007f')) return Fail("the URL holds blanks or control characters", out problem);

        var colon = url.IndexOf(':', StringComparison.Ordinal);
        var scheme = colon < 0 ? "" : url[..colon].ToLowerInvariant();
        if (scheme is not ("http" or "https")) return Fail("only http:// and https:// URLs are accepted", out problem);
        if (!url.AsSpan(colon + 1).StartsWith("//", StringComparison.Ordinal)) return Fail($"write {scheme}:// and then the host", out problem);

        var rest = url[(colon + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest : rest[..end];
        var tail = end < 0 ? "" : rest[end..];
        if (tail.IndexOf('#', StringComparison.Ordinal) is >= 0 and var fragment) tail = tail[..fragment];
        var query = tail.IndexOf('?', StringComparison.Ordinal);
        // Browsers read a backslash before the query as a slash, other parsers do not.
        if (authority.Contains('\\', StringComparison.Ordinal) || (query < 0 ? tail : tail[..query]).Contains('\\', StringComparison.Ordinal))
            return Fail("the URL holds a backslash", out problem);
        if (authority.Contains('@', StringComparison.Ordinal)) return Fail("user names and passwords in URLs (user@host) are not accepted", out problem);

        if (!TrySplitAuthority(authority, scheme == "https" ? 443 : 80, out var host, out var port, out problem)) return false;
        target = new WebTarget(scheme, host, port, tail.Length == 0 ? "/" : tail);
        return true;
    }

    /// <summary>Reads <c>host[:port]</c>, as in a URL's authority, a CONNECT line or an allow list entry.</summary>
    public static bool TrySplitAuthority(string authority, int defaultPort, out string host, out int port, out string problem)
    {
        host = "";
        port = defaultPort;
        var close = authority.StartsWith('[') ? authority.IndexOf(']', StringComparison.Ordinal) : -1;
        var portAt = authority.IndexOf(':', close + 1);
        var hostText = portAt < 0 ? authority : authority[..portAt];
        if (portAt >= 0)
        {
            var digits = authority[(portAt + 1)..];
            if (digits.Length is < 1 or > 5 || !digits.All(char.IsAsciiDigit) || (port = int.Parse(digits, CultureInfo.InvariantCulture)) is < 1 or > 65535)
                return Fail("the port must be a number from 1 to 65535", out problem);
        }
        return TryNormaliseHost(hostText, out host, out problem);
    }

    /// <summary>The one spelling of a host: WHATWG's IPv4 numbers (octal, hex, short forms) become dotted, IPv6 is compressed, names are lower-cased and punycoded.</summary>
    public static bool TryNormaliseHost(string text, out string host, out string problem)
    {
        host = "";
        if (text.Length is 0 or > 255) return Fail("the host is missing or too long", out problem);
        if (text[0] == '[')
        {
            if (text[^1] != ']' || text.Contains('%', StringComparison.Ordinal) ||
                !IPAddress.TryParse(text.AsSpan(1, text.Length - 2), out var v6) || v6.AddressFamily != AddressFamily.InterNetworkV6)
                return Fail("the bracketed host is not an IPv6 address", out problem);
            host = v6.ToString();
            problem = "";
            return true;
        }
        if (!text.All(char.IsAscii))
        {
            // Compatibility forms (fullwidth digits, ideographic dots, ligatures) turn into other names in a browser.
            if (text.Any(c => !char.IsAscii(c) && (!char.IsLetter(c) || c is >= '\u2100' and <= '\u218f' or >= '\uf900')))
                return Fail("the host holds characters that browsers rewrite; give it in its xn-- form", out problem);
            try
            {
                text = new IdnMapping { UseStd3AsciiRules = false }.GetAscii(text.ToLowerInvariant());
            }
            catch (ArgumentException)
            {
                return Fail("the host is not a valid international name; give it in its xn-- form", out problem);
            }
        }
        text = text.ToLowerInvariant();
        if (!text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')) return Fail("the host holds characters that no host name has", out problem);
        if (text.EndsWith('.')) text = text[..^1];
        var labels = text.Split('.');
        if (labels.Any(l => l.Length is 0 or > 63)) return Fail("the host has an empty or overlong label", out problem);

        if (LooksNumeric(labels[^1]))
        {
            if (!TryParseIPv4(labels, out var v4)) return Fail("the host ends in a number but is no IPv4 address", out problem);
            text = v4.ToString();
        }
        host = text;
        problem = "";
        return true;
    }

    /// <summary>WHATWG URL, "ends in a number".</summary>
    private static bool LooksNumeric(string label) => label.All(char.IsAsciiDigit) || TryNumber(label, out _);

    /// <summary>WHATWG URL, "IPv4 parser": 1 to 4 numbers, the last fills the remaining bytes.</summary>
    private static bool TryParseIPv4(string[] labels, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (labels.Length > 4) return false;
        ulong value = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            if (!TryNumber(labels[i], out var number)) return false;
            var last = i == labels.Length - 1;
            if (!last && number > 255) return false;
            if (last && number >= 1UL << (8 * (5 - labels.Length))) return false;
            value += last ? number : number << (8 * (3 - i));
        }
        address = new IPAddress([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);
        return true;
    }

    private static bool TryNumber(string text, out ulong number)
    {
        number = 0;
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            var hex = text[2..].TrimStart('0');
            return text[2..].All(char.IsAsciiHexDigit) && hex.Length <= 8 &&
                (hex.Length == 0 || ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number));
        }
        if (text.Length == 0 || !text.All(char.IsAsciiDigit)) return false;
        if (text.Length == 1 || text[0] != '0') return text.Length <= 10 && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        foreach (var digit in text.TrimStart('0'))
        {
            if (digit > '7' || number > uint.MaxValue) return false;
            number = number * 8 + (ulong)(digit - '0');
        }
        return true;
    }

    private static bool Fail(string why, out string problem)
    {
        problem = why;
        return false;
    }
}
